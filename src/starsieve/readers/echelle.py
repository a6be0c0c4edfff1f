"""IRAF's MULTISPEC: an order per row, and its wavelengths as text in the cards WAT2_001, ...

The text has a specification per order (Valdes 1993, "The IRAF/NOAO Spectral World Coordinate
Systems"): aperture, beam, type, first wavelength, step, number of pixels, redshift, two limits, and
for a non-linear order the coefficients of a polynomial.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers.canonical import Columns, make_spectrum
from starsieve.readers.fits_file import first_header, header_text, open_fits, plain_header
from starsieve.readers.observation import observation_in
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.stated import stated_in

Array = npt.NDArray[np.float64]

_LINEAR, _LOGARITHMIC, _NONLINEAR = 0, 1, 2
_CHEBYSHEV, _LEGENDRE = 1, 2
_CARD_LENGTH = 68
"""Characters of text in a card: blanks at its end, which FITS drops, part two numbers."""

_MOST_TERMS = 50


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the first axis of the image is one of IRAF's many spectra."""
    header = first_header(head)
    return header.get("CTYPE1", "").startswith("MULTISPE") and header.get("NAXIS") in ("2", "3")


def read(path: Path, hints: Hints) -> Found:
    """Read every order as a spectrum of its own."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        image = np.asarray(hdus[0].data, dtype=np.float64)
        header = plain_header(hdus[0].header)
    if image.ndim == 3:
        notes.append(f"Of {len(image)} bands the first was read; IRAF puts the spectrum there.")
        image = image[0]
    shared = _shared(header, hints, notes)
    specifications = _specifications(header)
    if len(specifications) != len(image):
        msg = f"has {len(image)} orders, and wavelengths of {len(specifications)} in WAT2."
        raise DataError(msg)
    spectra = []
    for row, (flux, words) in enumerate(zip(image, specifications, strict=True)):
        wave, n_pixels = _wave(words, row)
        meta = dict(shared.meta) | {"order": int(words[1])}
        order = replace(shared, wave=wave, flux=flux[:n_pixels], meta=meta)
        if len(order.flux) != n_pixels:
            msg = f"order {row + 1} has {len(flux)} pixels, and wavelengths for {n_pixels}."
            raise DataError(msg)
        spectra.append(make_spectrum(order, hints, notes))
    notes.append(f"{len(spectra)} orders, each given as a spectrum of its own.")
    return Found(tuple(spectra), tuple(dict.fromkeys(notes)))


READER = Reader("iraf-multispec", "spectrum", matches, read)


def _shared(header: dict[str, Any], hints: Hints, notes: list[str]) -> Columns:
    unit = re.search(r"units=(\w+)", str(header.get("WAT1_001", "")))
    stated = stated_in(header)
    medium = stated.get("medium")
    if medium is None and hints.medium is None:
        notes.append("Medium not stated, taken as air: IRAF's lists of arc lines are in air.")
        medium = "air"
    nothing = np.empty(0)
    known = {k: v for k, v in stated.items() if k not in ("medium", "frame", "resolution")}
    kept = {name: value for name, value in header.items() if not name.startswith("WAT2_")}
    return Columns(
        wave=nothing,
        flux=nothing,
        wave_unit=unit[1] if unit else None,
        flux_unit=header_text(header, "BUNIT") or "relative",
        medium=medium,
        frame=stated.get("frame"),
        resolution=stated.get("resolution"),
        meta=known | observation_in(header) | {"header": kept},
        name_row=lambda row: f"pixel {row + 1}",
    )


def _specifications(header: dict[str, Any]) -> list[list[float]]:
    """Return the numbers of each order's specification, in the order of the rows."""
    text = ""
    while (card := header.get(f"WAT2_{len(text) // _CARD_LENGTH + 1:03d}")) is not None:
        text += str(card).ljust(_CARD_LENGTH)
    found = {int(n): words for n, words in re.findall(r'spec(\d+)\s*=\s*"([^"]*)"', text)}
    if not found or sorted(found) != list(range(1, len(found) + 1)):
        msg = "is of IRAF's MULTISPEC, but its cards WAT2_001, ... specify no wavelengths."
        raise UnknownFormatError(msg)
    try:
        return [[float(word) for word in found[n].split()] for n in sorted(found)]
    except ValueError as error:
        msg = f"its cards WAT2_001, ... are damaged ({error})."
        raise DataError(msg) from error


def _wave(words: list[float], row: int) -> tuple[Array, int]:
    """Return an order's wavelengths and their number."""
    if len(words) < 9 or not 1 < words[5] < 1e7:
        msg = f"the wavelengths of order {row + 1} are not specified in full (WAT2)."
        raise DataError(msg)
    kind, start, step, redshift = *words[2:5], words[6]
    n_pixels = int(words[5])
    pixels = np.arange(1, n_pixels + 1, dtype=np.float64)
    if kind == _NONLINEAR:
        wave = _sum_of_functions(words[9:], pixels, row)
    elif kind in (_LINEAR, _LOGARITHMIC):
        wave = start + step * (pixels - 1)
        wave = 10.0 ** np.clip(wave, -10, 10) if kind == _LOGARITHMIC else wave
    else:
        msg = f"order {row + 1} has no wavelengths: its type is {kind:g}."
        raise DataError(msg)
    return wave / (1 + redshift), n_pixels


def _sum_of_functions(words: list[float], pixels: Array, row: int) -> Array:
    """Return the weighted sum of the polynomials that a specification lists."""
    wave, rest = np.zeros_like(pixels), list(words)
    while rest:
        if len(rest) < 6 or not 0 < rest[3] <= _MOST_TERMS or len(rest) < 6 + int(rest[3]):
            msg = f"the polynomial of order {row + 1} is cut short (WAT2)."
            raise DataError(msg)
        weight, shift, kind, _, first, last = rest[:6]
        n_terms = int(rest[3])
        if kind not in (_CHEBYSHEV, _LEGENDRE):
            msg = (
                f"order {row + 1} has wavelengths by splines or samples (function {kind:g}); "
                "Chebyshev's and Legendre's polynomials are read. Run IRAF's dispcor first."
            )
            raise UnknownFormatError(msg)
        if first == last:
            msg = f"the polynomial of order {row + 1} spans no pixels (WAT2)."
            raise DataError(msg)
        scaled = (2 * pixels - (last + first)) / (last - first)
        terms = np.array(rest[6 : 6 + n_terms])
        is_chebyshev = kind == _CHEBYSHEV
        series = np.polynomial.Chebyshev(terms) if is_chebyshev else np.polynomial.Legendre(terms)
        wave += weight * (shift + series(scaled))
        rest = rest[6 + n_terms :]
    return wave
