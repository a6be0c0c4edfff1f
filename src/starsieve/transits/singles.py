"""Single events: a dip that has no like in the light curve."""

from dataclasses import dataclass

import numpy as np

from starsieve.data.ephemeris import Ephemeris
from starsieve.data.spectrum import FloatArray
from starsieve.transits.box import durations_at
from starsieve.transits.events import SHAPE, SQUARES, RunningSums, full_event
from starsieve.transits.recipes import SearchOptions

MAX_SINGLES = 10
FULL = 0.7
"""Part of a single event that must have data."""


@dataclass(frozen=True, slots=True)
class Single:
    """One dip.

    Parameters
    ----------
    ephemeris : Ephemeris
        Without a period.
    depth : float
        Part of the star's flux.
    snr, snr_pink : float
        Depth over its error, with white noise alone and with the correlated.
    """

    ephemeris: Ephemeris
    depth: float
    snr: float
    snr_pink: float


def find_singles(sums: RunningSums, options: SearchOptions, longest_period: float) -> list[Single]:
    """Return the dips that stand out by themselves, the strongest first.

    Parameters
    ----------
    sums : RunningSums
        Of dips without the periodic signals that were found.
    longest_period : float
        Days; a single event may last as long as one of a planet with this period.
    """
    shortest = durations_at(options.period_min_days, options)[0]
    longest = durations_at(longest_period, options)[1]
    n_durations = max(2, int(np.ceil(np.log(longest / shortest) / 0.2)))
    durations = np.geomspace(shortest, longest, n_durations)
    found = [_strength(sums, each) for each in durations]
    strength, depth = (np.stack([pair[n] for pair in found]) for n in (0, 1))
    times = sums.start + sums.step * np.arange(strength.shape[1])
    singles = []
    for _ in range(MAX_SINGLES):
        row, column = np.unravel_index(int(strength.argmax()), strength.shape)
        pink, duration = float(strength[row, column]), float(durations[row])
        if pink < options.min_single_snr:
            break
        ephemeris = Ephemeris(
            period_days=None, epoch_btjd=float(times[column]), duration_hours=duration * 24
        )
        white = pink * float(sums.pink(duration))
        singles.append(Single(ephemeris, float(depth[row, column]), white, pink))
        # What detrending leaves of a long event falls into pieces, which are no events.
        reach = max(1.5 * duration, longest / 2)
        strength[:, np.abs(times - times[column]) < reach] = -np.inf
    return singles


def _strength(sums: RunningSums, duration: float) -> tuple[FloatArray, FloatArray]:
    """Return the pink signal-to-noise and the depth of an event at each edge of the bins.

    The first is -inf where too little is seen.
    """
    signal, weight = np.zeros((2, len(sums.signal)))
    for (part, height), (_, square) in zip(SHAPE, SQUARES, strict=True):
        half = max(1, round(part * duration / 2 / sums.step))
        for totals, total, factor in (
            (signal, sums.signal, height),
            (weight, sums.weight, square),
        ):
            totals[half:-half] += factor * (total[2 * half :] - total[: -2 * half])
    full = float(full_event(sums, duration))
    seen = np.maximum(weight, FULL * full)
    strength = signal / np.sqrt(seen) / sums.pink(duration)
    return np.where(weight >= FULL * full, strength, -np.inf), signal / seen
