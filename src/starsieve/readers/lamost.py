"""LAMOST spectra: of low resolution as an image or a table, of medium resolution as tables.

All are in vacuum and corrected to the Sun's frame, with inverse variances and masks. A file of
medium resolution has the sum of all exposures of each arm, and every exposure.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy.io import fits

from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers.canonical import Columns, make_spectrum
from starsieve.readers.fits_file import (
    first_header,
    header_number,
    open_fits,
    plain_header,
)
from starsieve.readers.observation import observation_in
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.stated import stated_in

LOW, MEDIUM = 1800.0, 7500.0
"""Nominal resolving powers (Cui et al. 2012; Liu et al. 2020)."""

_ROWS = ("flux", "inverse variance", "wavelength", "and mask", "or mask")


def is_image(_path: Path, head: bytes) -> bool:
    """Return whether the file is LAMOST's image of five rows."""
    header = first_header(head)
    return header.get("TELESCOP") == "LAMOST" and header.get("NAXIS") == "2"


def is_table(_path: Path, head: bytes) -> bool:
    """Return whether the file is LAMOST's, with tables."""
    header = first_header(head)
    return header.get("TELESCOP") == "LAMOST" and header.get("NAXIS") == "0"


def read_image(path: Path, hints: Hints) -> Found:
    """Read the spectrum of an image: flux, inverse variance, wavelength and two masks as rows.

    The wavelengths are made from the header: in early releases the third row holds others things.
    """
    notes: list[str] = []
    with open_fits(path) as hdus:
        header, image = hdus[0].header, np.asarray(hdus[0].data, dtype=np.float64)
        kept = plain_header(header)
        start = header_number(header, "COEFF0", "CRVAL1")
        step = header_number(header, "COEFF1", "CD1_1", "CDELT1")
    if image.ndim != 2 or image.shape[0] != len(_ROWS) or start is None or step is None:
        msg = (
            f"is LAMOST's but no image of five rows ({', '.join(_ROWS)}) with COEFF0 and COEFF1; "
            f"its shape is {image.shape}."
        )
        raise UnknownFormatError(msg)
    log_wave = np.asarray(start + step * np.arange(image.shape[1]), dtype=np.float64)
    _check_log(log_wave)
    shared = _shared(kept, LOW, notes)
    wave = np.asarray(10.0**log_wave)
    columns = _with_pixels(shared, wave, image[0], image[1], image[3], notes)
    return Found((make_spectrum(columns, hints, notes),), tuple(notes))


def read_tables(path: Path, hints: Hints) -> Found:
    """Read every table that holds a spectrum: the sums first, then the exposures."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        kept = plain_header(hdus[0].header)
        tables = [(hdu.name, _columns_of(hdu)) for hdu in hdus if isinstance(hdu, fits.BinTableHDU)]
        headers = {hdu.name: hdu.header for hdu in hdus}
        facts = {name: _facts(header) for name, header in headers.items()}
    tables = [(name, columns) for name, columns in tables if {"FLUX", "IVAR"} <= set(columns)]
    if not tables:
        msg = "is LAMOST's, but none of its tables has columns FLUX and IVAR."
        raise UnknownFormatError(msg)
    of_arms = any(name.endswith(("_B", "_R")) or name[:2] in ("B-", "R-") for name, _ in tables)
    shared = _shared(kept, MEDIUM if of_arms else LOW, notes)
    if len(tables) > 1:
        notes.append(f"{len(tables)} spectra: {', '.join(name for name, _ in tables)}.")
    spectra = []
    for name, columns in tables:
        meta = dict(shared.meta) | {"part": name} | facts[name]
        mask = columns.get("ANDMASK", columns.get("PIXMASK"))
        pixels = (_wave(columns, name), columns["FLUX"], columns["IVAR"], mask)
        table = _with_pixels(replace(shared, meta=meta), *pixels, notes)
        spectra.append(make_spectrum(table, hints, notes))
    return Found(tuple(spectra), tuple(dict.fromkeys(notes)))


IMAGE = Reader("lamost-image", "spectrum", is_image, read_image)
TABLES = Reader("lamost-tables", "spectrum", is_table, read_tables)


def _columns_of(table: Any) -> dict[str, npt.NDArray[np.float64]]:
    """Return a table's columns by name; newer releases put each as an array into one row."""
    wanted = ("FLUX", "IVAR", "LOGLAM", "WAVELENGTH", "ANDMASK", "PIXMASK")
    return {
        name.upper(): np.asarray(table.data[name], dtype=np.float64).ravel()
        for name in table.columns.names
        if name.upper() in wanted
    }


def _facts(header: Any) -> dict[str, float]:
    found = {"exposure_s": header_number(header, "EXPTIME"), "snr": header_number(header, "SNR")}
    return {name: value for name, value in found.items() if value is not None}


def _wave(columns: Mapping[str, Any], name: str) -> npt.NDArray[np.float64]:
    if "WAVELENGTH" in columns:
        return np.asarray(columns["WAVELENGTH"])
    if "LOGLAM" not in columns:
        msg = f"its table {name!r} has neither WAVELENGTH nor LOGLAM beside FLUX."
        raise DataError(msg)
    _check_log(columns["LOGLAM"])
    return np.asarray(10.0 ** columns["LOGLAM"])


def _check_log(log_wave: npt.NDArray[np.float64]) -> None:
    if not np.all((log_wave > 2) & (log_wave < 6)):
        msg = f"its wavelengths would be 10^{log_wave[0]:g} to 10^{log_wave[-1]:g} Angstrom."
        raise DataError(msg)


def _shared(header: Mapping[str, Any], resolution: float, notes: list[str]) -> Columns:
    """Return what all spectra of a file share, with no pixels yet."""
    if header.get("VACUUM") is not True:
        notes.append("The header does not say so, but LAMOST's wavelengths are in vacuum.")
    is_corrected = header.get("HELIO") is True
    if not is_corrected:
        notes.append("The header has no word of a correction to the Sun's frame.")
    notes.append(f"Resolving power {resolution:g}, the survey's nominal one.")
    nothing = np.empty(0)
    return Columns(
        wave=nothing,
        flux=nothing,
        wave_unit="Angstrom",
        flux_unit="relative",
        medium="vacuum",
        frame="heliocentric" if is_corrected else "unknown",
        resolution=resolution,
        meta=_star(header) | observation_in(header) | {"header": dict(header)},
        name_row=lambda row: f"pixel {row + 1}",
    )


def _star(header: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the header says of the star: its name, class and velocity."""
    found = {k: v for k, v in stated_in(header).items() if k in ("date", "telescope")}
    for name, card in (("object", "DESIG"), ("class", "CLASS"), ("subclass", "SUBCLASS")):
        if (text := str(header.get(card, "")).strip()) != "":
            found[name] = text
    redshift = header.get("Z")
    if isinstance(redshift, float) and abs(redshift) < 0.01:
        found["radial_velocity_km_s"] = redshift * SPEED_OF_LIGHT
    return found


def _with_pixels(
    shared: Columns,
    wave: npt.NDArray[np.float64],
    flux: npt.NDArray[np.float64],
    ivar: npt.NDArray[np.float64],
    mask: npt.NDArray[np.float64] | None,
    notes: list[str],
) -> Columns:
    valid = ivar > 0
    if mask is not None:
        flagged = mask != 0
        # A mask that flags everything tells nothing: early releases filled it otherwise.
        if flagged.mean() < 0.5:
            valid &= ~flagged
        else:
            notes.append("The mask flags most pixels; it was not used.")
    notes.append("Pixels without weight, or flagged in all exposures, are not valid.")
    sigma = 1 / np.sqrt(np.where(ivar > 0, ivar, np.nan))
    return replace(shared, wave=wave, flux=flux, sigma=sigma, valid=valid)
