"""Search and vet collections of an archive: what is read there, and what is left there."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from starsieve.archive import Archive, CandidateRow, ScoreRow, Target
from starsieve.errors import Failure
from starsieve.settings import Settings
from starsieve.transits.candidate import Candidate
from starsieve.transits.classifier import load_vetter
from starsieve.transits.fit_result import ERROR_NAMES
from starsieve.transits.known import OWN, list_known
from starsieve.transits.observed import ObservedStar, StarItems
from starsieve.transits.search_stars import group_collection, search_stars
from starsieve.transits.task_recipes import SearchRecipe, VetRecipe
from starsieve.transits.vet import vet_stars
from starsieve.transits.vetting import Vetted, Vetting

_OF_STAR = ("tmag", "teff", "logg", "mh", "radius", "mass", "distance_pc")
_OF_PLANET = ("radius_earth", "insolation_earth", "teq_k")
"""What a candidate keeps of the star that it was found at, and of what was fitted."""

Progress = Callable[[int, int, str], None]
Result = TypeVar("Result")

MOST_FAILURES = 100
"""That are listed in a run's result; their number is always told."""


def search_collection(
    recipe: SearchRecipe,
    archive: Archive,
    progress: Progress | None = None,
    run: int | None = None,
) -> dict[str, Any]:
    """Search the light curves of a collection, star by star, and keep what is found, and the run.

    Candidates are kept star by star; searching again replaces the numbers of those that have the
    same place in the list of their star.
    """
    groups = group_collection(archive, recipe.collection)
    failures: list[Failure] = []
    n_found = 0
    results = search_stars(groups, recipe.search, archive, settings=_settings(recipe.workers))
    for each in _counted(results, groups, progress, "searching"):
        if isinstance(each, Failure):
            failures.append(each)
            continue
        found = (*each.found.candidates, *each.found.singles)
        _store(archive, recipe.collection, each.observed, found, run=run)
        n_found += len(found)
    return _result(recipe.collection, len(groups), n_found, failures)


def vet_collection(
    recipe: VetRecipe,
    archive: Archive,
    progress: Progress | None = None,
    run: int | None = None,
) -> dict[str, Any]:
    """Vet the stars of a collection; keep candidates, what the model says of them, and the run."""
    vetter = load_vetter(recipe.model, archive)
    groups = group_collection(archive, recipe.collection)
    known = list_known(None, archive)
    failures: list[Failure] = []
    n_found = 0
    results = vet_stars(
        groups,
        vetter,
        recipe.search,
        known,
        archive,
        settings=_settings(recipe.workers),
        progress=progress,
    )
    for each in results:
        if isinstance(each, Failure):
            failures.append(each)
            continue
        store_vetting(archive, recipe.collection, each, run)
        n_found += len(each.vetted)
    return _result(recipe.collection, len(groups), n_found, failures) | {"model": vetter.name}


def store_vetting(
    archive: Archive, collection: str, vetting: Vetting, run: int | None = None
) -> list[int]:
    """Keep the candidates of a star, their scores and the run; return the candidates' numbers."""
    candidates = [each.candidate for each in vetting.vetted]
    numbers = _store(archive, collection, vetting.observed, candidates, vetting.vetted, run)
    scores = [
        ScoreRow(
            candidate=number,
            planet_probability=each.verdict.planet_probability,
            class_probabilities=dict(each.verdict.class_probabilities),
            spread=each.verdict.spread,
            reasons=tuple(f"{what} ({weight:+.2f})" for what, weight in each.verdict.reasons),
        )
        for number, each in zip(numbers, vetting.vetted, strict=True)
    ]
    if scores:
        archive.scores.add(vetting.model, run, scores)
    return numbers


def _store(
    archive: Archive,
    collection: str,
    observed: ObservedStar,
    candidates: Sequence[Candidate],
    vetted: Sequence[Vetted] = (),
    run: int | None = None,
) -> list[int]:
    if not candidates:
        return []
    star = observed.star
    (target,) = archive.targets.add([Target(observed.target, star.ra, star.dec, tic=star.tic)])
    rows = [
        _row(candidate, target, f"{collection}/{observed.target}.{number:02d}", observed)
        for number, candidate in enumerate(candidates, start=1)
    ]
    rows = [replace(row, run=run) for row in rows]
    if vetted:
        rows = [_with_fit(row, each) for row, each in zip(rows, vetted, strict=True)]
    return list(archive.candidates.add(rows).ids)


def _row(candidate: Candidate, target: int, name: str, observed: ObservedStar) -> CandidateRow:
    record = candidate.to_record()
    kept = {key: record.pop(key) for key in tuple(record) if key in CandidateRow.__slots__}
    # NaN stands for an error that is unknown; the catalogue has None for that.
    numbers = {key: value for key, value in kept.items() if value is None or value == value}
    star = {key: getattr(observed.star, key) for key in _OF_STAR}
    return CandidateRow(
        origin=OWN,
        name=name,
        target=target,
        other=record,
        light_curve=observed.ids[0] if observed.ids else None,
        **numbers,
        **star,
    )


def _with_fit(row: CandidateRow, vetted: Vetted) -> CandidateRow:
    """Return a candidate with what was fitted to it."""
    other = {**row.other, "fit": None if vetted.fit is None else vetted.fit.to_record()}
    measured = {} if vetted.fit is None else vetted.fit.measured
    found = {name: measured[name] for name in _OF_PLANET if name in measured}
    values: dict[str, Any] = {name: each.value for name, each in found.items()}
    values |= {ERROR_NAMES[name]: each.err for name, each in found.items()}
    return replace(row, other=other, **values)


def _settings(workers: int) -> Settings:
    return Settings(engine="processes" if workers > 1 else "serial", workers=workers)


def _counted(
    results: Iterator[Result],
    groups: Sequence[StarItems],
    progress: Progress | None,
    what: str,
) -> Iterator[Result]:
    for number, each in enumerate(results, start=1):
        yield each
        if progress is not None:
            progress(number, len(groups), what)


def _result(
    collection: str, n_stars: int, n_candidates: int, failures: Sequence[Failure]
) -> dict[str, Any]:
    return {
        "collection": collection,
        "n_stars": n_stars - len(failures),
        "n_candidates": n_candidates,
        "n_failed": len(failures),
        "failed": [failure.to_record() for failure in failures[:MOST_FAILURES]],
    }
