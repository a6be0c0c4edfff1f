"""The archive's runs: which task was run on what recipe, and how it went. Also the queue."""

import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, insert_one
from starsieve.archive.encoding import plain, printable
from starsieve.archive.records import RunInfo, RunStatus
from starsieve.errors import NotInArchiveError

SILENT_FOR = timedelta(minutes=10)
"""A running run that has not been heard of for so long has lost its process."""


class RunStore:
    """Record runs, and hand out queued ones."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def start(
        self,
        task: str,
        recipe: Mapping[str, Any],
        *,
        seed: int | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> int:
        """Record that this process starts a task; return the run's number."""
        return self._insert(task, recipe, seed, versions, **_here())

    def queue(self, task: str, recipe: Mapping[str, Any], *, seed: int | None = None) -> int:
        """Record that a task is to be run by a worker; return the run's number."""
        return self._insert(task, recipe, seed, None, status="queued")

    def take(self, versions: Mapping[str, str] | None = None) -> RunInfo | None:
        """Make the oldest queued run one of this process; return it, None if none is queued.

        No two processes get the same one.
        """
        query = (
            select(schema.run.c.id)
            .where(schema.run.c.status == "queued")
            .order_by(schema.run.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)  # SQLite needs none: there is but one writer
        )
        with self._catalogue.writing() as connection:
            number = connection.scalar(query)
            if number is None:
                return None
            _change(connection, number, versions=dict(versions or {}), **_here())
            return _run(connection, number)

    def restart(self, number: int, versions: Mapping[str, str] | None = None) -> RunInfo:
        """Make a run that ended without success one of this process, to be run again.

        Raises
        ------
        NotInArchiveError
            If there is no such run, or it is running or done.
        """
        self.mark_interrupted()
        with self._catalogue.writing() as connection:
            run = _run(connection, number)
            if run.status in ("running", "done"):
                msg = f"Run {number} is {run.status}: there is nothing to resume."
                raise NotInArchiveError(msg)
            fresh = {"error": None, "ended": None, "result": None}
            _change(connection, number, versions=dict(versions or {}), **fresh, **_here())
            return _run(connection, number)

    def progress(self, number: int, done: int, total: int | None) -> None:
        """Record how far a run is."""
        with self._catalogue.writing() as connection:
            _change(connection, number, done=done, total=total, heartbeat=datetime.now(UTC))

    def beat(self, number: int) -> None:
        """Record that the process of a run is alive."""
        with self._catalogue.writing() as connection:
            _change(connection, number, heartbeat=datetime.now(UTC))

    def finish(
        self,
        number: int,
        *,
        result: Mapping[str, Any] | None = None,
        error: str | None = None,
        status: RunStatus | None = None,
    ) -> None:
        """Record how a run ended: done, failed if there is an error, or as `status` says."""
        how = status or ("failed" if error else "done")
        values = {
            "result": None if result is None else plain(result, "result"),
            "error": None if error is None else printable(error),
            "ended": datetime.now(UTC),
        }
        with self._catalogue.writing() as connection:
            _change(connection, number, status=how, **values)

    def cancel(self, number: int) -> None:
        """Cancel a run: a queued one never starts, a running one stops at its next step.

        Raises
        ------
        NotInArchiveError
            If there is no such run, or it has ended.
        """
        with self._catalogue.writing() as connection:
            run = _run(connection, number)
            if run.status not in ("queued", "running"):
                msg = (
                    f"Run {number} is {run.status}: only a queued or running one can be cancelled."
                )
                raise NotInArchiveError(msg)
            ended = datetime.now(UTC) if run.status == "queued" else None
            _change(connection, number, status="cancelled", ended=ended)

    def is_cancelled(self, number: int) -> bool:
        """Return whether somebody has cancelled a run."""
        return self.get(number).status == "cancelled"

    def get(self, number: int) -> RunInfo:
        """Return a run.

        Raises
        ------
        NotInArchiveError
            If there is none of that number.
        """
        with self._catalogue.reading() as connection:
            return _run(connection, number)

    def mark_interrupted(self) -> list[int]:
        """Mark running runs whose process is gone as interrupted; return their numbers."""
        lost = [run.number for run in self.lost()]
        with self._catalogue.writing() as connection:
            for number in lost:
                values = {"error": "its process ended without a word", "ended": datetime.now(UTC)}
                _change(connection, number, status="interrupted", **values)
        return lost

    def lost(self) -> list[RunInfo]:
        """Return running runs whose process is gone."""
        return [run for run in self.list() if run.status == "running" and _is_lost(run)]

    def _insert(
        self,
        task: str,
        recipe: Mapping[str, Any],
        seed: int | None,
        versions: Mapping[str, str] | None,
        **values: Any,
    ) -> int:
        row = {
            "task": task,
            "recipe": plain(recipe, "recipe"),
            "seed": seed,
            "versions": dict(versions or {}),
            "created": values.get("started", datetime.now(UTC)),
            **values,
        }
        with self._catalogue.writing() as connection:
            return insert_one(connection, schema.run, row)

    def list(self) -> list[RunInfo]:
        """Return all runs, newest first."""
        with self._catalogue.reading() as connection:
            rows = connection.execute(select(schema.run).order_by(schema.run.c.id.desc()))
            return [_info(row) for row in rows]


def _here() -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "status": "running",
        "started": now,
        "heartbeat": now,
        "host": socket.gethostname(),
        "pid": os.getpid(),
    }


def _is_lost(run: RunInfo) -> bool:
    if run.heartbeat is None or datetime.now(UTC) - run.heartbeat > SILENT_FOR:
        return True
    return run.host == socket.gethostname() and not _is_alive(run.pid or 0)


def _is_alive(pid: int) -> bool:
    if os.name != "posix":
        return True  # signal 0 asks only on POSIX; elsewhere the heartbeat tells
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _change(connection: Connection, number: int, **values: Any) -> None:
    changed = connection.execute(
        update(schema.run).where(schema.run.c.id == number).values(**values)
    )
    if not changed.rowcount:
        raise _unknown(number)


def _run(connection: Connection, number: int) -> RunInfo:
    row = connection.execute(select(schema.run).where(schema.run.c.id == number)).one_or_none()
    if row is None:
        raise _unknown(number)
    return _info(row)


def _unknown(number: int) -> NotInArchiveError:
    return NotInArchiveError(f"No run {number} in the archive. See: starsieve runs list.")


def _info(row: Any) -> RunInfo:
    values = {name: value for name, value in row._mapping.items() if name != "id"}
    return RunInfo(number=row.id, **values)
