"""Figures of how good a model is: static ones for print, interactive ones for a browser."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from starsieve.atmospheres.evaluate import Progress, evaluate, evaluate_simulated
from starsieve.atmospheres.evaluate_labelled import evaluate_labelled
from starsieve.atmospheres.evaluation import Evaluation
from starsieve.atmospheres.models import AtmosphereModel
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.stats import coverage, rank_histogram

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from starsieve.plots.interactive.style import Theme
    from starsieve.plots.regression import Pairs

Kind = Literal["regression", "pairs", "coverage", "ranks"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LEVELS = np.linspace(0.0, 1.0, 41)
RANKS = ("edges", "counts", "expected", "low", "high")


def evaluate_for_figures(
    model: AtmosphereModel,
    path: Path | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    where: Sequence[str] = (),
    draws: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate a model, of one grid without baselines on simulated spectra: no figure shows them.

    Parameters
    ----------
    model, path, columns, where, draws, seed, progress
        As of `starsieve.atmospheres.evaluate.evaluate`.

    Raises
    ------
    FileError, DataError, RecipeError
        As that.
    """
    if isinstance(model, SeveralModel):
        return evaluate(
            model,
            path,
            columns=columns,
            where=where,
            draws=draws,
            seed=seed,
            progress=progress,
        )
    if path is None:
        return evaluate_simulated(model, draws=draws, seed=seed, baselines=False, progress=progress)
    return evaluate_labelled(
        model, path, columns=columns, where=where, draws=draws, seed=seed, progress=progress
    )


def plot_quality(evaluation: Evaluation, kind: Kind) -> "Figure":
    """Plot a regression report, predicted against true values, coverage or ranks.

    Parameters
    ----------
    evaluation : Evaluation
    kind : {"regression", "pairs", "coverage", "ranks"}

    Raises
    ------
    DataError
        If no true value is known.
    """
    from starsieve import plots

    draws, truth = _known(evaluation)
    if kind == "regression":
        return plots.plot_regression({evaluation.on: _medians(draws, truth)})
    if kind == "coverage":
        return plots.plot_coverage(draws, truth)
    if kind == "ranks":
        return plots.plot_ranks(draws, truth)
    q = {name: np.quantile(values, (0.16, 0.5, 0.84), axis=0) for name, values in draws.items()}
    errors = {name: (found[1] - found[0], found[2] - found[1]) for name, found in q.items()}
    medians = {name: found[1] for name, found in q.items()}
    return plots.plot_predicted_against_true(medians, truth, errors)


def quality_figure(evaluation: Evaluation, kind: Kind, theme: "Theme") -> Any:
    """Draw the same for a browser; see `plot_quality`.

    Raises
    ------
    DataError
        If no true value is known.
    """
    from starsieve.plots.interactive import calibration, regression

    draws, truth = _known(evaluation)
    if kind == "regression":
        return regression.regression_figure({evaluation.on: _medians(draws, truth)}, theme)
    if kind == "coverage":
        found = {n: (LEVELS, coverage(draws[n], truth[n], LEVELS)) for n in draws}
        return calibration.coverage_figure(found, theme)
    if kind == "ranks":
        histograms = {name: rank_histogram(draws[name], truth[name]) for name in draws}
        ranks = {n: {key: getattr(h, key) for key in RANKS} for n, h in histograms.items()}
        return calibration.ranks_figure(ranks, theme)
    pairs = {}
    for name, values in draws.items():
        q16, median, q84 = np.quantile(values, (0.16, 0.5, 0.84), axis=0)
        pairs[name] = {"true": truth[name], "median": median, "q16": q16, "q84": q84}
    return calibration.pairs_figure(pairs, theme)


def _known(evaluation: Evaluation) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Return draws and truth by label, where the truth is known."""
    draws, truth = {}, {}
    for name, values in evaluation.truth.items():
        rows = np.isfinite(values)
        if rows.any():
            draws[name], truth[name] = evaluation.draws[name][:, rows], values[rows]
    if not draws:
        msg = f"No true value of {evaluation.on} is known that {evaluation.model} can be held to."
        raise DataError(msg)
    return draws, truth


def _medians(draws: dict[str, FloatArray], truth: dict[str, FloatArray]) -> "Pairs":
    return {name: (np.median(values, axis=0), truth[name]) for name, values in draws.items()}
