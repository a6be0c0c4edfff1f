"""Periodic signals one after the other: find, detrend without it, mask it, and look again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from starsieve.data.ephemeris import Ephemeris, in_event
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.transits.aliases import is_periodic, resolve_alias
from starsieve.transits.box import (
    Spectrum,
    check_memory,
    durations_at,
    make_spectrum,
    plan_octaves,
    usual_duration,
)
from starsieve.transits.detrend import Detrended, detrend
from starsieve.transits.dips import Dips, find_dips
from starsieve.transits.events import (
    RunningSums,
    event_sums,
    middles,
    running_sums,
    with_data,
)
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.refine import Signal, refine, refine_peaks

SAME_PERIOD = 2e-3
"""Relative difference of two periods below which they are one."""

MASKED = 1.5
"""Durations around each event of a signal that are taken out before the next is looked for."""

WINDOW_DURATIONS = 3.0
"""Transits within a third of the detrending's window are kept whole."""

STRONG = 10.0
"""Pink signal-to-noise of which no spectrum of noise can be the cause."""

MAX_REFUSED = 3
"""Signals that turn out to be made by the detrending, after which the search ends."""

MAX_HIDDEN = 3
"""How often lone events are taken out, because they hide what is periodic."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of a search, with the longest period decided.

    Parameters
    ----------
    options : SearchOptions
    longest : float
        Longest period in days.
    """

    options: SearchOptions
    longest: float


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Periodic signals, lone events, the first spectrum, and the light curve as detrended last."""

    signals: tuple[Signal, ...]
    lone: tuple[Ephemeris, ...]
    spectrum: Spectrum
    flat: Detrended
    notes: tuple[str, ...]


def flatten(curve: LightCurve, plan: Plan, masked: BoolArray | None = None) -> Detrended:
    """Return the light curve without its trend, as the options ask for it.

    The window holds the usual transit of the longest period three times, unless the star rotates
    or another window was asked for.

    Parameters
    ----------
    masked : array of bool, shape (n_cadences,), optional
        What must not shape the trend.
    """
    method, window = plan.options.detrend, plan.options.window_days
    if method != "none":
        found = detrend(curve, method, window, masked)
        needed = WINDOW_DURATIONS * usual_duration(plan.longest)
        if window or found.rotation_days or found.window_days >= needed:
            return found
        return detrend(curve, found.method, needed, masked)
    return Detrended(
        curve=curve.normalised(),
        trend=np.ones(len(curve)),
        method="none",
        window_days=np.inf,
        rotation_days=None,
        amplitude=None,
        steps=("Taken as flat: not detrended.",),
    )


def find_signals(curve: LightCurve, plan: Plan) -> Found:
    """Return all periodic signals of a light curve, in the order in which they were found."""
    flat = flatten(curve, plan)
    dips = find_dips(flat.curve)
    spectrum = first = box_spectrum(dips, plan)
    # The finer grid that was asked for is for the spectrum that is shown; this one suffices.
    usual = Plan(plan.options.model_copy(update={"n_periods": None}), plan.longest)
    signals: list[Signal] = []
    refused: list[Signal] = []
    hidden: list[Ephemeris] = []
    n_hidden = 0
    while len(signals) < plan.options.max_candidates and len(refused) < MAX_REFUSED:
        sums = make_sums(dips, plan)
        peaks = refine_peaks(sums, spectrum, plan.options)
        signal = next((each for each in peaks if _stands_out(each, plan)), None)
        if signal is not None:
            signal = resolve_alias(sums, signal, plan.options, plan.longest)[0]
            found = [as_ephemeris(each) for each in (*signals, signal)]
            again = flatten(curve, plan, taken(curve.time, found))
            if _stays(find_dips(again.curve), signal, found[:-1], plan):
                signals, flat = [*signals, signal], again
            else:
                refused.append(signal)
        elif n_hidden < MAX_HIDDEN and (lone := _lone_events(sums, peaks, plan.options)):
            hidden, n_hidden = [*hidden, *lone], n_hidden + 1
        else:
            break
        dips = find_dips(flat.curve)
        known = [as_ephemeris(each) for each in (*signals, *refused)]
        dips = dips.without(taken(dips.time, [*known, *hidden]))
        spectrum = box_spectrum(dips, usual)
    return Found(tuple(signals), tuple(hidden), first, flat, _notes(first, refused, plan))


def refit(
    dips: Dips, signals: Sequence[Signal], number: int, hidden: Sequence[Ephemeris], plan: Plan
) -> tuple[Dips, RunningSums, Signal, list[str]]:
    """Fit one signal again with the events of all others, and what is hidden, taken out.

    Returns
    -------
    dips, sums, signal, notes
        What is left of the light curve, its sums, the signal, and what is to be said of aliases.
    """
    found = signals[number]
    others = [as_ephemeris(each) for place, each in enumerate(signals) if place != number]
    sums = make_sums(dips.without(taken(dips.time, [*others, *hidden])), plan)
    signal = refine(sums, found.period, found.epoch, found.duration, plan.options)
    # The two eclipses of a binary are found one after the other; each is to see the other.
    apart = [each for each in others if not same_orbit(each, as_ephemeris(found))]
    resolved, notes = resolve_alias(sums, signal, plan.options, plan.longest)
    alone = dips.without(taken(dips.time, [*apart, *hidden]))
    if len(apart) < len(others):
        sums = make_sums(alone, plan)
    return alone, sums, resolved, notes


def make_sums(dips: Dips, plan: Plan) -> RunningSums:
    """Return running sums for all durations that are looked for."""
    shortest = durations_at(plan.options.period_min_days, plan.options)[0]
    return running_sums(dips, shortest, durations_at(plan.longest, plan.options)[1])


def taken(time: FloatArray, ephemerides: Iterable[Ephemeris]) -> BoolArray:
    """Return which times lie in an event, or close to one; shape of `time`."""
    inside = np.zeros(len(time), dtype=bool)
    for ephemeris in ephemerides:
        inside |= in_event(time, ephemeris, MASKED)
    return inside


def same_orbit(one: Ephemeris, other: Ephemeris) -> bool:
    """Return whether two signals have one period: they may be two eclipses of one binary."""
    if one.period_days is None or other.period_days is None:
        return False
    return abs(one.period_days / other.period_days - 1) < SAME_PERIOD


def as_ephemeris(signal: Signal) -> Ephemeris:
    """Return when a signal recurs."""
    return Ephemeris(
        period_days=signal.period,
        epoch_btjd=signal.epoch,
        duration_hours=signal.duration * 24,
    )


def box_spectrum(dips: Dips, plan: Plan) -> Spectrum:
    """Return the strength of the best box at every period of a plan.

    Raises
    ------
    DataError
        If it would need more memory than the plan's options allow.
    """
    octaves = plan_octaves(dips, plan.options.period_min_days, plan.longest, plan.options)
    check_memory(dips, octaves, plan.options.max_memory_mb)
    return make_spectrum(dips, octaves)


def _stands_out(signal: Signal, plan: Plan) -> bool:
    """Return whether a signal is a candidate: periodic, strong, and unlike the spectrum's noise.

    A strong signal raises the whole spectrum, and need not stand out of it.
    """
    strong = signal.snr_pink >= STRONG or signal.power >= plan.options.min_power
    return strong and is_planet_like(signal, plan)


def is_planet_like(signal: Signal, plan: Plan) -> bool:
    """Return whether a signal is periodic, and strong enough."""
    return signal.snr_pink >= plan.options.min_snr and is_periodic(signal, plan.options)


def _stays(dips: Dips, signal: Signal, others: Sequence[Ephemeris], plan: Plan) -> bool:
    """Return whether a signal is one, too, where it did not shape the trend."""
    sums = make_sums(dips.without(taken(dips.time, others)), plan)
    again = refine(sums, signal.period, signal.epoch, signal.duration, plan.options)
    return is_planet_like(again, plan)


def _lone_events(
    sums: RunningSums, peaks: Sequence[Signal], options: SearchOptions
) -> list[Ephemeris]:
    """Return the strong events of signals that are not periodic.

    A strong single event is in the best box of many periods, and hides weaker signals there.
    """
    lone = []
    for peak in peaks:
        middle = middles(sums, peak.period, peak.epoch)
        signal, weight = event_sums(sums, middle, peak.duration)
        there = with_data(sums, weight, peak.duration)
        strength = np.where(there, signal, 0.0) / np.sqrt(np.where(there, weight, 1.0))
        at = int(strength.argmax())
        if strength[at] / float(sums.pink(peak.duration)) >= options.min_single_snr:
            hours = peak.duration * 24
            event = Ephemeris(period_days=None, epoch_btjd=float(middle[at]), duration_hours=hours)
            lone.append(event)
    return lone


def _notes(first: Spectrum, refused: Sequence[Signal], plan: Plan) -> tuple[str, ...]:
    notes = [
        f"A signal of {each.period:.4f} d (S/N {each.snr_pink:.1f}) is gone when its events are "
        "kept out of the trend: left out."
        for each in refused
    ]
    if len(first.periods) < 0.9 * (plan.options.n_periods or 0):
        notes.append(f"{len(first.periods):,} trial periods are all that the cadence allows.")
    return tuple(notes)
