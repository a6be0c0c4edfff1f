"""The archive's runs: which task was run on what recipe, and how it went. Also the queue."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, insert_one
from starsieve.archive.encoding import plain, printable
from starsieve.archive.records import RunInfo, RunStatus
from starsieve.archive.run_log import RunLog, read_log
from starsieve.archive.run_rows import change_run, get_run, here, is_lost, run_info, shown
from starsieve.errors import NotInArchiveError


class RunStore:
    """Record runs, and hand out queued ones."""

    def __init__(self, catalogue: Catalogue, logs: Path) -> None:
        self._catalogue = catalogue
        self._logs = logs

    def start(
        self,
        task: str,
        recipe: Mapping[str, Any],
        *,
        seed: int | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> int:
        """Record that this process starts a task; return the run's number."""
        return self._insert(task, recipe, seed, versions, **here())

    def queue(
        self,
        task: str,
        recipe: Mapping[str, Any],
        *,
        seed: int | None = None,
        who: str | None = None,
    ) -> int:
        """Record that a task is to be run by a worker, and who asks; return the run's number."""
        return self._insert(task, recipe, seed, None, status="queued", who=shown(who, 80))

    def take(self, versions: Mapping[str, str] | None = None) -> RunInfo | None:
        """Make the oldest queued run one of this process; return it, None if none is queued.

        No two processes get the same one.
        """
        query = (
            select(schema.run.c.id)
            .where(schema.run.c.status == "queued")
            .order_by(schema.run.c.id)
            .limit(1)
        )
        with self._catalogue.reading() as connection:
            if connection.scalar(query) is None:
                return None  # an idle worker keeps no writer waiting
        query = query.with_for_update(skip_locked=True)  # SQLite needs none: it has one writer
        with self._catalogue.writing() as connection:
            number = connection.scalar(query)
            if number is None:
                return None
            change_run(connection, number, versions=dict(versions or {}), **here())
            return get_run(connection, number)

    def requeue(self, number: int) -> RunInfo:
        """Let a worker run again what ended without success.

        Raises
        ------
        NotInArchiveError
            If there is no such run, or it is queued, running or done.
        """
        return self._again(number, ("queued", "running", "done"), status="queued", started=None)

    def restart(self, number: int, versions: Mapping[str, str] | None = None) -> RunInfo:
        """Make a run that ended without success one of this process, to be run again.

        Raises
        ------
        NotInArchiveError
            If there is no such run, or it is running or done.
        """
        return self._again(number, ("running", "done"), versions=dict(versions or {}), **here())

    def progress(self, number: int, done: int, total: int | None, what: str = "") -> None:
        """Record how far a run is, and at what; with another total a new part of it begins."""
        table, now = schema.run, datetime.now(UTC)
        values = {"done": done, "total": total, "what": shown(what, 200), "heartbeat": now}
        query = select(table.c.since, table.c.total, table.c.done).where(table.c.id == number)
        with self._catalogue.writing() as connection:
            last = connection.execute(query).one_or_none()
            if last is None or last.since is None or last.total != total or done < last.done:
                values |= {"since": now, "since_done": done}
            change_run(connection, number, **values)

    def beat(self, number: int) -> None:
        """Record that the process of a run is alive."""
        with self._catalogue.writing() as connection:
            change_run(connection, number, heartbeat=datetime.now(UTC))

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
            change_run(connection, number, status=how, **values)

    def cancel(self, number: int) -> None:
        """Cancel a run: a queued one never starts, a running one stops at its next step.

        Raises
        ------
        NotInArchiveError
            If there is no such run, or it has ended.
        """
        with self._catalogue.writing() as connection:
            run = get_run(connection, number)
            if run.status not in ("queued", "running"):
                msg = (
                    f"Run {number} is {run.status}: only a queued or running one can be cancelled."
                )
                raise NotInArchiveError(msg)
            ended = datetime.now(UTC) if run.status == "queued" else None
            change_run(connection, number, status="cancelled", ended=ended)

    def is_cancelled(self, number: int) -> bool:
        """Return whether somebody has cancelled a run."""
        query = select(schema.run.c.status).where(schema.run.c.id == number)
        with self._catalogue.reading() as connection:
            return connection.scalar(query) == "cancelled"

    def get(self, number: int) -> RunInfo:
        """Return a run.

        Raises
        ------
        NotInArchiveError
            If there is none of that number.
        """
        with self._catalogue.reading() as connection:
            return get_run(connection, number)

    def mark_interrupted(self) -> list[int]:
        """Mark running runs whose process is gone as interrupted; return their numbers."""
        lost = [run.number for run in self.lost()]
        if not lost:
            return []
        table = schema.run
        values = {"error": "its process ended without a word", "ended": datetime.now(UTC)}
        with self._catalogue.writing() as connection:
            for number in lost:  # unless it has ended meanwhile
                query = update(table).where(table.c.id == number, table.c.status == "running")
                connection.execute(query.values(status="interrupted", **values))
        return lost

    def lost(self) -> list[RunInfo]:
        """Return running runs whose process is gone."""
        table = schema.run
        query = select(table).where(table.c.status == "running").order_by(table.c.id.desc())
        with self._catalogue.reading() as connection:
            running = [run_info(row) for row in connection.execute(query)]
        return [run for run in running if is_lost(run)]

    def counts(self) -> dict[str, int]:
        """Return how many runs there are of each status that occurs."""
        query = select(schema.run.c.status, func.count()).group_by(schema.run.c.status)
        with self._catalogue.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def open_log(self, number: int) -> RunLog:
        """Return the log of a run, to write to."""
        return RunLog(self._log_file(number))

    def log(self, number: int, tail: int | None = None) -> str:
        """Return what a run said while it was carried out; empty if it said nothing yet.

        Parameters
        ----------
        number : int
        tail : int, optional
            Only so many lines, the last ones.

        Raises
        ------
        NotInArchiveError
            If there is no run of that number.
        """
        self.get(number)
        return read_log(self._log_file(number), tail)

    def _log_file(self, number: int) -> Path:
        return self._logs / f"run-{number}.log"

    def _again(self, number: int, wrong: Sequence[RunStatus], **values: Any) -> RunInfo:
        self.mark_interrupted()
        with self._catalogue.writing() as connection:
            run = get_run(connection, number)
            if run.status in wrong:
                msg = f"Run {number} is {run.status}: there is nothing to resume."
                raise NotInArchiveError(msg)
            if run.status == "cancelled" and run.ended is None and not is_lost(run):
                msg = f"Run {number} is cancelled and about to stop: resume it in a moment."
                raise NotInArchiveError(msg)
            change_run(
                connection, number, **{"error": None, "ended": None, "result": None, **values}
            )
            return get_run(connection, number)

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
            return [run_info(row) for row in rows]
