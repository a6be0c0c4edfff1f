"""Medians of many points in bins of one axis."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Binned:
    """Bins that hold points: their centres, medians, standard errors and numbers of points."""

    centre: FloatArray
    median: FloatArray
    error: FloatArray
    count: FloatArray


def bin_medians(x: FloatArray, y: FloatArray, edges: FloatArray) -> Binned:
    """Return the median of `y` in every bin of `x` that holds a finite point.

    Parameters
    ----------
    x, y : arrays, shape (n,)
    edges : array, shape (n_bins + 1,)
        Increasing; a point on an edge belongs to the bin above it.

    Returns
    -------
    Binned
        Of the bins with points only. The error is that of a median of normal scatter, from the
        median absolute deviation in the bin; NaN for a single point.

    Examples
    --------
    >>> binned = bin_medians(np.array([0.1, 0.2, 0.3, 2.5]), np.array([1.0, 2.0, 9.0, 5.0]),
    ...                      np.array([0.0, 1.0, 2.0, 3.0]))
    >>> binned.centre.tolist(), binned.median.tolist(), binned.count.tolist()
    ([0.5, 2.5], [2.0, 5.0], [3.0, 1.0])
    """
    place = np.searchsorted(edges, x, side="right") - 1
    inside = (place >= 0) & (place < len(edges) - 1) & np.isfinite(y)
    place, values = place[inside], np.asarray(y, dtype=np.float64)[inside]
    order = np.lexsort((values, place))
    place, values = place[order], values[order]
    bins, first, count = np.unique(place, return_index=True, return_counts=True)
    median = _medians(values, first, count)
    spread = np.abs(values - np.repeat(median, count))
    spread = spread[np.lexsort((spread, place))]
    mad = _medians(spread, first, count)
    error = np.where(count > 1, 1.4826 * 1.2533 * mad / np.sqrt(count), np.nan)
    centre = (edges[bins] + edges[bins + 1]) / 2
    return Binned(centre, median, error, count.astype(np.float64))


def _medians(
    values: FloatArray, first: npt.NDArray[np.intp], count: npt.NDArray[np.intp]
) -> FloatArray:
    """Return the median of every run of sorted values."""
    if not len(values):
        return np.zeros(0)
    return np.asarray((values[first + (count - 1) // 2] + values[first + count // 2]) / 2)
