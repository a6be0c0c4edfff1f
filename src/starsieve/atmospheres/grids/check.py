"""What a model grid can teach, and what it can't: found out before anything is trained on it."""

from collections.abc import Callable, Sequence

import numpy as np

from starsieve.atmospheres.grids.axes import Axis, IntArray, axes_of
from starsieve.atmospheres.grids.ceilings import (
    Ceiling,
    Confusions,
    alternatives,
    copy_ceilings,
    noisy_ceilings,
)
from starsieve.atmospheres.grids.collisions import collide
from starsieve.atmospheres.grids.confounding import find_confounded
from starsieve.atmospheres.grids.coverage import cover
from starsieve.atmospheres.grids.fluxes import check_energy, find_bad
from starsieve.atmospheres.grids.result import GridCheck
from starsieve.atmospheres.grids.shapes import COPY, Shapes, comparable, group_near, same_digits
from starsieve.data import SpectrumSet
from starsieve.data.spectrum import BoolArray
from starsieve.errors import DataError

Progress = Callable[[int, int, str], None]

SNR = 50.0
SNR_LEVELS = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 400.0)
"""At which the ceilings are told beside those at the signal-to-noise asked for."""

TELLING = 2.0
"""Deviations below which two spectra are closer than the noise: of two equally likely ones, the
wrong one fits better in 16 % of observations or more."""


def check_grid(
    spectra: SpectrumSet,
    *,
    name: str = "grid",
    labels: Sequence[str] | None = None,
    snr: float = SNR,
    scale_free: bool = True,
    used: BoolArray | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> GridCheck:
    """Find out what a model grid can teach, and what it can't.

    Parameters
    ----------
    spectra : SpectrumSet
        Models with labels.
    name : str
        Of the grid, for people.
    labels : sequence of str, optional
        Those that count; by default all, and words of `meta` that tell spectra apart.
    snr : float
        Per pixel, of the root-mean-square flux.
    scale_free : bool
        Whether the brightness of a spectrum is of no use, as for objects of unknown distance.
    used : array of bool, shape (n_pixels,), optional
        Pixels in which spectra are compared.
    seed : int
        Of the simulated observations.
    progress : callable, optional
        Called as ``progress(done, total, what)``.

    Raises
    ------
    DataError
        If there are no spectra, labels are missing, nothing can be compared, or the
        signal-to-noise is not positive.
    """
    _check_asked(spectra, snr)
    axes = axes_of(spectra, labels)
    rows, pixels = _comparable(spectra, used)
    shapes = Shapes.of(spectra.flux[np.ix_(rows, pixels)].astype(np.float64), scale_free)
    copies, near = group_alike(shapes, snr)
    some = tuple(Axis(axis.name, axis.values, axis.codes[rows]) for axis in axes)
    ceilings, confusions = _ceilings(some, shapes, copies, snr, seed, progress)
    energy, no_energy = check_energy(spectra)
    return GridCheck(
        name=name,
        n_spectra=len(spectra),
        n_pixels=len(spectra.wave),
        wave_range=(float(spectra.wave[0]), float(spectra.wave[-1])),
        axes=axes,
        snr=snr,
        scale_free=scale_free,
        n_compared=len(rows),
        n_pixels_compared=len(pixels),
        coverage=cover(axes),
        copies=collide(axes, _spread(copies, rows, len(spectra))),
        near=collide(axes, _spread(near, rows, len(spectra))),
        ceilings=ceilings,
        confusions=confusions,
        confounded=find_confounded(axes),
        bad=find_bad(spectra.flux),
        energy=energy,
        no_energy=no_energy,
    )


def group_alike(shapes: Shapes, snr: float = SNR) -> tuple[IntArray, IntArray]:
    """Return the groups of copies, and those of spectra that are closer than the noise.

    Parameters
    ----------
    shapes : Shapes, shape (n,)
    snr : float
        Per pixel.
    """
    same = same_digits(shapes)
    _, first = np.unique(same, return_index=True)
    limit = TELLING / (snr * np.sqrt(shapes.vectors.shape[1]))
    copies, near = group_near(shapes.take(first), (COPY, max(COPY, limit)))
    return copies[same], near[same]


def _check_asked(spectra: SpectrumSet, snr: float) -> None:
    if not (len(spectra) and 0 < snr < np.inf):
        what = "there is no spectrum" if not len(spectra) else f"the S/N is {snr:g}"
        msg = f"A grid is checked with spectra and a positive S/N per pixel, but {what}."
        raise DataError(msg)


def _comparable(spectra: SpectrumSet, used: BoolArray | None) -> tuple[IntArray, IntArray]:
    """Return the rows and the pixels that can be compared."""
    wanted = np.arange(len(spectra.wave)) if used is None else np.flatnonzero(used)
    if not len(wanted):
        msg = "Spectra are compared in some pixels at least, but none is used."
        raise DataError(msg)
    rows, pixels = comparable(spectra.flux[:, wanted])
    return np.flatnonzero(rows), wanted[pixels]


def _ceilings(
    axes: tuple[Axis, ...],
    shapes: Shapes,
    copies: IntArray,
    snr: float,
    seed: int,
    progress: Progress | None,
) -> tuple[tuple[Ceiling, ...], Confusions]:
    among = alternatives(axes, shapes, copies)
    levels = (snr, *(level for level in SNR_LEVELS if level != snr))
    noisy, confusions = noisy_ceilings(axes, among, levels, seed, progress)
    return (*copy_ceilings(axes, copies), *noisy), confusions


def _spread(groups: IntArray, rows: IntArray, n: int) -> IntArray:
    """Return groups of some rows as groups of all; -1 for the others."""
    found = np.full(n, -1, dtype=np.int64)
    found[rows] = groups
    return found
