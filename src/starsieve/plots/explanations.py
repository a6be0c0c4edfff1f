"""Figures of what drives a parameter."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from starsieve.data.spectrum import FloatArray
from starsieve.plots.posteriors import axis_label
from starsieve.plots.spectra import MAX_TITLE, FittedModel, plain
from starsieve.plots.style import BLACK, BLUE, GREY, PALE, VERMILLION, new_figure, styled

WEAK = "#B9D6EA"
"""Of bands that change nothing beyond the draws' own scatter."""

MOST = 3
"""Bands of each parameter that are marked as its strongest."""


class Occlusion(Protocol):
    """Posteriors with and without each band: see `starsieve.atmospheres.explanation`."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def bands(self) -> FloatArray: ...
    @property
    def whole(self) -> FloatArray: ...
    @property
    def without(self) -> FloatArray: ...
    @property
    def influence(self) -> FloatArray: ...
    @property
    def floor(self) -> FloatArray: ...


@styled
def plot_explanation(
    explained: Occlusion, fit: FittedModel | None = None, *, title: str = ""
) -> Figure:
    """Plot every parameter's 68 % interval without each band, over that of the whole spectrum.

    Parameters
    ----------
    explained : Occlusion
    fit : FittedModel, optional
        Its observation is drawn on top.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_panels = len(explained.names) + (fit is not None)
    figure = new_figure(8.4, 1.25 + 1.35 * n_panels)
    height = figure.get_size_inches()[1]
    cells = figure.add_gridspec(
        n_panels, 1, left=0.095, right=0.98, bottom=0.5 / height, top=1 - 0.8 / height, hspace=0.1
    )
    panels: list[Axes] = []
    for row in range(n_panels):
        panels.append(figure.add_subplot(cells[row], sharex=panels[0] if panels else None))
    if fit is not None:
        _draw_spectrum(panels[0], fit, explained)
    for column, axes in enumerate(panels[-len(explained.names) :]):
        _draw_parameter(axes, explained, column)
    for axes in panels:
        _shade_missing(axes, explained)
        axes.tick_params(labelbottom=axes is panels[-1])
    panels[0].set_xlim(float(explained.bands.min()), float(explained.bands.max()))
    panels[-1].set_xlabel("Vacuum wavelength of the band that is left out (µm)")
    panels[0].set_title(plain(title[:MAX_TITLE]), loc="left", y=1.0, pad=31)
    _explain(figure, height)
    return figure


def _draw_spectrum(axes: Axes, fit: FittedModel, explained: Occlusion) -> None:
    """Draw the observation relative to its largest flux, and the edges of the bands."""
    used = np.where(fit.flux != 0, fit.flux, np.nan)
    top = np.nanmax(used) if np.isfinite(used).any() else 1.0
    axes.plot(fit.wave, used / top, color=BLACK, lw=0.9)
    axes.vlines(
        np.unique(explained.bands), 0, 1, GREY, lw=0.4, alpha=0.5,
        transform=axes.get_xaxis_transform(), zorder=0.5,
    )  # fmt: skip
    axes.set_ylim(min(0.0, 1.05 * float(np.nanmin(used / top))), 1.08)
    axes.set_ylabel("Relative flux")
    axes.yaxis.set_major_locator(MaxNLocator(4, prune="both"))


def _draw_parameter(axes: Axes, explained: Occlusion, column: int) -> None:
    """Draw one interval for each band, over the interval and the median of the whole."""
    low, middle, high = explained.whole[column]
    axes.axhspan(low, high, color=PALE, lw=0, zorder=0.3)
    axes.axhline(middle, color=BLACK, lw=0.9, zorder=0.6)
    influence = np.nan_to_num(explained.influence[:, column], nan=-1.0)
    strongest = np.argsort(-influence, kind="stable")[:MOST]
    for row, band in enumerate(explained.bands):
        q16, median, q84 = explained.without[row, column]
        if not np.isfinite(median):
            continue
        beyond = influence[row] > explained.floor[column]
        colour = WEAK if not beyond else VERMILLION if row in strongest else BLUE
        centre, width = float(band.mean()), 0.72 * float(band[1] - band[0])
        axes.bar(centre, q84 - q16, width, q16, color=colour, alpha=0.55, lw=0)
        ends = (centre - width / 2, centre + width / 2)
        axes.hlines(median, *ends, BLUE if colour == WEAK else colour, lw=1.8)
    axes.set_ylim(_limits(explained.whole[column], explained.without[:, column]))
    axes.set_ylabel(axis_label(explained.names[column]))
    axes.yaxis.set_major_locator(MaxNLocator(4, prune="both"))


def _limits(whole: FloatArray, without: FloatArray) -> tuple[float, float]:
    values = np.concatenate([whole, without[np.isfinite(without)]])
    margin = 0.12 * float(np.ptp(values)) or 0.05 * abs(float(values[0])) or 1.0
    return float(values.min()) - margin, float(values.max()) + margin


def _shade_missing(axes: Axes, explained: Occlusion) -> None:
    """Hatch the bands that were not left out."""
    missing = ~np.isfinite(explained.without[:, :, 1]).all(axis=1)
    for low, high in explained.bands[missing]:
        axes.axvspan(low, high, facecolor="white", edgecolor=GREY, hatch="/////", lw=0, zorder=0.4)


def _explain(figure: Figure, height: float) -> None:
    """Say above the panels what is drawn."""
    handles: Sequence[Patch] = (
        Patch(color=PALE, label="68 % interval, whole spectrum"),
        Patch(color=VERMILLION, alpha=0.7, label=f"without a band: {MOST} strongest"),
        Patch(color=BLUE, alpha=0.7, label="others with an effect"),
        Patch(color=WEAK, label="no effect seen"),
        Patch(facecolor="white", edgecolor=GREY, hatch="/////", lw=0, label="not left out"),
    )
    figure.legend(
        handles=handles, loc="upper left", ncols=len(handles), handlelength=1.4,
        bbox_to_anchor=(0.088, 1 - 0.45 / height), borderpad=0, fontsize=8, columnspacing=1.0,
    )  # fmt: skip
