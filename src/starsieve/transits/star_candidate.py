"""One candidate as the light curves of its star show it, at the times that it is listed with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from starsieve.archive import Archive, CandidateRow, Target
from starsieve.data.ephemeris import Ephemeris, in_event
from starsieve.errors import DataError, StarsieveError
from starsieve.transits.candidate import Candidate
from starsieve.transits.cautions import find_surroundings
from starsieve.transits.examine import Examined, examine
from starsieve.transits.measure import make_candidate
from starsieve.transits.periodic import MASKED, make_sums, same_orbit, taken
from starsieve.transits.refine import measure
from starsieve.transits.search import SearchResult
from starsieve.transits.star_curves import read_star_curves
from starsieve.transits.star_view import (
    ELSEWHEN,
    NO_LIGHT,
    TOO_SHORT,
    UNKNOWN,
    FlatStar,
    Progress,
    flatten_star,
    near_event,
)


@dataclass(frozen=True, slots=True, eq=False)
class SeenCandidate:
    """A candidate of the archive, and what its star's light curves show of it.

    Parameters
    ----------
    row : CandidateRow
    examined : Examined, optional
        None where it can't be seen; `why` says why not.
    flat : FlatStar, optional
        What it was seen in.
    why : str
    """

    row: CandidateRow
    examined: Examined | None
    flat: FlatStar | None = None
    why: str = ""


def see_candidate(
    archive: Archive,
    target: Target,
    row: CandidateRow,
    rows: Sequence[CandidateRow],
    progress: Progress | None = None,
) -> SeenCandidate:
    """Return what a star's light curves show of one of its candidates.

    Parameters
    ----------
    archive : Archive
        Only read.
    target : Target
        The star.
    row : CandidateRow
        The candidate.
    rows : sequence of CandidateRow
        All candidates of the star: the others are kept out of the way.
    progress : callable, optional
        Called as ``progress(done, total, what)``.
    """
    tell = progress or (lambda *_: None)
    if row.ephemeris is None:
        return SeenCandidate(row, None, why=UNKNOWN)
    tell(0, 3, "reading the light curves")
    curves = read_star_curves(archive, target)
    if curves.observed is None:
        return SeenCandidate(row, None, why=NO_LIGHT)
    tell(1, 3, "detrending")
    try:
        flat = flatten_star(curves.observed, rows)
    except DataError as error:
        return SeenCandidate(row, None, why=f"{TOO_SHORT} {error}")
    tell(2, 3, "fitting the transit")
    ephemeris = near_event(row.ephemeris, flat.middle)
    if not in_event(flat.dips.time, ephemeris).any():
        return SeenCandidate(row, None, flat, ELSEWHEN)
    try:
        candidate = measure_at(ephemeris, flat)
        examined = examine(candidate, _beside(candidate, flat), flat.observed)
    except StarsieveError as error:
        return SeenCandidate(row, None, flat, str(error))
    cautions = _cautions(row, ephemeris, flat)
    warnings = (*cautions, *examined.warnings)
    return SeenCandidate(row, replace(examined, warnings=warnings), flat)


def measure_at(ephemeris: Ephemeris, flat: FlatStar) -> Candidate:
    """Return what light curves say of events at given times, some of which must have data.

    Events of other signals are taken out, but for those of the same period: the two eclipses of a
    binary are each other's secondary.
    """
    apart = [
        each
        for each in flat.known
        if not is_same(each, ephemeris) and not same_orbit(each, ephemeris)
    ]
    own = in_event(flat.dips.time, ephemeris, MASKED)
    dips = flat.dips.without(taken(flat.dips.time, apart) & ~own)
    sums = make_sums(dips, flat.plan)
    if ephemeris.period_days is not None:
        signal = measure(sums, ephemeris.period_days, ephemeris.epoch_btjd, ephemeris.duration_days)
        if signal.n_events:
            around = find_surroundings(dips, flat.observed.curve)
            return make_candidate(dips, sums, signal, flat.plan.options, around)
    inside = in_event(dips.time, ephemeris)
    weight = dips.weight[inside]
    depth = float(np.average(dips.depth[inside], weights=weight))
    error = 1 / float(np.sqrt(weight.sum()))
    pink = float(sums.pink(ephemeris.duration_days))
    return Candidate(
        ephemeris=ephemeris,
        depth_ppm=1e6 * depth,
        depth_err_ppm=1e6 * error * pink,
        snr=depth / error,
        snr_pink=depth / error / pink,
        n_transits=1,
    )


def _beside(candidate: Candidate, flat: FlatStar) -> SearchResult:
    """Return the light curve with the other signals, of which each counts once.

    One signal is often there twice: on a list, and as found by a search.
    """
    others = [each for each in flat.known if not is_same(each, candidate.ephemeris)]
    apart = [replace(candidate, ephemeris=each, notes=()) for each in others]
    return SearchResult(
        candidates=(candidate, *(each for each in apart if each.ephemeris.period_days)),
        singles=tuple(each for each in apart if not each.ephemeris.period_days),
        detrended=flat.detrended,
        periods=np.empty(0),
        power=np.empty(0),
        notes=flat.notes,
    )


def is_same(one: Ephemeris, other: Ephemeris) -> bool:
    """Return whether two ephemerides are of one signal, or of one of its events.

    Both must be told by events near each other, so that errors of the periods do not add up.

    Examples
    --------
    >>> one = Ephemeris(period_days=3.0, epoch_btjd=10.0, duration_hours=2.0)
    >>> is_same(one, replace(one, epoch_btjd=13.02)), is_same(one, replace(one, epoch_btjd=11.5))
    (True, False)
    """
    if one.period_days is not None and other.period_days is not None and not same_orbit(one, other):
        return False
    periodic, event = (one, other) if other.period_days is None else (other, one)
    width = max(one.duration_hours, other.duration_hours)
    wide = replace(periodic, duration_hours=width)
    return bool(in_event(np.array([event.epoch_btjd]), wide, 2.0)[0])


def _cautions(row: CandidateRow, ephemeris: Ephemeris, flat: FlatStar) -> list[str]:
    """Return what is to be said of times that are carried over years."""
    error = row.period_err_days
    if row.epoch_btjd is None or ephemeris.period_days is None or not error:
        return []
    n_orbits = abs(flat.middle - row.epoch_btjd) / ephemeris.period_days
    doubt = float(np.hypot(n_orbits * error, row.epoch_err_days or 0.0))
    if doubt < ephemeris.duration_days / 2:
        return []
    return [
        f"The listed period and epoch tell the transits of these data only to {24 * doubt:.1f} h, "
        f"which is more than half of their duration of {ephemeris.duration_hours:.1f} h."
    ]
