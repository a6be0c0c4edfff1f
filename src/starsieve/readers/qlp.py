"""Light curves of MIT's Quick Look Pipeline (``hlsp_qlp_*_llc.fits``), of full-frame images.

Columns after the data product descriptions of Huang et al. (2020) and Kunimoto et al. (2021):
``SAP_FLUX``, and detrended ``KSPSAP_FLUX`` (sectors 1 to 55) or ``DET_FLUX`` (from 56 on). All are
relative to the star's magnitude, and only the detrended one has an error.
"""

from pathlib import Path
from typing import Any

from starsieve.errors import UnknownFormatError
from starsieve.readers.fits_file import first_header, open_fits
from starsieve.readers.photometry import (
    choose_flux,
    find_table,
    make_curve,
    read_meta,
    read_numbers,
)
from starsieve.readers.quality import QLP
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.tess import TESS_NUMBERS

DETRENDED = ("KSPSAP_FLUX", "DET_FLUX")
HIGH_PASS = (
    "high-pass filtered by the pipeline: slow variations of the star are gone, and long transits "
    "are shallower"
)


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is of TESS and its table has fluxes that QLP detrended."""
    is_tess = first_header(head).get("TELESCOP") == "TESS"
    has_flux = any(f"= '{name}".encode() in head for name in DETRENDED)
    return is_tess and has_flux and b"= 'QUALITY" in head


def read(path: Path, hints: Hints) -> Found:
    """Read one light curve: the detrended flux, or the column that the hint names."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        table = find_table(hdus, ("TIME", "SAP_FLUX", "QUALITY"))
        detrended = _detrended(table)
        name = choose_flux(table, detrended, HIGH_PASS, hints, notes)
        sigma = _sigma(table, name, detrended, notes)
        primary = hdus[0].header
        meta = read_meta(primary, table.header, "QLP") | read_numbers(primary, TESS_NUMBERS)
        curve = make_curve(table, (name, sigma, "QUALITY"), QLP, hints, notes, meta)
    return Found((curve,), tuple(notes))


READER = Reader("qlp-lc", "light curve", matches, read)


def _detrended(table: Any) -> str:
    for name in DETRENDED:
        if name in table.columns.names:
            return name
    msg = f"its table of cadences has neither {' nor '.join(DETRENDED)}."
    raise UnknownFormatError(msg)


def _sigma(table: Any, name: str, detrended: str, notes: list[str]) -> str | None:
    """Return the column of errors; of a flux that has none, that of the detrended flux."""
    names = table.columns.names
    if f"{name}_ERR" in names:
        return f"{name}_ERR"
    if f"{detrended}_ERR" in names:
        notes.append(f"{name} has no errors; those of {detrended} were taken.")
        return f"{detrended}_ERR"
    return None
