"""Convolution with a Gaussian line-spread function, down to a lower resolving power.

The kernel's full width at half maximum is the difference in quadrature of the two resolution
elements, and so grows with wavelength. Between two pixels the geometric mean of their widths is
taken: that makes the kernel symmetric, so that it keeps both a flat spectrum flat and the flux of
a line at any resolution; the width at either of the two would keep only one of them.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import BoolArray, FloatArray, check_shapes, usable
from starsieve.errors import DataError
from starsieve.transforms.rebin import MIN_COVERAGE, Rebinned, check_coverage, pixel_edges

FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))
"""Of a Gaussian, in standard deviations."""

REACH = 5.5
"""Standard deviations at which a kernel is cut: 4e-8 of it lie beyond."""

NARROWEST = 1e-6
"""Pixels: width of the kernel that stands for none at all."""


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
        Arrays of shape (..., n_pixels); flux and sigma are NaN where not valid. `sigma` takes the
        input pixels as independent and leaves out that neighbours are now correlated.

    Raises
    ------
    DataError
        If shapes do not fit, a resolution is not positive, or `min_coverage` is out of range.
    """
    check_shapes((*np.shape(flux)[:-1], len(wave)), flux=flux, sigma=sigma, valid=valid)
    check_coverage(min_coverage)
    good = usable(flux, sigma, valid)
    terms = [
        _Term(np.ones(len(wave))),
        _Term(np.ones(len(wave)) if good.all() else good.astype(float)),
        _Term(np.where(good, flux, 0.0)),
    ]
    if sigma is not None:
        terms.append(_Term(np.where(good, np.square(sigma), 0.0), power=2))
    widths = _kernel_widths(wave, from_resolution, to_resolution)
    possible, weight, total, *variance = _convolve(wave, widths, terms)
    kept = np.broadcast_to(weight >= min_coverage * possible * (1 - 1e-9), flux.shape)
    scale = np.divide(1.0, weight, out=np.full(flux.shape, np.nan), where=kept)
    return Rebinned(total * scale, np.sqrt(variance[0]) * scale if variance else None, kept)


class _Term(NamedTuple):
    """Values to sum over the kernel, whose weights are raised to a power."""

    values: npt.NDArray[np.float64]
    power: Literal[1, 2] = 1


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


def _convolve(
    wave: FloatArray, widths: FloatArray, terms: Sequence[_Term]
) -> list[npt.NDArray[np.float64]]:
    """Sum each term over the kernel: one distance in pixels after the other, all pixels at once."""
    sizes = np.diff(pixel_edges(wave))
    roots = np.sqrt(np.maximum(widths, NARROWEST * sizes))
    own = sizes / roots**2
    sums = [term.values * own**term.power for term in terms]
    for distance in range(1, _reach(wave, widths) + 1):
        near, far = slice(None, -distance), slice(distance, None)
        width = roots[near] * roots[far]
        shape = np.exp(-0.5 * ((wave[far] - wave[near]) / width) ** 2) / width
        from_far, from_near = shape * sizes[far], shape * sizes[near]
        for (values, power), total in zip(terms, sums, strict=True):
            total[..., near] += from_far**power * values[..., far]
            total[..., far] += from_near**power * values[..., near]
    return sums


def _reach(wave: FloatArray, widths: FloatArray) -> int:
    """Return the largest distance, in pixels, over which the kernel counts anywhere."""
    pixels = np.arange(len(wave))
    right = np.searchsorted(wave, wave + REACH * widths, side="right") - 1 - pixels
    left = pixels - np.searchsorted(wave, wave - REACH * widths, side="left")
    return int(max(right.max(), left.max()))
