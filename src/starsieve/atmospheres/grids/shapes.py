"""How far a grid's spectra are apart, with their brightness or without it.

Distances are root-mean-square differences relative to the root-mean-square flux. Times the
signal-to-noise per pixel and the root of the number of pixels they are deviations: what white
noise, of the root-mean-square flux over the signal-to-noise in each pixel, leaves of a difference.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.grids.axes import IntArray
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError

COPY = 1e-5
"""Spectra nearer than this are copies: files hold six or seven digits."""

DIGITS = 7
BLOCK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """Spectra as unit vectors, with their brightness beside them.

    Parameters
    ----------
    vectors : array, shape (n, n_pixels)
        Flux over its norm.
    log_norm : array, shape (n,)
        Logarithm of the norm; zero where brightness does not count.
    scale_free : bool
        Whether brightness does not count.
    """

    vectors: npt.NDArray[np.float64]
    log_norm: FloatArray
    scale_free: bool

    @classmethod
    def of(cls, flux: FloatArray, scale_free: bool) -> Self:
        """Return the shapes of spectra that are finite and not all zero."""
        norm = np.linalg.norm(flux, axis=1)
        log_norm = np.zeros(len(flux)) if scale_free else np.log(norm)
        return cls(np.asarray(flux / norm[:, None], dtype=np.float64), log_norm, scale_free)

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, rows: IntArray) -> Self:
        """Return some of them."""
        return type(self)(self.vectors[rows], self.log_norm[rows], self.scale_free)

    def squared_distances(self, start: int, stop: int) -> FloatArray:
        """Return squared relative differences of some spectra from themselves and all after them.

        The shape is (stop - start, n - start). Where brightness does not count, the other spectrum
        is scaled to fit best.
        """
        cosines = self.vectors[start:stop] @ self.vectors[start:].T
        if self.scale_free:
            return np.asarray(1.0 - np.maximum(cosines, 0.0) ** 2)
        contrast = np.cosh(self.log_norm[start:stop, None] - self.log_norm[start:])
        return np.asarray(2.0 * (contrast - cosines))


def same_digits(shapes: Shapes) -> IntArray:
    """Return a group number for each spectrum; those of one group agree in all their digits."""
    scale = np.sqrt(shapes.vectors.shape[1])  # a pixel of a unit vector is about one over this
    seen: dict[bytes, int] = {}
    groups = np.empty(len(shapes), dtype=np.int64)
    for row, (vector, norm) in enumerate(zip(shapes.vectors, shapes.log_norm, strict=True)):
        digits = np.round(np.append(vector * scale, norm), DIGITS) + 0.0  # -0.0 is 0.0
        groups[row] = seen.setdefault(digits.tobytes(), len(seen))
    return groups


def group_near(shapes: Shapes, limits: tuple[float, ...]) -> list[IntArray]:
    """Return group numbers of spectra for each limit of the distance.

    The first spectrum that has no group yet leads a new one, of all others without a group that
    are no farther from it than the limit. So no chain of small steps joins spectra that differ.

    Parameters
    ----------
    shapes : Shapes, shape (n,)
    limits : tuple of float
        Relative distances.
    """
    groups = [np.full(len(shapes), -1, dtype=np.int64) for _ in limits]
    for start in range(0, len(shapes), BLOCK):
        squares = shapes.squared_distances(start, min(start + BLOCK, len(shapes)))
        for limit, group in zip(limits, groups, strict=True):
            _lead(group[start:], squares <= limit**2, int(group.max()) + 1)
    return groups


def _lead(group: IntArray, near: BoolArray, number: int) -> None:
    """Give the first spectra, and those near to them, their groups; numbers go on from one."""
    alone = near.sum(axis=1) <= 1
    for row, others in enumerate(near):
        if group[row] < 0:
            group[row] = number
            if not alone[row]:
                group[others & (group < 0)] = number
            number += 1


def comparable(flux: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Return which spectra, and which of their pixels, can be compared with each other.

    Either all pixels of the spectra that are whole, or the pixels that all spectra have which are
    finite in half of theirs or more: whichever is the larger part of the grid.

    Parameters
    ----------
    flux : array, shape (n_spectra, n_pixels)

    Raises
    ------
    DataError
        If nothing is left.
    """
    finite = np.isfinite(flux)
    bright = np.any(finite & (flux != 0), axis=1)
    whole = finite.all(axis=1) & bright
    most = (finite.mean(axis=1) >= 0.5) & bright
    shared = finite[most].all(axis=0) if most.any() else np.zeros(flux.shape[1], dtype=bool)
    if most.sum() * shared.sum() > whole.sum() * flux.shape[1]:
        most &= np.any(np.where(shared, flux, 0.0) != 0, axis=1)
        return most, shared
    if not whole.any():
        msg = (
            "No spectra can be compared: each has gaps, or is zero everywhere, and no pixel is "
            "there in all that have half of them."
        )
        raise DataError(msg)
    return whole, np.ones(flux.shape[1], dtype=bool)
