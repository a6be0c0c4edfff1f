"""Rows of the table of runs: reading and changing one, and whether its process is alive."""

import os
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from starsieve.archive import schema
from starsieve.archive.encoding import printable
from starsieve.archive.records import RunInfo
from starsieve.errors import NotInArchiveError

SILENT_FOR = timedelta(minutes=10)
"""A running run that has not been heard of for so long has lost its process."""


def here() -> dict[str, Any]:
    """Return what makes a run one of this process, as of now."""
    now = datetime.now(UTC)
    return {
        "status": "running",
        "started": now,
        "heartbeat": now,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": None,  # a rate is one of this process
    }


def shown(text: str | None, longest: int) -> str | None:
    """Return text that fits into a column, None for none."""
    return printable(text)[:longest] if text else None


def is_lost(run: RunInfo) -> bool:
    """Return whether the process of a running run is gone."""
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


def change_run(connection: Connection, number: int, **values: Any) -> None:
    """Set columns of a run; raise NotInArchiveError if there is none of that number."""
    changed = connection.execute(
        update(schema.run).where(schema.run.c.id == number).values(**values)
    )
    if not changed.rowcount:
        raise _unknown(number)


def get_run(connection: Connection, number: int) -> RunInfo:
    """Return a run; raise NotInArchiveError if there is none of that number."""
    row = connection.execute(select(schema.run).where(schema.run.c.id == number)).one_or_none()
    if row is None:
        raise _unknown(number)
    return run_info(row)


def _unknown(number: int) -> NotInArchiveError:
    return NotInArchiveError(f"No run {number} in the archive. See: starsieve runs list.")


def run_info(row: Any) -> RunInfo:
    """Return a row of the table as a record."""
    values = {name: value for name, value in row._mapping.items() if name != "id"}
    return RunInfo(number=row.id, **values)
