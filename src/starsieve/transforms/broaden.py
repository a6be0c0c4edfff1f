"""Convolution with a Gaussian line-spread function, down to a lower resolving power.

The kernel's full width at half maximum is the difference in quadrature of the two resolution
elements, and so grows with wavelength. Between two pixels the geometric mean of their widths is
taken: that makes the kernel symmetric, so that it keeps both a flat spectrum flat and the flux of
a line at any resolution; the width at either of the two would keep only one of them.
"""

from collections.abc import Iterator

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
    rebinned as if its pixels were still independent.

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
    by_column = rebinning.weights.tocsc()
    weights = csr_array(by_column.shape)
    for rows, kernel in kernels(wave, from_resolution, to_resolution):
        weights = weights + by_column[:, rows] @ kernel
    return Rebinning.of(csr_array(weights), rebinning.width)


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
