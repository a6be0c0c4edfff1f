"""Transits in a light curve: periodic ones and single ones, with their numbers and doubts."""

from dataclasses import dataclass

from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.transits.candidate import Candidate
from starsieve.transits.cautions import find_surroundings
from starsieve.transits.detrend import Detrended
from starsieve.transits.dips import Dips, find_dips, time_with_data
from starsieve.transits.measure import make_candidate, make_single
from starsieve.transits.periodic import (
    Found,
    Plan,
    as_ephemeris,
    find_signals,
    is_planet_like,
    make_sums,
    refit,
    taken,
)
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.refine import Signal
from starsieve.transits.singles import find_singles


@dataclass(frozen=True, slots=True, eq=False)
class SearchResult:
    """What a search found.

    Parameters
    ----------
    candidates : tuple of Candidate
        Periodic signals, the one with the highest signal-to-noise first.
    singles : tuple of Candidate
        Single events, without a period.
    detrended : Detrended
        The light curve that was searched, with the events of the candidates kept out of its trend.
    periods, power : arrays, shape (n_periods,)
        Trial periods in days, and how far the best box of each stands above the floor, in
        standard deviations of the floor; of the first search, before anything was masked.
    notes : tuple of str
        What was done, and what a person should know of the search as a whole.
    """

    candidates: tuple[Candidate, ...]
    singles: tuple[Candidate, ...]
    detrended: Detrended
    periods: FloatArray
    power: FloatArray
    notes: tuple[str, ...]


def search(curve: LightCurve, options: SearchOptions | None = None) -> SearchResult:
    """Look for transits in a light curve.

    Parameters
    ----------
    curve : LightCurve
        Of any cadence, with gaps; it is detrended here.
    options : SearchOptions, optional

    Returns
    -------
    SearchResult

    Raises
    ------
    DataError
        If there is too little to search, the periods asked for are beyond what the data can
        show, or the search would need more memory than `options` allow.
    """
    plan, notes = make_plan(curve, options or SearchOptions())
    found = find_signals(curve, plan)
    dips = find_dips(found.flat.curve)
    signals = _confirm(dips, found, plan)
    rest = dips.without(taken(dips.time, map(as_ephemeris, signals)))
    singles = find_singles(make_sums(rest, plan), plan.options, plan.longest)
    hidden = [*found.lone, *(each.ephemeris for each in singles)]
    around = find_surroundings(dips, curve)
    candidates = []
    for number in range(len(signals)):
        alone, sums, signal, said = refit(dips, signals, number, hidden, plan)
        candidates.append(make_candidate(alone, sums, signal, plan.options, around, said))
    return SearchResult(
        candidates=tuple(sorted(candidates, key=lambda each: each.snr_pink, reverse=True)),
        singles=tuple(make_single(rest, each, around) for each in singles),
        detrended=found.flat,
        periods=found.spectrum.periods,
        power=found.spectrum.power,
        notes=(*found.flat.steps, *notes, *found.notes),
    )


def make_plan(curve: LightCurve, options: SearchOptions) -> tuple[Plan, list[str]]:
    """Decide the longest period that is searched; say so if that is less than asked for.

    Raises
    ------
    DataError
        If that is not above the shortest.
    """
    span, observed = time_with_data(curve)
    asked, possible = options.period_max_days, span / (options.min_events - 1)
    longest = min(observed / options.min_events if asked is None else asked, possible)
    notes = []
    if asked is not None and asked > possible:
        notes.append(
            f"{span:.1f} days of data can't show {options.min_events} events of a "
            f"period above {possible:.1f} d: searched up to that, not to {asked:g} d."
        )
    if longest <= options.period_min_days:
        msg = (
            f"{observed:.2f} days of data allow periods up to {longest:.2f} d; the "
            f"shortest asked for is {options.period_min_days:g} d. Lower period_min_days, or "
            "bring more data."
        )
        raise DataError(msg)
    return Plan(options, longest), notes


def _confirm(dips: Dips, found: Found, plan: Plan) -> list[Signal]:
    """Return the signals that are ones in the end, with the events of all others taken out."""
    numbers = range(len(found.signals))
    fitted = [refit(dips, found.signals, number, found.lone, plan)[2] for number in numbers]
    return [each for each in fitted if is_planet_like(each, plan)]
