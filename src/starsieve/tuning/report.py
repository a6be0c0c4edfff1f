"""The page about a study: what it found, at which cost, and what mattered."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from starsieve.errors import DataError
from starsieve.plots import inline_svg, save_figure, write_atomically
from starsieve.plots.searched import SearchedOption, SearchedTrials
from starsieve.plots.tuning import (
    plot_budget,
    plot_importances,
    plot_losses,
    plot_pairs,
    plot_slices,
)
from starsieve.reports import Facts, Link, Page, Part, Picture, Section, Svg, Table, Text, as_facts
from starsieve.reports import write_page as write
from starsieve.tuning.results import StudyResult, TrialResult, need_best, to_csv
from starsieve.tuning.space import Choices, label_of, value_in
from starsieve.tuning.tune import best_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE, TRIALS, BEST = "tuning.html", "trials.csv", "best.toml"
MOST_ROWS = 100
"""Of the page's table; all trials are in the file beside it."""

CAPTIONS: Mapping[str, str] = {
    "budget": "Best value against what was spent on all trials up to it.",
    "losses": "Best validation loss so far of every trial, by the step of its training.",
    "slices": "Value against each option by itself. Later trials are darker, the best is a star; "
    "values beyond the edge are drawn at it.",
    "pairs": "Every option against every other, coloured by the value; the best is a star, crosses "
    "are trials that were stopped or failed.",
    "importances": "Share of the value's variance that each option explains by itself (functional "
    "analysis of variance in a random forest, Hutter et al. 2014). It holds within the ranges "
    "searched, for trials that went to their end.",
}
TITLES: Mapping[str, str] = {
    "budget": "Budget",
    "losses": "Losses",
    "slices": "Options one by one",
    "pairs": "Pairs of options",
    "importances": "What matters",
}


def write_report(result: StudyResult, folder: Path, formats: Sequence[str] = ()) -> Path:
    """Write the page about a study, its trials as a table, and the best recipe; return the page.

    Parameters
    ----------
    result : StudyResult
    folder : Path
        ``tuning.html``, ``trials.csv`` and ``best.toml`` go there.
    formats : sequence of str
        Of figures to write beside them: ``pdf``, ``png``, ``svg``.

    Raises
    ------
    DataError
        If no trial went to its end.
    FileError
        If the folder can't be written to.
    """
    figures = draw_figures(result)
    for name, figure in figures.items():
        for kind in formats:
            save_figure(figure, folder / f"{name}.{kind}")
    write_atomically(folder / TRIALS, to_csv(result).encode())
    write_atomically(folder / BEST, best_text(result).encode())
    sections = [_summary(result), *_pictures(figures, formats), _table(result), _provenance(result)]
    return write(Page(f"Tuning of {result.recipe.name}", sections), folder / PAGE)


def draw_figures(result: StudyResult) -> "dict[str, Figure]":
    """Return the figures that there is something to show in, by name.

    Raises
    ------
    DataError
        If no trial went to its end.
    """
    trials, budget = searched(result), result.budget()
    losses = [
        (np.array([s for s, _ in t.losses], dtype=np.int64), np.array([v for _, v in t.losses]))
        for t in _shown(result)
    ]
    shares = sorted(result.importances.items(), key=lambda each: -each[1])
    drawn: dict[str, tuple[bool, Callable[[], Figure]]] = {
        "budget": (
            True,
            lambda: plot_budget(trials, budget.spent, budget.value, budget.best, budget.unit),
        ),
        "losses": (any(len(s) > 1 for s, _ in losses), lambda: plot_losses(trials, losses)),
        "slices": (True, lambda: plot_slices(trials)),
        "pairs": (len(trials.options) > 1, lambda: plot_pairs(trials)),
        "importances": (bool(shares), lambda: plot_importances(shares)),
    }
    return {name: draw() for name, (wanted, draw) in drawn.items() if wanted}


def draw_figure(result: StudyResult, name: str) -> "Figure":
    """Return one figure by its name.

    Raises
    ------
    DataError
        If no trial went to its end, or there is nothing to show in it.
    """
    figures = draw_figures(result)
    if name not in figures:
        msg = (
            f"The study {result.recipe.name!r} has nothing to show in a figure of {name} yet. "
            f"There are: {', '.join(figures)}."
        )
        raise DataError(msg)
    return figures[name]


def searched(result: StudyResult) -> SearchedTrials:
    """Return the trials as figures show them, the most important options first.

    Raises
    ------
    DataError
        If no trial went to its end.
    """
    shown = _shown(result)
    names = sorted(result.recipe.search, key=lambda name: -result.importances.get(name, 0.0))
    value = [t.value if t.state == "complete" and t.value is not None else np.nan for t in shown]
    return SearchedTrials(
        metric=result.recipe.metric,
        value=np.array(value, dtype=float),
        options=[_option(result, name, shown) for name in names],
        best=shown.index(need_best(result)),
        largest=result.recipe.direction == "maximise",
    )


def own_trial(result: StudyResult) -> TrialResult | None:
    """Return the trial with the recipe's own values, if one went to its end."""
    own = {name: value_in(result.recipe.training, name) for name in result.recipe.search}
    return next((trial for trial in result.complete if trial.values == own), None)


def _shown(result: StudyResult) -> list[TrialResult]:
    return [trial for trial in result.trials if trial.state in ("complete", "pruned", "failed")]


def _option(result: StudyResult, name: str, trials: Sequence[TrialResult]) -> SearchedOption:
    dimension = result.recipe.search[name]
    choices = dimension.labels if isinstance(dimension, Choices) else ()
    values = [trial.values.get(name) for trial in trials]
    if choices:
        values = [None if v is None else choices.index(label_of(v)) for v in values]
    numbers = np.array([np.nan if v is None else float(v) for v in values])
    ends = None if isinstance(dimension, Choices) else (float(dimension.low), float(dimension.high))
    return SearchedOption(name, numbers, name in result.log_scaled, choices, ends)


def _summary(result: StudyResult) -> Section:
    best, counts = need_best(result), result.counts
    told_states = {"complete": "went to their end", "pruned": "were stopped early"}
    ended = ", ".join(
        f"{n} {told_states.get(state, state)}" for state, n in counts.items() if state != "again"
    )
    own = own_trial(result)
    told = f"Trials: {ended}. The best is number {best.number}, with {result.recipe.metric} "
    told += f"{best.value:.6g}."
    if own is not None:
        told += f" The recipe as it was (trial {own.number}) has {own.value:.6g}."
    values = [[name, label_of(value)] for name, value in best.values.items()]
    best_values = Table(["Option", "Best value"], values, "Values of the best trial.")
    parts: list[Part] = [Text(told), best_values, *map(Text, result.recipe.warnings())]
    files = Text(f"The best recipe is {BEST} beside this page, all trials are in {TRIALS}.")
    return Section("", [*parts, files])


def _pictures(figures: "Mapping[str, Figure]", formats: Sequence[str]) -> list[Section]:
    sections = []
    for name, figure in figures.items():
        svg = Svg(inline_svg(figure, name))
        files = [Link(kind.upper(), f"{name}.{kind}") for kind in formats]
        picture = Picture(svg, CAPTIONS[name], CAPTIONS[name], files)
        sections.append(Section(TITLES[name], [picture]))
    return sections


def _table(result: StudyResult) -> Section:
    options = list(result.recipe.search)
    sign = -1.0 if result.recipe.direction == "maximise" else 1.0
    rank = {"complete": 0, "pruned": 1}
    trials = sorted(
        _shown(result), key=lambda t: (rank.get(t.state, 2), sign * float(t.value or 0.0))
    )
    rows = [
        [
            str(trial.number),
            trial.state,
            "" if trial.value is None else f"{trial.value:.6g}",
            *(_cell(trial.values.get(name)) for name in options),
            str(trial.steps or ""),
            f"{trial.seconds:.1f}",
            trial.error or "",
        ]
        for trial in trials[:MOST_ROWS]
    ]
    columns = ["Trial", "State", result.recipe.metric, *options, "Steps", "Seconds", "Error"]
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    caption = "The best first. The value of a stopped trial is the best validation loss it had."
    return Section("Trials", [Table(columns, rows, caption, frozenset({0}))])


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else label_of(value)


def _provenance(result: StudyResult) -> Section:
    recipe = result.recipe.model_dump(mode="json")
    training = recipe.pop("training")
    told = {"training": result.task, **recipe, "recipe": training}
    return Section("Provenance", [Facts(as_facts(told))])
