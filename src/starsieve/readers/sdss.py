"""SDSS and BOSS `spec` files: a table of the summed spectrum, and one about the star."""

from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.errors import DataError
from starsieve.readers.canonical import Columns, make_spectrum
from starsieve.readers.fits_file import first_header, header_text, open_fits, plain_header
from starsieve.readers.observation import observation_in
from starsieve.readers.reader import Found, Hints, Reader

_FLUX_UNIT = "1e-17 erg / (Angstrom s cm2)"
_PIXEL = 1e-4
"""Dex per pixel: what `wdisp`, the width of the line-spread function in pixels, counts in."""

_FWHM = 2.354820045


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is SDSS' and its first table has the columns of a summed spectrum."""
    header = first_header(head)
    has_columns = b"'loglam" in head and b"'ivar" in head
    return header.get("TELESCOP", "").startswith("SDSS") and has_columns


def read(path: Path, hints: Hints) -> Found:
    """Read the sum of all exposures."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        tables = [hdu for hdu in hdus if isinstance(hdu, fits.BinTableHDU)]
        if not tables:
            msg = "is SDSS', but the table of the spectrum is missing."
            raise DataError(msg)
        kept = plain_header(hdus[0].header)
        flux_unit = header_text(hdus[0].header, "BUNIT") or _FLUX_UNIT
        found = _columns(tables[0])
        star = _star(tables[1]) if len(tables) > 1 else {}
    notes.append("Vacuum and the Sun's frame: SDSS' data model says so.")
    valid = found["ivar"] > 0
    if "and_mask" in found:
        valid &= found["and_mask"] == 0
    notes.append(f"Pixels without weight or flagged in all exposures, not valid: {np.sum(~valid)}.")
    meta = {"instrument": "SDSS"} | observation_in(kept) | star | {"header": kept}
    columns = Columns(
        wave=10.0 ** np.clip(found["loglam"], 0, 10),
        flux=found["flux"],
        sigma=1 / np.sqrt(np.where(found["ivar"] > 0, found["ivar"], np.nan)),
        valid=valid,
        wave_unit="Angstrom",
        flux_unit=flux_unit,
        medium="vacuum",
        frame="heliocentric",
        resolution=_resolution(found.get("wdisp"), notes),
        meta=meta,
    )
    return Found((make_spectrum(columns, hints, notes),), tuple(notes))


READER = Reader("sdss-spec", "spectrum", matches, read)


def _columns(table: Any) -> dict[str, np.ndarray]:
    """Return the columns of the summed spectrum by name, in small letters."""
    found = {
        name.lower(): np.asarray(table.data[name], dtype=np.float64).ravel()
        for name in table.columns.names
    }
    if missing := {"flux", "loglam", "ivar"} - set(found):
        msg = f"its table of the spectrum lacks {', '.join(sorted(missing))}."
        raise DataError(msg)
    return found


def _resolution(width: np.ndarray | None, notes: list[str]) -> float | None:
    known = np.empty(0) if width is None else width[np.isfinite(width) & (width > 0)]
    if not known.size:
        notes.append("Resolving power not stated.")
        return None
    value = round(1 / (_FWHM * float(np.median(known)) * _PIXEL * np.log(10)))
    notes.append(f"Resolving power {value}, the median of what the file gives for its pixels.")
    return float(value)


def _star(table: Any) -> dict[str, Any]:
    """Return what the second table says of the star: its name, class and velocity."""
    if not len(table.data):
        return {}
    row, names = table.data[0], set(table.columns.names)
    found: dict[str, Any] = {}
    if {"PLATE", "MJD", "FIBERID"} <= names:
        found["object"] = f"SDSS {row['PLATE']:04d}-{row['MJD']}-{row['FIBERID']:04d}"
    for key, name in (("class", "CLASS"), ("subclass", "SUBCLASS")):
        if name in names and (text := str(row[name]).strip()):
            found[key] = text
    if found.get("class") == "STAR" and "Z" in names:
        found["radial_velocity_km_s"] = float(row["Z"]) * SPEED_OF_LIGHT
    position = {"ra": "PLUG_RA", "dec": "PLUG_DEC"}
    return found | {key: float(row[name]) for key, name in position.items() if name in names}
