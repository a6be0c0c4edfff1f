"""Box least squares on every trial period: how well the best box of each fits."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.transits.dips import MAD_TO_SIGMA, Dips
from starsieve.transits.fold import Floats32, Folded, Grid, bin_dips, count_trials, fold
from starsieve.transits.recipes import SearchOptions

SUN_HOURS = 13.0
"""Duration of a central transit over the Sun with a period of a year."""

DURATIONS = (0.3, 2.5)
"""Shortest and longest transit by default, over that of a star like the Sun."""

MAX_DUTY = 0.15
STEPS_PER_DURATION = 4.0
N_FLOOR = 40
"""Parts of the range of periods whose medians make the floor; at least so many trials in each."""

TRACE = 0.02
"""Part of a full bin's weight that is added to each bin, so that no box is empty."""


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Strength of the best box at each trial period.

    Parameters
    ----------
    periods : array, shape (n,)
        Days, increasing.
    snr : array, shape (n,)
        Depth over its error, with the noise that is correlated over the box's duration.
    slope, level : float
        The floor under the peaks is slope * log(period) + level: fewer events need less luck.
    spread : float
        Standard deviation of `snr` about its floor.
    """

    periods: FloatArray
    snr: FloatArray
    slope: float
    level: float
    spread: float

    def floor(self, period: FloatArray | float) -> FloatArray:
        """Return what signal-to-noise is usual at a period in days."""
        return np.asarray(self.slope * np.log(period) + self.level)

    @property
    def power(self) -> FloatArray:
        """How far each trial stands above the floor, in standard deviations, shape (n,)."""
        return (self.snr - self.floor(self.periods)) / self.spread


@dataclass(frozen=True, slots=True)
class Octave:
    """One part of the period range, with bins and boxes that suit it.

    Parameters
    ----------
    low, high : int
        Shortest and longest period in bins.
    step : float
        Days.
    widths : tuple of int
        Boxes in bins.
    """

    low: int
    high: int
    step: float
    widths: tuple[int, ...]

    @property
    def stride(self) -> int:
        """Bins between the phases at which boxes may start, at most a quarter of the shortest."""
        return 1 << max(0, (self.widths[0] // 4).bit_length() - 1)


def usual_duration(period_days: float) -> float:
    """Return the duration in days of a central transit over a star like the Sun."""
    return float(SUN_HOURS / 24 * (period_days / 365.25) ** (1 / 3))


def durations_at(period_days: float, options: SearchOptions) -> tuple[float, float]:
    """Return the shortest and the longest duration in days that is looked for at a period."""
    low, high = (factor * usual_duration(period_days) for factor in DURATIONS)
    if options.duration_min_hours is not None:
        low = options.duration_min_hours / 24
    if options.duration_max_hours is not None:
        high = options.duration_max_hours / 24
    high = min(high, MAX_DUTY * period_days)
    return min(low, high), high


def plan_octaves(
    dips: Dips, low_days: float, high_days: float, options: SearchOptions
) -> list[Octave]:
    """Return the parts of the period range, each at most a factor of two wide."""
    n_octaves = max(1, int(np.ceil(np.log2(high_days / low_days) - 1e-9)))
    edges = low_days * (high_days / low_days) ** (np.arange(n_octaves + 1) / n_octaves)
    steps = [durations_at(low, options)[0] / STEPS_PER_DURATION for low in edges[:-1]]
    if options.n_periods is not None:
        trials = sum(dips.span_days / step * np.log(edges[1] / edges[0]) for step in steps)
        steps = [step / max(1.0, options.n_periods / trials) for step in steps]
    octaves = []
    for low, high, step in zip(edges[:-1], edges[1:], steps, strict=True):
        step = max(step, dips.cadence_days)
        shortest, longest = durations_at(low, options)[0], durations_at(high, options)[1]
        bins = (max(int(low / step), 1), max(int(np.ceil(high / step)) - 1, 1))
        octaves.append(Octave(*bins, step, _widths(shortest / step, longest / step)))
    return octaves


def check_memory(dips: Dips, octaves: list[Octave], limit_mb: float) -> int:
    """Return the number of trial periods; refuse what would need more memory than allowed.

    Raises
    ------
    DataError
        If the search is too large.
    """
    n_trials = need = 0
    for octave in octaves:
        n_bins = int(dips.span_days / octave.step) + 1
        n_trials += count_trials(n_bins, octave.low, octave.high)
        need = max(need, 4 * 2 * (2 * n_bins + 10 * octave.high) + 40 * n_bins)
    megabytes = (need + 40 * n_trials) / 1e6
    if megabytes > limit_mb:
        msg = (
            f"The search would need {megabytes:.0f} MB for {n_trials:,} trial periods; "
            f"max_memory_mb is {limit_mb:g}. Raise the shortest period, lower the longest, or "
            "allow more."
        )
        raise DataError(msg)
    return n_trials


def make_spectrum(dips: Dips, octaves: list[Octave]) -> Spectrum:
    """Return the best box's strength at every trial period."""
    periods, snr = [], []
    for octave in octaves:
        grid = bin_dips(dips, octave.step)
        scale = {width // octave.stride: 1 / box_noise(grid, width) for width in octave.widths}
        margin = octave.widths[-1]
        align = 1 << margin.bit_length()
        trace = TRACE * float(grid.sums[1].max())
        for folded in fold(grid, octave.low, octave.high, margin, octave.stride, align):
            periods.append(np.ravel(folded.periods.T) * octave.step)
            snr.append(np.ravel(_best_boxes(folded, scale, trace).T))
    found = np.concatenate(periods)
    order = np.argsort(found, kind="stable")
    strength = np.concatenate(snr)[order].astype(np.float64)
    return Spectrum(found[order], strength, *_fit_floor(found[order], strength))


def box_noise(grid: Grid, width: int) -> float:
    """Return the scatter of box sums over that of white noise, at least 1."""
    total = np.zeros((2, grid.sums.shape[1] + 1))
    np.cumsum(grid.sums, axis=1, dtype=np.float64, out=total[:, 1:])
    starts = np.arange(0, max(total.shape[1] - width, 0), max(1, width // 4))
    signal, weight = total[:, starts + width] - total[:, starts]
    full = weight > 0.5 * np.max(weight, initial=0.0)
    if full.sum() < 10:
        return 1.0
    strength = signal[full] / np.sqrt(weight[full])
    scatter = MAD_TO_SIGMA * np.median(np.abs(strength - np.median(strength)))
    return max(1.0, float(scatter))


def _fit_floor(periods: FloatArray, strength: FloatArray) -> tuple[float, float, float]:
    """Return slope and level of a line through medians, and the standard deviation about them."""
    n_blocks = int(np.clip(len(strength) // N_FLOOR, 1, N_FLOOR))
    blocks = np.array_split(np.arange(len(strength)), n_blocks)
    log_period = np.log(periods)
    middle = np.array([log_period[block].mean() for block in blocks])
    median = np.array([np.median(strength[block]) for block in blocks])
    slope, level = np.polyfit(middle, median, 1) if n_blocks > 2 else (0.0, np.median(median))
    running = np.interp(log_period, middle, median)
    spread = float((strength - running).std())
    return float(slope), float(level), max(spread, 1e-6)


def _best_boxes(folded: Folded, scale: dict[int, float], trace: float) -> Floats32:
    """Return the best signal-to-noise over phases and widths, shape (n_shifts, n_bases)."""
    shape = folded.periods.shape
    best = np.zeros(shape[0] * shape[1], dtype=np.float32)
    for width, stride, sums in _box_sums(folded.profiles, tuple(scale), trace):
        error = np.sqrt(sums[1])
        strength = np.divide(sums[0], error, out=error).reshape(len(best), -1)
        peak = strength[:, : folded.n_phases // stride + 1].max(axis=1)
        np.maximum(best, peak * np.float32(scale[width]), out=best)
    return best.reshape(shape)


def _box_sums(
    profiles: Floats32, widths: tuple[int, ...], trace: float
) -> Iterator[tuple[int, int, Floats32]]:
    """Yield (width, stride, box sums) for widths 1, 2, 3, 4, 6, 8, 12, 16, ...

    Boxes of 8 bins and more start at every second phase, of 16 at every fourth, and so on. All
    profiles are one long row here, which is quicker; a box that runs over the end of one is of
    no use, and starts beyond the phases that count.
    """
    one, stride = profiles.reshape(2, -1), 1
    one[1] += np.float32(trace)
    while True:
        two = _shifted_sum(one, one, 1)
        if stride == 1 and widths[0] < 4:
            small = {1: one, 2: two, 3: _shifted_sum(two, one, 2)}
            yield from ((size, 1, sums) for size, sums in small.items() if size in widths)
        if widths[-1] >= 4 * stride:
            four = _shifted_sum(two, two, 2)
            if 4 * stride in widths:
                yield 4 * stride, stride, four
            if 6 * stride in widths:
                yield 6 * stride, stride, _shifted_sum(four, two, 4)
        if widths[-1] <= 6 * stride:
            return
        one, stride = np.ascontiguousarray(two[:, ::2]), 2 * stride


def _shifted_sum(these: Floats32, others: Floats32, shift: int) -> Floats32:
    """Return the sum of each value and the one `shift` later in `others`; the last are kept."""
    total = np.empty_like(these)
    np.add(these[:, :-shift], others[:, shift:], out=total[:, :-shift])
    total[:, -shift:] = these[:, -shift:]
    return total


def _widths(shortest: float, longest: float) -> tuple[int, ...]:
    """Return those of 1, 2, 3, 4, 6, 8, 12, ... bins that cover a range of durations."""
    ladder = sorted({1, 2, 3, *(4 << k for k in range(20)), *(6 << k for k in range(20))})
    low = max(each for each in ladder if each <= max(shortest * 1.1, 1))
    chosen = [each for each in ladder if low <= each <= longest * 1.1]
    return tuple(chosen) or (low,)
