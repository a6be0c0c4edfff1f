"""Lists of stars, a page at a time, with what the archive has of each."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    exists,
    func,
    or_,
    select,
    true,
)

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.catalogue import in_parts
from starsieve.archive.paging import COUNTED, Page, contains, in_order
from starsieve.archive.records import LabelRow, Target
from starsieve.archive.target_filters import (
    Cone,
    TargetFilter,
    TargetOrderedBy,
    TargetRow,
    TargetThing,
)
from starsieve.archive.targets import separation

TARGET = schema.target
THINGS: Mapping[TargetThing, Table] = {
    "light_curves": schema.light_curve,
    "candidates": schema.candidate,
    "spectra": schema.spectrum,
}
"""What a star may have, and where it is kept."""

LARGEST_NUMBER = 2**63 - 1


def list_targets(
    archive: Archive,
    asked: TargetFilter | None = None,
    by: TargetOrderedBy = "number",
    *,
    descending: bool = False,
    labels: Sequence[str] = (),
    limit: int = 50,
    offset: int = 0,
) -> Page[TargetRow]:
    """Return some of the stars that are asked for, in order, and how many there are.

    Parameters
    ----------
    archive : Archive
    asked : TargetFilter, optional
        All by default.
    by : str
        What they are sorted by: one of `TargetOrderedBy`. What is not known comes last in either
        direction. Within a cone the nearest come first, whatever this says.
    descending : bool
    labels : sequence of str
        Labels to put beside them.
    limit, offset : int
        How many rows, and how many before them to leave out.
    """
    asked = asked or TargetFilter()
    where = _where(asked)
    with archive.catalogue.reading() as connection:
        far: dict[int, float] = {}
        if asked.cone is not None:
            far, exact = _in_cone(connection, asked.cone, where)
            total, numbers = len(far), list(far)[offset : offset + limit]
        else:
            total, exact = _total(connection, asked, where)
            walk, known = _WALKS[by](where, descending)
            numbers = in_order(connection, TARGET.c.id, walk, known, where, limit, offset)
        return Page(describe_targets(connection, numbers, far, labels), total, exact)


def count_targets(archive: Archive, asked: TargetFilter | None = None) -> dict[str, int]:
    """Return how many of the stars asked for have light curves, candidates, spectra.

    Counting ends at `COUNTED`. A cone is taken for the square around it.
    """
    asked = asked or TargetFilter()
    where = _where(asked)
    with archive.catalogue.reading() as connection:
        return {
            name: min(COUNTED, _count(connection, and_(where, _has(table))))
            for name, table in THINGS.items()
        }


def _total(
    connection: Connection, asked: TargetFilter, where: ColumnElement[bool]
) -> tuple[int, bool]:
    """Return how many stars there are, and whether that is all of them."""
    if asked == TargetFilter():
        return connection.scalar(select(func.count(TARGET.c.id))) or 0, True
    n_found = _count(connection, where)
    return min(n_found, COUNTED), n_found <= COUNTED


def _count(connection: Connection, where: ColumnElement[bool]) -> int:
    """Return how many stars there are, counted just beyond the limit."""
    query = select(TARGET.c.id).where(where).limit(COUNTED + 1)
    return connection.scalar(select(func.count()).select_from(query.subquery())) or 0


def _where(asked: TargetFilter) -> ColumnElement[bool]:
    parts = [_has(THINGS[name]) for name in asked.has]
    if asked.text:
        parts.append(_named(asked.text))
    if asked.cone is not None:
        parts.append(_around(asked.cone))
    return and_(true(), *parts)


def _has(table: Table) -> ColumnElement[bool]:
    return exists().where(table.c.target_id == TARGET.c.id)


def _named(text: str) -> ColumnElement[bool]:
    named = contains(TARGET.c.name, text)
    found = re.fullmatch(r"(?:(tic|kic|gaia(?: dr\d)?)[\s-]*)?(\d+)", text.strip(), re.IGNORECASE)
    if found is None or int(found[2]) > LARGEST_NUMBER:
        return named
    word = (found[1] or "").lower().partition(" ")[0]
    columns = [TARGET.c[word]] if word else [TARGET.c.tic, TARGET.c.gaia, TARGET.c.kic]
    return or_(named, *(column == int(found[2]) for column in columns))


def _around(cone: Cone) -> ColumnElement[bool]:
    """Return whether a star is in the square around a circle; all of a parallel near a pole."""
    margin = cone.radius / 3600
    within = TARGET.c.dec.between(cone.dec - margin, cone.dec + margin)
    highest = min(90.0, abs(cone.dec) + margin)
    if highest > 89:
        return within
    # A circle is widest in right ascension a little nearer to the pole than its centre.
    wide = np.degrees(
        np.arcsin(min(1.0, np.sin(np.radians(margin)) / np.cos(np.radians(cone.dec))))
    )
    low, high = float(cone.ra - wide), float(cone.ra + wide)
    windows = [(low, high), (low + 360, high + 360), (low - 360, high - 360)]
    return within & or_(*(TARGET.c.ra.between(*window) for window in windows))


def _in_cone(
    connection: Connection, cone: Cone, where: ColumnElement[bool]
) -> tuple[dict[int, float], bool]:
    """Return the distances of stars in a circle, nearest first, and whether these are all."""
    query = select(TARGET.c.id, TARGET.c.ra, TARGET.c.dec).where(where).limit(COUNTED + 1)
    found = np.array([tuple(row) for row in connection.execute(query)], float).reshape(-1, 3)
    distances = separation(cone.ra, cone.dec, found[:, 1], found[:, 2])
    order = np.argsort(distances, kind="stable")
    order = order[distances[order] <= cone.radius]
    numbers = found[order, 0].astype(int).tolist()
    return dict(zip(numbers, distances[order].tolist(), strict=True)), len(found) <= COUNTED


def describe_targets(
    connection: Connection,
    numbers: Sequence[int],
    distances: Mapping[int, float] | None = None,
    labels: Sequence[str] = (),
) -> tuple[TargetRow, ...]:
    """Return stars as lists show them, in the order of their numbers as given."""
    stars: dict[int, Target] = {}
    counts: dict[str, dict[int, int]] = {name: {} for name in THINGS}
    known: dict[int, dict[str, LabelRow]] = {number: {} for number in numbers}
    for some in in_parts(numbers):
        rows = connection.execute(select(TARGET).where(TARGET.c.id.in_(some)))
        stars |= {row.id: Target(**row._mapping) for row in rows}
        for name, table in THINGS.items():
            counts[name] |= _counts(connection, table, some)
        for label in _labels(connection, some, labels):
            known[label.target or 0].setdefault(label.name, label)
    return tuple(
        TargetRow(
            stars[number],
            counts["light_curves"].get(number, 0),
            counts["candidates"].get(number, 0),
            counts["spectra"].get(number, 0),
            known[number],
            (distances or {}).get(number),
        )
        for number in numbers
    )


def _labels(
    connection: Connection, targets: Sequence[int], names: Sequence[str]
) -> Iterator[LabelRow]:
    if not names:
        return
    table = schema.label
    query = select(table).where(table.c.target_id.in_(targets), table.c.name.in_(names))
    for row in connection.execute(query.order_by(table.c.id)):
        yield LabelRow(row.name, row.value, row.error, row.unit, row.origin, None, row.target_id)


def _counts(connection: Connection, table: Table, targets: Iterable[int]) -> dict[int, int]:
    query = select(table.c.target_id, func.count().label("n")).where(table.c.target_id.in_(targets))
    return {row.target_id: row.n for row in connection.execute(query.group_by(table.c.target_id))}


Walk = tuple[Select[Any], ColumnElement[bool] | None]


def _by_column(name: str) -> Callable[[ColumnElement[bool], bool], Walk]:
    def walk(where: ColumnElement[bool], descending: bool) -> Walk:
        column = TARGET.c[name]
        known = None if name in ("id", "name") else column.is_not(None)
        query = select(TARGET.c.id).where(where, *(() if known is None else (known,)))
        sorting = (column, TARGET.c.id) if not descending else (column.desc(), TARGET.c.id.desc())
        return query.order_by(*sorting), known

    return walk


def _by_count(name: TargetThing) -> Callable[[ColumnElement[bool], bool], Walk]:
    def walk(where: ColumnElement[bool], descending: bool) -> Walk:
        owner, n = THINGS[name].c.target_id, func.count()
        counted = select(owner.label("id"), n.label("n")).where(owner.is_not(None)).group_by(owner)
        counts = counted.subquery()
        query = select(TARGET.c.id).join(counts, counts.c.id == TARGET.c.id).where(where)
        first = counts.c.n.desc() if descending else counts.c.n
        return query.order_by(first, TARGET.c.id), _has(THINGS[name])

    return walk


_WALKS: Mapping[TargetOrderedBy, Callable[[ColumnElement[bool], bool], Walk]] = {
    "number": _by_column("id"),
    "name": _by_column("name"),
    "tic": _by_column("tic"),
    "ra": _by_column("ra"),
    "dec": _by_column("dec"),
    "light_curves": _by_count("light_curves"),
    "candidates": _by_count("candidates"),
    "spectra": _by_count("spectra"),
}
