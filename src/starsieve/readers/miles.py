"""The MILES library (Sanchez-Blazquez et al. 2006; Falcon-Barroso et al. 2011) as FITS images."""

import re
from pathlib import Path

import numpy as np

from starsieve.readers.canonical import Columns, make_spectrum
from starsieve.readers.fits_file import first_header, header_number, open_fits, plain_header
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.wcs import make_wave

FWHM_ANGSTROM = 2.5
"""Of all of the library's spectra (Falcon-Barroso et al. 2011)."""


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the first image has one axis and says that it is of MILES."""
    header = first_header(head)
    return header.get("NAXIS") == "1" and header.get("TPLLIB", "").startswith("MILES")


def read(path: Path, hints: Hints) -> Found:
    """Read the spectrum; its star's number is in the file's name only."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        header = hdus[0].header
        flux = np.asarray(hdus[0].data, dtype=np.float64)
        wave, kept = make_wave(header, len(flux), notes), plain_header(header)
        fwhm = header_number(header, "FWHM") or FWHM_ANGSTROM
    notes.append("Air and the star's rest frame taken for granted: MILES has no others.")
    if n_zeros := int(np.sum(flux == 0)):
        notes.append(f"Pixels of zero flux, which stand for none, not valid: {n_zeros}.")
    resolution = mean_resolution(wave, fwhm)
    notes.append(f"Resolving power {resolution:.0f}, of {fwhm:g} Angstrom at the middle.")
    meta = {"instrument": "MILES", "header": kept}
    if (number := re.search(r"m(\d{4})V", path.name)) is not None:
        meta["object"] = f"MILES {number[1]}"
        notes.append("Object taken from the file's name.")
    columns = Columns(
        wave=wave,
        flux=flux,
        valid=flux != 0,
        wave_unit="Angstrom",
        flux_unit="relative",
        medium="air",
        frame="rest",
        resolution=resolution,
        meta=meta,
        name_row=lambda row: f"pixel {row + 1}",
    )
    return Found((make_spectrum(columns, hints, notes),), tuple(notes))


def mean_resolution(wave: np.ndarray, fwhm: float) -> float:
    """Return the resolving power in the middle of a spectrum whose line width is constant.

    Examples
    --------
    >>> mean_resolution(np.array([4000.0, 6000.0]), 2.5)
    2000.0
    """
    return float((wave[0] + wave[-1]) / 2 / fwhm)


READER = Reader("miles", "spectrum", matches, read)
