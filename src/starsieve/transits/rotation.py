"""How fast a star turns, from its own light: spots come and go in view."""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from starsieve.data import LightCurve
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.transits.stretches import cadence_days, make_stretches

BIN_DAYS = 0.5 / 24
MIN_PERIOD_DAYS = 0.2
"""Shorter ones are pulsations or contact binaries."""

MAX_PERIOD = 0.5
"""In lengths of the light curve: two turns have to be seen."""

MIN_POWER = 0.15
"""Part of the variance that a sinusoid must explain to be called rotation."""

MIN_SIGNIFICANCE = 5.0
"""Of the amplitude, in errors."""

OVERSAMPLING = 8
CLIP = 3.0
"""Robust deviations from the median, at which bins are cut off: eclipses are no rotation."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """A star's rotation as its light curve shows it.

    Parameters
    ----------
    period_days : float
    amplitude : float
        Half of the range of the best sinusoid, relative to the mean flux.
    power : float
        Part of the variance of half-hour bins which that sinusoid explains, 0 to 1.
    """

    period_days: float
    amplitude: float
    power: float


def find_rotation(curve: LightCurve, masked: BoolArray | None = None) -> Rotation | None:
    """Return the rotation of a star, None where its light curve shows none.

    A generalised Lomb-Scargle periodogram (Zechmeister & Kuerster 2009, A&A 496, 577) of half-hour
    bins, each stretch between gaps centred on its own median. Two spots on opposite sides give
    half of the period; the autocorrelation tells which of the two it is (McQuillan et al. 2013,
    MNRAS 432, 1203).

    Parameters
    ----------
    curve : LightCurve
        Not detrended; of any flux unit.
    masked : array of bool, shape (n_cadences,), optional
        Cadences to leave out, as known transits.

    Returns
    -------
    Rotation or None
    """
    series = _even_series(curve, masked)
    if series is None:
        return None
    flux, bin_days = series
    filled = np.isfinite(flux)
    frequency, power, amplitude = _periodogram(np.where(filled, flux, 0.0), filled, bin_days)
    if len(frequency) == 0:
        return None
    best = int(np.argmax(power))
    noise = float(np.std(flux[filled])) * np.sqrt(1 - power[best])
    error = noise * np.sqrt(2 / filled.sum())
    if power[best] < MIN_POWER or amplitude[best] < MIN_SIGNIFICANCE * error:
        return None
    period = _whole_turn(flux, filled, 1 / float(frequency[best]), bin_days)
    return Rotation(period, float(amplitude[best]), float(power[best]))


def rotation_periodogram(curve: LightCurve) -> tuple[FloatArray, FloatArray]:
    """Return the periodogram in which a star's rotation is looked for.

    Parameters
    ----------
    curve : LightCurve
        Not detrended; of any flux unit.

    Returns
    -------
    periods, power : arrays, shape (n_periods,)
        Days, increasing; and the part of the variance of half-hour bins that a sinusoid of each
        period explains, 0 to 1. Empty where the light curve is too short.
    """
    series = _even_series(curve, None)
    if series is None:
        return np.empty(0), np.empty(0)
    flux, bin_days = series
    filled = np.isfinite(flux)
    frequency, power, _ = _periodogram(np.where(filled, flux, 0.0), filled, bin_days)
    return 1 / frequency[::-1], power[::-1]


def _even_series(curve: LightCurve, masked: BoolArray | None) -> tuple[FloatArray, float] | None:
    """Return half-hour bins on one even grid of time, around 0, NaN where there is none."""
    used = curve.usable if masked is None else curve.usable & ~masked
    if used.sum() < 3:
        return None
    level = float(np.median(curve.flux[used]))
    bin_days = max(BIN_DAYS, cadence_days(curve.time[used]))
    none = np.zeros(len(curve), dtype=bool)
    bins = make_stretches(
        curve.time, curve.flux / level, used, masked=none, bin_days=bin_days, margin=0
    )
    grid = np.rint((bins.days - bins.days[0]) / bin_days).astype(np.int64)
    series = np.full(int(grid.max()) + 1, np.nan)
    for first, last in zip(bins.first, bins.last, strict=True):
        own = bins.flux[first : last + 1]
        centred = own - np.nanmedian(own)
        scale = 1.4826 * np.nanmedian(np.abs(centred))
        series[grid[first : last + 1]] = np.clip(centred, -CLIP * scale, CLIP * scale)
    return series, bin_days


def _periodogram(
    flux: FloatArray, filled: BoolArray, bin_days: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return frequencies (1/day), power (0 to 1) and amplitudes; empty for too short a series."""
    size = fft.next_fast_len(OVERSAMPLING * len(flux), real=True)
    length = len(flux) * bin_days
    lowest = int(np.ceil(size * bin_days / (MAX_PERIOD * length)))
    highest = int(min(size * bin_days / MIN_PERIOD_DAYS, size / 4 - 1))
    some = np.arange(lowest, highest + 1)
    weight = filled / filled.sum()
    centred = np.where(filled, flux - np.sum(weight * flux), 0.0)
    variance = float(np.sum(weight * centred**2))
    if len(some) == 0 or not variance > 0:
        return (np.empty(0),) * 3
    signal = fft.rfft(weight * centred, size)[some]
    window = fft.rfft(weight, size)
    once, twice = window[some], window[2 * some]
    # Sums over cosine and sine; the transform's sine has the other sign, which cancels throughout.
    yc, ys, c, s = signal.real, signal.imag, once.real, once.imag
    cc = (1 + twice.real) / 2 - c**2
    ss = (1 - twice.real) / 2 - s**2
    cs = twice.imag / 2 - c * s
    determinant = np.maximum(cc * ss - cs**2, 1e-9)
    a = (yc * ss - ys * cs) / determinant
    b = (ys * cc - yc * cs) / determinant
    power = np.clip((a * yc + b * ys) / variance, 0, 1)
    return some / (size * bin_days), power, np.hypot(a, b)


def _whole_turn(flux: FloatArray, filled: BoolArray, period: float, bin_days: float) -> float:
    """Return the period, or twice that if the light curve repeats itself clearly better then."""
    if 2 * period > MAX_PERIOD * len(flux) * bin_days:
        return period
    once, twice = (_likeness(flux, filled, round(n * period / bin_days)) for n in (1, 2))
    return 2 * period if twice > once + 0.1 else period


def _likeness(flux: FloatArray, filled: BoolArray, lag: int) -> float:
    """Return the correlation of a series with itself, shifted; -1 for too little overlap."""
    both = filled[lag:] & filled[: len(filled) - lag]
    if both.sum() < max(len(flux) // 4, 3):
        return -1.0
    first, second = flux[lag:][both], flux[: len(flux) - lag][both]
    norm = np.sqrt(np.sum(first**2) * np.sum(second**2))
    return float(np.sum(first * second) / norm) if norm > 0 else -1.0
