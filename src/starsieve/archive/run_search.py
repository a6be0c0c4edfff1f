"""Runs of one task that ended well, without what they made: results may be long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from starsieve.archive import schema
from starsieve.archive.archive import Archive


@dataclass(frozen=True, slots=True)
class DoneRun:
    """A run that ended well: its number, what was asked, and when it ended."""

    number: int
    recipe: Mapping[str, Any]
    ended: datetime | None


def find_done_runs(archive: Archive, task: str) -> list[DoneRun]:
    """Return the runs of a task that ended well, the newest first."""
    table = schema.run
    query = (
        select(table.c.id, table.c.recipe, table.c.ended)
        .where(table.c.task == task, table.c.status == "done")
        .order_by(table.c.id.desc())
    )
    with archive.catalogue.reading() as connection:
        return [DoneRun(row.id, row.recipe, row.ended) for row in connection.execute(query)]
