"""Tables of cadences, as the pipelines of Kepler and TESS write them, to light curves."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy.io import fits

from starsieve.data import LightCurve
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers.canonical import make_flux_unit
from starsieve.readers.fits_file import header_number, header_text, plain_header
from starsieve.readers.quality import FlagTable, good_cadences
from starsieve.readers.reader import Hints

BTJD_ZERO = 2_457_000.0
PDC = "corrected for systematics and crowding by the pipeline"
"""What the mission's pipelines do to PDCSAP flux."""

SECONDS_PER_DAY = 86_400.0

_STAR = {
    "tmag": ("TESSMAG", "KEPMAG"),
    "teff": ("TEFF",),
    "logg": ("LOGG",),
    "mh": ("MH", "FEH"),
    "radius": ("RADIUS",),
    "ra": ("RA_OBJ",),
    "dec": ("DEC_OBJ",),
}
_NEVER_ZERO = ("tmag", "teff", "logg", "radius")
"""What a header that knows nothing of the star fills with zeros."""


def find_table(hdus: Any, columns: Sequence[str]) -> Any:
    """Return the first table that has all of some columns.

    Raises
    ------
    UnknownFormatError
        If there is none.
    """
    for hdu in hdus:
        if isinstance(hdu, fits.BinTableHDU) and set(columns) <= set(hdu.columns.names):
            return hdu
    msg = f"none of its tables has the columns {', '.join(columns)}."
    raise UnknownFormatError(msg)


def read_column(table: Any, name: str) -> npt.NDArray[np.float64]:
    """Return a column as floats, shape (n_rows,)."""
    return np.asarray(table.data[name], dtype=np.float64)


def read_time(table: Any, notes: list[str]) -> npt.NDArray[np.float64]:
    """Return the column TIME as BJD_TDB - 2457000, shape (n_rows,); NaN where there is none."""
    zero = (header_number(table.header, "BJDREFI") or 0.0) + (
        header_number(table.header, "BJDREFF") or 0.0
    )
    time = read_column(table, "TIME")
    if not zero:
        notes.append("Zero of time not stated, taken as BJD 2457000.")
        return time
    if zero != BTJD_ZERO:
        notes.append(f"Times count from BJD {zero:.10g}; they were brought to 2457000.")
    return time + (zero - BTJD_ZERO)


def choose_flux(table: Any, default: str, what: str, hints: Hints, notes: list[str]) -> str:
    """Return the name of the flux column: the hint's, or the default, which `notes` then say.

    Parameters
    ----------
    table : astropy.io.fits.BinTableHDU
    default : str
        A column of the table.
    what : str
        What was done to the default flux, for the sentence in `notes`.
    hints : Hints
        ``"SAP"`` and ``"sap_flux"`` are ``SAP_FLUX``.
    notes : list of str

    Raises
    ------
    DataError
        If the table has no column of the hint's name.
    """
    if hints.flux_column is None:
        notes.append(
            f"Flux column {default} ({what}); flux_column tells another, such as SAP_FLUX."
        )
        return default
    names = {name.upper(): name for name in table.columns.names}
    wanted = hints.flux_column.upper()
    for name in (wanted, f"{wanted}_FLUX"):
        if name in names:
            return str(names[name])
    there = ", ".join(name for name in names if "_FLUX" in name and not name.endswith("_ERR"))
    msg = f"flux_column {hints.flux_column!r} is not among its fluxes: {there}."
    raise DataError(msg)


def make_curve(
    table: Any,
    columns: tuple[str, str | None, str],
    flags: FlagTable,
    hints: Hints,
    notes: list[str],
    meta: Mapping[str, Any],
) -> LightCurve:
    """Return the light curve in a table of cadences.

    Cadences without a time are left out; those with a bad flag stay and are not valid.

    Parameters
    ----------
    table : astropy.io.fits.BinTableHDU
    columns : tuple of (str, str or None, str)
        Names of flux, its error (None or not in the table: no error) and quality flags.
    flags : FlagTable
    hints : Hints
    notes : list of str
        Gets a sentence for everything assumed or left out.
    meta : mapping

    Raises
    ------
    DataError
        See `check_cadences`.
    """
    flux_name, sigma_name, quality_name = columns
    time = read_time(table, notes)
    kept = np.isfinite(time)
    flux = read_column(table, flux_name)[kept]
    has_sigma = sigma_name is not None and sigma_name in table.columns.names
    sigma = read_column(table, str(sigma_name))[kept] if has_sigma else None
    quality = np.asarray(table.data[quality_name]).astype(np.int64)[kept]
    unit = make_flux_unit(table.columns[flux_name].unit, hints, notes)
    if n_dropped := int(np.sum(~kept)):
        notes.append(f"Cadences without a time, left out: {n_dropped}.")
    good, mask = good_cadences(quality, flags, hints, notes)
    check_cadences(time[kept], flux, good, flux_name)
    known = {**meta, "flux_column": flux_name, "quality_mask": mask}
    curve = LightCurve(time[kept], flux, sigma, good, quality, unit, known)
    check_usable(curve, notes)
    return curve


def check_cadences(time: FloatArray, flux: FloatArray, good: BoolArray, name: str) -> None:
    """Raise DataError unless there are cadences to work on, in order of time.

    Parameters
    ----------
    time, flux, good : arrays, shape (n_cadences,)
        Times are finite; `good` says which cadences have no bad flag.
    name : str
        Name of the flux in messages.
    """
    if len(time) < 2:
        msg = f"it has {len(time)} cadences with a time; a light curve needs at least two."
        raise DataError(msg)
    if not np.all(np.diff(time) > 0):
        row = int(np.argmin(np.diff(time) > 0))
        what = "repeat" if time[row + 1] == time[row] else "run back"
        msg = (
            f"its times {what}: BTJD {time[row]:.6f} is followed by {time[row + 1]:.6f} "
            f"(cadence {row + 2}). Pieces that were put together are read one by one."
        )
        raise DataError(msg)
    finite = np.isfinite(flux)
    if not finite.any():
        msg = f"its {name} is nowhere a finite number, so there is nothing to work on."
        raise DataError(msg)
    if (n_good := int(np.sum(finite & good))) < 2:
        msg = (
            f"{n_good} of its {len(time)} cadences have a {name} and no bad quality flag; a light "
            "curve needs at least two. Another quality_mask (hard, default, none or a number) "
            "says which flags count."
        )
        raise DataError(msg)


def check_usable(curve: LightCurve, notes: list[str]) -> None:
    """Raise DataError if no error is positive; note it where all valid fluxes are the same."""
    good = curve.flux[curve.usable]
    if len(good) < 2:
        msg = (
            f"{len(good)} of its {len(curve)} cadences has an error that is positive and finite; "
            "a light curve needs at least two."
        )
        raise DataError(msg)
    if np.all(good == good[0]):
        notes.append(f"The flux is {good[0]:g} in all valid cadences: nothing was measured.")


def read_meta(primary: Any, header: Any, pipeline: str) -> dict[str, Any]:
    """Return what the headers say of star, observation and pipeline.

    Parameters
    ----------
    primary, header : astropy.io.fits.Header
        Of the file and of its table of cadences.
    pipeline : str
        Short name, as ``"SPOC"``.

    Returns
    -------
    dict
        Those known of: tmag, teff (K), logg, mh, radius (solar), ra, dec (degree), object, date,
        instrument, telescope, pipeline, pipeline_version, processed, cadence_seconds, crowdsap
        and flfrcsap (parts of the flux in the aperture that are the star's, and of the star's
        flux that are in the aperture), contamination (flux of neighbours over that of the star),
        and header.
    """
    star = {
        name: value
        for name, keywords in _STAR.items()
        if (value := header_number(primary, *keywords)) is not None
        and math.isfinite(value)
        and (value or name not in _NEVER_ZERO)
    }
    cadence = header_number(header, "TIMEDEL")
    words = {
        "object": header_text(primary, "OBJECT"),
        "date": header_text(primary, "DATE-OBS"),
        "instrument": header_text(primary, "INSTRUME"),
        "telescope": header_text(primary, "TELESCOP"),
        "pipeline": pipeline,
        "pipeline_version": header_text(primary, "PROCVER"),
        "processed": header_text(primary, "DATE"),
        "cadence_seconds": None if not cadence else round(cadence * SECONDS_PER_DAY, 3),
        **_dilution(header),
    }
    stated = {name: value for name, value in words.items() if value is not None}
    return star | stated | {"header": plain_header(primary) | plain_header(header)}


def read_numbers(primary: Any, keywords: Mapping[str, str]) -> dict[str, int]:
    """Return whole numbers of a header, by the name that each keyword is given.

    Examples
    --------
    >>> read_numbers(fits.Header({"SECTOR": 14}), {"sector": "SECTOR", "camera": "CAMERA"})
    {'sector': 14}
    """
    return {
        name: int(value)
        for name, keyword in keywords.items()
        if (value := header_number(primary, keyword)) is not None
    }


def _dilution(header: Any) -> dict[str, float | None]:
    crowding = header_number(header, "CROWDSAP")
    known = crowding is not None and 0 < crowding <= 1
    return {
        "crowdsap": crowding if known else None,
        "flfrcsap": header_number(header, "FLFRCSAP"),
        "contamination": (1 - crowding) / crowding if crowding is not None and known else None,
    }
