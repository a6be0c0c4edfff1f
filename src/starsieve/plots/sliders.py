"""Figures of latents: what moving one of them does, and which spectra are far from all others."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.figure import Figure

from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.plots.spectra import MANY_PIXELS, plain
from starsieve.plots.style import BLACK, GREY, VERMILLION, new_figure, styled
from starsieve.stats import block_means

LEAST_MISFIT = -6.0
MOST_NAMED = 12


@styled
def plot_traversal(
    wave: FloatArray, values: FloatArray, flux: FloatArray, *, name: str, title: str = ""
) -> Figure:
    """Plot spectra along one latent, and below how they differ from the one in the middle.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum micron.
    values : array, shape (n_steps,)
        Of the latent that moves.
    flux : array, shape (n_steps, n_pixels)
        Relative.
    name : str
        Of the latent.
    title : str
    """
    if len(values) != len(flux) or len(values) < 2:
        msg = f"A strip has a value for each of two or more spectra, got {len(values)}."
        raise DataError(msg)
    figure = new_figure(8.4, 5.2)
    upper = figure.add_axes((0.085, 0.40, 0.80, 0.53))
    lower = figure.add_axes((0.085, 0.10, 0.80, 0.27), sharex=upper)
    bar = figure.add_axes((0.90, 0.10, 0.018, 0.83))
    middle = flux[len(flux) // 2]
    colours = colormaps["viridis"](np.linspace(0.0, 0.92, len(values)))
    for colour, each in zip(colours, flux, strict=True):
        for axes, line in ((upper, each), (lower, each - middle)):
            axes.plot(*_thin(wave, line), color=colour, lw=0.9)
    upper.tick_params(labelbottom=False)
    upper.set_ylabel("Relative flux")
    lower.set(ylabel="Difference", xlabel="Vacuum wavelength (µm)")
    upper.set_xlim(wave[0], wave[-1])
    upper.set_title(plain(title), loc="left")
    bar.imshow(colours[:, None], aspect="auto", origin="lower")
    bar.set_xticks([])
    bar.yaxis.tick_right()
    shown = np.unique(np.linspace(0, len(values) - 1, min(len(values), 9)).astype(int))
    bar.set_yticks(shown, [f"{values[each]:.3g}" for each in shown])
    bar.yaxis.set_label_position("right")
    bar.set_ylabel(plain(name))
    return figure


@styled
def plot_outliers(
    misfit: FloatArray,
    loneliness: FloatArray,
    ranked: npt.NDArray[np.intp],
    names: Sequence[str] = (),
) -> Figure:
    """Plot how badly each spectrum is drawn against how alone it is, the unusual ones marked.

    Parameters
    ----------
    misfit, loneliness : arrays, shape (n_items,)
        In robust deviations; NaN in `misfit` where there is no reconstruction. Misfits below
        `LEAST_MISFIT` are drawn there.
    ranked : array of int
        Rows of the outliers, the most unusual first.
    names : sequence of str
        Of these; the first dozen are written beside them.
    """
    figure = new_figure(6.6, 5.0)
    axes = figure.add_axes((0.11, 0.11, 0.86, 0.86))
    # A misfit far below the median is of large errors; it must not press all others flat.
    height = np.maximum(np.where(np.isfinite(misfit), misfit, 0.0), LEAST_MISFIT)
    known = np.isfinite(loneliness)
    axes.plot(loneliness[known], height[known], ".", ms=3, color=GREY, rasterized=True)
    axes.plot(loneliness[ranked], height[ranked], "o", ms=5, color=VERMILLION, mfc="none")
    for row, name in zip(ranked[:MOST_NAMED].tolist(), names, strict=False):
        axes.annotate(
            plain(name[:30]),
            (loneliness[row], height[row]),
            xytext=(5, 3),
            textcoords="offset points",
            fontsize=8,
            color=BLACK,
            annotation_clip=True,
        )
    axes.axhline(0, color=GREY, lw=0.6)
    axes.axvline(0, color=GREY, lw=0.6)
    axes.set(xlabel="Loneliness (deviations)", ylabel="Misfit (deviations)")
    axes.margins(x=0.12, y=0.06)
    return figure


def _thin(wave: FloatArray, flux: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what a figure has room for: means of neighbours where there are more pixels."""
    if len(wave) <= MANY_PIXELS:
        return wave, flux
    good = np.isfinite(flux)
    return block_means(wave, np.ones_like(good), MANY_PIXELS), block_means(flux, good, MANY_PIXELS)
