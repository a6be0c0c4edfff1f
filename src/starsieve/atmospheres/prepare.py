"""Bring observed spectra to a model's grid, with a mask and a matched resolution."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

import numpy as np
from astropy import units as u

from starsieve.atmospheres.recipes import Observing, Trust
from starsieve.atmospheres.simulate import in_bands
from starsieve.data import Spectrum
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.stats.noise import neighbour_scatter
from starsieve.transforms.resample import resample

FAR_OFF = 50.0
"""Factor between wavelengths and those of a model from which on a unit is doubted."""

FEWEST_PIXELS = 20
"""Of the spectrum itself, where the grid is believed: one of them may cover many of the model's."""

WILD = 1e5
"""Times the median flux: no dwarf shines so bright in one pixel."""

PER_ELEMENT = 2.0
"""Pixels of a resolution element, at least, if a spectrograph samples what it resolves."""

FINE = 4.0
"""Resolution for which pixels are fine enough, over the model's, from which on it is said."""

FLUX_DENSITY = u.erg / u.s / u.cm**2 / u.um
FLUX_DENSITY_UNIT = FLUX_DENSITY.to_string()


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """One observation on a model's grid.

    Parameters
    ----------
    flux, sigma, valid : arrays, shape (n_pixels,)
        Flux density per wavelength; zero and one where not valid.
    trusted : array of bool, shape (n_pixels,)
        The valid pixels in the range where the grid is believed.
    snr : float
        Median signal-to-noise per trusted pixel.
    warnings, assumed : tuple of str
        What was done to the spectrum that a reader of the result must, or may want to, know.
    """

    flux: FloatArray
    sigma: FloatArray
    valid: BoolArray
    trusted: BoolArray
    snr: float
    warnings: tuple[str, ...]
    assumed: tuple[str, ...]


class Meeting(Protocol):
    """What a recipe says of how its model meets a spectrum."""

    @property
    def resolution(self) -> float: ...
    @property
    def observing(self) -> Observing: ...
    @property
    def trust(self) -> Trust: ...


def prepare(spectrum: Spectrum, wave: FloatArray, recipe: Meeting) -> Prepared:
    """Bring a spectrum of any grid to `wave`, as `recipe` says.

    Raises
    ------
    DataError
        If no pixel can be used, nothing is brighter than zero, the unit is no flux density, or
        the spectrum covers too little of the range that the model knows, or has few pixels there.
    """
    warnings: list[str] = []
    assumed: list[str] = []
    spectrum = per_wavelength(spectrum, assumed)
    if not spectrum.usable.any():
        raise DataError(_why_nothing_is_usable(spectrum))
    spectrum = with_errors(_without_wild(spectrum, assumed), warnings)
    if spectrum.resolution is None:
        assumed.append(_say_resolution(spectrum, recipe))
    elif spectrum.resolution < 0.7 * recipe.resolution:
        warnings.append(
            f"the spectrum's resolution, {spectrum.resolution:g}, is below the model's, "
            f"{recipe.resolution:g}; features are broader than the model expects"
        )
    there = resample(spectrum, wave, recipe.resolution)
    valid = there.usable & ~in_bands(wave, recipe.observing.masked)
    believed = in_bands(wave, (recipe.trust.range,)) & ~in_bands(wave, recipe.observing.masked)
    trusted = valid & believed
    _check_coverage(spectrum, trusted, believed, recipe)
    sigma = np.ones(len(wave)) if there.sigma is None else np.where(valid, there.sigma, 1.0)
    flux = np.where(valid, there.flux, 0.0)
    if not np.median(flux[trusted]) > 0:
        msg = "the flux's median is not positive: there is no signal to infer from."
        raise DataError(msg)
    snr = float(np.median(flux[trusted] / sigma[trusted]))
    if snr < recipe.observing.snr[0]:
        warnings.append(
            f"the median signal-to-noise per pixel is only {snr:.1f}; the model was trained on "
            f"{recipe.observing.snr[0]:g} and above"
        )
    _warn_of_single_band(wave, trusted, believed, recipe, warnings)
    return Prepared(flux, sigma, valid, trusted, snr, tuple(warnings), tuple(assumed))


def tell_used(prepared: Prepared, wave: FloatArray, recipe: Meeting) -> dict[str, str | float]:
    """Return which wavelengths count, and their share of those that the model works on."""
    works = in_bands(wave, (recipe.trust.range,)) & ~in_bands(wave, recipe.observing.masked)
    used = wave[prepared.trusted]
    return {
        "wavelengths_used": f"{used[0]:.4g} to {used[-1]:.4g} micron",
        "coverage": round(float(prepared.trusted.sum() / works.sum()), 3),
    }


def _without_wild(spectrum: Spectrum, assumed: list[str]) -> Spectrum:
    """Return the spectrum without fluxes that stand for bad pixels, and say how many there were.

    Some pipelines write a large number where they have none; broadening would spread it.
    """
    size = np.abs(np.where(spectrum.usable, spectrum.flux, 0.0))
    wild = size > WILD * np.median(size[spectrum.usable])
    if not wild.any() or not np.median(size[spectrum.usable]) > 0:
        return spectrum
    assumed.append(
        f"{int(wild.sum())} pixels of more than {WILD:g} times the median flux were left out"
    )
    return replace(spectrum, valid=spectrum.usable & ~wild)


def _say_resolution(spectrum: Spectrum, recipe: Meeting) -> str:
    """Return what is assumed of a resolution that is not stated, and whether it is doubtful."""
    said = f"resolution taken as the model's, {recipe.resolution:g}"
    low, high = recipe.trust.range
    wave = spectrum.wave[(spectrum.wave >= low) & (spectrum.wave <= high)]
    if len(wave) < 2:
        return said
    finest = float(np.median(wave[1:] / np.diff(wave))) / PER_ELEMENT
    if finest < FINE * recipe.resolution:
        return said
    return f"{said}, though the pixels are fine enough for {finest:.0f}: tell it if it is known"


def _warn_of_single_band(
    wave: FloatArray,
    trusted: BoolArray,
    believed: BoolArray,
    recipe: Meeting,
    warnings: list[str],
) -> None:
    """Say so if one band alone is there, since then no other can contradict it."""
    bands = recipe.trust.bands
    there = [band for band in bands if _share(trusted, believed & in_bands(wave, (band,))) > 0.2]
    if len(bands) > 1 and len(there) == 1:
        low, high = there[0]
        warnings.append(
            f"only {low:g} to {high:g} micron is covered: no other band checks the answer"
        )


def _share(trusted: BoolArray, part: BoolArray) -> float:
    return float((trusted & part).sum() / max(part.sum(), 1))


def _check_coverage(
    spectrum: Spectrum, trusted: BoolArray, believed: BoolArray, recipe: Meeting
) -> None:
    low, high = recipe.trust.range
    n_own = int((spectrum.usable & (spectrum.wave >= low) & (spectrum.wave <= high)).sum())
    if 0 < n_own < FEWEST_PIXELS:
        msg = (
            f"only {n_own} usable pixels lie between {low:g} and {high:g} micron, where the model "
            f"works; it needs {FEWEST_PIXELS} or more."
        )
        raise DataError(msg)
    covered = trusted.sum() / max(believed.sum(), 1)
    if covered < recipe.trust.min_coverage:
        wave = spectrum.wave[spectrum.usable]
        share = int(100 * covered)  # rounded down: it must not read like what is needed
        far = wave[-1] < low / FAR_OFF or wave[0] > high * FAR_OFF
        unit = " So far off, check the unit of its wavelengths: starsieve read FILE." if far else ""
        msg = (
            f"usable pixels from {wave[0]:.4g} to {wave[-1]:.4g} micron cover {share}% of "
            f"the {low:g} to {high:g} micron that the model works on; it needs "
            f"{recipe.trust.min_coverage:.0%}.{unit}"
        )
        raise DataError(msg)


def per_wavelength(spectrum: Spectrum, assumed: list[str]) -> Spectrum:
    """Return the spectrum with its flux density per wavelength; the scale does not matter."""
    if (direct := _direct_factor(spectrum.flux_unit)) is not None:
        return _scaled(spectrum, np.asarray(direct))
    if _is_relative(spectrum.flux_unit):
        assumed.append("flux taken as proportional to F_lambda, since it has no unit of a flux")
        return spectrum
    wave = spectrum.wave * u.um
    try:
        factor = (1 * u.Unit(spectrum.flux_unit)).to_value(FLUX_DENSITY, u.spectral_density(wave))
    except u.UnitConversionError:
        msg = (
            f"flux in {spectrum.flux_unit!r} is no flux density; expected F_lambda "
            "(such as erg/s/cm2/um), F_nu (such as Jy), or no unit."
        )
        raise DataError(msg) from None
    return _scaled(spectrum, np.asarray(factor))


@cache
def _is_relative(unit: str) -> bool:
    """Return whether a unit is none of a flux, so that only the shape counts."""
    parsed = u.Unit(unit) if unit else u.dimensionless_unscaled
    return parsed.physical_type in ("dimensionless", "unknown") and not parsed.is_equivalent(
        FLUX_DENSITY, u.spectral_density(1 * u.um)
    )


@cache
def _direct_factor(unit: str) -> float | None:
    """Return the factor to `FLUX_DENSITY` of a unit that needs no wavelength for it."""
    parsed = u.Unit(unit) if unit else u.dimensionless_unscaled
    return float(parsed.to(FLUX_DENSITY)) if parsed.is_equivalent(FLUX_DENSITY) else None


def _scaled(spectrum: Spectrum, factor: FloatArray) -> Spectrum:
    factor = np.broadcast_to(factor, spectrum.wave.shape)
    sigma = None if spectrum.sigma is None else spectrum.sigma * factor
    return replace(spectrum, flux=spectrum.flux * factor, sigma=sigma, flux_unit=FLUX_DENSITY_UNIT)


def with_errors(spectrum: Spectrum, warnings: list[str]) -> Spectrum:
    """Return the spectrum with errors, estimated from the scatter of neighbours if it has none."""
    if spectrum.sigma is not None:
        return spectrum
    flux = spectrum.flux[spectrum.usable]
    level = float(np.median(np.abs(flux)))
    sigma = max(neighbour_scatter(flux), 1e-3 * level)
    if not sigma > 0:
        msg = "no errors are given, and the flux is zero: there is nothing to infer from."
        raise DataError(msg)
    warnings.append(
        "no errors given: noise estimated from pixel-to-pixel scatter, "
        f"signal-to-noise about {level / sigma:.0f}"
    )
    return replace(spectrum, sigma=np.full(len(spectrum), sigma))


def _why_nothing_is_usable(spectrum: Spectrum) -> str:
    n_pixels = len(spectrum)
    no_flux = int(np.sum(~np.isfinite(spectrum.flux)))
    sigma = spectrum.sigma
    no_error = 0 if sigma is None else int(np.sum(~(np.isfinite(sigma) & (sigma > 0))))
    return (
        f"no usable pixel: of {n_pixels}, {no_flux} have no finite flux and {no_error} no error "
        "that is finite and positive."
    )
