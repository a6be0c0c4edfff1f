"""Light curves of Kepler and K2 (``*_llc.fits``, ``*_slc.fits``)."""

from pathlib import Path
from typing import Any

from starsieve.readers.fits_file import first_header, header_text, open_fits
from starsieve.readers.photometry import (
    PDC,
    choose_flux,
    find_table,
    make_curve,
    read_meta,
    read_numbers,
)
from starsieve.readers.quality import KEPLER
from starsieve.readers.reader import Found, Hints, Reader

FLUX, QUALITY = "PDCSAP_FLUX", "SAP_QUALITY"


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is of Kepler and its table has detrended fluxes."""
    is_kepler = first_header(head).get("TELESCOP") == "Kepler"
    return is_kepler and b"= 'PDCSAP_FLUX" in head and b"= 'SAP_QUALITY" in head


def read(path: Path, hints: Hints) -> Found:
    """Read one quarter or campaign: PDCSAP flux, or the column that the hint names."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        table = find_table(hdus, ("TIME", FLUX, QUALITY))
        name = choose_flux(table, FLUX, PDC, hints, notes)
        meta = _meta(hdus[0].header, table.header)
        curve = make_curve(table, (name, f"{name}_ERR", QUALITY), KEPLER, hints, notes, meta)
    return Found((curve,), tuple(notes))


READER = Reader("kepler-lc", "light curve", matches, read)


def _meta(primary: Any, header: Any) -> dict[str, Any]:
    """Return the metadata; the star's number is ``kic`` or ``epic``, for ``target`` is TESS's."""
    is_k2 = header_text(primary, "MISSION") == "K2"
    number = {"epic": "KEPLERID"} if is_k2 else {"kic": "KEPLERID"}
    keywords = {**number, "quarter": "QUARTER", "campaign": "CAMPAIGN", "channel": "CHANNEL"}
    meta = read_meta(primary, header, "K2" if is_k2 else "Kepler")
    if "tmag" in meta:
        meta["kepmag"] = meta.pop("tmag")
    return meta | read_numbers(primary, keywords)
