"""Trends from a sliding window: Tukey's biweight, and the median."""

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from starsieve.data.spectrum import FloatArray
from starsieve.transits.stretches import IntArray, Stretches

BIWEIGHT_CUT = 5.0
"""In scales (median absolute deviations), beyond which a bin has no weight."""

SCALE_AGAIN = (True, False, True, False, False, False)
"""For each iteration, whether the scale is estimated anew: that is half of the work."""

KNOTS_PER_WINDOW = 48
"""A trend is estimated that often within a window, and interpolated between."""

MIN_FILLED = 0.1
"""Part of a window that must hold data, below which there is no estimate."""

AT_ONCE = 4096
"""Windows worked on together, so that long light curves take bounded memory."""


def window_bins(window_days: float, bin_days: float) -> int:
    """Return the odd number of bins that make up a window."""
    return 2 * max(round(window_days / bin_days / 2), 2) + 1


def sliding_trend(stretches: Stretches, window_days: float, method: str) -> FloatArray:
    """Return the trend at each cadence, by ``"biweight"`` or ``"median"``.

    The biweight is local and linear: near the end of a stretch, where the window has data on one
    side only, a mean would be that of another time.
    """
    width = window_bins(window_days, stretches.bin_days)
    knots = _knots(stretches, max(width // KNOTS_PER_WINDOW, 1))
    windows = sliding_window_view(stretches.flux, width)
    counts = sliding_window_view(stretches.count, width)
    estimate = local_biweight if method == "biweight" else local_median
    half = width // 2
    parts = [
        estimate(windows[some - half], counts[some - half])
        for some in np.split(knots, range(AT_ONCE, len(knots), AT_ONCE))
    ]
    return stretches.at_cadences(knots + 0.5, np.concatenate(parts))


def local_median(flux: FloatArray, _count: FloatArray) -> FloatArray:
    """Return the median of each window, NaN where it holds too little; shape (n_windows,)."""
    level, n_filled = _median(flux)
    return np.where(n_filled >= _fewest(flux.shape[1]), level, np.nan)


def local_biweight(flux: FloatArray, count: FloatArray) -> FloatArray:
    """Return the value at the middle of a robust line through each window.

    Parameters
    ----------
    flux, count : arrays, shape (n_windows, n_bins)
        Mean fluxes, NaN where there is none, and the cadences in each.

    Returns
    -------
    array, shape (n_windows,)
        NaN where a window holds too little.
    """
    level, n_filled = _median(flux)
    enough = n_filled >= _fewest(flux.shape[1])
    step = np.linspace(-1, 1, flux.shape[1])
    filled = np.isfinite(flux)
    flux = np.where(filled, flux, 0.0)
    residual = flux - level[:, None]
    limit, value = np.ones((len(flux), 1)), level
    for scale_again in SCALE_AGAIN:
        if scale_again:  # around the median first, around a line later
            scale = _median(np.where(filled, np.abs(residual), np.nan))[0]
            limit = np.maximum(BIWEIGHT_CUT * scale, 1e-12)[:, None]
        weight = _biweight(residual / limit) * count
        value, slope = _line(step, flux, weight)
        residual = flux - value[:, None] - slope[:, None] * step
    return np.where(enough, value, np.nan)


def _biweight(distance: FloatArray) -> FloatArray:
    weight = np.maximum(1 - np.square(distance), 0)
    return np.asarray(np.square(weight))


def _line(step: FloatArray, flux: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return value at step 0 and slope of a weighted line through each row."""
    moments = weight @ np.stack([np.ones_like(step), step, step**2], axis=1)
    weighted = weight * flux
    sums = weighted @ np.stack([np.ones_like(step), step], axis=1)
    w0, w1, w2 = moments.T
    # A ridge of one in ten thousand keeps a line through few points from tilting at will.
    determinant = np.maximum(w0 * w2 - w1**2, 1e-4 * w0**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (w0 * sums[:, 1] - w1 * sums[:, 0]) / determinant
        return (sums[:, 0] - slope * w1) / w0, slope


def _median(values: FloatArray) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return the median of what is finite in each row, and how much that is."""
    ordered = np.sort(values, axis=1)  # NaN at the end
    n_filled = np.isfinite(values).sum(axis=1)
    rows = np.arange(len(values))
    lower = ordered[rows, np.maximum(n_filled - 1, 0) // 2]
    upper = ordered[rows, np.minimum(n_filled // 2, values.shape[1] - 1)]
    return (lower + upper) / 2, n_filled


def _fewest(width: int) -> int:
    return max(int(MIN_FILLED * width), 2)


def _knots(stretches: Stretches, step: int) -> IntArray:
    """Return the bins in which a trend is estimated: even steps, and the ends of each stretch."""
    pairs = zip(stretches.first, stretches.last, strict=True)
    return np.concatenate(
        [np.unique([*range(first, last, step), last]).astype(np.int64) for first, last in pairs]
    )
