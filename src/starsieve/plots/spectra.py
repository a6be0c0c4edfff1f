"""Figures of spectra."""

import math
from typing import Protocol

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starsieve.data import Spectrum
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.plots.bands import SHADES, Bands, draw_bands
from starsieve.plots.style import BLACK, BLUE, GREY, PALE, VERMILLION, new_figure, styled
from starsieve.stats import block_means

MANY_PIXELS = 4_000
"""More are drawn as means of neighbours: a page has no room for them, and a file should not."""

MAX_TITLE = 100
"""Letters."""

RESIDUAL_LIMIT = 8.0
"""Sigma; the residual panel shows at least so much where there are larger ones."""


class FittedModel(Protocol):
    """An observation on a model's grid (arrays of shape (n_pixels,)) and the model over it."""

    @property
    def wave(self) -> FloatArray: ...
    @property
    def flux(self) -> FloatArray: ...
    @property
    def sigma(self) -> FloatArray: ...
    @property
    def valid(self) -> BoolArray: ...
    @property
    def model_flux(self) -> FloatArray: ...
    @property
    def flux_unit(self) -> str: ...


@styled
def plot_fit(
    spectrum: Spectrum,
    fit: FittedModel | None = None,
    *,
    title: str = "",
    model_sigma: FloatArray | None = None,
    bands: Bands | None = None,
) -> Figure:
    """Plot a spectrum with its errors, the best-fitting model over it, and the residuals.

    Pixels that are not valid are left out. What the fit did not use, such as bands of telluric
    water, is shaded.

    Parameters
    ----------
    spectrum : Spectrum
        As observed.
    fit : FittedModel, optional
        Brought to the unit of the spectrum, if that is one of a flux density. Without a fit
        there is one panel.
    title : str
    model_sigma : array, shape (n_pixels,), optional
        The model's own error, in the unit of the fit: drawn as a band.
    bands : Bands, optional
        Of predicted spectra, in the unit of the fit, on its wavelengths.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(8.4, 4.6 if fit else 3.6)
    if fit is None:
        main = figure.add_axes((0.085, 0.14, 0.895, 0.78))
        view = _view(spectrum, None)
    else:
        main = figure.add_axes((0.085, 0.34, 0.895, 0.595))
        lower = figure.add_axes((0.085, 0.115, 0.895, 0.205), sharex=main)
        view = _view(spectrum, fit)
        _draw_residuals(lower, fit)
        _shade_unused((main, lower), fit, view)
        main.tick_params(labelbottom=False)
    exponent = _draw_observed(main, spectrum, view)
    if fit is not None:
        factor = _unit_factor(fit, spectrum.flux_unit)
        if model_sigma is not None:
            _draw_band(main, fit, model_sigma, factor / 10.0**exponent)
        if bands is not None:
            names = ("", "68, 95 % predicted")
            draw_bands(main, fit.wave, bands, factor / 10.0**exponent, names)
        label = "best-fitting model" if model_sigma is None else "model"
        _draw_model(main, fit, factor / 10.0**exponent, label)
    main.set_xlim(view)
    main.set_ylabel(flux_label(spectrum.flux_unit, exponent))
    main.set_title(plain(title[:MAX_TITLE]), loc="left", y=1.0)
    figure.axes[-1].set_xlabel("Vacuum wavelength (µm)")
    handles, _ = main.get_legend_handles_labels()
    if handles:
        main.legend(handles=handles, loc="upper right", ncols=len(handles), handlelength=1.6)
    return figure


@styled
def plot_model(spectrum: Spectrum, *, title: str = "") -> Figure:
    """Plot a model spectrum and the bands of one and two standard deviations of its own error.

    Parameters
    ----------
    spectrum : Spectrum
        With `sigma`: the error of the model.
    title : str
    """
    figure = new_figure(8.4, 4.6)
    main = figure.add_axes((0.085, 0.34, 0.895, 0.595))
    lower = figure.add_axes((0.085, 0.115, 0.895, 0.205), sharex=main)
    wave, flux = spectrum.wave, spectrum.flux
    sigma = np.zeros_like(flux) if spectrum.sigma is None else spectrum.sigma
    exponent = power_of_ten(float(np.max(flux)))
    shown, error = flux / 10.0**exponent, sigma / 10.0**exponent
    for level, color in zip((2, 1), SHADES, strict=True):
        band = (shown - level * error, shown + level * error)
        main.fill_between(wave, *band, color=color, lw=0, label=f"±{level}σ of the model")
    main.plot(wave, shown, color=VERMILLION, lw=1.1, label="model")
    lower.fill_between(wave, 0.0, 100 * sigma / flux, color="#F2B48C", lw=0)
    lower.plot(wave, 100 * sigma / flux, color=VERMILLION, lw=0.8)
    lower.set_ylim(0.0, 1.1 * max(float(np.quantile(100 * sigma / flux, 0.99)), 1e-3))
    lower.set_ylabel("Error (%)")
    lower.set_xlabel("Vacuum wavelength (µm)")
    main.tick_params(labelbottom=False)
    main.set_xlim(float(wave[0]), float(wave[-1]))
    main.set_ylim(*_limits(shown))
    main.set_ylabel(flux_label(spectrum.flux_unit, exponent))
    main.set_title(plain(title[:MAX_TITLE]), loc="left", y=1.0)
    main.legend(loc="upper right", ncols=3, handlelength=1.6)
    return figure


def _view(spectrum: Spectrum, fit: FittedModel | None) -> tuple[float, float]:
    """Return what to show: the usable part of the spectrum, as far as the model reaches."""
    wave = spectrum.wave[spectrum.usable] if spectrum.usable.any() else spectrum.wave
    low, high = float(wave[0]), float(wave[-1])
    if fit is not None and max(low, fit.wave[0]) < min(high, fit.wave[-1]):
        low, high = max(low, float(fit.wave[0])), min(high, float(fit.wave[-1]))
    margin = 0.01 * (high - low) or 0.01
    return low - margin, high + margin


def _draw_observed(axes: Axes, spectrum: Spectrum, view: tuple[float, float]) -> int:
    """Draw the spectrum; return the power of ten that it was divided by."""
    shown = (spectrum.wave >= view[0]) & (spectrum.wave <= view[1])
    wave, flux = spectrum.wave[shown], np.where(spectrum.usable, spectrum.flux, np.nan)[shown]
    if not np.isfinite(flux).any():
        axes.text(0.5, 0.5, "no valid pixel", transform=axes.transAxes, ha="center", color=GREY)
        return 0
    low, high = _limits(flux)
    exponent = power_of_ten(max(abs(low), abs(high)))
    flux = flux / 10.0**exponent
    sigma = None if spectrum.sigma is None else spectrum.sigma[shown] / 10.0**exponent
    label = "observed"
    if len(wave) > MANY_PIXELS:
        label = f"observed (means of {-(-len(wave) // MANY_PIXELS)} pixels)"
        wave, flux, sigma = _thin_out(wave, flux, sigma)
    if sigma is not None:
        axes.fill_between(wave, flux - sigma, flux + sigma, color="#B9BEC6", lw=0, label="±1σ")
    axes.plot(wave, flux, color=BLACK, lw=0.9, label=label)
    axes.axhline(0.0, color=GREY, lw=0.6, zorder=0.5)
    axes.set_ylim(low / 10.0**exponent, high / 10.0**exponent)
    return exponent


def _thin_out(
    wave: FloatArray, flux: FloatArray, sigma: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Return means of neighbours; sigma stays that of one pixel, since errors may be correlated."""
    good, n = np.isfinite(flux), MANY_PIXELS
    thin = None if sigma is None else block_means(sigma, good, n)
    return block_means(wave, np.ones_like(good), n), block_means(flux, good, n), thin


def _draw_model(axes: Axes, fit: FittedModel, factor: FloatArray, label: str) -> None:
    """Draw the model, faint where it was not compared with anything."""
    flux = fit.model_flux * factor
    axes.plot(fit.wave, flux, color=VERMILLION, lw=0.9, alpha=0.35)
    used = np.where(fit.valid, flux, np.nan)
    axes.plot(fit.wave, used, color=VERMILLION, lw=1.3, label=label)


def _draw_band(axes: Axes, fit: FittedModel, sigma: FloatArray, factor: FloatArray) -> None:
    """Draw one and two standard deviations of the model's own error around it."""
    for level, color in zip((2, 1), SHADES, strict=True):
        low, high = ((fit.model_flux + side * level * sigma) * factor for side in (-1, 1))
        label = "±1σ, ±2σ of the model" if level == 1 else ""
        axes.fill_between(fit.wave, low, high, color=color, lw=0, label=label)


def _draw_residuals(axes: Axes, fit: FittedModel) -> None:
    difference = (fit.flux - fit.model_flux)[fit.valid]
    residual = np.full(fit.wave.shape, np.nan)
    residual[fit.valid] = difference / fit.sigma[fit.valid]
    axes.axhspan(-1, 1, color=PALE, lw=0)
    axes.axhline(0.0, color=VERMILLION, lw=0.9)
    axes.plot(fit.wave, residual, color=BLUE, lw=0.8, drawstyle="steps-mid")
    largest = np.nanmax(np.abs(residual)) if fit.valid.any() else 0.0
    typical = np.nanquantile(np.abs(residual), 0.98) if fit.valid.any() else 0.0
    limit = max(3.5, 1.15 * min(largest, max(typical, RESIDUAL_LIMIT)))
    axes.set_ylim(-limit, limit)
    axes.set_ylabel("Residual (σ)")


def _shade_unused(panels: tuple[Axes, ...], fit: FittedModel, view: tuple[float, float]) -> None:
    """Shade runs of pixels that did not count; single ones are gaps in the lines."""
    label = "not fitted"
    for first, last in _runs(~fit.valid):
        if last - first < 2:
            continue
        low = -np.inf if first == 0 else fit.wave[first]
        high = np.inf if last == len(fit.wave) - 1 else fit.wave[last]
        low, high = max(low, view[0]), min(high, view[1])
        if low < high:
            for axes in panels:
                axes.axvspan(low, high, color=PALE, lw=0, zorder=0.2, label=label)
                label = ""


def _runs(mask: BoolArray) -> list[tuple[int, int]]:
    """Return the first and last index of each run of True."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(start), int(stop) - 1) for start, stop in zip(*[iter(steps)] * 2, strict=True)]


def _limits(flux: npt.NDArray[np.floating]) -> tuple[float, float]:
    """Return limits that single wild pixels do not set."""
    low, middle, high = np.nanquantile(flux, (0.002, 0.5, 0.998))
    low, high = float(min(low, 0.0)), float(high if high > 0 else max(middle, 0.0))
    height = high - low or 1.0
    return low - 0.05 * height, high + 0.16 * height


def power_of_ten(largest: float) -> int:
    """Return the power of ten to divide by; 0 where numbers are handy as they are."""
    exponent = math.floor(math.log10(largest)) if largest > 0 else 0
    return 0 if -2 < exponent < 4 else exponent


def flux_label(unit: str, exponent: int) -> str:
    """Return the label of an axis of fluxes that were divided by a power of ten."""
    factor = f"$10^{{{exponent}}}$ " if exponent else ""
    if not unit:
        return f"Flux ({factor.strip()}, normalised)" if exponent else "Normalised flux"
    return f"Flux density ({factor}{readable_unit(unit)})"


def _unit_factor(fit: FittedModel, unit: str) -> FloatArray:
    """Return what to multiply the fit's fluxes by, shape (n_pixels,), to have them in `unit`."""
    from astropy import units

    ones = np.ones(len(fit.wave))
    try:
        there = units.spectral_density(fit.wave * units.um)
        return np.asarray((ones * units.Unit(fit.flux_unit)).to_value(unit, there))
    except (units.UnitsError, ValueError):  # the spectrum is normalised, or in counts
        return ones


def readable_unit(unit: str) -> str:
    """Return a unit as people print it, or as it was spelt where astropy does not know it."""
    from astropy import units

    try:
        return plain(str(units.Unit(unit).to_string("unicode", fraction=False)))
    except ValueError:
        return plain(unit)


def plain(text: str) -> str:
    """Return text that Matplotlib shows as it is: no formula, no letter that it can't take."""
    return "".join(letter if letter.isprintable() else " " for letter in text).replace("$", r"\$")
