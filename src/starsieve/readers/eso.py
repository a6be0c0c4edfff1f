"""ESO's science data products: spectra as tables, after ESO's Phase 3 standard."""

from dataclasses import replace
from pathlib import Path

from starsieve.readers.fits_file import first_header, open_fits, plain_header
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.table import read_fits_table


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the first header says that a spectrum after the standard follows."""
    header = first_header(head)
    return header.get("NAXIS") == "0" and header.get("PRODCATG", "").startswith("SCIENCE.SPECTRUM")


def read(path: Path, hints: Hints) -> Found:
    """Read the spectrum, in one row of array cells or in many rows.

    The standard tells air from vacuum by the UCD of the wavelengths. The X-shooter Spectral Library
    states vacuum there, and has wavelengths in air (Gonneau et al. 2020).
    """
    with open_fits(path) as hdus:
        header = plain_header(hdus[0].header)
    if "XSL_ID" not in header or hints.medium is not None:
        return read_fits_table(path, hints)
    found = read_fits_table(path, replace(hints, medium="air"))
    known = "The X-shooter Spectral Library is in air, although its file says vacuum."
    return replace(found, assumed=(known, *found.assumed))


READER = Reader("eso-spectrum", "spectrum", matches, read)
