"""From the peaks of a spectrum to the one signal that fits best, event by event."""

from dataclasses import dataclass, replace

import numpy as np

from starsieve.data.spectrum import FloatArray
from starsieve.transits.box import Spectrum, durations_at
from starsieve.transits.events import RunningSums, event_sums, middles, with_data
from starsieve.transits.recipes import SearchOptions

N_FOLDED, N_REFINED = 80, 16
"""Peaks that are folded again at finer phases, and those of them that are refined."""

UNLIKE = 1.5
"""By how much an event may be deeper than the others, as those of active stars are."""

MOST_EVENTS = 500_000
"""Events of all guesses that are summed at a time, to bound memory."""

SPREAD = 12
"""Trials around a stronger one that make no peak of their own."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A periodic dip.

    Parameters
    ----------
    period, epoch, duration : float
        Days; the epoch is BJD_TDB - 2457000.
    snr, snr_pink : float
        Depth over its error, with white noise alone and with the correlated.
    n_events : int
        Those with data.
    share : float
        Part of the signal that the strongest event carries.
    uneven : float
        By how many errors the strongest event is deeper than the others; 0 if it is much like them.
    power : float
        `snr` above the spectrum's floor at that period, in standard deviations of the spectrum.
    """

    period: float
    epoch: float
    duration: float
    snr: float
    snr_pink: float
    n_events: int
    share: float
    uneven: float = 0.0
    power: float = 0.0


def find_peaks(spectrum: Spectrum, n_peaks: int) -> list[int]:
    """Return the numbers of the highest trials that are not beside a higher one.

    Half of them are the highest in signal-to-noise, and half in power: the first finds strong
    signals at long periods, where the floor is high and uneven, the second weak ones.
    """
    chosen: list[int] = []
    for values in (spectrum.power, spectrum.snr):
        n_blocks = len(values) // SPREAD + 1
        padded = np.full(n_blocks * SPREAD, -np.inf)
        padded[: len(values)] = values
        best = padded.reshape(n_blocks, SPREAD).argmax(axis=1) + SPREAD * np.arange(n_blocks)
        heights = padded[best]
        around = np.pad(heights, 1, constant_values=-np.inf)
        tops = (heights >= around[:-2]) & (heights >= around[2:]) & np.isfinite(heights)
        order = best[tops][np.argsort(heights[tops])[::-1]]
        chosen += [int(each) for each in order[: n_peaks // 2]]
    return list(dict.fromkeys(chosen))


def refine_peaks(sums: RunningSums, spectrum: Spectrum, options: SearchOptions) -> list[Signal]:
    """Return the signals behind the highest peaks, the best first.

    The best is the one with the highest signal-to-noise above half of what is usual at its
    period: by signal-to-noise alone too many of the best would be at long periods, where two or
    three events happen to be deep.
    """
    guesses = []
    for number in find_peaks(spectrum, N_FOLDED):
        period = float(spectrum.periods[number])
        guesses.append((*guess_at(sums, period, options), period))
    guesses.sort(reverse=True)
    signals = [
        refine(sums, period, epoch, duration, options)
        for _, epoch, duration, period in guesses[:N_REFINED]
    ]
    floors = [float(spectrum.floor(each.period)) for each in signals]
    ranked = sorted(zip(signals, floors, strict=True), key=_rank, reverse=True)
    return [replace(each, power=(each.snr - floor) / spectrum.spread) for each, floor in ranked]


def _rank(signal_and_floor: tuple[Signal, float]) -> float:
    signal, floor = signal_and_floor
    return signal.snr - 0.5 * floor


def guess_at(
    sums: RunningSums, period: float, options: SearchOptions
) -> tuple[float, float, float]:
    """Return signal-to-noise, epoch and duration of the best box at one period."""
    shortest, longest = durations_at(period, options)
    stride = max(1, int(shortest / 6 / sums.step))
    step = stride * sums.step
    parts = [np.diff(part[::stride]) for part in (sums.signal, sums.weight)]
    n_phases = int(np.ceil(period / max(shortest / 6, step)))
    phase = (np.arange(len(parts[0])) + 0.5) * (step / period) % 1.0
    number = (phase * n_phases).astype(np.int64)
    folded = np.array([np.bincount(number, part, n_phases) for part in parts])
    total = np.cumsum(np.concatenate([np.zeros((2, 1)), folded, folded], axis=1), axis=1)
    width_days = period / n_phases
    best = (-np.inf, 0.0, shortest)
    n_durations = max(2, int(np.ceil(np.log(longest / shortest) / 0.25)))
    for duration in np.geomspace(shortest, longest, n_durations):
        width = max(1, round(duration / width_days))
        boxes = total[:, width : width + n_phases] - total[:, :n_phases]
        floor = 0.3 * sums.full_weight * duration
        strength = boxes[0] / np.sqrt(np.maximum(boxes[1], floor)) / sums.pink(duration)
        at = int(strength.argmax())
        if strength[at] > best[0]:
            epoch = sums.start + (at + 0.5 * width) * width_days
            best = (float(strength[at]), epoch, float(duration))
    return best


def refine(
    sums: RunningSums,
    period: float,
    epoch: float,
    duration: float,
    options: SearchOptions,
) -> Signal:
    """Climb from a guess to the best period, epoch and duration nearby."""
    shortest, longest = durations_at(period, options)
    span = sums.step * len(sums.signal)
    epoch += period * round((sums.start + span / 2 - epoch) / period)
    for scale in (1.0, 0.5, 0.2):
        offsets = np.linspace(-0.5, 0.5, 7) * scale * duration
        lengths = np.clip(duration * np.geomspace(0.6, 1 / 0.6, 5) ** scale, shortest, longest)
        grid = np.meshgrid(period, epoch + offsets, lengths, indexing="ij")
        period, epoch, duration = _best(sums, *grid)
        drifts = np.linspace(-1, 1, 9) * scale * duration * period / span
        grid = np.meshgrid(period + drifts, epoch + offsets[1:-1] * 0.5, duration, indexing="ij")
        period, epoch, duration = _best(sums, *grid)
    return measure(sums, period, epoch, duration)


def measure(sums: RunningSums, period: float, epoch: float, duration: float) -> Signal:
    """Return what the data say of one period, epoch and duration."""
    signal, weight = event_sums(sums, middles(sums, period, epoch), duration)
    there = with_data(sums, weight, duration)
    signal, weight = signal[there], weight[there]
    if not (len(signal) and signal.sum() > 0):
        return Signal(period, epoch, duration, 0.0, 0.0, len(signal), 1.0)
    pink = float(sums.pink(duration))
    snr = float(signal.sum() / np.sqrt(weight.sum()))
    share = float(signal.max() / signal.sum())
    uneven = _unevenness(signal, weight) / pink
    return Signal(period, epoch, duration, snr, snr / pink, len(signal), share, uneven)


def _unevenness(signal: FloatArray, weight: FloatArray) -> float:
    """Return by how many errors the strongest event is deeper than the others; 0 if like them."""
    if len(signal) < 2:
        return 0.0
    top = int(np.argmax(signal / np.sqrt(weight)))
    rest = weight.sum() - weight[top]
    depth, others = signal[top] / weight[top], (signal.sum() - signal[top]) / rest
    error = np.sqrt(1 / weight[top] + 1 / rest)
    return float((depth - others) / error) if depth > UNLIKE * others else 0.0


def _best(
    sums: RunningSums, period: FloatArray, epoch: FloatArray, duration: FloatArray
) -> tuple[float, float, float]:
    """Return the best of a grid of guesses, all of one shape."""
    flat = (np.ravel(period), np.ravel(epoch), np.ravel(duration))
    span = sums.step * len(sums.signal)
    rows = max(1, int(MOST_EVENTS * flat[0].min() / span))
    parts = [
        _strength(sums, *(each[first : first + rows] for each in flat))
        for first in range(0, len(flat[0]), rows)
    ]
    at = int(np.concatenate(parts).argmax())
    return float(flat[0][at]), float(flat[1][at]), float(flat[2][at])


def _strength(
    sums: RunningSums, period: FloatArray, epoch: FloatArray, duration: FloatArray
) -> FloatArray:
    """Return the pink signal-to-noise of guesses, shape (n_guesses,)."""
    signal, weight = event_sums(sums, middles(sums, period, epoch), duration)
    total = np.maximum(weight.sum(axis=-1), 0.3 * sums.full_weight * duration)
    return np.asarray(signal.sum(axis=-1) / np.sqrt(total) / sums.pink(duration))
