"""Observed against predicted spectra, with the bands in which the predictions lie."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.plots.bands import Bands, draw_bands
from starsieve.plots.spectra import flux_label, plain, power_of_ten
from starsieve.plots.style import BLACK, BLUE, PALE, VERMILLION, new_figure, styled

MAX_TITLE = 100


@styled
def plot_predicted(
    wave: FloatArray,
    flux: FloatArray,
    sigma: FloatArray,
    valid: BoolArray,
    bands: Bands,
    *,
    title: str = "",
    flux_unit: str = "",
) -> Figure:
    """Plot an observation and the spectra that a posterior predicts for it.

    Bands hold 68 and 95 % of the predicted spectra at each wavelength: how far the parameters are
    uncertain, without the noise. Below, observed minus predicted median in units of the error.

    Parameters
    ----------
    wave, flux, sigma, valid : arrays, shape (n_pixels,)
        The observation: vacuum micron, flux and its error, and which pixels count.
    bands : Bands
        Of the predicted spectra, in the unit of `flux`.
    title, flux_unit : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(8.4, 4.6)
    main = figure.add_axes((0.085, 0.34, 0.895, 0.595))
    lower = figure.add_axes((0.085, 0.115, 0.895, 0.205), sharex=main)
    seen = np.where(valid, flux, np.nan)
    exponent = power_of_ten(float(np.nanmax(np.abs(seen)))) if valid.any() else 0
    factor = 10.0**-exponent
    names = ("95 % of the predictions", "68 % of the predictions")
    draw_bands(main, wave, bands, factor, names)
    main.plot(wave, bands.median * factor, color=VERMILLION, lw=1.0, label="predicted, median")
    _draw_observed(main, wave, seen * factor, np.where(valid, sigma, np.nan) * factor)
    top = np.nanquantile(seen, 0.998) if valid.any() else 1.0
    main.set_ylim(min(0.0, float(np.nanmin(seen, initial=0.0))) * factor, 1.25 * top * factor)
    main.set_ylabel(flux_label(flux_unit, exponent))
    main.set_title(plain(title[:MAX_TITLE]), loc="left", y=1.0)
    main.tick_params(labelbottom=False)
    main.legend(loc="upper right", ncols=2, handlelength=1.6)
    _draw_residuals(lower, wave, (seen - bands.median) / sigma)
    used = wave[valid] if valid.any() else wave
    margin = 0.02 * float(used[-1] - used[0])
    main.set_xlim(float(used[0]) - margin, float(used[-1]) + margin)
    return figure


def _draw_observed(axes: Axes, wave: FloatArray, flux: FloatArray, sigma: FloatArray) -> None:
    axes.errorbar(
        wave, flux, sigma, color=BLACK, fmt=".", ms=2.0, elinewidth=0.5, zorder=3,
        label="observed, ±1σ",
    )  # fmt: skip


def _draw_residuals(axes: Axes, wave: FloatArray, residual: FloatArray) -> None:
    axes.axhspan(-1, 1, color=PALE, lw=0)
    axes.axhline(0.0, color=VERMILLION, lw=0.9)
    axes.plot(wave, residual, color=BLUE, lw=0.8, drawstyle="steps-mid")
    known = np.abs(residual[np.isfinite(residual)])
    limit = max(3.5, 1.15 * float(np.quantile(known, 0.98))) if len(known) else 3.5
    axes.set_ylim(-limit, limit)
    axes.set(xlabel="Vacuum wavelength (µm)", ylabel="Residual (σ)")
