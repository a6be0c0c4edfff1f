"""Cut-outs of TESS full-frame images (TESSCut, astrocut), by simple aperture photometry.

The aperture is the group of bright pixels at the centre; the background of each image is taken
from its faint pixels. Pixels are not modelled: light of neighbours in the aperture stays there.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from starsieve.data import LightCurve
from starsieve.data.spectrum import BoolArray
from starsieve.errors import DataError
from starsieve.readers.canonical import make_flux_unit
from starsieve.readers.fits_file import first_header, open_fits
from starsieve.readers.photometry import (
    check_cadences,
    check_usable,
    find_table,
    read_meta,
    read_numbers,
    read_time,
)
from starsieve.readers.quality import TESS, good_cadences
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.tess import TESS_NUMBERS

Cube = npt.NDArray[np.floating[Any]]

THRESHOLD = 3.0
"""Standard deviations above the median of the mean image that make a pixel a bright one."""

FAINT_PERCENTILE = 25.0
"""Of the median image: pixels below it, and outside of the aperture, show the background."""

REACH, NEXT_TO = 1.6, 1.5
"""Pixels from the centre up to which a bright pixel may be the target's, and up to which pixels
are taken where none is bright: 2 x 2 around a corner, 3 x 3 around a middle."""


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is of TESS and its table names full-frame images."""
    return first_header(head).get("TELESCOP") == "TESS" and b"= 'FFI_FILE" in head


def read(path: Path, hints: Hints) -> Found:
    """Read one light curve, summed up over the aperture; cadences without a time are left out."""
    notes: list[str] = []
    if hints.flux_column is not None:
        msg = "flux_column has nothing to choose from: a cut-out has images, and no fluxes."
        raise DataError(msg)
    with open_fits(path) as hdus:
        table = find_table(hdus, ("TIME", "FLUX", "FLUX_ERR", "QUALITY"))
        time = read_time(table, notes)
        kept = np.isfinite(time)
        images, errors = (_cube(table, name)[kept] for name in ("FLUX", "FLUX_ERR"))
        quality = np.asarray(table.data["QUALITY"]).astype(np.int64)[kept]
        unit = make_flux_unit(table.columns["FLUX"].unit, hints, notes)
        primary = hdus[0].header
        meta = read_meta(primary, table.header, "TESSCut") | read_numbers(primary, TESS_NUMBERS)
    if n_dropped := int(np.sum(~kept)):
        notes.append(f"Cadences without a time, left out: {n_dropped}.")
    good, mask = good_cadences(quality, TESS, hints, notes)
    aperture, faint = choose_pixels(images[good] if good.any() else images, notes)
    flux, sigma = sum_aperture(images, errors, aperture, faint)
    check_cadences(time[kept], flux, good, "aperture flux")
    meta |= {"flux_column": "aperture", "quality_mask": mask}
    meta |= {"aperture": aperture.astype(int).tolist()}
    curve = LightCurve(time[kept], flux, sigma, good, quality, unit, meta)
    check_usable(curve, notes)
    return Found((curve,), tuple(notes))


def read_pixels(path: Path) -> tuple[npt.NDArray[np.float64], Cube]:
    """Return the times of a cut-out and its images, of the cadences that `read` returns.

    Returns
    -------
    time : array, shape (n_cadences,)
        BJD_TDB - 2457000.
    images : array, shape (n_cadences, n_rows, n_columns)

    Raises
    ------
    FileError, DataError
        If it can't be read or holds no images.
    """
    with open_fits(path) as hdus:
        table = find_table(hdus, ("TIME", "FLUX", "FLUX_ERR", "QUALITY"))
        time = read_time(table, [])
        kept = np.isfinite(time)
        return time[kept], _cube(table, "FLUX")[kept]


READER = Reader("tesscut", "light curve", matches, read)


def choose_pixels(images: Cube, notes: list[str]) -> tuple[BoolArray, BoolArray]:
    """Return the target's pixels, and those that show the background.

    Parameters
    ----------
    images : array, shape (n_cadences, n_rows, n_columns)
    notes : list of str
        Gets a sentence about what was chosen.

    Returns
    -------
    aperture, faint : arrays of bool, shape (n_rows, n_columns)
        The bright pixels that hang together with the one nearest to the centre; where none is
        bright near the centre, the pixels next to it.

    Raises
    ------
    DataError
        If no pixel was ever measured.
    """
    measured = np.isfinite(images).any(axis=0)
    if not measured.any():
        msg = "none of its pixels has a finite flux, so there is nothing to work on."
        raise DataError(msg)
    median = np.full(measured.shape, np.nan)
    median[measured] = np.nanmedian(images[:, measured], axis=0)
    level = np.median(median[measured])
    spread = 1.4826 * np.median(np.abs(median[measured] - level))
    bright = measured & (median > level + THRESHOLD * spread)
    rows, columns = np.indices(measured.shape)
    middle_row, middle_column = (np.array(measured.shape) - 1) / 2
    distance = np.hypot(rows - middle_row, columns - middle_column)
    aperture = _group(bright, distance)
    how = f"brighter than the median by {THRESHOLD:g} deviations"
    if not aperture.any():
        aperture, how = measured & (distance <= NEXT_TO), "next to the centre, for none is bright"
    faint = measured & ~aperture
    faint &= median <= np.percentile(median[measured], FAINT_PERCENTILE)
    notes.append(
        f"Flux is the sum over {int(aperture.sum())} of {aperture.size} pixels ({how}), less the "
        f"background in {int(faint.sum())} faint ones."
    )
    return aperture, faint


def sum_aperture(
    images: Cube, errors: Cube, aperture: BoolArray, faint: BoolArray
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return flux and its standard deviation, shape (n_cadences,).

    NaN where a pixel of the aperture is, or all pixels `faint` are. The background of a cadence is
    their median; if there are no such pixels, nothing is subtracted.
    """
    flux = images[:, aperture].sum(axis=1, dtype=np.float64)
    variance = (errors[:, aperture].astype(np.float64) ** 2).sum(axis=1)
    if not faint.any():
        return flux, np.sqrt(variance)
    # A gap in a pixel is a gap in both; without any pixel there is no background either.
    seen = np.isfinite(images[:, faint]) & np.isfinite(errors[:, faint])
    some = seen.any(axis=1)
    level, noise = np.full(len(flux), np.nan), np.full(len(flux), np.nan)
    level[some] = np.nanmedian(np.where(seen, images[:, faint], np.nan)[some], axis=1)
    # The variance of a median is pi / 2 times that of a mean.
    total = np.where(seen, errors[:, faint], 0.0)[some] ** 2
    noise[some] = np.pi / 2 * total.sum(axis=1) / seen[some].sum(axis=1) ** 2
    n_inside = int(aperture.sum())
    return flux - n_inside * level, np.sqrt(variance + n_inside**2 * noise)


def _cube(table: Any, name: str) -> Cube:
    cube = np.asarray(table.data[name], dtype=np.float32)
    if cube.ndim != 3:
        msg = f"its {name} must be images, of three dimensions with time; it has {cube.ndim}."
        raise DataError(msg)
    return cube


def _group(bright: BoolArray, distance: Cube) -> BoolArray:
    """Return the bright pixels that hang together with the one nearest to the centre."""
    nearest = np.unravel_index(np.argmin(np.where(bright, distance, np.inf)), bright.shape)
    if not bright[nearest] or distance[nearest] > REACH:
        return np.zeros(bright.shape, dtype=np.bool_)
    groups, _ = ndimage.label(bright)
    return np.asarray(groups == groups[nearest])
