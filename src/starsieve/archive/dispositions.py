"""Rows of what is said of candidates: checked, read and written for `CandidateStore`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from starsieve.archive import schema
from starsieve.archive.catalogue import in_parts
from starsieve.archive.encoding import printable
from starsieve.archive.records import DispositionRow
from starsieve.errors import DataError

LISTS = ("Autovetter", "NASA Exoplanet Archive", "TFOPWG")
"""Who says what lists say. Whoever else says something is a person, and it is a verdict."""

WITHDRAWN = "withdrawn"
"""What is said where a verdict no longer holds and none takes its place."""

Histories = Mapping[tuple[int, str], list[DispositionRow]]
"""What was said, the oldest first, by candidate and who said it."""


def check_said(row: DispositionRow) -> None:
    """Raise DataError unless a row says who says what, and when."""
    if not (0 < len(row.value) <= 40 and 0 < len(row.who) <= 80):
        msg = (
            "A disposition needs what is said (up to 40 characters) and who says it (up to 80), "
            f"got {row.value!r} of {row.who!r}."
        )
        raise DataError(msg)
    check_date(row.date)


def check_date(date: datetime) -> None:
    """Raise DataError if a date has no time zone."""
    if date.tzinfo is None:
        msg = f"A date needs a time zone, as datetime(2020, 1, 1, tzinfo=UTC); got {date!r}."
        raise DataError(msg)


def is_news(row: DispositionRow, before: Iterable[DispositionRow]) -> bool:
    """Return whether a row says other than the same person or list had last said by its date.

    A person's comment counts as well; those of lists change with every download.
    """
    last = next((old for old in reversed(list(before)) if old.date <= row.date), None)
    if last is None:
        return True
    return last.value != row.value or (row.who not in LISTS and last.comment != row.comment)


def keep_current(connection: Connection, histories: Histories, numbers: Iterable[int]) -> None:
    """Keep with some candidates what was last said of them, by lists and by people."""
    said: dict[int, list[DispositionRow]] = {number: [] for number in numbers}
    for (number, _), rows in histories.items():
        if number in said:
            said[number] += rows
    values = [{"key": number, **_current(rows)} for number, rows in said.items()]
    if values:
        table = schema.candidate
        connection.execute(update(table).where(table.c.id == bindparam("key")), values)


def standing(rows: Iterable[DispositionRow]) -> DispositionRow | None:
    """Return what was said last of a candidate, of what nobody has withdrawn; None if nothing.

    Parameters
    ----------
    rows : iterable of DispositionRow
        Those that count, the oldest first.
    """
    last = {row.who: row for row in rows}
    held = [row for row in last.values() if row.value != WITHDRAWN]
    return max(held, key=lambda row: row.date, default=None)


def _current(rows: Iterable[DispositionRow]) -> dict[str, str | None]:
    ordered = sorted(rows, key=lambda row: row.date)
    listed = standing(row for row in ordered if row.who in LISTS)
    judged = standing(row for row in ordered if row.who not in LISTS)
    return {
        "disposition": None if listed is None else listed.value,
        "verdict": None if judged is None else judged.value,
    }


def read_history(
    connection: Connection, numbers: Iterable[int]
) -> dict[tuple[int, str], list[DispositionRow]]:
    """Return what was said, the oldest first, by candidate and who said it."""
    table = schema.disposition
    found: dict[tuple[int, str], list[DispositionRow]] = {}
    for some in in_parts(numbers):
        query = select(table).where(table.c.candidate_id.in_(some))
        for row in connection.execute(query.order_by(table.c.date, table.c.id)):
            found.setdefault((row.candidate_id, row.who), []).append(told(row))
    return found


def told(row: Any) -> DispositionRow:
    """Return a row of the database as a record."""
    return DispositionRow(
        candidate=row.candidate_id,
        value=row.value,
        who=row.who,
        date=row.date,
        comment=row.comment,
    )


def said_values(row: DispositionRow) -> dict[str, Any]:
    """Return a record as a row for the database."""
    return {
        "candidate_id": row.candidate,
        "value": printable(row.value),
        "who": printable(row.who),
        "date": row.date,
        "comment": printable(row.comment),
    }
