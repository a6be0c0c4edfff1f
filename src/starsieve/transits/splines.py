"""A trend from a smooth spline, with outliers left out again and again."""

import numpy as np
from scipy.interpolate import make_lsq_spline

from starsieve.data.spectrum import FloatArray
from starsieve.transits.stretches import Stretches

DEGREE = 3
N_ITERATIONS = 12
CLIP_BELOW, CLIP_ABOVE = 2.0, 3.0
"""In robust deviations; lower on the side of transits."""

FIRST_CLIP = 10.0
"""In median deviations of all bins: a spline through a deep eclipse swings for days."""

KNOTS_PER_WINDOW = 1.5
FORGOTTEN = 1e-4
"""Weight of a bin that was left out: not 0, so that a spline across it stays determined."""


def spline_trend(stretches: Stretches, window_days: float) -> FloatArray:
    """Return the trend at each cadence from a cubic spline through each stretch."""
    values = np.full(len(stretches.flux), np.nan)
    spacing = window_days / KNOTS_PER_WINDOW / stretches.bin_days
    for first, last in zip(stretches.first, stretches.last, strict=True):
        own = np.arange(first, last + 1)
        filled = own[np.isfinite(stretches.flux[own])]
        if len(filled) > DEGREE + 1:
            values[own] = _robust_spline(
                filled, stretches.flux[filled], np.sqrt(stretches.count[filled]), spacing, own
            )
        elif len(filled):
            values[own] = np.median(stretches.flux[filled])
    return stretches.at_cadences(np.arange(len(values)) + 0.5, values)


def _robust_spline(
    places: FloatArray, flux: FloatArray, weight: FloatArray, spacing: float, wanted: FloatArray
) -> FloatArray:
    x = places.astype(np.float64)
    knots = _knots(x, spacing)
    away = np.abs(flux - np.median(flux))
    kept = away <= FIRST_CLIP * np.median(away)
    spline = make_lsq_spline(x, flux, knots, k=DEGREE, w=np.where(kept, weight, FORGOTTEN))
    for _ in range(N_ITERATIONS):
        residual = flux - spline(x)
        scale = 1.4826 * np.median(np.abs(residual[kept] - np.median(residual[kept])))
        again = (residual > -CLIP_BELOW * scale) & (residual < CLIP_ABOVE * scale)
        if not again.any() or np.array_equal(again, kept):
            break
        kept = again
        spline = make_lsq_spline(x, flux, knots, k=DEGREE, w=np.where(kept, weight, FORGOTTEN))
    # Beyond the first and last bin a cubic runs away; the trend stays where it was.
    return np.asarray(spline(np.clip(wanted, x[0], x[-1])))


def _knots(x: FloatArray, spacing: float) -> FloatArray:
    """Return the knots of a spline: about even in time, each interval with data in it."""
    n_inner = max(int((x[-1] - x[0]) / spacing) - 1, 0)
    per_interval = len(x) / (n_inner + 1)
    if per_interval < DEGREE + 1:
        n_inner = max(len(x) // (DEGREE + 1) - 1, 0)
    inner = np.interp(np.linspace(0, len(x) - 1, n_inner + 2)[1:-1], np.arange(len(x)), x)
    ends = (np.full(DEGREE + 1, x[0]), np.full(DEGREE + 1, x[-1]))
    return np.concatenate([ends[0], inner, ends[1]])
