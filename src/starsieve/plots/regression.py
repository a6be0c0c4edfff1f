"""The regression report: predicted against true values, and how the residuals are distributed."""

from collections.abc import Mapping
from math import floor, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.plots.posteriors import axis_label
from starsieve.plots.spectra import plain
from starsieve.plots.style import BLACK, SERIES, new_figure, styled
from starsieve.stats.residuals import Residuals, summarise_residuals

Pairs = Mapping[str, tuple[FloatArray, FloatArray]]
"""Predicted and true values, shape (n,) each, by label."""

N_BINS = 41
MANY_POINTS = 2_000
"""From here on, points go into vector files as a picture."""


@styled
def plot_regression(parts: Mapping[str, Pairs]) -> Figure:
    """Plot predicted against true values, and the histogram of their differences below.

    R², the root of the mean squared residual, its mean and standard deviation, and its skewness
    stand over the histograms, which are on a logarithmic axis.

    Parameters
    ----------
    parts : mapping of str to mapping of str to (array, array)
        By what the spectra are (``training``, ``held-out nodes``, ...) and label: predicted and
        true values, shape (n,) each.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = list(dict.fromkeys(name for pairs in parts.values() for name in pairs))
    n, several = max(len(names), 1), len(parts) > 1
    note = (0.56 if several else 0.36) * len(parts)
    top = 0.45 if several else 0.12
    figure = new_figure(0.85 + 2.75 * n, 4.85 + note + top)
    width, height = figure.get_size_inches()
    for column, name in enumerate(names):
        left, across = (0.7 + 2.75 * column) / width, 2.2 / width
        upper = figure.add_axes((left, (2.65 + note) / height, across, 2.2 / height))
        lower = figure.add_axes((left, 0.5 / height, across, 1.55 / height))
        found = {part: pairs[name] for part, pairs in parts.items() if name in pairs}
        _draw_pairs(upper, name, found)
        _draw_residuals(lower, name, found)
        if column == 0:
            upper.set_ylabel("Predicted")
            lower.set_ylabel("Spectra")
    if several:
        figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="upper left", ncols=4)
    return figure


def describe_residuals(found: Residuals, name: str) -> str:
    """Return the numbers of a report in two lines, as its figures show them."""
    digits = _digits(get_label(name).digits, found.std)
    mean = round(found.mean, digits) + 0.0  # which leaves no minus before a zero
    numbers = [
        "" if np.isnan(found.r2) else f"R² = {found.r2:.3f}",
        f"RMSE = {found.rmse:.{digits}f}",
        "" if np.isnan(found.skewness) else f"skewness {found.skewness:+.2f}",
    ]
    spread = f"mean ± sd = {mean:+.{digits}f} ± {found.std:.{digits}f}"
    return f"{', '.join(filter(None, numbers))}\n{spread}".replace("-", "−")


def residual_bins(found: Mapping[str, tuple[FloatArray, FloatArray]]) -> FloatArray:
    """Return edges of bins for the residuals of all parts, without the wildest 0.2 %."""
    everything = np.concatenate([predicted - true for predicted, true in found.values()])
    low, high = (float(end) for end in np.quantile(everything, (0.001, 0.999)))
    return np.linspace(*((low, high) if low < high else (low - 1.0, high + 1.0)), N_BINS + 1)


def _digits(usual: int, std: float) -> int:
    """Return decimals enough for two significant digits of a spread."""
    return max(usual, 1 - floor(log10(std))) if std > 0 else usual


def _draw_pairs(axes: Axes, name: str, found: Mapping[str, tuple[FloatArray, FloatArray]]) -> None:
    for number, (part, (predicted, true)) in enumerate(found.items()):
        colour, marker = SERIES[number % len(SERIES)]
        many = len(true) > MANY_POINTS
        axes.plot(
            true, predicted, marker, color=colour, ms=2.8, mew=0, alpha=0.35 if many else 0.6,
            rasterized=many, label=plain(part),
        )  # fmt: skip
    both = np.concatenate([values for pair in found.values() for values in pair])
    ends = [float(both.min()), float(both.max())]
    axes.plot(ends, ends, color=BLACK, lw=0.9)
    axes.set_xlabel(f"True {axis_label(name)}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))


def _draw_residuals(
    axes: Axes, name: str, found: Mapping[str, tuple[FloatArray, FloatArray]]
) -> None:
    edges, lines = residual_bins(found), []
    for number, (part, (predicted, true)) in enumerate(found.items()):
        colour, _ = SERIES[number % len(SERIES)]
        counts, _ = np.histogram(predicted - true, edges)
        dash = ("-", "--", ":", "-.")[number % 4]
        axes.stairs(counts, edges, color=colour, lw=1.2, ls=dash)
        said = describe_residuals(summarise_residuals(predicted, true), name)
        lines.append(said if len(found) == 1 else f"{plain(part)}\n{said}")
    axes.axvline(0.0, color=BLACK, lw=0.8)
    axes.set_yscale("log")
    axes.set_ylim(0.7, None)
    axes.set_xlabel(f"Predicted − true {axis_label(name)}")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_title("\n".join(lines), loc="left", fontsize=7.5, linespacing=1.4)
