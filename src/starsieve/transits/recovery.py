"""Which planets a search finds: put known ones in, search, and count.

Planets go into the light curves as they come, before anything is detrended, so that whatever
detrending does to a transit is counted, too.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby
from time import perf_counter
from typing import Any

import numpy as np
from scipy.special import betaincinv

from starsieve.archive import Archive
from starsieve.compute import map_items
from starsieve.data.ephemeris import Ephemeris, days_from_event
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError, StarsieveError
from starsieve.settings import Settings
from starsieve.transits.inject import inject_planet
from starsieve.transits.recovery_recipe import InjectionRecoveryRecipe, RecoveryOptions
from starsieve.transits.search import SearchResult, search

Search = Callable[[LightCurve], SearchResult]
Progress = Callable[[int, int, str], None]

PERIOD_TOLERANCE = 0.01
"""Relative difference of periods of the same signal."""

HARMONICS = (1 / 3, 1 / 2, 2 / 3, 3 / 2, 2.0, 3.0)
TRIALS_PER_ITEM = 4
"""Planets that a worker puts into one light curve before it is sent another."""


@dataclass(frozen=True, slots=True)
class PlannedTrial:
    """A planet to put into a light curve; `number` makes it reproducible."""

    number: int
    curve: int
    period_days: float
    radius_earth: float
    impact: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A planet that was put into a light curve, and what the search made of it.

    Parameters
    ----------
    number, curve : int
        Of the trial and of its light curve.
    period_days, radius_earth, impact, depth_ppm, n_transits
        Of the planet, as injected; transits with valid data inside.
    recovered : bool
        Whether a candidate has its period (to one per cent) and its time of transit.
    harmonic : float, optional
        Period of the candidate over that of the planet, if it is a simple fraction other than 1.
    rank : int, optional
        Of that candidate; 1 is the best.
    found_period_days, found_snr : float, optional
    seconds : float
        That the search took.
    error : str
        Why there was no search.
    """

    number: int
    curve: int
    period_days: float
    radius_earth: float
    impact: float
    depth_ppm: float
    n_transits: int
    recovered: bool
    harmonic: float | None = None
    rank: int | None = None
    found_period_days: float | None = None
    found_snr: float | None = None
    seconds: float = 0.0
    error: str = ""

    def to_record(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Completeness:
    """Which part of the planets was found, by period and radius.

    Parameters
    ----------
    period_edges : array, shape (n_periods + 1,)
        Days.
    radius_edges : array, shape (n_radii + 1,)
        Earth radii.
    n_trials, n_recovered : arrays of int, shape (n_radii, n_periods)
    low, high : arrays, shape (n_radii, n_periods)
        68 % interval of the part; NaN where there was no trial.
    """

    period_edges: FloatArray
    radius_edges: FloatArray
    n_trials: FloatArray
    n_recovered: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def fraction(self) -> FloatArray:
        """The part that was found, shape (n_radii, n_periods); NaN where there was no trial."""
        known = np.where(self.n_trials > 0, self.n_trials, np.nan)
        return np.asarray(self.n_recovered / known)


def plan_trials(options: RecoveryOptions, n_curves: int) -> list[PlannedTrial]:
    """Return the planets of a test: as many in each cell of the map, or one more.

    Trials of one light curve stand together.

    Raises
    ------
    DataError
        If there is no light curve.
    """
    if n_curves < 1:
        msg = "An injection test needs at least one light curve."
        raise DataError(msg)
    rng = np.random.default_rng(options.seed)
    cell = rng.permutation(np.arange(options.trials) % (options.period_bins * options.radius_bins))
    column, row = np.divmod(cell, options.radius_bins)
    periods, radii = _edges(options)
    period = _log_between(periods[column], periods[column + 1], rng)
    radius = _log_between(radii[row], radii[row + 1], rng)
    impact = rng.uniform(0, options.max_impact, options.trials)
    seeds = rng.integers(2**32, size=options.trials)
    curve = np.arange(options.trials) * n_curves // options.trials
    return [
        PlannedTrial(
            number,
            int(curve[number]),
            float(period[number]),
            float(radius[number]),
            float(impact[number]),
            int(seeds[number]),
        )
        for number in range(options.trials)
    ]


def run_trials(
    curves: Sequence[LightCurve],
    options: RecoveryOptions,
    settings: Settings,
    *,
    search_with: Search | None = None,
    skip: Collection[int] = (),
) -> Iterator[Trial]:
    """Yield each planet's outcome, as soon as it is known and in the order of the plan.

    Parameters
    ----------
    curves : sequence of LightCurve
        In any unit, as read.
    options : RecoveryOptions
    settings : Settings
        Engine and workers.
    search_with : callable, optional
        By default `starsieve.transits.search.search` with `options.search`.
    skip : collection of int
        Numbers of trials that were done before.

    Raises
    ------
    DataError
        If there is no light curve.
    """
    look = partial(search, options=options.search) if search_with is None else search_with
    plan = [trial for trial in plan_trials(options, len(curves)) if trial.number not in skip]
    items = (
        (curves[number], part)
        for number, together in groupby(plan, key=lambda trial: trial.curve)
        for part in _parts(list(together))
    )
    for outcomes in map_items(partial(_run_part, look), items, settings):
        yield from outcomes


def run_trial(curve: LightCurve, planned: PlannedTrial, look: Search) -> Trial:
    """Put one planet into a light curve and look for it; what goes wrong is kept as `error`."""
    known: dict[str, Any] = {
        name: getattr(planned, name)
        for name in ("number", "curve", "period_days", "radius_earth", "impact")
    }
    started = perf_counter()
    try:
        made = inject_planet(
            curve,
            period_days=planned.period_days,
            radius_earth=planned.radius_earth,
            impact=planned.impact,
            seed=planned.seed,
        )
        known |= {name: made.truth[name] for name in ("depth_ppm", "n_transits")}
        started = perf_counter()
        result = look(made.curve.normalised())
    except StarsieveError as error:
        missing = {"depth_ppm": float("nan"), "n_transits": 0}
        return Trial(**(missing | known), recovered=False, error=str(error))
    truth = Ephemeris(
        period_days=planned.period_days,
        epoch_btjd=made.truth["epoch_btjd"],
        duration_hours=made.truth["duration_hours"],
    )
    return Trial(**known, **_outcome(truth, result, curve), seconds=perf_counter() - started)


def compare(found: Ephemeris, truth: Ephemeris, near: float) -> float | None:
    """Return the period of a found signal over the true one if both are the same signal.

    Parameters
    ----------
    found, truth : Ephemeris
    near : float
        A time within the data (BJD_TDB - 2457000): there the events must coincide.

    Returns
    -------
    float or None
        1, one of `HARMONICS`, or None for another signal.
    """
    if found.period_days is None or truth.period_days is None:
        return None
    ratio = found.period_days / truth.period_days
    for simple in (1.0, *HARMONICS):
        if abs(ratio / simple - 1) < PERIOD_TOLERANCE:
            event = near - float(days_from_event(np.array([near]), found)[0])
            # Of a longer period each found event is a true one; of a shorter not every one.
            steps = np.arange(3) * found.period_days
            off = np.abs(days_from_event(event + steps, truth)).min()
            return simple if off < max(truth.duration_days, found.duration_days) / 2 else None
    return None


def completeness(trials: Sequence[Trial], options: RecoveryOptions) -> Completeness:
    """Return the map: trials and recovered ones by cell, with Jeffreys' binomial intervals.

    Trials that failed are not counted.
    """
    periods, radii = _edges(options)
    done = [trial for trial in trials if not trial.error]
    place = np.array([(t.radius_earth, t.period_days) for t in done]).reshape(-1, 2)
    found = np.array([t.recovered for t in done], dtype=bool)
    n_trials, _, _ = np.histogram2d(place[:, 0], place[:, 1], bins=(radii, periods))
    n_found, _, _ = np.histogram2d(place[found, 0], place[found, 1], bins=(radii, periods))
    low, high = binomial_interval(n_found, n_trials)
    return Completeness(periods, radii, n_trials, n_found, low, high)


def binomial_interval(
    successes: FloatArray, trials: FloatArray, level: float = 0.6827
) -> tuple[FloatArray, FloatArray]:
    """Return Jeffreys' interval of a probability (Brown, Cai & DasGupta 2001), NaN of no trials.

    Examples
    --------
    >>> low, high = binomial_interval(np.array([0.0, 8.0]), np.array([10.0, 10.0]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.0, 0.65], [0.09, 0.89])
    """
    tail = (1 - level) / 2
    a, b = successes + 0.5, trials - successes + 0.5
    low = np.where(successes == 0, 0.0, betaincinv(a, b, tail))
    high = np.where(successes == trials, 1.0, betaincinv(a, b, 1 - tail))
    none = trials == 0
    return np.where(none, np.nan, low), np.where(none, np.nan, high)


def injection_recovery(
    recipe: InjectionRecoveryRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Test a search on light curves of a collection, and return the map of what it finds."""
    ids = [info.id for info in archive.light_curves.table(recipe.collection)]
    rng = np.random.default_rng(recipe.seed)
    chosen = sorted(rng.permutation(ids)[: recipe.curves].tolist())
    curves = archive.light_curves.read(chosen)
    trials = []
    for trial in run_trials(curves, recipe, Settings.from_environment()):
        trials.append(trial)
        if progress is not None:
            progress(len(trials), recipe.trials, "injecting and searching")
    return {"collection": recipe.collection, "light_curves": chosen} | summary(trials, recipe)


def summary(trials: Sequence[Trial], options: RecoveryOptions) -> dict[str, Any]:
    """Return how many were recovered, and the map, as plain values."""
    grid = completeness(trials, options)
    done = [trial for trial in trials if not trial.error]
    seconds = [trial.seconds for trial in done]
    return {
        "n_trials": len(done),
        "n_failed": len(trials) - len(done),
        "n_recovered": sum(trial.recovered for trial in done),
        "n_harmonics": sum(trial.harmonic is not None for trial in done),
        "median_search_seconds": float(np.median(seconds)) if seconds else None,
        "period_edges_days": grid.period_edges.tolist(),
        "radius_edges_earth": grid.radius_edges.tolist(),
        "n": grid.n_trials.astype(int).tolist(),
        "recovered": grid.n_recovered.astype(int).tolist(),
        "completeness": grid.fraction.tolist(),
        "completeness_low": grid.low.tolist(),
        "completeness_high": grid.high.tolist(),
    }


def _run_part(look: Search, item: tuple[LightCurve, list[PlannedTrial]]) -> list[Trial]:
    curve, part = item
    return [run_trial(curve, planned, look) for planned in part]


def _parts(plan: list[PlannedTrial]) -> list[list[PlannedTrial]]:
    return [plan[at : at + TRIALS_PER_ITEM] for at in range(0, len(plan), TRIALS_PER_ITEM)]


def _outcome(truth: Ephemeris, result: SearchResult, curve: LightCurve) -> dict[str, Any]:
    """Return what a search made of a planet: its own period wins over a harmonic."""
    near = float(np.median(curve.time[curve.usable]))
    ratios = [compare(each.ephemeris, truth, near) for each in result.candidates]
    same = [rank for rank, ratio in enumerate(ratios) if ratio == 1]
    other = [rank for rank, ratio in enumerate(ratios) if ratio is not None and ratio != 1]
    if not (same or other):
        return {"recovered": False}
    rank = (same or other)[0]
    found = result.candidates[rank]
    return {
        "recovered": bool(same),
        "harmonic": None if same else ratios[rank],
        "rank": rank + 1,
        "found_period_days": found.ephemeris.period_days,
        "found_snr": found.snr,
    }


def _edges(options: RecoveryOptions) -> tuple[FloatArray, FloatArray]:
    return (
        np.geomspace(*options.periods, options.period_bins + 1),
        np.geomspace(*options.radii, options.radius_bins + 1),
    )


def _log_between(low: FloatArray, high: FloatArray, rng: np.random.Generator) -> FloatArray:
    return np.asarray(low * (high / low) ** rng.uniform(0.0, 1.0, len(low)))
