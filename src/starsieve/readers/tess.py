"""Light curves of SPOC (``*_lc.fits``): two-minute targets, and stars of full-frame images."""

from pathlib import Path
from typing import Any

from starsieve.readers.fits_file import first_header, open_fits
from starsieve.readers.photometry import (
    PDC,
    choose_flux,
    find_table,
    make_curve,
    read_meta,
    read_numbers,
)
from starsieve.readers.quality import TESS
from starsieve.readers.reader import Found, Hints, Reader

FLUX = "PDCSAP_FLUX"
LONGEST_TARGET_CADENCE = 130.0
"""Seconds: targets have 20 or 120 s, full-frame images 158 s (200 less cosmic rays) and more."""

TESS_NUMBERS = {"target": "TICID", "sector": "SECTOR", "camera": "CAMERA", "ccd": "CCD"}


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is of TESS and its table has detrended fluxes."""
    is_tess = first_header(head).get("TELESCOP") == "TESS"
    return is_tess and b"= 'PDCSAP_FLUX" in head and b"= 'QUALITY" in head


def read(path: Path, hints: Hints) -> Found:
    """Read one light curve: PDCSAP flux, or the column that the hint names."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        table = find_table(hdus, ("TIME", FLUX, "QUALITY"))
        name = choose_flux(table, FLUX, PDC, hints, notes)
        meta = _meta(hdus[0].header, table.header, notes)
        curve = make_curve(table, (name, f"{name}_ERR", "QUALITY"), TESS, hints, notes, meta)
    return Found((curve,), tuple(notes))


READER = Reader("spoc-lc", "light curve", matches, read)


def _meta(primary: Any, header: Any, notes: list[str]) -> dict[str, Any]:
    """Return the metadata, with the pipeline's name found from what the file is of.

    SPOC and TESS-SPOC run the same programs and sign alike; only the images differ.
    """
    meta = read_meta(primary, header, "SPOC") | read_numbers(primary, TESS_NUMBERS)
    cadence = meta.get("cadence_seconds", 0.0)
    if cadence > LONGEST_TARGET_CADENCE:
        notes.append(
            f"Taken as of TESS-SPOC, since a cadence of {cadence:g} s is one of full-frame images."
        )
        return meta | {"pipeline": "TESS-SPOC"}
    return meta
