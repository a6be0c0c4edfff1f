"""Flux-conserving rebinning: from the pixels of one wavelength grid to those of another.

A pixel reaches half-way to its neighbours, and its flux density is constant inside. The flux of a
new pixel is the mean of the old ones under it, weighted by how much of each it overlaps (Carnall
2017, arXiv:1705.05165). That is linear, so the overlaps of a pair of grids are found once and
serve every spectrum on them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, diags_array

from starsieve.data.spectrum import BoolArray, FloatArray, check_shapes, check_wave, usable
from starsieve.errors import DataError

BLOCK = 65_536
"""Pixels of input worked on at a time: few enough to stay in the processor's cache."""

MIN_COVERAGE = 0.5
"""A new pixel is valid if at least this fraction of its width lies on valid old pixels."""

Weights = csr_array[Any, tuple[int, int]]
Indices = npt.NDArray[np.integer[Any]]


class Rebinned(NamedTuple):
    """Flux, its standard deviation (None without one), and where they may be used."""

    flux: FloatArray
    sigma: FloatArray | None
    valid: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Rebinning:
    """Weighted means: of which old pixels, and how much of each, a new pixel is made.

    `Rebinning.between` makes it for two grids. Called, it serves any spectrum of the first one.

    Parameters
    ----------
    weights : sparse array, shape (n_new, n_old)
        Length in micron of each new pixel that each old one contributes.
    weights2 : sparse array, shape (n_new, n_old)
        The same squared, as errors need it.
    covered, width : arrays, shape (n_new,)
        Length in micron of each new pixel that the old grid contributes, and its whole length.

    Examples
    --------
    >>> rebinning = Rebinning.between(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.5, 3.5]))
    >>> rebinning(np.array([1.0, 3.0, 5.0, 7.0])).flux.tolist()
    [2.0, 6.0]
    """

    weights: Weights
    weights2: Weights
    covered: npt.NDArray[np.float64]
    width: npt.NDArray[np.float64]

    @classmethod
    def between(cls, old_wave: FloatArray, new_wave: FloatArray) -> Self:
        """Find the overlaps of two grids of pixel centres (micron).

        Raises
        ------
        DataError
            If a grid has fewer than two pixels, is not positive, or does not increase.
        """
        old, new = pixel_edges(old_wave), pixel_edges(new_wave)
        low, high = new[:-1], new[1:]
        start = np.maximum(np.searchsorted(old, low, side="right") - 1, 0)
        stop = np.minimum(np.searchsorted(old, high, side="left"), len(old_wave))
        rows, pixels, counts = spans(start, stop)
        lengths = np.minimum(old[pixels + 1], np.repeat(high, counts))
        lengths -= np.maximum(old[pixels], np.repeat(low, counts))
        shape = (len(new_wave), len(old_wave))
        return cls.of(csr_array((lengths, pixels, rows), shape=shape), high - low)

    @classmethod
    def of(cls, weights: Weights, width: npt.NDArray[np.float64]) -> Self:
        """Complete the record from its weights and widths."""
        squares = csr_array((weights.data**2, weights.indices, weights.indptr), weights.shape)
        return cls(weights, squares, weights @ np.ones(weights.shape[1]), width)

    def __call__(
        self,
        flux: FloatArray,
        sigma: FloatArray | None = None,
        valid: BoolArray | None = None,
        min_coverage: float = MIN_COVERAGE,
    ) -> Rebinned:
        """Rebin one spectrum or many.

        Parameters
        ----------
        flux, sigma, valid : arrays, shape (..., n_old)
            As in `starsieve.data.Spectrum`. Pixels that are not usable are left out of every mean.
        min_coverage : float
            Smallest fraction of a new pixel's width that must lie on usable old pixels; in (0, 1].

        Returns
        -------
        Rebinned
            Arrays of shape (..., n_new); flux and sigma are NaN where not valid. `sigma` is each
            pixel's own: see `covariance` for what neighbours share.

        Raises
        ------
        DataError
            If shapes do not fit or `min_coverage` is out of range.
        """
        n_new, n_old = self.weights.shape
        leading = np.shape(flux)[:-1]
        check_shapes((*leading, n_old), flux=flux, sigma=sigma, valid=valid)
        check_coverage(min_coverage)
        n_rows, step = math.prod(leading), max(1, BLOCK // n_old)
        arrays = [_reshaped(array, (n_rows, n_old)) for array in (flux, sigma, valid)]
        blocks = []
        for start in range(0, max(n_rows, 1), step):
            block = [_taken(array, slice(start, start + step)) for array in arrays]
            blocks.append(self._rebin(block[0], block[1], block[2], min_coverage))
        joined = join(blocks, axis=0)
        return Rebinned(*(_reshaped(array, (*leading, n_new)) for array in joined))

    def covariance(
        self,
        sigma: FloatArray,
        valid: BoolArray | None = None,
        min_coverage: float = MIN_COVERAGE,
    ) -> Weights:
        """Return the covariance of one rebinned spectrum whose old pixels are independent.

        Parameters
        ----------
        sigma, valid : arrays, shape (n_old,)
            As in `starsieve.data.Spectrum`.
        min_coverage : float
            As in `Rebinning.__call__`.

        Returns
        -------
        sparse array, shape (n_new, n_new)
            Its diagonal is the square of the rebinned sigma. Rows and columns of pixels that are
            not valid are empty.

        Raises
        ------
        DataError
            If shapes do not fit or `min_coverage` is out of range.
        """
        check_shapes(self.weights.shape[1:], sigma=sigma, valid=valid)
        check_coverage(min_coverage)
        good = usable(sigma, sigma, valid)
        covered = self.weights @ good.astype(float)
        kept = covered >= self._needed(min_coverage)
        scale = np.divide(1.0, covered, out=np.zeros_like(covered), where=kept)
        root = diags_array(scale) @ self.weights @ diags_array(np.where(good, sigma, 0.0))
        covariance: Weights = csr_array(root @ root.T)
        covariance.eliminate_zeros()
        return covariance

    def _rebin(
        self,
        flux: FloatArray,
        sigma: FloatArray | None,
        valid: BoolArray | None,
        min_coverage: float,
    ) -> Rebinned:
        if _all_usable(flux, sigma, valid):
            covered = np.broadcast_to(self.covered, (len(flux), len(self.covered)))
        else:
            good = usable(flux, sigma, valid)
            flux = np.where(good, flux, 0.0)
            sigma = None if sigma is None else np.where(good, sigma, 0.0)
            covered = (self.weights @ good.T.astype(float)).T
        kept = covered >= self._needed(min_coverage)
        scale = np.divide(1.0, covered, out=np.full(covered.shape, np.nan), where=kept)
        mean = (self.weights @ flux.T).T * scale
        if sigma is None:
            return Rebinned(mean, None, kept)
        return Rebinned(mean, np.sqrt((self.weights2 @ np.square(sigma).T).T) * scale, kept)

    def _needed(self, min_coverage: float) -> FloatArray:
        # sums of lengths carry rounding errors, and a whole pixel must count as whole
        return self.width * min_coverage * (1 - 1e-9)


def pixel_edges(wave: FloatArray) -> npt.NDArray[np.float64]:
    """Return the n_pixels + 1 edges of pixels, half-way between their centres.

    Raises
    ------
    DataError
        If there are fewer than two pixels, or they are not positive and increasing.
    """
    check_wave(wave)
    if len(wave) < 2:
        msg = f"A grid needs two pixels or more to have edges, got {len(wave)}."
        raise DataError(msg)
    inner = (wave[1:] + wave[:-1]) / 2.0
    first, last = 2.0 * wave[0] - inner[0], 2.0 * wave[-1] - inner[-1]
    return np.concatenate([[first], inner, [last]])


def join(parts: Sequence[Rebinned], axis: int) -> Rebinned:
    """Put parts of the same spectra, or of several, together again."""
    sigmas = [part.sigma for part in parts if part.sigma is not None]
    return Rebinned(
        np.concatenate([part.flux for part in parts], axis),
        np.concatenate(sigmas, axis) if sigmas else None,
        np.concatenate([part.valid for part in parts], axis),
    )


def spans(start: Indices, stop: Indices) -> tuple[Indices, Indices, Indices]:
    """Return where rows begin, column numbers and counts of a sparse array of one span per row."""
    counts = np.maximum(stop - start, 0)
    rows = np.concatenate([[0], np.cumsum(counts)])
    columns = np.arange(rows[-1]) + np.repeat(start - rows[:-1], counts)
    # half as much to read as 64 bits
    return rows.astype(np.int32), columns.astype(np.int32), counts


def check_coverage(min_coverage: float) -> None:
    """Raise DataError unless `min_coverage` is a positive fraction."""
    if not 0 < min_coverage <= 1:
        msg = f"min_coverage must be above 0 and at most 1, got {min_coverage}."
        raise DataError(msg)


def _all_usable(flux: FloatArray, sigma: FloatArray | None, valid: BoolArray | None) -> bool:
    """Return whether every pixel is usable, at a third of the cost of asking for each of them.

    A sum that overflows says no of pixels that are: then they are asked.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(flux.sum()):
            return False
        if sigma is not None and not (np.isfinite(sigma.sum()) and sigma.min(initial=1.0) > 0):
            return False
    return valid is None or bool(valid.all())


def _reshaped(array: npt.NDArray[Any] | None, shape: tuple[int, ...]) -> Any:
    return None if array is None else np.reshape(array, shape)


def _taken(array: npt.NDArray[Any] | None, rows: slice) -> Any:
    return None if array is None else array[rows]
