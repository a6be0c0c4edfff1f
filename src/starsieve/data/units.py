"""Units and media in which wavelengths and fluxes are shown; inside, they are always canonical."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from starsieve.data.grids import air_to_vacuum, vacuum_to_air
from starsieve.data.spectrum import BoolArray, FloatArray, Medium, check_choice
from starsieve.errors import DataError

AS_STORED = "stored"
NORMALISED = "normalised"

WAVE_UNITS: Mapping[str, tuple[str, float]] = {
    "um": ("µm", 1.0),
    "nm": ("nm", 1e3),
    "angstrom": ("Å", 1e4),
}
"""Symbol, and how many of it make a micron."""

FLUX_DENSITIES: Mapping[str, str] = {
    "w_m2_um": "W / (um m2)",
    "erg_s_cm2_um": "erg / (um s cm2)",
    "erg_s_cm2_angstrom": "erg / (Angstrom s cm2)",
    "jy": "Jy",
    "mjy": "mJy",
}
"""Units of flux density, by wavelength and by frequency, as `astropy.units` writes them."""

FLUX_CHOICES = (AS_STORED, *FLUX_DENSITIES, NORMALISED)


@dataclass(frozen=True, slots=True, eq=False)
class Flux:
    """Flux and its standard deviation, arrays of shape (n_pixels,), in a unit.

    `unit` is as `astropy.units` writes it; "" where the flux is relative.
    """

    flux: FloatArray
    sigma: FloatArray | None
    unit: str


def to_axis(wave: FloatArray, unit: str, medium: Medium) -> npt.NDArray[np.float64]:
    """Return vacuum micron in a unit of `WAVE_UNITS`, in vacuum or in air.

    Raises
    ------
    DataError
        If the unit or the medium is not one of those.

    Examples
    --------
    >>> to_axis(np.array([0.6564603]), "angstrom", "air").round(1).tolist()
    [6562.8]
    """
    check_choice("The unit of wavelength", unit, tuple(WAVE_UNITS))
    check_choice("The medium", medium, ("vacuum", "air"))
    there = vacuum_to_air(wave) if medium == "air" else wave
    return np.asarray(there * WAVE_UNITS[unit][1])


def from_axis(shown: FloatArray, unit: str, medium: Medium) -> npt.NDArray[np.float64]:
    """Return in vacuum micron what `to_axis` returned."""
    check_choice("The unit of wavelength", unit, tuple(WAVE_UNITS))
    check_choice("The medium", medium, ("vacuum", "air"))
    micron = np.asarray(shown, dtype=np.float64) / WAVE_UNITS[unit][1]
    return air_to_vacuum(micron) if medium == "air" else micron


def flux_choices(unit: str) -> tuple[str, ...]:
    """Return those of `FLUX_CHOICES` that a flux in `unit` can be shown in.

    Examples
    --------
    >>> flux_choices("")
    ('stored', 'normalised')
    """
    return FLUX_CHOICES if _is_density(unit) else (AS_STORED, NORMALISED)


def convert_flux(
    wave: FloatArray,
    flux: FloatArray,
    sigma: FloatArray | None,
    unit: str,
    choice: str,
    good: BoolArray | None = None,
) -> Flux:
    """Return a flux as one of `FLUX_CHOICES`.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum micron.
    flux, sigma : arrays, shape (n_pixels,)
    unit : str
        Of both, as `astropy.units` writes it.
    choice : str
        "stored" leaves all as it is; "normalised" divides by the median of the pixels that are
        good.
    good : array of bool, shape (n_pixels,), optional
        All that are finite by default.

    Raises
    ------
    DataError
        If a flux in `unit` can't be shown so, as counts can't be in jansky.

    Examples
    --------
    >>> wave = np.array([2.0])
    >>> shown = convert_flux(wave, np.array([1.0]), None, "Jy", "w_m2_um")
    >>> float(shown.flux[0].round(16))  # c / wave^2 for one jansky
    7.495e-13
    """
    if choice == AS_STORED:
        return Flux(flux, sigma, unit)
    if choice not in flux_choices(unit):
        msg = (
            f"A flux in {unit or 'no unit'} can be shown as one of "
            f"{', '.join(flux_choices(unit))}, got {choice!r}."
        )
        raise DataError(msg)
    if choice == NORMALISED:
        factor: FloatArray = np.asarray(1.0 / typical_flux(flux, good))
        wanted = ""
    else:
        wanted = FLUX_DENSITIES[choice]
        factor = density_factor(wave, unit, wanted)
    return Flux(flux * factor, None if sigma is None else sigma * factor, wanted)


def density_factor(wave: FloatArray, unit: str, wanted: str) -> npt.NDArray[np.float64]:
    """Return what to multiply flux densities in `unit` by to have them in `wanted`.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum micron.
    unit, wanted : str
        Units of flux density, each by wavelength or by frequency.

    Raises
    ------
    DataError
        If one of them is no flux density.
    """
    at_one, power = _factor_at_one_micron(unit, wanted)
    return np.asarray(at_one * wave**power)


@lru_cache(maxsize=256)
def _factor_at_one_micron(unit: str, wanted: str) -> tuple[float, float]:
    """Return the factor at 1 micron and the power of the wavelength that it goes with."""
    from astropy import units as u

    try:
        factors = [
            float(u.Unit(unit).to(wanted, 1.0, u.spectral_density(place * u.um)))
            for place in (1.0, 10.0)
        ]
    except (u.UnitsError, ValueError, TypeError) as error:
        msg = f"{unit or 'No unit'!r} and {wanted!r} are not both units of flux density: {error}"
        raise DataError(msg) from error
    return factors[0], round(np.log10(factors[1] / factors[0]))


@lru_cache(maxsize=256)
def _is_density(unit: str) -> bool:
    try:
        _factor_at_one_micron(unit, FLUX_DENSITIES["w_m2_um"])
    except DataError:
        return False
    return True


def typical_flux(flux: FloatArray, good: BoolArray | None = None) -> float:
    """Return what a normalised flux is divided by: the median of the pixels that are good."""
    chosen = flux[np.isfinite(flux) if good is None else good & np.isfinite(flux)]
    typical = float(np.median(chosen)) if len(chosen) else 1.0
    # where noise is all there is, or an emission line, the median says nothing of the height
    return typical if typical > 0 else float(np.max(np.abs(chosen), initial=0.0)) or 1.0


@lru_cache(maxsize=256)
def readable_unit(unit: str) -> str:
    """Return a unit as people print it, or as it was spelt where astropy does not know it.

    Examples
    --------
    >>> readable_unit("erg / (um s cm2)")
    'erg s⁻¹ µm⁻¹ cm⁻²'
    """
    from astropy import units as u

    try:
        text = str(u.Unit(unit).to_string("unicode", fraction=False))
    except (ValueError, TypeError):
        text = unit
    return "".join(letter if letter.isprintable() else " " for letter in text)
