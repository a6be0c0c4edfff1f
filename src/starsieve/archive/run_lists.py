"""Lists of runs: some at a time, counted by what they are, and how far back in the queue one is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.paging import Page
from starsieve.archive.records import RunStatus


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as a list shows it: without what it made, which may be long."""

    number: int
    task: str
    recipe: Mapping[str, Any]
    status: RunStatus
    done: int | None
    total: int | None
    what: str | None
    error: str | None
    who: str | None
    created: datetime
    started: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class RunFacets:
    """How many runs there are of each status and of each task."""

    statuses: Mapping[str, int] = field(default_factory=dict)
    tasks: Mapping[str, int] = field(default_factory=dict)


def page_runs(
    archive: Archive,
    *,
    status: str | None = None,
    task: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[RunLine]:
    """Return some runs, the newest first: all, or those of a status or a task."""
    table = schema.run
    where = _where(status, task)
    columns = [table.c[name] for name in RunLine.__slots__ if name != "number"]
    query = (
        select(table.c.id.label("number"), *columns)
        .where(*where)
        .order_by(table.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    with archive.catalogue.reading() as connection:
        total = connection.scalar(select(func.count(table.c.id)).where(*where)) or 0
        rows = tuple(RunLine(**row._mapping) for row in connection.execute(query))
    return Page(rows, total)


def count_runs(
    archive: Archive, *, status: str | None = None, task: str | None = None
) -> RunFacets:
    """Return how many runs there are, by status among those of a task, and the other way round."""
    table = schema.run
    queries = [
        select(column, func.count(table.c.id)).where(*where).group_by(column).order_by(column)
        for column, where in (
            (table.c.status, _where(None, task)),
            (table.c.task, _where(status, None)),
        )
    ]
    with archive.catalogue.reading() as connection:
        statuses, tasks = (
            {row[0]: row[1] for row in connection.execute(query)} for query in queries
        )
    return RunFacets(statuses, tasks)


def queue_position(archive: Archive, number: int) -> int:
    """Return how many queued runs are taken before a queued one, and itself: 1 if it is next."""
    table = schema.run
    query = select(func.count(table.c.id)).where(table.c.status == "queued", table.c.id <= number)
    with archive.catalogue.reading() as connection:
        return connection.scalar(query) or 0


def _where(status: str | None, task: str | None) -> list[ColumnElement[bool]]:
    table = schema.run
    given = ((table.c.status, status), (table.c.task, task))
    return [column == value for column, value in given if value is not None]
