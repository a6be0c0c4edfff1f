"""What the conversions to and from other packages share: units, times, order, what must be kept."""

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from starsieve.data.grids import air_to_vacuum
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import Medium, Spectrum, SpectrumSet
from starsieve.errors import DataError, StarsieveError

if TYPE_CHECKING:
    from astropy.time import Time

log = logging.getLogger(__name__)

Array = npt.NDArray[Any]

OURS = "starsieve"
"""Key in other packages' metadata of what only this package knows of a spectrum."""

BTJD_ZERO = 2_457_000.0
"""Julian date at which the time of a light curve starts."""

_EARLIEST = 2_400_000.5 - BTJD_ZERO
"""The year 1858: an earlier time is a number that was given without its format."""


@dataclass(frozen=True, slots=True)
class Column:
    """Numbers, and their unit as `astropy.units` writes it; None where it is not said."""

    values: Any
    unit: str | None = None


Columns = Mapping[str, Column]
"""By role: wave or time, flux, sigma, valid (True for good) or mask (true for bad), quality."""


def optional(name: str) -> Any:
    """Import and return a package that is not needed otherwise.

    Raises
    ------
    StarsieveError
        If it can't be imported.
    """
    try:
        with warnings.catch_warnings():
            # lightkurve warns at import of parts that this package does not use
            warnings.simplefilter("ignore")
            return import_module(name)
    except ImportError as error:
        msg = (
            f"This needs the package {name}, which can't be imported ({error}). "
            'Install it: pip install "starsieve[interop]"'
        )
        raise StarsieveError(msg) from error


def packages_of(thing: object) -> set[str]:
    """Return the names of the packages that define the type of a thing, imported or not."""
    return {parent.__module__.partition(".")[0] for parent in type(thing).__mro__}


def words_of(container: Spectrum | SpectrumSet | LightCurve) -> dict[str, Any]:
    """Return what other packages have no place for, as plain words and numbers."""
    words: dict[str, Any] = {"flux_unit": container.flux_unit}
    if isinstance(container, Spectrum):
        words |= {"medium": container.medium, "frame": container.frame}
    if not isinstance(container, LightCurve):
        words |= {"resolution": container.resolution}
    return words


def split_meta(meta: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return our own words and the rest of some metadata."""
    rest = dict(meta)
    words = rest.pop(OURS, {})
    return (dict(words), rest) if isinstance(words, Mapping) else ({}, dict(meta))


def linear_unit(text: str | None) -> Any:
    """Return a unit of flux as `astropy.units` has it, known to it or not.

    Raises
    ------
    DataError
        If it is no unit at all, or a magnitude or another logarithm.
    """
    from astropy import units as u

    try:
        unit = u.Unit(text or "", parse_strict="silent")
    except (TypeError, ValueError) as error:
        msg = f"{text!r} is no unit of flux: {error}"
        raise DataError(msg) from error
    if isinstance(unit, u.function.FunctionUnitBase) or unit in (u.mag, u.dex, u.dB):
        msg = f"Flux must be proportional to energy, got {text!r}. Convert it to a linear unit."
        raise DataError(msg)
    return unit


def make_spectrum(
    columns: Columns,
    meta: Mapping[str, Any],
    wave_unit: str | None = None,
    flux_unit: str | None = None,
    medium: Medium | None = None,
) -> Spectrum:
    """Return a spectrum of columns in any order and unit; see `spectrum_from_table`."""
    words, rest = split_meta(meta)
    wave, flux = columns["wave"], columns["flux"]
    unit = flux.unit or flux_unit or ""
    micron = _to_micron(wave.values, wave.unit or wave_unit)
    order = np.argsort(micron, axis=0, kind="stable")
    micron = micron[order]
    return Spectrum(
        air_to_vacuum(micron) if medium == "air" else micron,
        _taken(flux.values, order, len(micron)),
        _taken(_sigma(columns, unit), order, len(micron)),
        _taken(_valid(columns), order, len(micron)),
        flux_unit=_spelled(unit, words),
        medium=medium or words.get("medium", "vacuum"),
        frame=words.get("frame", "unknown"),
        resolution=words.get("resolution"),
        meta=rest,
    )


def make_light_curve(time: Array, columns: Columns, meta: Mapping[str, Any]) -> LightCurve:
    """Return a light curve of columns in any order; cadences without a time are left out."""
    words, rest = split_meta(meta)
    order = np.argsort(time, axis=0, kind="stable")
    order = order[np.isfinite(time[order])]
    if len(order) < len(time):
        log.info("%d of %d cadences have a time, the others are left out", len(order), len(time))
    if len(order) and time[order[0]] < _EARLIEST:
        msg = (
            f"time starts at JD {time[order[0]] + BTJD_ZERO}, before 1858: it was given without "
            "its format. Say it: astropy.time.Time(time, format='btjd'), or zero= for a table."
        )
        raise DataError(msg)
    flux, quality = columns["flux"], columns.get("quality")
    unit = flux.unit or ""
    return LightCurve(
        time[order],
        _taken(flux.values, order, len(time)),
        _taken(_sigma(columns, unit), order, len(time)),
        _taken(_valid(columns), order, len(time)),
        None if quality is None else _taken(_flags(quality.values), order, len(time)),
        flux_unit=_spelled(unit, words),
        meta=rest,
    )


def to_btjd(time: "Time") -> npt.NDArray[np.float64]:
    """Return an astropy Time as BJD_TDB - 2457000, NaN where masked.

    The time is taken as it stands: no correction from the observer to the barycentre is made.
    """
    tdb = time.tdb
    days = [np.asarray(getattr(part, "unmasked", part)) for part in (tdb.jd1, tdb.jd2)]
    # the large parts first, so that no digit is lost
    btjd = (days[0] - BTJD_ZERO) + days[1]
    return np.asarray(np.where(np.asarray(time.mask), np.nan, btjd))


def _to_micron(wave: Array, unit: str | None) -> Array:
    if unit == "um":
        return wave
    if not unit:
        msg = (
            "The wavelengths have no unit. Give them one: wave_unit='um' (or 'Angstrom', 'nm', "
            "...), the unit of the table's column, or frame.attrs['wave_unit'] of a DataFrame."
        )
        raise DataError(msg)
    from astropy import units as u

    try:
        with np.errstate(divide="ignore"):  # a frequency of 0: refused with the grid
            return np.asarray(u.Unit(unit).to(u.um, wave, u.spectral()))
    except (TypeError, ValueError) as error:
        msg = (
            f"Wavelengths in {unit!r} can't be turned into micron: {error}. Expected a unit of "
            "length, frequency, wavenumber or photon energy; a velocity needs its rest wavelength."
        )
        raise DataError(msg) from error


def _taken(values: Any, order: Array, n_values: int) -> Any:
    # an array that does not fit is left for the container to refuse
    return values[order] if np.shape(values) == (n_values,) else values


def _flags(values: Array) -> Array:
    # what is missing came as NaN: nothing was flagged
    return np.nan_to_num(values).astype(np.int64) if values.dtype.kind == "f" else values


def _sigma(columns: Columns, flux_unit: str) -> Array | None:
    """Return sigma in the unit of the flux."""
    sigma = columns.get("sigma")
    if sigma is None or sigma.unit is None:
        return None if sigma is None else sigma.values
    given, wanted = linear_unit(sigma.unit), linear_unit(flux_unit)
    try:
        return sigma.values if given == wanted else np.asarray(given.to(wanted, sigma.values))
    except ValueError as error:
        msg = f"sigma is in {sigma.unit!r}, which can't be turned into the flux's {flux_unit!r}."
        raise DataError(msg) from error


def _valid(columns: Columns) -> Array | None:
    if "valid" in columns:
        return np.asarray(columns["valid"].values)
    return np.asarray(columns["mask"].values == 0) if "mask" in columns else None


def _spelled(unit: str, words: Mapping[str, Any]) -> str:
    """Return a flux unit in the spelling that our words remember, if it is still the same."""
    given, remembered = linear_unit(unit), words.get("flux_unit")
    if remembered is not None and given == linear_unit(remembered):
        return str(remembered)
    return unit
