"""A spectrum over another that is like it, and their difference."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.plots.spectra import MANY_PIXELS, MAX_TITLE, plain
from starsieve.plots.style import BLACK, BLUE, PALE, VERMILLION, new_figure, styled
from starsieve.stats import block_means

MANY_SIGMA = 5.0
"""Times the median error: pixels with more may lie outside of the figure."""

LARGEST_DIFFERENCE = 8.0
"""Times what is expected; single wild pixels do not set the axis."""


@styled
def plot_overlay(
    wave: FloatArray,
    flux: FloatArray,
    model: FloatArray,
    sigma: FloatArray,
    valid: BoolArray,
    *,
    names: tuple[str, str] = ("query", "neighbour"),
    ranges: Sequence[tuple[float, float]] = (),
    title: str = "",
) -> Figure:
    """Plot a query and a neighbour fitted to it, and their difference below.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum micron.
    flux, model : arrays, shape (n_pixels,)
        The query, and the neighbour shifted and scaled to it.
    sigma : array, shape (n_pixels,)
        What their difference is expected to be.
    valid : array of bool, shape (n_pixels,)
        Pixels that both have; the others are left out.
    names : (str, str)
    ranges : sequence of (low, high)
        Micron: shaded, as where the two differ most.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(8.4, 4.2)
    main = figure.add_axes((0.085, 0.36, 0.895, 0.565))
    lower = figure.add_axes((0.085, 0.125, 0.895, 0.215), sharex=main)
    ratio = np.divide(flux - model, sigma, out=np.full(len(wave), np.nan), where=valid)
    n = MANY_PIXELS
    few = block_means(wave, np.ones(len(wave), dtype=bool), n)
    _draw(main, few, block_means(flux, valid, n), block_means(model, valid, n), names)
    main.set_ylim(*_limits(flux, model, sigma, valid))
    lower.axhspan(-1, 1, color=PALE, lw=0)
    lower.axhline(0.0, color=VERMILLION, lw=0.9)
    lower.plot(few, block_means(np.nan_to_num(ratio), valid, n), color=BLUE, lw=0.8)
    largest = float(np.nanquantile(np.abs(ratio), 0.99)) if valid.any() else 0.0
    limit = max(3.5, 1.15 * min(largest, LARGEST_DIFFERENCE))
    lower.set_ylim(-limit, limit)
    for axes in (main, lower):
        for low, high in ranges:
            axes.axvspan(low, high, color="#F6E3D5", lw=0, zorder=0.1)
    main.tick_params(labelbottom=False)
    main.set_ylabel("Normalised flux")
    main.set_title(plain(title[:MAX_TITLE]), loc="left", y=1.0)
    lower.set_ylabel("Difference (σ)")
    lower.set_xlabel("Vacuum wavelength (µm)")
    if valid.any():
        main.set_xlim(float(wave[valid][0]), float(wave[valid][-1]))
    return figure


def _draw(
    axes: Axes, wave: FloatArray, flux: FloatArray, model: FloatArray, names: tuple[str, str]
) -> None:
    axes.plot(wave, flux, color=BLACK, lw=0.9, label=plain(names[0][:40]))
    axes.plot(wave, model, color=VERMILLION, lw=0.9, label=plain(names[1][:40]))
    axes.legend(loc="upper right", ncols=2, handlelength=1.6)


def _limits(
    flux: FloatArray, model: FloatArray, sigma: FloatArray, valid: BoolArray
) -> tuple[float, float]:
    """Return limits that pixels of hardly any weight do not set."""
    if not valid.any():
        return 0.0, 1.0
    telling = valid & (sigma <= MANY_SIGMA * np.median(sigma[valid]))
    shown = np.concatenate([flux[telling], model[telling]])
    low, high = (float(each) for each in np.quantile(shown, (0.002, 0.998)))
    margin = 0.08 * (high - low) or 0.1
    return low - margin, high + 2 * margin
