"""Event by event: what a signal of given period, epoch and duration has in each of its events."""

from dataclasses import dataclass

import numpy as np

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.transits.box import box_noise
from starsieve.transits.dips import Dips
from starsieve.transits.fold import bin_dips

SHAPE = ((1.0, 0.35), (0.9, 0.5), (0.75, 0.2))
"""A limb-darkened transit as a pile of boxes: part of the duration, and height."""

SQUARES = tuple(
    (part, (sum(h for _, h in SHAPE[: n + 1])) ** 2 - (sum(h for _, h in SHAPE[:n])) ** 2)
    for n, (part, _) in enumerate(SHAPE)
)
"""The square of that shape, as a pile of the same boxes."""

ENOUGH = 0.3
"""Part of an event that must have data for it to count."""


@dataclass(frozen=True, slots=True, eq=False)
class RunningSums:
    """Dips summed from the first on, so that the sum between any two times is one difference.

    Parameters
    ----------
    start, step : float
        Days.
    signal, weight : arrays, shape (n_bins + 1,)
        Sums of weighted depths and of weights up to each edge of the bins.
    durations, noise : arrays, shape (n_durations,)
        Noise of a box over that of white noise, by its duration in days.
    full_weight : float
        Weight of a day with data.
    """

    start: float
    step: float
    signal: FloatArray
    weight: FloatArray
    durations: FloatArray
    noise: FloatArray
    full_weight: float

    def between(self, begin: FloatArray, end: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the sums of weighted depths and of weights between times (broadcast)."""
        low, high = self._up_to(begin), self._up_to(end)
        return high[0] - low[0], high[1] - low[1]

    def pink(self, duration_days: FloatArray | float) -> FloatArray:
        """Return the noise of a box of this duration over that of white noise, at least 1."""
        return np.interp(np.log(duration_days), np.log(self.durations), self.noise)

    def _up_to(self, time: FloatArray) -> tuple[FloatArray, FloatArray]:
        position = (time - self.start) / self.step
        position = np.clip(position, 0.0, len(self.signal) - 1.000001)
        whole = position.astype(np.int64)
        part = position - whole
        return (
            self.signal[whole] + part * (self.signal[whole + 1] - self.signal[whole]),
            self.weight[whole] + part * (self.weight[whole + 1] - self.weight[whole]),
        )


def running_sums(dips: Dips, shortest: float, longest: float) -> RunningSums:
    """Return running sums that serve events of `shortest` to `longest` days."""
    step = max(dips.cadence_days, shortest / 24)
    grid = bin_dips(dips, step)
    totals = np.zeros((2, grid.sums.shape[1] + 1))
    np.cumsum(grid.sums, axis=1, dtype=np.float64, out=totals[:, 1:])
    durations = np.geomspace(min(shortest, longest / 1.01), longest, 10)
    noise = np.array([box_noise(grid, max(1, round(each / step))) for each in durations])
    full = float(np.median(dips.weight)) / dips.cadence_days
    return RunningSums(grid.start, step, totals[0], totals[1], durations, noise, full)


def middles(sums: RunningSums, period: FloatArray | float, epoch: FloatArray | float) -> FloatArray:
    """Return the middle of every event within the data, shape (..., n_events)."""
    period, epoch = np.asarray(period)[..., None], np.asarray(epoch)[..., None]
    end = sums.start + sums.step * (len(sums.signal) - 1)
    first = np.floor((sums.start - epoch) / period)
    n_events = int(np.max(np.ceil((end - sums.start) / period))) + 2
    return np.asarray(epoch + period * (first + np.arange(n_events)))


def event_sums(
    sums: RunningSums, middle: FloatArray, duration: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """Return signal and weight of events, weighted with the shape of a transit.

    The best depth is signal / weight, and its error 1 / sqrt(weight) in white noise.

    Parameters
    ----------
    middle : array, shape (..., n_events)
        BJD_TDB - 2457000.
    duration : array, shape (...)
        Days.
    """
    half = 0.5 * np.asarray(duration)[..., None]
    signal = weight = np.zeros(1)
    for (part, height), (_, square) in zip(SHAPE, SQUARES, strict=True):
        boxed = sums.between(middle - part * half, middle + part * half)
        signal, weight = signal + height * boxed[0], weight + square * boxed[1]
    return signal, weight


def full_event(sums: RunningSums, duration: FloatArray | float) -> FloatArray:
    """Return the weight of an event without gaps."""
    share = sum(part * square for part, square in SQUARES)
    return np.asarray(duration * sums.full_weight * share)


def with_data(sums: RunningSums, weight: FloatArray, duration: float) -> BoolArray:
    """Return which events have enough data to count."""
    return np.asarray(weight > ENOUGH * full_event(sums, duration))
