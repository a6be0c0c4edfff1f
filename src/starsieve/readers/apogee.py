"""APOGEE: `aspcapStar` (normalised), `apStar` (all visits of a star) and `apVisit` (one visit).

All are in vacuum. `aspcapStar` and `apStar` share one logarithmic grid, on which the star is at
rest; `apVisit` has the three detectors as observed, with wavelengths that run downwards.
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
from starsieve.readers.reader import Found, Hints, Reader

Array = npt.NDArray[np.float64]

_RESOLUTION = 22_500.0
"""Nominal (Majewski et al. 2017)."""

_BAD_BITS = 0b1111_1111
"""BADPIX, CRPIX, SATPIX, UNFIXABLE, BADDARK, BADFLAT, BADERR, NOSKY of APOGEE's pixel mask."""

_FLUX_UNIT = "1e-17 erg / (Angstrom s cm2)"
_CHIPS = ("a", "b", "c")


def is_aspcap(_path: Path, head: bytes) -> bool:
    """Return whether the file is an `aspcapStar`: a header without data that names FERRE."""
    header = first_header(head)
    return header.get("NAXIS") == "0" and {"FERRE", "SPECLIB"} <= set(header)


def is_star(_path: Path, head: bytes) -> bool:
    """Return whether the file is an `apStar`: it counts visits and gives the grid."""
    header = first_header(head)
    return header.get("NAXIS") == "0" and {"NVISITS", "CRVAL1", "STARFLAG"} <= set(header)


def is_visit(_path: Path, head: bytes) -> bool:
    """Return whether the file is an `apVisit`: a plate, a fibre and the version of `apred`."""
    header = first_header(head)
    return header.get("NAXIS") == "0" and {"V_APRED", "FIBERID", "PLATE"} <= set(header)


def read_aspcap(path: Path, hints: Hints) -> Found:
    """Read the normalised spectrum; where it is exactly zero there is none."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        kept, images, axis = _parts(hdus, 2)
    _tell(notes, "at rest")
    flux, sigma = images[0], np.where(images[1] > 0, images[1], np.nan)
    shared = _shared(kept, "rest", "relative")
    columns = replace(
        shared, wave=_grid(axis, len(flux)), flux=flux, sigma=sigma, valid=_lit(flux, sigma, notes)
    )
    return Found((make_spectrum(columns, hints, notes),), tuple(notes))


def read_star(path: Path, hints: Hints) -> Found:
    """Read the combined spectrum, and after it each visit."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        kept, images, axis = _parts(hdus, 3)
    flux, sigma, mask = (np.atleast_2d(image) for image in images)
    _tell(notes, "at rest")
    # Rows: combined by pixel weights, combined by global weights, visits; or a single visit.
    rows = [0, *range(2, len(flux))]
    # Of the masks the first row flags what any visit flags, the second what all of them do.
    masks = [min(1, len(flux) - 1), *range(2, len(flux))]
    if len(flux) > 1:
        notes.append(
            f"The combined spectrum, then {len(flux) - 2} visits; the sum of other weights "
            "(row 2) is left out."
        )
    shared, spectra = _shared(kept, "rest", _FLUX_UNIT), []
    for row, flags in zip(rows, masks, strict=True):
        lit = _lit(flux[row], sigma[row], notes) & _unflagged(mask[flags])
        meta = dict(shared.meta) | _visit(kept, row - 1)
        columns = replace(shared, wave=_grid(axis, flux.shape[1]), meta=meta, valid=lit)
        columns = replace(columns, flux=flux[row], sigma=sigma[row])
        # A visit may have failed; that must not cost the others.
        if row == 0 or lit.any():
            spectra.append(make_spectrum(columns, hints, notes))
    return Found(tuple(spectra), tuple(dict.fromkeys(notes)))


def read_visit(path: Path, hints: Hints) -> Found:
    """Read the three detectors of a visit, each as a spectrum of its own."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        kept, images, _ = _parts(hdus, 4)
    flux, sigma, mask, wave = (np.atleast_2d(image) for image in images)
    _tell(notes, "as observed, not corrected for the Earth's motion")
    if not flux.shape == sigma.shape == mask.shape == wave.shape:
        msg = f"its flux has shape {flux.shape}, its wavelengths {wave.shape}."
        raise UnknownFormatError(msg)
    shared, spectra = _shared(kept, "topocentric", _FLUX_UNIT), []
    for number in range(len(flux)):
        lit = _lit(flux[number], sigma[number], notes) & _unflagged(mask[number])
        name = _CHIPS[number] if number < len(_CHIPS) else str(number + 1)
        chip = replace(shared, wave=wave[number], flux=flux[number], sigma=sigma[number])
        chip = replace(chip, valid=lit, meta=dict(shared.meta) | {"chip": name})
        spectra.append(make_spectrum(chip, hints, notes))
    return Found(tuple(spectra), tuple(dict.fromkeys(notes)))


ASPCAP = Reader("apogee-aspcap", "spectrum", is_aspcap, read_aspcap)
STAR = Reader("apogee-star", "spectrum", is_star, read_star)
VISIT = Reader("apogee-visit", "spectrum", is_visit, read_visit)


def _tell(notes: list[str], how: str) -> None:
    notes.append(f"Vacuum and {how}: APOGEE's data model says so, not the file.")
    notes.append(f"Resolving power {_RESOLUTION:g}, the survey's nominal one.")


def _parts(hdus: Any, n_images: int) -> tuple[dict[str, Any], list[Array], dict[str, Any]]:
    """Return the first header, the first images after it, and the header of the first of them."""
    if len(hdus) <= n_images or any(
        not hdu.is_image or getattr(hdu, "data", None) is None for hdu in hdus[1 : n_images + 1]
    ):
        msg = f"is APOGEE's, but {n_images} images must follow its header, and do not."
        raise UnknownFormatError(msg)
    images = [np.asarray(hdu.data, dtype=np.float64) for hdu in hdus[1 : n_images + 1]]
    return plain_header(hdus[0].header), images, plain_header(hdus[1].header)


def _grid(axis: Mapping[str, Any], n_pixels: int) -> Array:
    start, step = axis.get("CRVAL1"), axis.get("CDELT1")
    if not isinstance(start, float) or not isinstance(step, float) or not 3 < start < 5:
        msg = f"has no logarithmic grid: CRVAL1 is {start} and CDELT1 {step}."
        raise UnknownFormatError(msg)
    return np.asarray(10.0 ** (start + step * np.arange(n_pixels)))


def _lit(flux: Array, sigma: Array, notes: list[str]) -> npt.NDArray[np.bool_]:
    """Return where there is a spectrum: the gaps between the detectors hold zeros."""
    notes.append("Pixels of zero flux, between the detectors, and flagged ones are not valid.")
    return np.asarray((flux != 0) & (sigma < 1e9))


def _unflagged(mask: Array) -> npt.NDArray[np.bool_]:
    return np.asarray((mask.astype(np.int64) & _BAD_BITS) == 0)


def _visit(header: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return what the header says of a visit, counted from 1; of the combined spectrum for -1."""
    if number < 1:
        return {"part": "combined"}
    cards = {"date": "DATE", "berv_km_s": "BC", "radial_velocity_km_s": "VHELIO", "snr": "SNRVIS"}
    found = {name: header.get(f"{card}{number}") for name, card in cards.items()}
    return {"part": f"visit {number}"} | {k: v for k, v in found.items() if v is not None}


def _shared(header: Mapping[str, Any], frame: Any, flux_unit: str) -> Columns:
    cards = {
        **{"object": "OBJID", "telescope": "TELESCOP", "snr": "SNR", "ra": "RA", "dec": "DEC"},
        **{"radial_velocity_km_s": "VHELIO", "berv_km_s": "BC", "date": "DATE-OBS"},
    }
    meta = {name: header[card] for name, card in cards.items() if card in header}
    if "object" not in meta and "OBJ" in header:
        meta["object"] = header["OBJ"]
    nothing = np.empty(0)
    return Columns(
        wave=nothing,
        flux=nothing,
        wave_unit="Angstrom",
        flux_unit=flux_unit,
        medium="vacuum",
        frame=frame,
        resolution=_RESOLUTION,
        meta={"instrument": "APOGEE"} | meta | {"header": dict(header)},
        name_row=lambda row: f"pixel {row + 1}",
    )
