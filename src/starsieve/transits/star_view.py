"""One star as its page shows it: all of its light, and each of its candidates folded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from starsieve.archive import Archive, CandidateRow, Target
from starsieve.data.ephemeris import Ephemeris, in_event
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError, StarsieveError
from starsieve.transits.candidate import Candidate
from starsieve.transits.cautions import Surroundings, find_surroundings
from starsieve.transits.detrend import Detrended
from starsieve.transits.dips import Dips, find_dips
from starsieve.transits.events import RunningSums
from starsieve.transits.examine import Examined, examine
from starsieve.transits.measure import make_candidate
from starsieve.transits.observed import ObservedStar
from starsieve.transits.periodic import (
    Plan,
    box_spectrum,
    flatten,
    make_sums,
    same_orbit,
    taken,
)
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.refine import measure
from starsieve.transits.rotation import rotation_periodogram
from starsieve.transits.search import SearchResult, make_plan
from starsieve.transits.star_curves import StarCurves, read_star_curves

Progress = Callable[[int, int, str], None]

MOST_MASKED = 0.5
"""Part of a light curve that the events of one candidate may take out of its trend."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenCandidate:
    """A candidate of the archive, and what this star's light curves show of it.

    Parameters
    ----------
    row : CandidateRow
    examined : Examined, optional
        None where it can't be seen; `why` says why not.
    why : str
    """

    row: CandidateRow
    examined: Examined | None
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class StarView:
    """What a star's page shows.

    Parameters
    ----------
    target : Target
    curves : StarCurves
    detrended : Detrended, optional
        With the events of all candidates kept out of the trend. None without light curves.
    periods, power : arrays, shape (n_periods,)
        Of the search's own spectrum, as in `SearchResult`; empty where there is none.
    rotation_periods, rotation_power : arrays, shape (n,)
        Of the raw flux where it is there, as `rotation_periodogram` gives them.
    candidates : tuple of SeenCandidate
    notes : tuple of str
        What was done, and what could not be.
    """

    target: Target
    curves: StarCurves
    detrended: Detrended | None
    periods: FloatArray
    power: FloatArray
    rotation_periods: FloatArray
    rotation_power: FloatArray
    candidates: tuple[SeenCandidate, ...]
    notes: tuple[str, ...]


def view_star(
    archive: Archive,
    target: Target,
    rows: Sequence[CandidateRow],
    progress: Progress | None = None,
    only: int | None = None,
) -> StarView:
    """Return what a star's page shows.

    Parameters
    ----------
    archive : Archive
        Only read.
    target : Target
        From the archive.
    rows : sequence of CandidateRow
        All its candidates.
    progress : callable, optional
        Called as ``progress(done, total, what)``.
    only : int, optional
        Number of the one candidate that is to be seen; the others are only kept out of its way.
    """
    tell = progress or (lambda *_: None)
    n_steps = len(rows) + 2
    tell(0, n_steps, "reading its light curves")
    curves = read_star_curves(archive, target)
    if curves.observed is None:
        why = "The archive has no light curve of this star."
        return _without_light(target, curves, rows, why, curves.notes)
    tell(1, n_steps, "detrending, and looking for periods")
    try:
        looked = _look(curves.observed, rows)
    except DataError as error:
        why = "Its light curves are too few or too short to be searched."
        return _without_light(target, curves, rows, why, (*curves.notes, str(error)))
    seen = []
    for number, row in enumerate(each for each in rows if only in (None, each.id)):
        tell(number + 2, n_steps, f"folding on {row.origin} {row.name}")
        seen.append(_see(row, looked))
    turns = rotation_periodogram(curves.raw or curves.observed.curve)
    return StarView(
        target=target,
        curves=curves,
        detrended=looked.flat,
        periods=looked.periods,
        power=looked.power,
        rotation_periods=turns[0],
        rotation_power=turns[1],
        candidates=tuple(seen),
        notes=(*curves.notes, *looked.flat.steps, *looked.notes),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A star's light curve without its trend, and all that its candidates are measured with."""

    observed: ObservedStar
    flat: Detrended
    plan: Plan
    dips: Dips
    sums: RunningSums
    around: Surroundings
    periods: FloatArray
    power: FloatArray
    ephemerides: tuple[Ephemeris, ...]
    notes: tuple[str, ...]


def _look(observed: ObservedStar, rows: Sequence[CandidateRow]) -> Looked:
    plan, notes = make_plan(observed.curve, SearchOptions())
    middle = float(np.median(observed.curve.time))
    known = tuple(_near(each, middle) for row in rows if (each := row.ephemeris) is not None)
    usable = [each for each in known if _share(observed.curve, each) < MOST_MASKED]
    flat = flatten(observed.curve, plan, taken(observed.curve.time, usable))
    dips = find_dips(flat.curve)
    spectrum = box_spectrum(dips, plan)
    return Looked(
        observed=observed,
        flat=flat,
        plan=plan,
        dips=dips,
        sums=make_sums(dips, plan),
        around=find_surroundings(dips, observed.curve),
        periods=spectrum.periods,
        power=spectrum.power,
        ephemerides=known,
        notes=tuple(notes),
    )


def _near(ephemeris: Ephemeris, time: float) -> Ephemeris:
    """Return the same ephemeris, told by its event that is nearest to a time."""
    period = ephemeris.period_days
    if period is None:
        return ephemeris
    n_orbits = round((time - ephemeris.epoch_btjd) / period)
    return replace(ephemeris, epoch_btjd=ephemeris.epoch_btjd + n_orbits * period)


def _share(curve: LightCurve, ephemeris: Ephemeris) -> float:
    return float(np.mean(taken(curve.time, [ephemeris])))


def _see(row: CandidateRow, looked: Looked) -> SeenCandidate:
    """Return a candidate as the light curves show it at the times that it is listed with."""
    if row.ephemeris is None:
        return SeenCandidate(row, None, "Its epoch or its duration is not known.")
    ephemeris = _near(row.ephemeris, float(np.median(looked.dips.time)))
    inside = in_event(looked.dips.time, ephemeris)
    if not inside.any():
        return SeenCandidate(row, None, "None of its transits falls into these light curves.")
    try:
        candidate = _measured(ephemeris, looked)
        examined = examine(candidate, _beside(candidate, looked), looked.observed)
    except StarsieveError as error:
        return SeenCandidate(row, None, str(error))
    cautions = _cautions(row, looked)
    return SeenCandidate(row, replace(examined, warnings=(*cautions, *examined.warnings)))


def _measured(ephemeris: Ephemeris, looked: Looked) -> Candidate:
    """Return what the light curves say of a candidate at its own times."""
    if ephemeris.period_days is not None:
        signal = measure(
            looked.sums, ephemeris.period_days, ephemeris.epoch_btjd, ephemeris.duration_days
        )
        if signal.n_events:
            return make_candidate(
                looked.dips, looked.sums, signal, looked.plan.options, looked.around
            )
    inside = in_event(looked.dips.time, ephemeris)
    weight = looked.dips.weight[inside]
    depth = float(np.average(looked.dips.depth[inside], weights=weight))
    error = 1 / float(np.sqrt(weight.sum()))
    pink = float(looked.sums.pink(ephemeris.duration_days))
    return Candidate(
        ephemeris=ephemeris,
        depth_ppm=1e6 * depth,
        depth_err_ppm=1e6 * error * pink,
        snr=depth / error,
        snr_pink=depth / error / pink,
        n_transits=1,
    )


def _beside(candidate: Candidate, looked: Looked) -> SearchResult:
    """Return the light curve with the other signals, of which each counts once.

    One signal is often there twice: on a list, and as found by a search.
    """
    own = candidate.ephemeris
    others = [each for each in looked.ephemerides if not _is_same(each, own)]
    apart = tuple(replace(candidate, ephemeris=each, notes=()) for each in others)
    return SearchResult(
        candidates=(candidate, *(each for each in apart if each.ephemeris.period_days)),
        singles=tuple(each for each in apart if not each.ephemeris.period_days),
        detrended=looked.flat,
        periods=looked.periods,
        power=looked.power,
        notes=looked.notes,
    )


def _is_same(one: Ephemeris, other: Ephemeris) -> bool:
    """Return whether two ephemerides are of one signal, or of one of its events."""
    if one.period_days is not None and other.period_days is not None and not same_orbit(one, other):
        return False
    width = max(one.duration_days, other.duration_days)
    times = np.array([one.epoch_btjd])
    periodic = other if other.period_days is not None else one
    if periodic is one:
        times = np.array([other.epoch_btjd])
    wide = replace(periodic, duration_hours=24 * width)
    return bool(in_event(times, wide, 2.0)[0])


def _cautions(row: CandidateRow, looked: Looked) -> list[str]:
    """Return what is to be said of times that are carried over years."""
    ephemeris, error = row.ephemeris, row.period_err_days
    if ephemeris is None or ephemeris.period_days is None or not error:
        return []
    middle = float(np.median(looked.dips.time))
    n_orbits = abs(middle - ephemeris.epoch_btjd) / ephemeris.period_days
    doubt = float(np.hypot(n_orbits * error, row.epoch_err_days or 0.0))
    if doubt < ephemeris.duration_days / 2:
        return []
    return [
        f"The listed period and epoch tell the transits of these data only to {24 * doubt:.1f} h, "
        f"which is more than half of their duration of {ephemeris.duration_hours:.1f} h."
    ]


def _without_light(
    target: Target,
    curves: StarCurves,
    rows: Sequence[CandidateRow],
    why: str,
    notes: tuple[str, ...],
) -> StarView:
    nothing = np.empty(0)
    return StarView(
        target=target,
        curves=curves,
        detrended=None,
        periods=nothing,
        power=nothing,
        rotation_periods=nothing,
        rotation_power=nothing,
        candidates=tuple(SeenCandidate(row, None, why) for row in rows),
        notes=notes,
    )
