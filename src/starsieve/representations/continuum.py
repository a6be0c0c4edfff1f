"""The smooth level of spectra: what is left when lines and bands are averaged over."""

import numpy as np
from scipy.ndimage import uniform_filter1d

from starsieve.data.spectrum import BoolArray, FloatArray

PASSES = 3
"""Running means of one width, one after the other: nearly a Gaussian."""


def running_level(flux: FloatArray, valid: BoolArray, width: float) -> FloatArray:
    """Return the running mean of spectra over about `width` pixels, gaps left out.

    Parameters
    ----------
    flux : array, shape (..., n_pixels)
    valid : array of bool, shape (..., n_pixels)
    width : float
        Full width at half maximum, in pixels.

    Returns
    -------
    array, shape (..., n_pixels)
        Finite everywhere; 0 further from valid pixels than the mean reaches.

    Examples
    --------
    >>> running_level(np.array([2.0, 9.0, 2.0]), np.array([True, False, True]), 3).tolist()
    [2.0, 2.0, 2.0]
    """
    # Three boxes of n pixels have a deviation of n / 2 in all, 2.355 times less than the width.
    size = max(1, round(width * 2 / 2.355))
    level, weight = flux * valid, valid.astype(float)
    for _ in range(PASSES):
        level = uniform_filter1d(level, size, axis=-1, mode="nearest")
        weight = uniform_filter1d(weight, size, axis=-1, mode="nearest")
    weight[weight < 1e-9] = np.inf
    return np.asarray(level / weight)
