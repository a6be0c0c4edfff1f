"""Figures about how right predictions and their uncertainties are."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.plots.posteriors import axis_label
from starsieve.plots.style import BLACK, BLUE, GREY, SERIES, new_figure, styled
from starsieve.stats import (
    coverage,
    coverage_error,
    interval_coverage,
    mean_absolute_error,
    r2,
    rank_histogram,
)

MANY_POINTS = 2_000
"""From here on, points go into vector files as a picture."""

_REPORTED = (0.5, 0.68, 0.9, 0.95)


@styled
def plot_coverage(draws: Mapping[str, FloatArray], truth: Mapping[str, FloatArray]) -> Figure:
    """Plot how often central intervals hold the truth against how often they should.

    Below the diagonal uncertainties are too small, above it too large. Error bars are binomial.

    Parameters
    ----------
    draws : mapping of str to array, shape (n_draws, n_spectra)
        By label.
    truth : mapping of str to array, shape (n_spectra,)

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(5.2, 4.8)
    axes = figure.add_axes((0.13, 0.115, 0.84, 0.86))
    levels = np.linspace(0.0, 1.0, 41)
    axes.plot([0, 1], [0, 1], color=BLACK, lw=0.9, ls=(0, (5, 3)), label="calibrated")
    for name, (colour, marker) in zip(draws, _series(len(draws)), strict=True):
        axes.plot(levels, coverage(draws[name], truth[name], levels), color=colour, lw=1.2)
        for found in interval_coverage(draws[name], truth[name], _REPORTED):
            bar = np.array([[found.fraction - found.low], [found.high - found.fraction]])
            axes.errorbar(found.level, found.fraction, bar, color=colour, marker=marker, ms=5)
        error = coverage_error(draws[name], truth[name])
        label = f"{get_label(name).symbol}: off by {100 * error:.1f} points on average"
        axes.plot([], [], color=colour, marker=marker, ms=5, label=label)
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.set(xlabel="Probability of the central interval", ylabel="Share that holds the truth")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(visible=True)
    axes.legend(loc="upper left")
    return figure


@styled
def plot_ranks(draws: Mapping[str, FloatArray], truth: Mapping[str, FloatArray]) -> Figure:
    """Plot where the truth ranks among the draws: evenly if posteriors are calibrated.

    The band is where 99 % of the bins of calibrated posteriors lie. A hump says that they are too
    wide, a bowl too narrow, a slope shifted.

    Parameters
    ----------
    draws, truth
        As of `plot_coverage`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, panels = _panels(len(draws), 2.5)
    for axes, name in zip(panels, draws, strict=True):
        found = rank_histogram(draws[name], truth[name])
        share = np.diff(found.edges) * len(truth[name])  # what each bin expects
        axes.stairs(found.counts / share, found.edges, fill=True, color="#A9CFE8")
        axes.stairs(found.counts / share, found.edges, color=BLUE, lw=1.0)
        for edge, style in ((found.low, "-"), (found.high, "-")):
            axes.stairs(edge / share, found.edges, baseline=None, color=GREY, lw=0.7, ls=style)
        axes.axhline(1.0, color=BLACK, lw=0.9, ls=(0, (5, 3)))
        axes.set(xlim=(0, 1), ylim=(0, max(2.0, 1.1 * float(np.max(found.counts / share)))))
        axes.set_xlabel(f"Rank of the true {get_label(name).symbol}")
        axes.set_title(f"uniform: p = {found.p_value:.2g}", loc="left")
    panels[0].set_ylabel("Spectra per bin / expected")
    return figure


@styled
def plot_predicted_against_true(
    predicted: Mapping[str, FloatArray],
    truth: Mapping[str, FloatArray],
    errors: Mapping[str, tuple[FloatArray, FloatArray]] | None = None,
) -> Figure:
    """Plot predicted against true values, with the differences below.

    Parameters
    ----------
    predicted, truth : mappings of str to array, shape (n_spectra,)
        By label.
    errors : mapping of str to (array, array), optional
        Lengths of the error bars below and above, by label.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n = len(predicted)
    figure, panels = _panels(n, 4.4, bottom=1.55)
    below = [figure.add_axes(_under(axes, figure), sharex=axes) for axes in panels]
    for axes, lower, name in zip(panels, below, predicted, strict=True):
        bars = (errors or {}).get(name)
        _draw_pairs(axes, truth[name], predicted[name], bars)
        _draw_pairs(lower, truth[name], predicted[name] - truth[name], bars)
        ends = [float(end) for end in (truth[name].min(), truth[name].max())]
        axes.plot(ends, ends, color=BLACK, lw=0.9)
        lower.axhline(0.0, color=BLACK, lw=0.9)
        axes.tick_params(labelbottom=False)
        lower.set_xlabel(f"True {axis_label(name)}")
        axes.set_title(_score(name, predicted[name], truth[name]), loc="left")
    panels[0].set_ylabel("Predicted")
    below[0].set_ylabel("Predicted − true")
    return figure


def _series(n: int) -> list[tuple[str, str]]:
    return [SERIES[number % len(SERIES)] for number in range(n)]


def _panels(n: int, height: float, bottom: float = 0.5) -> tuple[Figure, list[Axes]]:
    """Return a figure with n panels in a row; lengths in inches."""
    left, width, gap, top = 0.62, 2.35, 0.52, 0.32
    total = left + n * width + (n - 1) * gap + 0.15
    figure = new_figure(total, height)
    boxes = [((left + i * (width + gap)) / total, bottom / height, width / total) for i in range(n)]
    panels = [figure.add_axes((x, y, w, 1 - y - top / height)) for x, y, w in boxes]
    return figure, panels


def _under(axes: Axes, figure: Figure) -> tuple[float, float, float, float]:
    box, height = axes.get_position(), figure.get_figheight()
    return (box.x0, 0.5 / height, box.width, box.y0 - 0.58 / height)


def _draw_pairs(
    axes: Axes, x: FloatArray, y: FloatArray, bars: tuple[FloatArray, FloatArray] | None
) -> None:
    many = len(x) > MANY_POINTS
    if bars is not None:
        axes.errorbar(x, y, np.stack(bars), fmt="none", ecolor="#C4C9D0", elinewidth=0.5, zorder=1)
    axes.plot(x, y, "o", color=BLUE, ms=2.6, mew=0, alpha=0.3 if many else 0.6, rasterized=many)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(4))


def _score(name: str, predicted: npt.NDArray[Any], truth: npt.NDArray[Any]) -> str:
    label = get_label(name)
    error = mean_absolute_error(predicted, truth)
    unit = " K" if label.unit == "K" else ""
    return f"$R^2$ = {r2(predicted, truth):.3f}, MAE = {error:.{label.digits}f}{unit}"
