"""Where draws are dense."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from starsieve.stats.checks import FloatArray, check_finite, check_paired

SMOOTHING = 1.3
"""Standard deviation in bins: enough to calm the contours of 1,000 draws."""


def density_2d(
    x: FloatArray,
    y: FloatArray,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    n_bins: int = 28,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the smoothed density of draws on a grid.

    Parameters
    ----------
    x, y : arrays, shape (n_draws,)
    x_range, y_range : (float, float)
        What is covered. Draws beyond do not count; at these edges nothing leaks out, so
        that a posterior which piles up at the edge of a grid keeps its shape.
    n_bins : int
        Along each axis.

    Returns
    -------
    x_centres, y_centres : arrays, shape (n_bins,)
    density : array, shape (n_bins, n_bins)
        The share of each bin, rows along y. Its sum is 1 unless no draw lies inside.
    """
    check_paired(x=x, y=y)
    check_finite(x=x, y=y)
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=n_bins, range=(x_range, y_range))
    density = gaussian_filter(counts.T, SMOOTHING, mode="reflect")
    density /= max(density.sum(), np.finfo(float).tiny)
    return (x_edges[1:] + x_edges[:-1]) / 2, (y_edges[1:] + y_edges[:-1]) / 2, density


def highest_density_levels(
    density: FloatArray, probabilities: Sequence[float]
) -> npt.NDArray[np.float64]:
    """Return the densities above which lie these shares of the probability.

    Parameters
    ----------
    density : array
        Shares of the bins.
    probabilities : sequence of float
        Between 0 and 1.

    Returns
    -------
    array, shape (n_probabilities,)
        The smallest region that holds a probability is where the density exceeds its level.

    Examples
    --------
    >>> highest_density_levels(np.array([0.6, 0.3, 0.1]), [0.5, 0.9]).tolist()
    [0.6, 0.3]
    """
    falling = np.sort(density, axis=None)[::-1]
    held = np.cumsum(falling)
    # The tolerance keeps a sum such as 0.6 + 0.3 from missing 0.9 by its last digit.
    last = np.searchsorted(held / held[-1], np.asarray(probabilities) - 1e-12)
    return np.asarray(falling[np.minimum(last, len(falling) - 1)])
