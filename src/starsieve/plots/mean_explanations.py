"""Which wavelengths drive each parameter of many spectra."""

from typing import Protocol

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.plots.explanations import WEAK
from starsieve.plots.spectra import MAX_TITLE, plain
from starsieve.plots.style import BLACK, BLUE, GREY, VERMILLION, new_figure, styled

HALF = 0.5
"""Share of the spectra from which on a band's bar is dark."""


class MeanOcclusion(Protocol):
    """Means over spectra: see `starsieve.atmospheres.mean_explanation`."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def bands(self) -> FloatArray: ...
    @property
    def n_spectra(self) -> int: ...
    @property
    def n_asked(self) -> npt.NDArray[np.int64]: ...
    @property
    def influence(self) -> FloatArray: ...
    @property
    def spread(self) -> FloatArray: ...
    @property
    def shift(self) -> FloatArray: ...
    @property
    def widening(self) -> FloatArray: ...
    @property
    def share(self) -> FloatArray: ...
    @property
    def strongest(self) -> npt.NDArray[np.int64]: ...


@styled
def plot_mean_explanation(mean: MeanOcclusion, *, title: str = "") -> Figure:
    """Plot every parameter's mean influence by band, with its spread and the median shift.

    Parameters
    ----------
    mean : MeanOcclusion
    title : str
        How many spectra it is of, by default.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_panels = len(mean.names)
    figure = new_figure(8.4, 1.25 + 1.35 * n_panels)
    height = figure.get_size_inches()[1]
    cells = figure.add_gridspec(
        n_panels, 1, left=0.095, right=0.98, bottom=0.5 / height, top=1 - 0.8 / height, hspace=0.1
    )
    panels: list[Axes] = []
    for column in range(n_panels):
        axes = figure.add_subplot(cells[column], sharex=panels[0] if panels else None)
        _draw_parameter(axes, mean, column)
        panels.append(axes)
    for axes in panels:
        axes.tick_params(labelbottom=axes is panels[-1])
    panels[0].set_xlim(float(mean.bands.min()), float(mean.bands.max()))
    panels[-1].set_xlabel("Vacuum wavelength of the band that is left out (µm)")
    words = title[:MAX_TITLE] or f"{mean.n_spectra} spectra"
    panels[0].set_title(plain(words), loc="left", y=1.0, pad=31)
    _explain(figure, height)
    return figure


def _draw_parameter(axes: Axes, mean: MeanOcclusion, column: int) -> None:
    """Draw a bar for each band, its spread as a line and the median shift as a mark."""
    for row, band in enumerate(mean.bands):
        if not mean.n_asked[row]:
            axes.axvspan(*band, facecolor="white", edgecolor=GREY, hatch="/////", lw=0, zorder=0.4)
            continue
        centre, width = float(band.mean()), 0.72 * float(band[1] - band[0])
        colour = BLUE if mean.share[row, column] >= HALF else WEAK
        axes.bar(centre, mean.influence[row, column], width, color=colour, alpha=0.75, lw=0)
        low, high = mean.spread[row, column]
        axes.vlines(centre, low, high, BLACK, lw=0.9)
        axes.plot(centre, mean.shift[row, column], "D", color=VERMILLION, ms=3.6, mew=0)
    axes.axhline(0, color=BLACK, lw=0.6)
    axes.set_ylabel(f"{get_label(mean.names[column]).symbol} (σ)")
    axes.yaxis.set_major_locator(MaxNLocator(4, prune="both"))


def _explain(figure: Figure, height: float) -> None:
    """Say above the panels what is drawn."""
    handles = (
        Patch(color=BLUE, alpha=0.75, label="mean influence"),
        Patch(color=WEAK, alpha=0.75, label="in less than half of the spectra"),
        Line2D([], [], color=BLACK, lw=0.9, label="68 % of the spectra"),
        Line2D([], [], color=VERMILLION, marker="D", ms=3.6, ls="none", label="median shift"),
        Patch(facecolor="white", edgecolor=GREY, hatch="/////", lw=0, label="not left out"),
    )
    figure.legend(
        handles=handles, loc="upper left", ncols=len(handles), handlelength=1.4,
        bbox_to_anchor=(0.088, 1 - 0.45 / height), borderpad=0, fontsize=8, columnspacing=1.0,
    )  # fmt: skip
