"""One-dimensional FITS images whose wavelengths are a linear or logarithmic count of pixels."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import BoolArray, Medium
from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers.canonical import Columns, make_spectrum
from starsieve.readers.fits_file import (
    first_header,
    header_number,
    header_text,
    open_fits,
    plain_header,
)
from starsieve.readers.observation import observation_in
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.stated import stated_in

_MEDIA: dict[str, Medium] = {"AWAV": "air", "WAVE": "vacuum", "VWAV": "vacuum"}


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the first image has one axis with a first value and a step."""
    header = first_header(head)
    return header.get("NAXIS") == "1" and "CRVAL1" in header


def read(path: Path, hints: Hints) -> Found:
    """Read the spectrum, its error and its mask; see `starsieve.readers.canonical`."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        header = hdus[0].header
        flux = np.asarray(hdus[0].data, dtype=np.float64)
        sigma, valid = _sigma(hdus, flux.shape), _valid(hdus, flux.shape)
        wave, medium = make_wave(header, len(flux), notes), _medium(header)
        kept = plain_header(header)
        unit = header_text(header, "CUNIT1")
        flux_unit = header_text(header, "BUNIT")
        sharpness = _part(hdus, "SRES", flux.shape)
    stated = stated_in(kept)
    if sharpness is not None and "resolution" not in stated:
        stated["resolution"] = float(np.median(sharpness))
        notes.append("Resolving power, the median of the part SRES.")
    columns = Columns(
        wave=wave,
        flux=flux,
        sigma=sigma,
        valid=valid,
        wave_unit=unit,
        flux_unit=flux_unit,
        medium=medium or stated.pop("medium", None),
        frame=stated.pop("frame", None),
        resolution=stated.pop("resolution", None),
        meta=stated | observation_in(kept) | {"header": kept},
        name_row=lambda row: f"pixel {row + 1}",
    )
    return Found((make_spectrum(columns, hints, notes),), tuple(notes))


READER = Reader("fits-wcs", "spectrum", matches, read)


def make_wave(header: Any, n_pixels: int, notes: list[str]) -> npt.NDArray[np.float64]:
    """Return the wavelengths of an image of one axis, in the header's unit.

    Raises
    ------
    UnknownFormatError
        If the header gives no step, or a rule that is neither linear nor logarithmic.
    DataError
        If powers of ten would be out of all range.
    """
    start, step = header_number(header, "CRVAL1"), header_number(header, "CDELT1", "CD1_1")
    if start is None or step is None:
        msg = "has no step of wavelength (CDELT1 or CD1_1) beside CRVAL1."
        raise UnknownFormatError(msg)
    reference = header_number(header, "CRPIX1")
    if reference is None:
        # The standard's default of 0 would shift by a pixel what pipelines mean by leaving it out.
        notes.append("CRPIX1 not stated, CRVAL1 taken as the wavelength of the first pixel.")
        reference = 1.0
    kind = header_text(header, "CTYPE1") or ""
    pixels = np.arange(1, n_pixels + 1) - reference
    if kind.upper().endswith("-LOG") and _are_powers(header, start, step):
        notes.append("Wavelengths taken as powers of ten in Angstrom, as SDSS' templates have.")
        return np.asarray(10.0 ** (start + step * pixels))
    if kind.upper().endswith("-LOG"):
        return np.asarray(start * np.exp(step * pixels / start))
    if "-" in kind:
        msg = f"its wavelengths follow {kind!r}; only linear and logarithmic ones are read."
        raise UnknownFormatError(msg)
    linear = start + step * pixels
    if header_number(header, "DC-FLAG") == 1 or "LOG" in kind.upper():
        if np.any(linear > 300):
            msg = f"its wavelengths would be 10^{linear.max():g}; CRVAL1 and CDELT1 can't be meant."
            raise DataError(msg)
        notes.append("Wavelengths taken as powers of ten, as the header tells.")
        return np.asarray(10.0**linear)
    return np.asarray(linear)


def _are_powers(header: Any, start: float, step: float) -> bool:
    """Return whether a logarithmic axis counts powers of ten, though the standard has it otherwise.

    MaStar's templates do: without a unit they start at 3.56, which is 3631 Angstrom and no 3.56
    micron.
    """
    return header_text(header, "CUNIT1") is None and 3.3 < start < 4.5 and 0 < step < 1e-3


def _medium(header: Any) -> Medium | None:
    return _MEDIA.get((header_text(header, "CTYPE1") or "")[:4].upper())


def _sigma(hdus: Any, shape: tuple[int, ...]) -> npt.NDArray[np.float64] | None:
    for name, power in (("STD", 1.0), ("VAR", 0.5), ("IVAR", -0.5)):
        found = _part(hdus, name, shape)
        if found is not None:
            return np.asarray(found.astype(np.float64) ** power)
    return None


def _valid(hdus: Any, shape: tuple[int, ...]) -> BoolArray | None:
    mask = _part(hdus, "MASK", shape)
    return None if mask is None else np.asarray(mask == 0)


def _part(hdus: Any, name: str, shape: tuple[int, ...]) -> Any:
    """Return the image of that name if there is one that fits the flux."""
    for hdu in hdus[1:]:
        if hdu.is_image and hdu.name == name and hdu.shape == shape:
            return np.asarray(hdu.data)
    return None
