"""The same events seen at other periods: which one fits, and which can't be told apart."""

from dataclasses import replace

import numpy as np

from starsieve.transits.events import RunningSums, event_sums, middles, with_data
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.refine import Signal, measure, refine

FACTORS = (1 / 2, 1 / 3, 2.0, 3.0)
NEARLY = 0.9
"""An alias with this part of the signal-to-noise is worth telling."""

BETTER = 1.02
"""An alias must be better by this factor to be taken instead."""

MAX_DIVISOR = 50


def is_periodic(signal: Signal, options: SearchOptions) -> bool:
    """Return whether enough events carry a signal, none of them too much of it."""
    # The strongest of n events is expected this far above the others, and two errors more allowed.
    limit = 2 + np.sqrt(2 * np.log(max(signal.n_events, 2)))
    return bool(
        signal.n_events >= options.min_events
        and signal.share <= options.max_event_share
        and signal.uneven <= limit
    )


def resolve_alias(
    sums: RunningSums, signal: Signal, options: SearchOptions, longest: float
) -> tuple[Signal, list[str]]:
    """Return the signal at the best of its harmonics, and what is to be said of the others.

    Parameters
    ----------
    longest : float
        Longest period in days that is looked for.
    """
    others = {}
    for factor in FACTORS:
        period = signal.period * factor
        if options.period_min_days <= period <= longest:
            epochs = [signal.epoch + turn * signal.period for turn in range(max(1, int(factor)))]
            tried = [refine(sums, period, epoch, signal.duration, options) for epoch in epochs]
            best = max(tried, key=lambda each: each.snr_pink)
            if is_periodic(best, options):
                others[factor] = best
    chosen = max([signal, *others.values()], key=lambda each: each.snr_pink)
    if chosen.snr_pink < BETTER * signal.snr_pink:
        chosen = signal
    notes = [] if chosen is signal else [f"Found first at a harmonic, {signal.period:.5f} d."]
    chosen = _longest_of_same_events(sums, chosen, options, longest)
    hidden = _hidden_divisors(sums, chosen, options)
    if hidden:
        listed = ", ".join(f"{chosen.period / each:.4f}" for each in hidden[:5])
        more = f" and {len(hidden) - 5} more" if len(hidden) > 5 else ""
        notes.append(f"Gaps hide the events that would exclude periods of {listed} d{more}.")
    notes += [
        f"A period of {other.period:.5f} d fits nearly as well "
        f"(S/N {other.snr_pink:.1f} instead of {chosen.snr_pink:.1f})."
        for other in others.values()
        if other is not chosen
        and other.snr_pink >= NEARLY * chosen.snr_pink
        and other.n_events != chosen.n_events
    ]
    return replace(chosen, power=signal.power), notes


def _longest_of_same_events(
    sums: RunningSums, signal: Signal, options: SearchOptions, longest: float
) -> Signal:
    """Return the signal at the longest period that has all the events that were seen."""
    middle = middles(sums, signal.period, signal.epoch)
    weight = event_sums(sums, middle, signal.duration)[1]
    seen = middle[with_data(sums, weight, signal.duration)]
    between = np.round(np.diff(seen) / signal.period).astype(int)
    factor = int(np.gcd.reduce(between)) if len(between) else 1
    if factor < 2 or signal.period * factor > longest:
        return signal
    return refine(sums, signal.period * factor, float(seen[0]), signal.duration, options)


def _hidden_divisors(sums: RunningSums, signal: Signal, options: SearchOptions) -> list[int]:
    """Return by what the period may be divided without an event more being seen."""
    largest = min(MAX_DIVISOR, int(signal.period / options.period_min_days))
    return [
        divisor
        for divisor in range(2, largest + 1)
        if measure(sums, signal.period / divisor, signal.epoch, signal.duration).n_events
        == signal.n_events
    ]
