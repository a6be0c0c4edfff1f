"""One star as its page shows it: all of its light, and when its candidates transit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from starsieve.archive import Archive, CandidateRow, Target
from starsieve.data.ephemeris import Ephemeris, days_from_event, in_event
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.transits.detrend import Detrended
from starsieve.transits.dips import Dips, find_dips
from starsieve.transits.observed import ObservedStar
from starsieve.transits.periodic import Plan, box_spectrum, flatten, taken
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.rotation import rotation_periodogram
from starsieve.transits.search import make_plan
from starsieve.transits.star_curves import StarCurves, read_star_curves

Progress = Callable[[int, int, str], None]

MOST_MASKED = 0.5
"""Part of a light curve that the events of one candidate may take out of its trend."""

NO_LIGHT = "The archive has no light curve of this star."
TOO_SHORT = "Its light curves are too few or too short to be searched."
UNKNOWN = "Its epoch or its duration is not known."
ELSEWHEN = "None of its transits falls into these light curves."


@dataclass(frozen=True, slots=True, eq=False)
class FlatStar:
    """A star's light without its trend, with the events of all candidates kept out of that.

    Parameters
    ----------
    observed : ObservedStar
    plan : Plan
    detrended : Detrended
    dips : Dips
    known : tuple of Ephemeris
        Of all candidates that have one, each told by its event nearest to the middle.
    notes : tuple of str
    """

    observed: ObservedStar
    plan: Plan
    detrended: Detrended
    dips: Dips
    known: tuple[Ephemeris, ...]
    notes: tuple[str, ...]

    @property
    def middle(self) -> float:
        """Median of the times, BJD_TDB - 2457000."""
        return float(np.median(self.dips.time))


@dataclass(frozen=True, slots=True, eq=False)
class CandidateTimes:
    """When a candidate transits where there are data; `why` says why not if there are none."""

    row: CandidateRow
    times: FloatArray
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class StarView:
    """What a star's page shows.

    Parameters
    ----------
    target : Target
    curves : StarCurves
    detrended : Detrended, optional
        None without light curves.
    periods, power : arrays, shape (n_periods,)
        Of the search's own spectrum, as in `SearchResult`; empty where there is none.
    rotation_periods, rotation_power : arrays, shape (n,)
        Of the raw flux where it is there, as `rotation_periodogram` gives them.
    candidates : tuple of CandidateTimes
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
    candidates: tuple[CandidateTimes, ...]
    notes: tuple[str, ...]


def view_star(
    archive: Archive,
    target: Target,
    rows: Sequence[CandidateRow],
    progress: Progress | None = None,
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
    """
    tell = progress or (lambda *_: None)
    tell(0, 3, "reading its light curves")
    curves = read_star_curves(archive, target)
    if curves.observed is None:
        return _without_light(target, curves, rows, NO_LIGHT)
    tell(1, 3, "detrending")
    try:
        flat = flatten_star(curves.observed, rows)
    except DataError as error:
        found = _without_light(target, curves, rows, TOO_SHORT)
        return replace(found, notes=(*found.notes, str(error)))
    tell(2, 3, "looking for periods")
    spectrum = box_spectrum(flat.dips, flat.plan)
    turns = rotation_periodogram(curves.raw or curves.observed.curve)
    return StarView(
        target=target,
        curves=curves,
        detrended=flat.detrended,
        periods=spectrum.periods,
        power=spectrum.power,
        rotation_periods=turns[0],
        rotation_power=turns[1],
        candidates=tuple(_times(row, flat) for row in rows),
        notes=(*curves.notes, *flat.notes),
    )


def flatten_star(observed: ObservedStar, rows: Sequence[CandidateRow]) -> FlatStar:
    """Return a star's light without its trend.

    Raises
    ------
    DataError
        If there is too little of it.
    """
    plan, notes = make_plan(observed.curve, SearchOptions())
    middle = float(np.median(observed.curve.time))
    known = tuple(near_event(each, middle) for row in rows if (each := row.ephemeris) is not None)
    usable = [each for each in known if _share(observed.curve, each) < MOST_MASKED]
    detrended = flatten(observed.curve, plan, taken(observed.curve.time, usable))
    return FlatStar(
        observed=observed,
        plan=plan,
        detrended=detrended,
        dips=find_dips(detrended.curve),
        known=known,
        notes=(*detrended.steps, *notes),
    )


def near_event(ephemeris: Ephemeris, time: float) -> Ephemeris:
    """Return the same ephemeris, told by its event that is nearest to a time."""
    period = ephemeris.period_days
    if period is None:
        return ephemeris
    n_orbits = round((time - ephemeris.epoch_btjd) / period)
    return replace(ephemeris, epoch_btjd=ephemeris.epoch_btjd + n_orbits * period)


def event_times(time: FloatArray, ephemeris: Ephemeris) -> FloatArray:
    """Return the middles of the events that have any of some times within them, increasing."""
    inside = time[in_event(time, ephemeris)]
    return np.unique(np.round(inside - days_from_event(inside, ephemeris), 5))


def _times(row: CandidateRow, flat: FlatStar) -> CandidateTimes:
    if row.ephemeris is None:
        return CandidateTimes(row, np.empty(0), UNKNOWN)
    times = event_times(flat.dips.time, near_event(row.ephemeris, flat.middle))
    return CandidateTimes(row, times, "" if len(times) else ELSEWHEN)


def _share(curve: LightCurve, ephemeris: Ephemeris) -> float:
    return float(np.mean(taken(curve.time, [ephemeris])))


def _without_light(
    target: Target, curves: StarCurves, rows: Sequence[CandidateRow], why: str
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
        candidates=tuple(CandidateTimes(row, nothing, why) for row in rows),
        notes=curves.notes,
    )
