"""Pages of the table of candidates: filtered, sorted and counted where the catalogue is.

Only numbers of rows are sorted; what a page shows is read for its rows alone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.candidate_query import (
    FACETS,
    PLACE,
    STAR,
    TIC,
    TIC_ONLY,
    TRANSIT,
    CandidateQuery,
    meant,
    ordered,
    wanted,
    with_stars,
)
from starsieve.archive.catalogue import in_parts
from starsieve.errors import NotInArchiveError

_candidate, _target, _label, _score = (
    schema.candidate,
    schema.target,
    schema.label,
    schema.candidate_score,
)

Kind = tuple[str | None, ...]
"""Values of the facets of a candidate."""


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """Some rows of the table of candidates.

    Parameters
    ----------
    rows : tuple of mapping
        By the names of `SORTED`, with `target` (number of the star) and `model` beside them.
    total : int
        All that fit.
    facets : mapping of str to mapping of str to int
        By names of `FACETS`: how many there are of each value, with all else as it was asked.
    """

    rows: tuple[Mapping[str, Any], ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class CandidateNeighbours:
    """Where a candidate stands in a list: its place from 1, of how many, and who is beside it."""

    place: int
    total: int
    previous: int | None
    next: int | None


def read_candidate_page(
    archive: Archive, query: CandidateQuery, start: int = 0, count: int = 50
) -> CandidatePage:
    """Return some of the candidates that are meant, and how many there are of each kind."""
    with archive.catalogue.reading() as connection:
        if query.text or query.ranges:  # looking once at each row is dear enough
            rows = connection.execute(ordered(query, facets=False)).all()
            kinds = Counter(tuple(row[1:]) for row in rows)
            fits = {kind: not _misfits(kind, query) for kind in kinds}
            ids = [row[0] for row in rows if fits[tuple(row[1:])]][start : start + count]
        else:
            kinds = _count_kinds(connection, query)
            page = ordered(query).offset(start).limit(count)
            ids = [row[0] for row in connection.execute(page)]
        facets, total = _facets(kinds, query)
        return CandidatePage(tuple(_rows(connection, ids, query.model)), total, facets)


def iterate_candidates(archive: Archive, query: CandidateQuery) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of all candidates that are meant, as those of a page."""
    with archive.catalogue.reading() as connection:
        ids = connection.scalars(ordered(query).with_only_columns(_candidate.c.id)).all()
        for some in in_parts(ids):
            yield from _rows(connection, some, query.model)


def read_neighbours(archive: Archive, query: CandidateQuery, candidate: int) -> CandidateNeighbours:
    """Return who comes before and after a candidate, which need not fit what is asked itself.

    Raises
    ------
    NotInArchiveError
        If there is no such candidate.
    """
    with archive.catalogue.reading() as connection:
        statement = ordered(query, also=candidate).with_only_columns(_candidate.c.id)
        ids = list(connection.scalars(statement))
    if candidate not in ids:
        msg = f"No candidate with number {candidate} in the archive."
        raise NotInArchiveError(msg)
    place = ids.index(candidate)
    around = [None, *ids, None]
    return CandidateNeighbours(place + 1, len(ids), around[place], around[place + 2])


def list_score_models(archive: Archive) -> dict[str, int]:
    """Return the models that have judged candidates, and how many."""
    query = select(_score.c.model, func.count()).group_by(_score.c.model).order_by(_score.c.model)
    with archive.catalogue.reading() as connection:
        rows = connection.execute(query).all()
    return {row.model: row[1] for row in rows}


def _count_kinds(connection: Connection, query: CandidateQuery) -> Counter[Kind]:
    """Return how many there are of each combination of the facets, whatever is asked of these."""
    columns = [_candidate.c[name] for name in FACETS]
    statement = select(*columns, func.count()).where(meant(query, facets=False)).group_by(*columns)
    return Counter({tuple(row[:-1]): row[-1] for row in connection.execute(statement)})


def _misfits(kind: Kind, query: CandidateQuery) -> tuple[str, ...]:
    """Return the facets by which a combination of their values is not among those asked for."""
    return tuple(
        name
        for value, (name, asked) in zip(kind, wanted(query).items(), strict=True)
        if asked and (value or "") not in asked
    )


def _facets(kinds: Counter[Kind], query: CandidateQuery) -> tuple[dict[str, dict[str, int]], int]:
    """Return how many there are of each value of each facet, and of all that are meant.

    A facet counts what there would be with another choice in it, so it is not asked itself.
    """
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    total = 0
    for kind, count in kinds.items():
        wrong = _misfits(kind, query)
        total += 0 if wrong else count
        for name, value in zip(FACETS, kind, strict=True):
            counts[name][value or ""] += count if set(wrong) <= {name} else 0
    return {name: dict(sorted(counts[name].items())) for name in FACETS}, total


def _rows(
    connection: Connection, ids: Sequence[int], model: str | None
) -> Iterator[dict[str, Any]]:
    """Yield what is known of candidates, in the order of their numbers as given."""
    plain = ("id", "name", "announced", "changed", *FACETS, *TRANSIT, *STAR)
    statement = with_stars(
        select(
            *(_candidate.c[name] for name in plain),
            _candidate.c.target_id.label("target"),
            _target.c.name.label("star"),
            *(_target.c[name] for name in PLACE),
        )
    ).where(_candidate.c.id.in_(ids))
    found = {row.id: dict(row._mapping) for row in connection.execute(statement)}
    labels = _labels(connection, {row["target"] for row in found.values()})
    scores = _scores(connection, ids, model)
    unknown = dict.fromkeys(("planet_probability", "spread", "model", *TIC_ONLY))
    for number in ids:
        if row := found.get(number):
            yield row | unknown | labels.get(row["target"], {}) | scores.get(number, {})


def _labels(connection: Connection, targets: set[int]) -> dict[int, dict[str, float]]:
    statement = select(_label.c.target_id, _label.c.name, _label.c.value).where(
        _label.c.target_id.in_(targets), _label.c.origin == TIC
    )
    found: dict[int, dict[str, float]] = {}
    for target, name, value in connection.execute(statement):
        if name in STAR or name in TIC_ONLY:
            found.setdefault(target, {})[name] = value
    return found


def _scores(
    connection: Connection, ids: Sequence[int], model: str | None
) -> dict[int, dict[str, Any]]:
    table = _score.c
    statement = (
        select(table.candidate_id, table.planet_probability, table.spread, table.model)
        .where(table.candidate_id.in_(ids))
        .order_by(table.created, table.id)  # the latest comes last, and stays
    )
    if model is not None:
        statement = statement.where(table.model == model)
    return {
        number: {"planet_probability": probability, "spread": spread, "model": name}
        for number, probability, spread, name in connection.execute(statement)
    }
