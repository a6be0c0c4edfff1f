"""A trend from a Gaussian process that knows how fast the star turns.

A spotted star varies by per cents within hours, and a window that is short enough to follow it
follows transits, too. But its light curve nearly repeats itself with each turn, while a transit
does not: a quasi-periodic process (Haywood et al. 2014, MNRAS 443, 2517; Angus et al. 2018, MNRAS
474, 2094) can follow the one without the other. What remains to be done is to keep transits from
shaping it. Clipping residuals is no help, as the process has already bent towards the dip; so each
place is asked how deep a box would be there if the process were fitted together with it, for all
places at once from the inverse of the covariance. Boxes that are deep beyond doubt are left out
and the process is fitted again. It is the idea of the notch filter (Rizzuto et al. 2017, AJ 154,
224) with the star's covariance in place of a window.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve, lapack

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.transits.stretches import IntArray, Stretches

TURNS = 2.0
"""In rotation periods: how long the pattern of spots stays as it is; at least `MIN_MEMORY_DAYS`."""

MIN_MEMORY_DAYS = 2.0
SLOW_DAYS, SLOW_PART = 1.5, 0.05
"""Length scale, and part of the variance, of what does not repeat itself with the rotation."""

LENGTHS_PER_TURN = 8.0
MIN_LENGTH_DAYS, MAX_LENGTH_DAYS = 0.06, 0.3
"""Length scale within a turn: an eighth of it within these limits; what is shorter is no spot."""

JITTER = 5e-5
"""Granulation and instrument, relative, in a bin: no star is quieter than that."""

FLOOR = 1e-8
"""White noise in variances of the light curve at least, so that covariances can be inverted."""

LEVEL = 100.0
"""Variance of the mean level, in those of the light curve: nothing is known of it."""

DIP_HOURS = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
MIN_DIP = 5.0
"""Significance from which a box is left out."""

GROWN = 1
"""Bins left out on each side of a box, which a transit may reach into."""

CLEAR = 0.6
"""Of the most significant box, what others must reach in its round: the rest may be echoes."""

N_ROUNDS = 10
BLOCK, OVERLAP = 640, 80
"""Bins worked on together, and how far a block reaches into the next, which then takes over."""


def length_days(rotation_days: float) -> float:
    """Return the length scale within a turn, in days."""
    return float(np.clip(rotation_days / LENGTHS_PER_TURN, MIN_LENGTH_DAYS, MAX_LENGTH_DAYS))


def process_bin_days(rotation_days: float, cadence: float) -> float:
    """Return the width of bins that resolve a turn: at most half an hour, at least a cadence."""
    return max(min(rotation_days / 48, 0.5 / 24), 10 / 1440, cadence)


def rotation_trend(
    stretches: Stretches, rotation_days: float, noise: float, length: float
) -> tuple[FloatArray, int]:
    """Return the trend at each cadence, and how many dips were kept from shaping it.

    Parameters
    ----------
    stretches : Stretches
        In bins of `process_bin_days`.
    rotation_days : float
    noise : float
        White noise of a cadence, relative.
    length : float
        Length scale within a turn, days.
    """
    values = np.full(len(stretches.flux), np.nan)
    n_dips = 0
    for block, core in _blocks(stretches):
        flux = stretches.flux[block]
        filled = np.isfinite(flux)
        if filled.sum() < 3:
            values[core] = np.nanmedian(flux) if filled.any() else np.nan
            continue
        level = float(np.median(flux[filled]))
        days = stretches.days[block]
        variance = float(np.var(flux[filled])) + JITTER**2
        covariance = variance * _kernel(days, rotation_days, length)
        white = noise**2 / np.maximum(stretches.count[block], 1) + JITTER**2 + FLOOR * variance
        kept, found = _without_dips(flux - level, filled, covariance, white, stretches.bin_days)
        n_dips += found
        inner = cho_factor(covariance[np.ix_(kept, kept)] + np.diag(white[kept]), lower=True)
        mean = covariance[:, kept] @ cho_solve(inner, flux[kept] - level) + level
        values[core] = mean[np.isin(block, core)]
    return stretches.at_cadences(np.arange(len(values)) + 0.5, values), n_dips


def _kernel(days: FloatArray, rotation_days: float, length: float) -> FloatArray:
    """Return covariances for unit variance, shape (n_bins, n_bins)."""
    apart = days[:, None] - days
    memory = max(TURNS * rotation_days, MIN_MEMORY_DAYS)
    bend = 0.5 * (rotation_days / (np.pi * length)) ** 2
    periodic = np.exp(
        -0.5 * (apart / memory) ** 2 - bend * np.sin(np.pi * apart / rotation_days) ** 2
    )
    return np.asarray(periodic + SLOW_PART * np.exp(-0.5 * (apart / SLOW_DAYS) ** 2) + LEVEL)


def _without_dips(
    flux: FloatArray, filled: BoolArray, covariance: FloatArray, white: FloatArray, bin_days: float
) -> tuple[IntArray, int]:
    """Return the bins that may shape the process, and the number of dips left out."""
    kept = np.flatnonzero(filled)
    n_dips = 0
    for _ in range(N_ROUNDS):
        dips = _find_dips(
            flux[kept], covariance[np.ix_(kept, kept)] + np.diag(white[kept]), kept, bin_days
        )
        out = np.zeros(len(kept), dtype=bool)
        for start, stop in dips:
            if not out[max(start - 2, 0) : stop + 2].any():
                out[max(start - GROWN, 0) : stop + GROWN] = True
                n_dips += 1
        if not out.any() or out.sum() > len(kept) // 3:
            break
        kept = kept[~out]
    return kept, n_dips


def _find_dips(
    flux: FloatArray, covariance: FloatArray, places: IntArray, bin_days: float
) -> list[tuple[int, int]]:
    """Return start and stop of boxes deeper than `MIN_DIP` errors, the most significant first.

    The depth d of a box b in noise of covariance C is b' C^-1 y / b' C^-1 b, with the variance
    1 / b' C^-1 b; sums over boxes are differences of cumulated sums.
    """
    factor, _ = lapack.dpotrf(covariance, lower=1)
    lower, _ = lapack.dpotri(factor, lower=1)
    inverse = np.tril(lower) + np.tril(lower, -1).T
    pull = inverse @ flux
    # Where the process is a poor description of the star, everything looks significant.
    misfit = max(float(flux @ pull) / len(flux), 1.0)
    summed = np.concatenate([[0.0], np.cumsum(pull)])
    square = np.zeros((len(flux) + 1,) * 2)
    square[1:, 1:] = np.cumsum(np.cumsum(inverse, axis=0), axis=1)
    found: list[tuple[float, int, int]] = []
    for hours in DIP_HOURS:
        width = max(round(hours / 24 / bin_days), 1)
        # A dip has light on both sides; a slope at the end of a stretch is the instrument's.
        start = np.arange(width // 2, len(flux) - width - width // 2)
        stop = start + width
        inside = square[stop, stop] - square[start, stop] - square[stop, start]
        inside += square[start, start]
        depths = (summed[stop] - summed[start]) / np.sqrt(np.maximum(inside, 1e-30) * misfit)
        whole = places[stop - 1] - places[start] < 1.5 * width
        deep = np.flatnonzero(whole & (depths < -MIN_DIP))
        found += zip(depths[deep].tolist(), start[deep].tolist(), stop[deep].tolist(), strict=True)
    strongest = min(found, default=(0.0, 0, 0))[0]
    return [(start, stop) for depth, start, stop in sorted(found) if depth < CLEAR * strongest]


def _blocks(stretches: Stretches) -> list[tuple[IntArray, IntArray]]:
    """Return the bins to work on together, and those of them that are answered for."""
    blocks = []
    for first, last in zip(stretches.first, stretches.last, strict=True):
        pieces = np.array_split(
            np.arange(first, last + 1), max(int(np.ceil((last - first + 1) / BLOCK)), 1)
        )
        for core in pieces:
            start = max(int(core[0]) - OVERLAP, int(first))
            stop = min(int(core[-1]) + OVERLAP, int(last))
            blocks.append((np.arange(start, stop + 1), core))
    return blocks
