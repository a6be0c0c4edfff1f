"""Convolution with a Gaussian line-spread function, down to a lower resolving power.

The kernel's full width at half maximum is the difference in quadrature of the two resolution
elements, and so grows with wavelength. Between two pixels the geometric mean of their widths is
taken: that makes the kernel symmetric, so that it keeps both a flat spectrum flat and the flux of
a line at any resolution; the width at either of the two would keep only one of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from starsieve.data.spectrum import BoolArray, FloatArray, check_shapes
from starsieve.errors import DataError
from starsieve.transforms.rebin import (
    MIN_COVERAGE,
    Rebinned,
    Rebinning,
    Weights,
    join,
    pixel_edges,
    spans,
)

FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))
"""Of a Gaussian, in standard deviations."""

REACH = 5.5
"""Standard deviations at which a kernel is cut: 4e-8 of it lie beyond."""

NARROWEST = 1e-6
"""Pixels: width of the kernel that stands for none at all."""

PER_ELEMENT = 24.0
"""Groups of pixels in a resolution element, where pixels are far finer."""

FEWEST_GROUPED = 4.0
"""Pixels in such a group, on average, that make it worth while."""

BLOCK = 2_000_000
"""Weights worked on at a time: those of a long spectrum don't fit into memory at once."""


def convolve_to_resolution(
    wave: FloatArray,
    flux: FloatArray,
    from_resolution: float | FloatArray,
    to_resolution: float | FloatArray,
    sigma: FloatArray | None = None,
    valid: BoolArray | None = None,
    min_coverage: float = MIN_COVERAGE,
) -> Rebinned:
    """Lower the resolving power of one spectrum or many, on their own grid.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum wavelength in micron.
    flux, sigma, valid : arrays, shape (..., n_pixels)
        As in `starsieve.data.Spectrum`. Pixels that are not usable take no part: the kernel's
        weight is shared by the others under it.
    from_resolution, to_resolution : float or array, shape (n_pixels,)
        Resolving power, wavelength over full width at half maximum, of the input and the output.
        Where the input's is not above the output's, pixels stay as they are. A kernel narrower
        than half a pixel broadens less than it should, as the grid can't hold it.
    min_coverage : float
        A pixel is valid if at least this fraction of the kernel's weight on the grid lies on
        usable pixels; in (0, 1]. What lies beyond the ends of the grid does not count.

    Returns
    -------
    Rebinned
        Arrays of shape (..., n_pixels); flux and sigma are NaN where not valid. `sigma` is each
        pixel's own, for independent pixels of the input: neighbours are correlated afterwards.

    Raises
    ------
    DataError
        If shapes do not fit, a resolution is not positive, or `min_coverage` is out of range.
    """
    blocks = [
        Rebinning.of(kernel, np.ones(kernel.shape[0]))(flux, sigma, valid, min_coverage)
        for _, kernel in kernels(wave, from_resolution, to_resolution)
    ]
    return join(blocks, axis=-1)


def broadened(
    rebinning: Rebinning,
    wave: FloatArray,
    from_resolution: float | FloatArray,
    to_resolution: float | FloatArray,
) -> Rebinning:
    """Return a rebinning that convolves first, in one step.

    Its errors and covariance are then right, which they are not if the convolved spectrum is
    rebinned as if its pixels were still independent. Of a grid far finer than the new resolution
    the pixels are taken in groups of 1/24 of a resolution element, each by its mean: that widens
    a line by less than 0.1 %, and takes seconds where pixel by pixel takes hours.

    Parameters
    ----------
    rebinning : Rebinning
        From `wave` to another grid.
    wave : array, shape (n_old,)
        Vacuum wavelength in micron of the old grid.
    from_resolution, to_resolution : float or array, shape (n_old,)
        As of `convolve_to_resolution`.

    Raises
    ------
    DataError
        If shapes do not fit or a resolution is not positive.
    """
    weights = rebinning.weights
    groups = None
    if np.ndim(from_resolution) == 0 and np.ndim(to_resolution) == 0:
        groups = _Groups.of(wave, float(to_resolution))
    if groups is not None:
        weights, wave = csr_array(weights @ groups.members.T), groups.wave
    by_column = weights.tocsc()
    used = np.diff(by_column.indptr) > 0
    total = csr_array(by_column.shape)
    for rows, kernel in kernels(wave, from_resolution, to_resolution):
        if used[rows].any():
            total = total + by_column[:, rows] @ kernel
    if groups is not None:
        total = csr_array(total @ groups.means)
    return Rebinning.of(csr_array(total), rebinning.width)


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Neighbouring pixels taken together.

    Parameters
    ----------
    wave : array, shape (n_groups,)
        Their centres.
    members, means : sparse arrays, shape (n_groups, n_pixels)
        1 where a pixel belongs to a group, and its share of the group's width.
    """

    wave: FloatArray
    members: Weights
    means: Weights

    @classmethod
    def of(cls, wave: FloatArray, resolution: float) -> Self | None:
        """Return groups of a part of a resolution element, None if pixels are not far finer."""
        sizes = np.diff(pixel_edges(wave))
        if not resolution > 0:  # which `kernels` will say
            return None
        number = np.floor(np.cumsum(sizes / wave) * resolution * PER_ELEMENT).astype(np.int64)
        first = np.flatnonzero(np.diff(number, prepend=-1))
        if len(first) * FEWEST_GROUPED > len(wave):
            return None
        ends = np.append(first, len(wave))
        shape = (len(first), len(wave))
        pixels = np.arange(len(wave))
        widths = np.add.reduceat(sizes, first)
        shares = sizes / np.repeat(widths, np.diff(ends))
        return cls(
            np.add.reduceat(wave * shares, first),
            csr_array((np.ones(len(wave)), pixels, ends), shape=shape),
            csr_array((shares, pixels, ends), shape=shape),
        )


def kernels(
    wave: FloatArray, from_resolution: float | FloatArray, to_resolution: float | FloatArray
) -> Iterator[tuple[slice, Weights]]:
    """Yield blocks of pixels, and the weights, shape (n_rows, n_pixels), that make each of them.

    The weights of a pixel sum to 1.
    """
    sizes = np.diff(pixel_edges(wave))
    widths = _kernel_widths(wave, from_resolution, to_resolution)
    roots = np.sqrt(np.maximum(widths, NARROWEST * sizes))
    start = np.searchsorted(wave, wave - REACH * widths, side="left")
    stop = np.searchsorted(wave, wave + REACH * widths, side="right")
    ends = np.cumsum(stop - start)
    first = 0
    while first < len(wave):
        done = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + BLOCK, side="right")))
        rows = slice(first, last)
        begins, pixels, counts = spans(start[rows], stop[rows])
        width = roots[pixels] * np.repeat(roots[rows], counts)
        distance = (wave[pixels] - np.repeat(wave[rows], counts)) / width
        weights = np.exp(-0.5 * distance**2) / width * sizes[pixels]
        weights /= np.repeat(np.add.reduceat(weights, begins[:-1]), counts)
        yield rows, csr_array((weights, pixels, begins), shape=(last - first, len(wave)))
        first = last


def _kernel_widths(
    wave: FloatArray, from_resolution: float | FloatArray, to_resolution: float | FloatArray
) -> npt.NDArray[np.float64]:
    """Return the kernel's standard deviation (micron) at every pixel; 0 where there is none."""
    elements = []
    for name, resolution in (("from", from_resolution), ("to", to_resolution)):
        if np.ndim(resolution) > 0:
            check_shapes(wave.shape, **{f"{name}_resolution": np.asarray(resolution)})
        if not np.all(np.greater(resolution, 0)):
            msg = f"{name}_resolution must be positive (wavelength / FWHM), got {resolution}."
            raise DataError(msg)
        elements.append(wave / resolution)
    before, after = elements
    return np.asarray(np.sqrt(np.maximum(after**2 - before**2, 0.0)) / FWHM)
