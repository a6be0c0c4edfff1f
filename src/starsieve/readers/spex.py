"""Spextool and SPLAT images: wavelength, flux, noise and flags as the rows of a FITS image.

SpeX, NIRES and their kin. One spectrum has shape (rows, pixels) or, in SPLAT, (pixels, rows);
several apertures or orders have shape (spectra, rows, pixels). Many files of the SpeX Prism Library
have no header worth the name, so the rows are recognised by their values.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers.canonical import Columns, make_spectrum
from starsieve.readers.fits_file import (
    first_header,
    header_number,
    header_text,
    open_fits,
    plain_header,
)
from starsieve.readers.reader import Found, Hints, Reader

ROWS = (2, 3, 4)
"""Rows that such an image may have: wavelength, flux, then noise, then flags."""

FEWEST_PIXELS = 8
RANGE_UM = (0.3, 30.0)
"""Where the instruments of this layout observe: what a unit that is not stated is checked with."""


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the first image has the shape of rows or of a stack of them."""
    header = first_header(head)
    try:
        shape = [int(header[f"NAXIS{axis + 1}"]) for axis in range(int(header["NAXIS"]))]
    except (KeyError, ValueError):
        return False
    if len(shape) == 2:
        return min(shape) in ROWS and max(shape) >= FEWEST_PIXELS
    return len(shape) == 3 and shape[1] in ROWS and shape[0] >= FEWEST_PIXELS


def read(path: Path, hints: Hints) -> Found:
    """Read every aperture and order of an image; see `starsieve.readers.canonical`."""
    with open_fits(path) as hdus:
        header, image = hdus[0].header, np.asarray(hdus[0].data, dtype=np.float64)
    notes: list[str] = []
    stack = _as_stack(image, notes)
    for rows in stack:
        _check_wave(rows[0])
    common = _common(header, hints, notes)
    if header_text(header, "XUNITS") is None and hints.wave_unit is None:
        _check_range(stack)
    if len(stack) > 1:
        notes.append(f"{len(stack)} apertures or orders, each given as a spectrum of its own.")
    spectra = [
        make_spectrum(_columns(stack[number], common, number, len(stack), notes), hints, notes)
        for number in range(len(stack))
        if _has_flux(stack[number], number, len(stack), notes)
    ]
    if not spectra:
        msg = "its flux is nowhere a finite number, so there is nothing to work on."
        raise DataError(msg)
    return Found(tuple(spectra), tuple(dict.fromkeys(notes)))


def _as_stack(image: FloatArray, notes: list[str]) -> FloatArray:
    """Return the image as (spectra, rows, pixels)."""
    if image.ndim == 3:
        return image
    if image.shape[0] > image.shape[1]:
        notes.append("The image has a column, not a row, for each quantity; it was transposed.")
        image = image.T
    return image[None]


def _has_flux(rows: FloatArray, number: int, n_spectra: int, notes: list[str]) -> bool:
    if n_spectra == 1 or np.isfinite(rows[1]).any():
        return True
    notes.append(f"Spectrum {number + 1} of {n_spectra} is empty and was left out.")
    return False


def _check_range(stack: FloatArray) -> None:
    low, high = np.nanmin(stack[:, 0]), np.nanmax(stack[:, 0])
    if not (RANGE_UM[0] <= low and high <= RANGE_UM[1]):
        msg = (
            f"its wavelengths have no unit, and {low:g} to {high:g} can't be micron. "
            "Tell the unit with wave_unit."
        )
        raise DataError(msg)


def _common(header: Any, hints: Hints, notes: list[str]) -> dict[str, Any]:
    """Return what the header says about all spectra of the image, as arguments of `Columns`."""
    unit = header_text(header, "XUNITS")
    if unit is None and hints.wave_unit is None:
        notes.append("Wavelength unit not stated, taken as micron: SpeX and SPLAT use no other.")
    wavetype = (header_text(header, "WAVETYPE") or "").lower()
    if not wavetype and hints.medium is None:
        notes.append("Medium of the wavelengths not stated, taken as vacuum as Spextool does.")
    return {
        "wave_unit": unit or "um",
        "flux_unit": header_text(header, "YUNITS", "BUNIT"),
        "medium": "air" if wavetype == "air" else "vacuum",
        "resolution": hints.resolution or _resolution(header, notes),
        "meta": _meta(header),
    }


def _resolution(header: Any, notes: list[str]) -> float | None:
    for name in ("RP", "RES", "RESOLUTION"):
        value = header_number(header, name)
        if value is not None and value > 0:
            value = round(value, 2)  # single precision in the header: 120.00012
            notes.append(
                f"Resolving power {value:g} from header {name}, a nominal value of the slit."
            )
            return value
    notes.append("Resolving power not stated.")
    return None


def _meta(header: Any) -> dict[str, Any]:
    found = {
        "object": header_text(header, "OBJECT", "NAME", "DESIGNATION", "SHORTNAME"),
        "date": header_text(
            header, "DATE_OBS", "DATE-OBS", "OBSDATE", "AVE_DATE", "OBSERVATION_DATE"
        ),
        "instrument": header_text(header, "INSTRUME", "INSTR"),
        "telescope": header_text(header, "TELESCOP"),
        "mode": header_text(header, "MODENAME", "MODE", "GRAT"),
        "slit_arcsec": header_number(header, "SLTW_ARC", "SLITW", "SLITWIDTH"),
    }
    return {name: value for name, value in found.items() if value is not None} | {
        "header": plain_header(header)
    }


def _columns(
    rows: FloatArray, common: Mapping[str, Any], number: int, n_spectra: int, notes: list[str]
) -> Columns:
    valid = rows[3] == 0 if len(rows) > 3 else None
    if valid is not None and not valid.all():
        notes.append(f"Pixels with a flag of the pipeline, not valid: {int(np.sum(~valid))}.")
    meta = dict(common["meta"])
    if n_spectra > 1:
        meta["aperture"] = number + 1
        orders = str(meta["header"].get("ORDERS", "")).split(",")
        if len(orders) == n_spectra:
            meta["order"] = int(orders[number])
    return Columns(
        wave=rows[0],
        flux=rows[1],
        sigma=rows[2] if len(rows) > 2 else None,
        valid=valid,
        name_row=lambda row: f"pixel {row + 1}",
        **{**common, "meta": meta},
    )


def _check_wave(wave: FloatArray) -> None:
    """Raise UnknownFormatError unless the first row looks like wavelengths, whatever its unit."""
    finite = wave[np.isfinite(wave)]
    # Rows with a fault or two are wavelengths; `make_grid` says where the fault is.
    if len(finite) > 1 and finite[0] > 0 and abs(np.mean(np.sign(np.diff(finite)))) > 0.8:
        return
    ends = f"runs from {finite[0]:g} to {finite[-1]:g}" if len(finite) else "has no numbers"
    msg = (
        f"is a FITS image whose first row holds no wavelengths (it {ends}, not steadily), so its "
        "layout is not recognised."
    )
    raise UnknownFormatError(msg)


READER = Reader("spex", "spectrum", matches, read)
