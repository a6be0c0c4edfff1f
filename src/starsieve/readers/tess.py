"""SPOC light curves of TESS targets (``*_lc.fits``), two-minute and faster."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy.io import fits

from starsieve.data import LightCurve
from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers.canonical import make_flux_unit
from starsieve.readers.fits_file import (
    first_header,
    header_number,
    header_text,
    open_fits,
    plain_header,
)
from starsieve.readers.reader import Found, Hints, Reader

BAD_QUALITY = 0b0101_0010_1011_1111
"""Flags of cadences to leave out, as the TESS Archive Manual recommends: attitude tweak, safe mode,
coarse and Earth point, argabrightening, desaturation, manual exclude, impulsive outlier, scattered
light, bad calibration (bits 1 to 6, 8, 10, 13 and 15)."""

BTJD_ZERO = 2_457_000.0
FLUX = "PDCSAP_FLUX"

_META = {
    "target": ("TICID", int),
    "sector": ("SECTOR", int),
    "camera": ("CAMERA", int),
    "ccd": ("CCD", int),
    "tmag": ("TESSMAG", float),
    "teff": ("TEFF", float),
    "logg": ("LOGG", float),
    "radius": ("RADIUS", float),
    "ra": ("RA_OBJ", float),
    "dec": ("DEC_OBJ", float),
}


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is of TESS and its table has detrended fluxes."""
    is_tess = first_header(head).get("TELESCOP") == "TESS"
    return is_tess and b"= 'PDCSAP_FLUX" in head and b"= 'QUALITY" in head


def read(path: Path, hints: Hints) -> Found:
    """Read one light curve: PDCSAP flux, or the column that the hint names.

    Cadences without a time are left out; those flagged with `BAD_QUALITY` stay and are not valid.
    """
    notes: list[str] = []
    with open_fits(path) as hdus:
        table = _table(hdus)
        name = _flux_name(table, hints, notes)
        time = _time(table, notes)
        kept = np.isfinite(time)
        flux = _column(table, name)[kept]
        sigma = (
            _column(table, f"{name}_ERR")[kept] if f"{name}_ERR" in table.columns.names else None
        )
        quality = np.asarray(table.data["QUALITY"]).astype(np.int64)[kept]
        unit = make_flux_unit(table.columns[name].unit, hints, notes)
        meta = _meta(hdus[0].header, table.header, name)
    if n_dropped := int(np.sum(~kept)):
        notes.append(f"Cadences without a time, left out: {n_dropped}.")
    if not np.isfinite(flux).any():
        msg = f"its {name} is nowhere a finite number, so there is nothing to work on."
        raise DataError(msg)
    bad = (quality & BAD_QUALITY) != 0
    notes.append(
        f"{int(bad.sum())} of {len(bad)} cadences are not valid for their quality flags "
        f"(bit mask {BAD_QUALITY}, as the TESS Archive Manual recommends)."
    )
    curve = LightCurve(time[kept], flux, sigma, ~bad, quality, unit, meta)
    return Found((curve,), tuple(notes))


READER = Reader("spoc-lc", "light curve", matches, read)


def _table(hdus: Any) -> Any:
    """Return the first table with times, fluxes and flags."""
    for hdu in hdus:
        if isinstance(hdu, fits.BinTableHDU) and {"TIME", FLUX, "QUALITY"} <= set(
            hdu.columns.names
        ):
            return hdu
    msg = f"none of its tables has the columns TIME, {FLUX} and QUALITY."
    raise UnknownFormatError(msg)


def _flux_name(table: Any, hints: Hints, notes: list[str]) -> str:
    names = {name.upper(): name for name in table.columns.names}
    if hints.flux_column is None:
        notes.append(f"Flux column {FLUX} (detrended by the pipeline); flux_column tells another.")
        return str(names[FLUX])
    wanted = hints.flux_column.upper()
    for name in (wanted, f"{wanted}_FLUX"):
        if name in names:
            return str(names[name])
    there = ", ".join(name for name in names if name.endswith("_FLUX"))
    msg = f"flux_column {hints.flux_column!r} is not among its fluxes: {there}."
    raise DataError(msg)


def _time(table: Any, notes: list[str]) -> npt.NDArray[np.float64]:
    """Return times as BJD_TDB - 2457000."""
    zero = (header_number(table.header, "BJDREFI") or 0.0) + (
        header_number(table.header, "BJDREFF") or 0.0
    )
    time = _column(table, "TIME")
    if not zero:
        notes.append("Zero of time not stated, taken as BJD 2457000.")
        return time
    if zero != BTJD_ZERO:
        notes.append(f"Times count from BJD {zero:.10g}; they were brought to 2457000.")
    return time + (zero - BTJD_ZERO)


def _column(table: Any, name: str) -> npt.NDArray[np.float64]:
    return np.asarray(table.data[name], dtype=np.float64)


def _meta(primary: Any, header: Any, flux_column: str) -> dict[str, Any]:
    numbers = {
        name: kind(value)
        for name, (keyword, kind) in _META.items()
        if (value := header_number(primary, keyword)) is not None and math.isfinite(value)
    }
    cadence = header_number(header, "TIMEDEL")
    words = {
        "object": header_text(primary, "OBJECT"),
        "date": header_text(primary, "DATE-OBS"),
        "instrument": header_text(primary, "INSTRUME"),
        "telescope": header_text(primary, "TELESCOP"),
        "pipeline": header_text(primary, "PROCVER", "ORIGIN"),
        "cadence_seconds": None if cadence is None else round(cadence * 86_400, 3),
        "flux_column": flux_column,
    }
    stated = {name: value for name, value in words.items() if value is not None}
    return numbers | stated | {"header": plain_header(primary) | plain_header(header)}
