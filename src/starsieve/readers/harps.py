"""HARPS and HARPS-N as the instruments' own pipeline (DRS) writes them.

`s1d` is the merged spectrum: linear in air, in the frame of the solar system's barycentre. `e2ds`
has an order per row, in air as observed, not corrected for the Earth's motion; its wavelengths are
polynomials whose coefficients the header holds, so that no other file is needed.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.errors import UnknownFormatError
from starsieve.readers.canonical import Columns, make_spectrum
from starsieve.readers.fits_file import first_header, open_fits, plain_header
from starsieve.readers.observation import observation_in
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.stated import stated_in
from starsieve.readers.wcs import make_wave

_PIPELINES = ("ESO DRS", "TNG DRS")
_RESOLUTIONS = {"EGGS": 80_000.0}
_RESOLUTION = 115_000.0
"""Of the mode for high accuracy (Mayor et al. 2003); HARPS-N is a copy."""

_ROWS_SUMMED = 6
"""Detector rows that an order's extraction sums up: with so many, the read-out noise and the
electrons give the signal-to-noise ratio that the pipeline writes into the header."""

_BULKY = ("CAL TH", "CAL LOC", "SPE EXT", "DET OUT", "DET WIN", "INS DET")
"""Groups of cards, hundreds each, that are of no use once the wavelengths are known."""


def is_s1d(_path: Path, head: bytes) -> bool:
    """Return whether the file is a spectrum of one axis by the DRS."""
    header = first_header(head)
    return header.get("NAXIS") == "1" and "CRVAL1" in header and _is_drs(head)


def is_e2ds(_path: Path, head: bytes) -> bool:
    """Return whether the file is an image by the DRS: an order per row."""
    return first_header(head).get("NAXIS") == "2" and _is_drs(head)


def read_s1d(path: Path, hints: Hints) -> Found:
    """Read a merged spectrum; the zeros between the detectors are not valid."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        header = plain_header(hdus[0].header)
        flux = np.asarray(hdus[0].data, dtype=np.float64)
        wave = make_wave(hdus[0].header, len(flux), notes)
    notes.append("Air and the barycentre's frame taken for granted: HARPS' pipeline writes so.")
    if n_zeros := int(np.sum(flux == 0)):
        notes.append(f"Pixels of zero flux, between the detectors, not valid: {n_zeros}.")
    notes.append("No errors in the file: counts were lost when its orders were merged.")
    shared = _shared(header, "barycentric", notes)
    columns = replace(shared, wave=wave, flux=flux, valid=flux != 0, flux_unit="relative")
    return Found((make_spectrum(columns, hints, notes),), tuple(notes))


def read_e2ds(path: Path, hints: Hints) -> Found:
    """Read every order of an extracted spectrum, in electrons, with the errors they imply."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        header = plain_header(hdus[0].header)
        orders = np.asarray(hdus[0].data, dtype=np.float64)
    waves = _wave_of_orders(header, orders.shape)
    notes.append("Wavelengths from the polynomials of the header; air, not corrected for motion.")
    blaze = _card(header, "BLAZE FILE") or "the blaze file"
    notes.append(f"The flux has the instrument's blaze in it: {blaze} was not divided out.")
    sigma = _sigma(header, orders, notes)
    shared = _shared(header, "topocentric", notes)
    spectra = []
    for number, (wave, flux) in enumerate(zip(waves, orders, strict=True)):
        meta = dict(shared.meta) | {"order": number}
        errors = None if sigma is None else sigma[number]
        order = replace(shared, wave=wave, flux=flux, sigma=errors, meta=meta)
        spectra.append(make_spectrum(replace(order, valid=flux != 0), hints, notes))
    return Found(tuple(spectra), tuple(dict.fromkeys(notes)))


S1D = Reader("harps-s1d", "spectrum", is_s1d, read_s1d)
E2DS = Reader("harps-e2ds", "spectrum", is_e2ds, read_e2ds)


def _is_drs(head: bytes) -> bool:
    return any(f"HIERARCH {name} ".encode() in head for name in _PIPELINES)


def _card(header: Mapping[str, Any], name: str) -> Any:
    """Return a card of the pipeline, whichever observatory it ran at."""
    return next((header[f"{p} {name}"] for p in _PIPELINES if f"{p} {name}" in header), None)


def _shared(header: Mapping[str, Any], frame: Any, notes: list[str]) -> Columns:
    """Return what all spectra of a file share, in place of pixels a single one of none."""
    stated = stated_in(header)
    resolution = _RESOLUTIONS.get(str(header.get("ESO INS MODE")), _RESOLUTION)
    notes.append(f"Resolving power {resolution:g}, the nominal one of the instrument.")
    kept = {k: v for k, v in header.items() if not any(bulky in k for bulky in _BULKY)}
    known = {k: v for k, v in stated.items() if k not in ("medium", "frame", "resolution")}
    nothing = np.empty(0)
    return Columns(
        wave=nothing,
        flux=nothing,
        wave_unit="Angstrom",
        flux_unit="electron",
        medium="air",
        frame=frame,
        resolution=resolution,
        meta=known | observation_in(header) | {"header": kept},
        name_row=lambda row: f"pixel {row + 1}",
    )


def _wave_of_orders(header: Mapping[str, Any], shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    degree, category = _card(header, "CAL TH DEG LL"), header.get("ESO DPR CATG")
    if category == "CALIB" or not isinstance(degree, int) or not 0 < degree < 20:
        what = header.get("ESO DPR TYPE") or header.get("OBJECT") or "something else"
        msg = (
            f"is an image of HARPS' pipeline but no spectrum of a star ({what}): a calibration, "
            "such as a blaze or wave file. Give the star's s1d or e2ds file, which needs no other."
        )
        raise UnknownFormatError(msg)
    n_coefficients = degree + 1
    names = [f"CAL TH COEFF LL{number}" for number in range(shape[0] * n_coefficients)]
    values = [_card(header, name) for name in names]
    if any(isinstance(value, str | bool | None) for value in values):
        msg = (
            f"has {shape[0]} rows, and its header not all of the {len(names)} coefficients of "
            "their wavelengths (CAL TH COEFF LL): it is no e2ds file, or a damaged one."
        )
        raise UnknownFormatError(msg)
    coefficients = np.array(values, dtype=np.float64).reshape(shape[0], n_coefficients)
    pixels = np.arange(shape[1], dtype=np.float64)
    return np.asarray(np.polynomial.polynomial.polyval(pixels, coefficients.T))


def _sigma(
    header: Mapping[str, Any], orders: npt.NDArray[np.float64], notes: list[str]
) -> npt.NDArray[np.float64] | None:
    noise = _card(header, "CCD SIGDET")
    if not isinstance(noise, int | float) or noise <= 0:
        notes.append("Read-out noise not stated, so that no errors were estimated.")
        return None
    notes.append(f"Errors estimated from the electrons and a read-out noise of {noise:.3g}.")
    return np.asarray(np.sqrt(np.maximum(orders, 0) + _ROWS_SUMMED * noise**2))
