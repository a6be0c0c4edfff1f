"""Templates as cubic B-splines on even knots of log wavelength, and one linear solve for them all.

A template between pixels has to be right to a part in a thousand, as the frames of star and air
slide by fractions of pixels: linear interpolation is not, a spline fitted to all exposures is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse
from scipy.sparse.linalg import LinearOperator, cg

from starsieve.data.spectrum import FloatArray

N_NEIGHBOURS = 4
"""Splines that are not zero at a place."""

FLOOR = 1e-10
"""Added to a block's diagonal, relative to its largest, so that it can be inverted."""


@dataclass(frozen=True, slots=True)
class Knots:
    """Even knots: `count` splines, of which number ``k`` peaks at ``start + step * (k - 1)``."""

    start: float
    step: float
    count: int

    @classmethod
    def over(cls, low: float, high: float, step: float) -> "Knots":
        """Return the knots that cover the range from `low` to `high`."""
        return cls(low, step, int(np.ceil((high - low) / step)) + 3)

    @property
    def centres(self) -> FloatArray:
        """Where each spline peaks, shape (count,)."""
        return np.asarray(self.start + self.step * (np.arange(self.count) - 1))

    def matrix(self, places: FloatArray, derivative: int = 0) -> sparse.csr_array:
        """Return the splines at given places, shape (n_places, count).

        Parameters
        ----------
        places : array, shape (n_places,)
            Places beyond the knots have rows of zeros.
        derivative : {0, 1, 2}
            Of the splines, by the number of the knot: one knot to the next is 1.
        """
        place = (places - self.start) / self.step
        first = np.floor(place).astype(np.int64)
        weights = _weights(place - first, derivative)
        inside = (first >= 0) & (first + N_NEIGHBOURS <= self.count)
        weights[~inside] = 0.0
        columns = np.where(inside, first, 0)[:, None] + np.arange(N_NEIGHBOURS)
        pointers = np.arange(len(places) + 1) * N_NEIGHBOURS
        return sparse.csr_array(
            (weights.ravel(), columns.ravel(), pointers), shape=(len(places), self.count)
        )


def _weights(t: FloatArray, derivative: int) -> FloatArray:
    """Return the four cubic splines, or a derivative, at `t` between two knots, shape (n, 4)."""
    if derivative == 0:
        parts = [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]
        return np.stack(parts, axis=1) / 6
    if derivative == 1:
        parts = [-((1 - t) ** 2), 3 * t**2 - 4 * t, -3 * t**2 + 2 * t + 1, t**2]
        return np.stack(parts, axis=1) / 2
    return np.stack([1 - t, 3 * t - 2, 1 - 3 * t, t], axis=1)


def spread(matrix: sparse.csr_array, number: npt.NDArray[np.int64], count: int) -> sparse.csr_array:
    """Move the columns of each row to the block of its number, of `count` blocks."""
    columns = matrix.indices + np.repeat(number * matrix.shape[1], np.diff(matrix.indptr))
    shape = (matrix.shape[0], count * matrix.shape[1])
    return sparse.csr_array((matrix.data, columns, matrix.indptr), shape=shape)


def curvature(count: int) -> sparse.csr_array:
    """Return the penalty on second differences, shape (count, count)."""
    first = sparse.eye_array(count - 1, count, k=1) - sparse.eye_array(count - 1, count)
    again = sparse.eye_array(count - 2, count - 1, k=1) - sparse.eye_array(count - 2, count - 1)
    second = again @ first
    return sparse.csr_array(second.T @ second)


@dataclass(frozen=True, slots=True, eq=False)
class Normal:
    """A quadratic form ``x' matrix x - 2 right' x`` with the sizes of its blocks of unknowns."""

    matrix: sparse.csr_array
    right: FloatArray
    blocks: tuple[int, ...]


def solve(
    normal: Normal, start: FloatArray, tolerance: float = 1e-7, turns: int = 400
) -> FloatArray:
    """Minimise a quadratic form by conjugate gradients, each block inverted beforehand.

    Returns
    -------
    array, shape (n_unknowns,)
    """
    inverses = _invert_blocks(normal)
    edges = np.cumsum([0, *normal.blocks])

    def precondition(vector: FloatArray) -> FloatArray:
        parts = [
            inverse(vector[a:b])
            for inverse, a, b in zip(inverses, edges[:-1], edges[1:], strict=True)
        ]
        return np.concatenate(parts)

    size = len(normal.right)
    operator = LinearOperator((size, size), matvec=precondition, dtype=np.float64)
    found, _ = cg(normal.matrix, normal.right, start, rtol=tolerance, maxiter=turns, M=operator)
    return np.asarray(found)


def _invert_blocks(normal: Normal) -> Sequence[Callable[[FloatArray], FloatArray]]:
    edges = np.cumsum([0, *normal.blocks])
    return [_invert_banded(normal.matrix[a:b, a:b].todia()) for a, b in pairwise(edges)]


def _invert_banded(block: sparse.dia_array) -> Callable[[FloatArray], FloatArray]:
    width = int(block.offsets.max())
    upper = np.zeros((width + 1, block.shape[0]))
    for offset, values in zip(block.offsets, block.data, strict=True):
        if offset >= 0:
            upper[width - offset, : len(values)] = values
    upper[width] += FLOOR * upper[width].max() + np.finfo(float).tiny
    factor = linalg.cholesky_banded(upper)

    def inverse(vector: FloatArray) -> npt.NDArray[np.float64]:
        return np.asarray(linalg.cho_solve_banded((factor, False), vector))

    return inverse
