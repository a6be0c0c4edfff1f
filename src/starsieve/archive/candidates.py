"""Possible planets, on lists or found by a search, and what was said of them and when."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, bindparam, select, update

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, in_parts, insert_many
from starsieve.archive.dispositions import (
    check_date,
    check_said,
    is_news,
    keep_current,
    read_history,
    said_values,
    told,
)
from starsieve.archive.encoding import number, plain
from starsieve.archive.records import CandidateRow, DispositionRow, Stored
from starsieve.errors import DataError, NotInArchiveError

_FLOATS = tuple(column.name for column in schema.candidate.c if column.type.python_type is float)
_FIELDS = (*_FLOATS, "target_id", "announced", "light_curve_id", "run_id")
"""What a newer row replaces where it knows it."""

Outcome = Literal["added", "changed", "unchanged"]
Numbers = list[int]
Said = list[DispositionRow]
Key = tuple[str, str]


class CandidateStore:
    """Add candidates, find them, and keep what is said of them. Nothing said is ever lost."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(self, rows: Iterable[CandidateRow]) -> Stored:
        """Store candidates, all or none.

        One that is there already, by origin and name, keeps its number: what is known of it now is
        added, what differs replaces the old, and what the new row lacks stays.

        Raises
        ------
        DataError
            If a row has no origin or name, or comes twice.
        NotInArchiveError
            If there is no such target, light curve or run.
        """
        kept = list(rows)
        offered = {_key(row): row for row in kept}
        if len(offered) < len(kept):
            msg = "A candidate comes twice among those to add; origin and name must be different."
            raise DataError(msg)
        now, new, changes = datetime.now(UTC), [], []
        outcomes: dict[Key, Outcome] = {}
        with self._catalogue.writing() as connection:
            _check_references(connection, kept)
            known = _known(connection, offered)
            for key, row in offered.items():
                if key not in known:
                    new.append(_values(row) | {"created": now, "changed": now})
                    outcomes[key] = "added"
                elif change := _difference(known[key], row):
                    changes.append(change | {"changed": now})
                    outcomes[key] = "changed"
                else:
                    outcomes[key] = "unchanged"
            insert_many(connection, schema.candidate, new)
            _update(connection, changes)
            numbers = _numbers(connection, offered)
        return Stored(tuple(numbers[key] for key in offered), tuple(outcomes.values()))

    def get(self, number: int) -> CandidateRow:
        """Return a candidate by its number in the archive.

        Raises
        ------
        NotInArchiveError
            If there is none.
        """
        return self._one(_rows().where(schema.candidate.c.id == number), f"number {number}")

    def find(self, origin: str, name: str) -> CandidateRow:
        """Return a candidate by its origin and name, as ``"TOI"`` and ``"101.01"``.

        Raises
        ------
        NotInArchiveError
            If there is none.
        """
        table = schema.candidate
        query = _rows().where(table.c.origin == origin, table.c.name == name)
        return self._one(query, f"name {origin} {name}")

    def list(
        self,
        *,
        origin: str | None = None,
        tic: int | None = None,
        target: int | None = None,
        run: int | None = None,
    ) -> "list[CandidateRow]":
        """Return candidates in the order they came: all, or those for which all given holds."""
        table = schema.candidate
        given = {
            table.c.origin: origin,
            schema.target.c.tic: tic,
            table.c.target_id: target,
            table.c.run_id: run,
        }
        query = _rows().where(*(c == value for c, value in given.items() if value is not None))
        with self._catalogue.reading() as connection:
            return [_row(found) for found in connection.execute(query.order_by(table.c.id))]

    def disposition(
        self,
        candidate: int,
        value: str,
        who: str,
        date: datetime | None = None,
        comment: str = "",
    ) -> bool:
        """Keep what somebody says of a candidate, now or at a date; return whether it was new."""
        when = date or datetime.now(UTC)
        row = DispositionRow(candidate=candidate, value=value, who=who, date=when, comment=comment)
        return bool(self.add_dispositions([row]))

    def add_dispositions(self, rows: Iterable[DispositionRow]) -> Numbers:
        """Keep what is said of candidates, all or none; return the candidates it was new of.

        It is new if the same person or list had last said something else by that date; see
        `starsieve.archive.dispositions.is_news`. What was said before stays.

        Raises
        ------
        DataError
            If nothing is said, nobody says it, or the date has no time zone.
        NotInArchiveError
            If there is no such candidate.
        """
        said = list(rows)
        for row in said:
            check_said(row)
        with self._catalogue.writing() as connection:
            numbers = {row.candidate for row in said}
            _check_known(connection, schema.candidate, numbers)
            history = read_history(connection, numbers)
            new = []
            for row in said:
                mine = history.setdefault((row.candidate, row.who), [])
                if is_news(row, mine):
                    mine.append(row)
                    mine.sort(key=lambda old: old.date)
                    new.append(row)
            insert_many(connection, schema.disposition, [said_values(row) for row in new])
            keep_current(connection, history, {row.candidate for row in new})
        return [row.candidate for row in new]

    def dispositions(self, candidate: int) -> Said:
        """Return all that was said of a candidate, the oldest first."""
        with self._catalogue.reading() as connection:
            histories = read_history(connection, [candidate]).values()
        return sorted((row for said in histories for row in said), key=lambda row: row.date)

    def known_on(
        self, date: datetime, *, origin: str | None = None, who: str | None = None
    ) -> dict[int, DispositionRow]:
        """Return what was last said of each candidate by a date, by the candidate's number.

        Raises
        ------
        DataError
            If the date has no time zone.
        """
        check_date(date)
        table = schema.disposition
        query = select(table).where(table.c.date <= date).order_by(table.c.date, table.c.id)
        if who is not None:
            query = query.where(table.c.who == who)
        if origin is not None:
            query = query.join(schema.candidate, schema.candidate.c.id == table.c.candidate_id)
            query = query.where(schema.candidate.c.origin == origin)
        with self._catalogue.reading() as connection:
            return {row.candidate_id: told(row) for row in connection.execute(query)}

    def _one(self, query: Select[Any], asked: str) -> CandidateRow:
        with self._catalogue.reading() as connection:
            found = connection.execute(query).one_or_none()
        if found is None:
            msg = f"No candidate with {asked} in the archive."
            raise NotInArchiveError(msg)
        return _row(found)


def _key(row: CandidateRow) -> Key:
    for what, value, longest in (("an origin", row.origin, 40), ("a name", row.name, 120)):
        if not value or len(value) > longest or not value.isprintable():
            msg = f"A candidate needs {what} of 1 to {longest} printable characters, got {value!r}."
            raise DataError(msg)
    return row.origin, row.name


def _check_references(connection: Connection, rows: Sequence[CandidateRow]) -> None:
    _check_known(connection, schema.target, {row.target for row in rows})
    curves = {row.light_curve for row in rows if row.light_curve is not None}
    _check_known(connection, schema.light_curve, curves)
    _check_known(connection, schema.run, {row.run for row in rows if row.run is not None})


def _check_known(connection: Connection, table: Any, numbers: Iterable[int]) -> None:
    for some in in_parts(numbers):
        found = set(connection.scalars(select(table.c.id).where(table.c.id.in_(some))))
        if missing := sorted(set(some) - found):
            msg = f"No {table.name.replace('_', ' ')} {missing[0]} in the archive."
            raise NotInArchiveError(msg)


def _known(connection: Connection, keys: Iterable[Key]) -> dict[Key, Any]:
    table = schema.candidate
    rows = _found(connection, select(table), keys)
    return {(row.origin, row.name): row for row in rows}


def _numbers(connection: Connection, keys: Iterable[Key]) -> dict[Key, int]:
    table = schema.candidate
    rows = _found(connection, select(table.c.id, table.c.origin, table.c.name), keys)
    return {(row.origin, row.name): row.id for row in rows}


def _found(connection: Connection, query: Select[Any], keys: Iterable[Key]) -> Iterator[Any]:
    table = schema.candidate
    names: dict[str, list[str]] = {}
    for origin, name in keys:
        names.setdefault(origin, []).append(name)
    for origin, mine in names.items():
        for some in in_parts(mine):
            here = query.where(table.c.origin == origin, table.c.name.in_(some))
            yield from connection.execute(here)


def _values(row: CandidateRow) -> dict[str, Any]:
    return {
        "origin": row.origin,
        "name": row.name,
        "target_id": row.target,
        **{name: number(getattr(row, name)) for name in _FLOATS},
        "other": plain(dict(row.other), "other"),
        "announced": row.announced,
        "light_curve_id": row.light_curve,
        "run_id": row.run,
    }


def _difference(known: Any, row: CandidateRow) -> dict[str, Any]:
    """Return all columns as they will be, and nothing if they are so already."""
    old, new = known._mapping, _values(row)
    now = {name: old[name] if new[name] is None else new[name] for name in _FIELDS}
    now["other"] = {**old["other"], **new["other"]}
    same = all(now[name] == old[name] for name in now)
    return {} if same else {"key": known.id, **now}


def _update(connection: Connection, changes: Sequence[dict[str, Any]]) -> None:
    if changes:
        table = schema.candidate
        connection.execute(update(table).where(table.c.id == bindparam("key")), changes)


def _rows() -> Select[Any]:
    table, star = schema.candidate, schema.target
    return select(table, star.c.tic, star.c.kic).join(star, star.c.id == table.c.target_id)


_PLAIN = tuple(
    f.name for f in fields(CandidateRow) if f.name not in ("target", "light_curve", "run")
)


def _row(found: Any) -> CandidateRow:
    values = {name: found._mapping[name] for name in _PLAIN}
    return CandidateRow(
        target=found.target_id, light_curve=found.light_curve_id, run=found.run_id, **values
    )
