"""Chi-square over a parameter and the radius."""

from collections.abc import Sequence
from typing import Protocol

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from starsieve.data.spectrum import FloatArray
from starsieve.plots.posteriors import axis_label
from starsieve.plots.spectra import MAX_TITLE, plain
from starsieve.plots.style import BLACK, ORANGE, new_figure, styled

COLOURS, TOP = "Blues_r", 0.94
"""Dark where chi-square is least, and up to which share of the map."""

N_COLOURS = 12
DEEPEST = 20.0
"""Rise of chi-square beyond which all is white."""

DASHES = ("-", "--")
SHARES = ("68 %", "95 %")


class ChiSquareMap(Protocol):
    """Chi-square at values of a label and radii: see `starsieve.atmospheres.radius_map`."""

    @property
    def label(self) -> str: ...
    @property
    def values(self) -> FloatArray: ...
    @property
    def radius(self) -> FloatArray: ...
    @property
    def rise(self) -> FloatArray: ...
    @property
    def best(self) -> tuple[float, float]: ...
    @property
    def least(self) -> float: ...
    @property
    def freedom(self) -> int: ...
    @property
    def factor(self) -> float: ...


@styled
def plot_radius_map(
    found: ChiSquareMap,
    levels: Sequence[float],
    posterior: FloatArray | None = None,
    *,
    title: str = "",
) -> Figure:
    """Plot chi-square over a parameter and the radius, with contours and a star at the least.

    Parameters
    ----------
    found : ChiSquareMap
    levels : sequence of float
        Rises of chi-square around 68 and 95 %.
    posterior : array, shape (2, 3), optional
        16th, 50th and 84th percentile of label and radius: drawn as a cross.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(6.4, 4.9)
    axes = figure.add_axes((0.115, 0.115, 0.735, 0.74))
    shades = mpl.colors.LinearSegmentedColormap.from_list(
        "rise", mpl.colormaps[COLOURS](np.linspace(0.12, TOP, 256))
    )
    steps = np.linspace(0, DEEPEST, N_COLOURS - 1)
    mesh = (found.values, found.radius, np.minimum(found.rise, DEEPEST).T)
    filled = axes.contourf(*mesh, levels=steps, cmap=shades)
    for level, dash in zip(levels, DASHES, strict=True):
        axes.contour(*mesh, levels=[level], colors=BLACK, linewidths=1.1, linestyles=dash)
    handles = [
        Line2D([], [], color=BLACK, lw=1.1, ls=dash, label=share)
        for dash, share in zip(DASHES, SHARES, strict=True)
    ]
    handles += _mark(axes, found, posterior)
    axes.set(xlabel=axis_label(found.label), ylabel=r"Radius ($R_\mathrm{Jup}$)")
    axes.set_xlim(found.values[0], found.values[-1])
    axes.set_ylim(found.radius[0], found.radius[-1])
    bar = figure.colorbar(filled, cax=figure.add_axes((0.87, 0.115, 0.025, 0.74)))
    bar.set_label(rise_words(found))
    figure.text(0.115, 0.955, plain(title[:MAX_TITLE]), fontsize=10.5)
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.1, 0.94), ncols=4, handlelength=1.8,
        columnspacing=1.3,
    )  # fmt: skip
    return figure


def _mark(axes: Axes, found: ChiSquareMap, posterior: FloatArray | None) -> list[Line2D]:
    """Draw star and cross, and return what the legend shows of them."""
    marks = axes.plot(
        *found.best, "*", color=ORANGE, ms=15, mec=BLACK, mew=0.9, zorder=5, clip_on=False,
        label=f"least: {found.least / found.freedom:.3g} per degree of freedom", ls="none",
    )  # fmt: skip
    if posterior is not None:
        (x_low, x, x_high), (y_low, y, y_high) = posterior
        cross = axes.errorbar(
            x, y, [[y - y_low], [y_high - y]], [[x - x_low], [x_high - x]], color=ORANGE, fmt="o",
            ms=5, mec=BLACK, mew=0.6, lw=1.8, zorder=4,
        )  # fmt: skip
        cross.set_label("posterior, 68 %")
        shown = Line2D([], [], color=ORANGE, marker="o", mec=BLACK, mew=0.6, lw=1.8, ms=5)
        shown.set_label("posterior, 68 %")
        marks = [*marks, shown]
    return marks


def rise_words(found: ChiSquareMap) -> str:
    """Return what the colours say."""
    inflated = f", errors × {np.sqrt(found.factor):.3g}" if found.factor > 1 else ""
    return f"χ² above the least{inflated}"
