"""The page about how good a model's numbers and their uncertainties are."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.plots import (
    inline_svg,
    plot_coverage,
    plot_losses,
    plot_predicted_against_true,
    plot_ranks,
    plot_regression,
)
from starsieve.plots.training import Curves
from starsieve.reports.pages import write_page
from starsieve.reports.parts import Facts, Page, Picture, Section, Svg, Table, Text
from starsieve.reports.words import as_facts
from starsieve.stats import interval_coverage

EVALUATION = "evaluation.html"


def write_evaluation(
    title: str,
    folder: Path,
    *,
    text: Sequence[str] = (),
    metrics: Mapping[str, Sequence[Mapping[str, Any]]],
    draws: Mapping[str, FloatArray],
    truth: Mapping[str, FloatArray],
    provenance: Mapping[str, Any] | None = None,
    losses: Curves | None = None,
    kept_step: int | None = None,
) -> Path:
    """Write the page about how good a model's numbers and their uncertainties are.

    Parameters
    ----------
    title : str
    folder : Path
        The page is ``evaluation.html`` in it.
    text : sequence of str
        Paragraphs that say on what the model was evaluated, and how.
    metrics : mapping of str to rows
        Tables by caption. Rows are mappings with the same keys, which become columns; numbers may
        be `starsieve.stats.Estimate`, texts or missing. Baselines are rows beside the model's.
    draws : mapping of str to array, shape (n_draws, n_spectra)
        By label.
    truth : mapping of str to array, shape (n_spectra,)
        NaN where not known: those spectra don't count for that label.
    provenance : mapping, optional
    losses : mapping, optional
        How the model was trained: steps and values by quantity and part.
    kept_step : int, optional
        Of the training, whose weights the model has.

    Raises
    ------
    DataError
        If draws and truth do not fit together.
    FileError
        If the folder can't be written to.
    """
    draws, truth = _known(draws, truth)
    sections = [
        Section("", [Text(paragraph) for paragraph in text]),
        Section("Accuracy", [_metrics_table(caption, rows) for caption, rows in metrics.items()]),
    ]
    if draws:
        sections += _evaluation_figures(draws, truth)
    if losses:
        sections.append(_training(losses, kept_step))
    sections.append(Section("Provenance", [Facts(as_facts(provenance or {}))]))
    return write_page(Page(title, sections), folder / EVALUATION)


def _known(
    draws: Mapping[str, FloatArray], truth: Mapping[str, FloatArray]
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Return the spectra whose true value is known, label by label."""
    if draws.keys() != truth.keys():
        msg = f"draws are of {', '.join(draws)}, truth of {', '.join(truth)}; expected the same."
        raise DataError(msg)
    known = {name: np.isfinite(values) for name, values in truth.items()}
    kept = [name for name, rows in known.items() if rows.any()]
    return (
        {name: draws[name][:, known[name]] for name in kept},
        {name: truth[name][known[name]] for name in kept},
    )


def _metrics_table(caption: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    return Table(columns, cells, caption)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if np.isfinite(value) else ""
    return "" if value is None else str(value)


def _evaluation_figures(
    draws: Mapping[str, FloatArray], truth: Mapping[str, FloatArray]
) -> list[Section]:
    quantiles = {name: np.quantile(d, (0.16, 0.5, 0.84), axis=0) for name, d in draws.items()}
    medians = {name: q[1] for name, q in quantiles.items()}
    errors = {name: (q[1] - q[0], q[2] - q[1]) for name, q in quantiles.items()}
    against = plot_predicted_against_true(medians, truth, errors)
    band = "Calibrated posteriors are even: 99 % of their bins lie between the grey lines."
    report = plot_regression({"": {name: (medians[name], truth[name]) for name in draws}})
    drawn = {
        "Predicted against true": (against, "Medians with 68 % intervals, and their differences."),
        "Regression report": (report, "Medians, and how far they are from the truth."),
        "Rank statistics": (plot_ranks(draws, truth), f"Ranks of the truth in the draws. {band}"),
        "Coverage": (plot_coverage(draws, truth), "How often central intervals hold the truth."),
    }
    sections = []
    for number, (title, (figure, caption)) in enumerate(drawn.items()):
        svg = Svg(inline_svg(figure, f"figure{number}"))
        sections.append(Section(title, [Picture(svg, f"{title}. {caption}", caption)]))
    sections[-1] = Section("Coverage", [*sections[-1].parts, _coverage_table(draws, truth)])
    return sections


def _training(losses: Curves, kept_step: int | None) -> Section:
    caption = "The losses of the training, and the step whose weights the model has."
    svg = Svg(inline_svg(plot_losses(losses, kept_step), "losses"))
    return Section("Training", [Picture(svg, caption, caption)])


def _coverage_table(draws: Mapping[str, FloatArray], truth: Mapping[str, FloatArray]) -> Table:
    found = {name: interval_coverage(draws[name], truth[name]) for name in draws}
    levels = [f"{each.level:.0%}" for each in next(iter(found.values()))]
    rows = [
        [name, str(row[0].n), *(f"{e.fraction:.1%} ± {(e.high - e.low) / 2:.1%}" for e in row)]
        for name, row in found.items()
    ]
    caption = "Share of true values in the central interval of each probability."
    return Table(["Parameter", "Spectra", *levels], rows, caption)
