"""What is known of an errand, and the files that say it: each is replaced as a whole."""

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args

from starsieve.errors import NotInArchiveError

Status = Literal["queued", "running", "done", "failed"]

RECORD = "errand.json"
PROGRESS = "progress.json"
RESULT = "result.json"
FAILURE = "failure.json"
LOG = "log.txt"

_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True, eq=False)
class Errand:
    """A piece of work apart from the archive.

    Parameters
    ----------
    id : str
        Not to be guessed, unless the errand has a key.
    kind : str
    options : dict
        What it was started with.
    folder : Path
        Where its input and the files that it makes are.
    created : datetime
    status : {"queued", "running", "done", "failed"}
    done, total : int
        Steps, as it counts them; 0 before it has begun.
    what : str
        What is being done.
    error : str
        Why it failed, in words for whoever asked for it.
    result : dict, optional
        Of one that is done.
    attempts : int
        How often it was begun.
    ended : datetime, optional
    """

    id: str
    kind: str
    options: dict[str, Any]
    folder: Path
    created: datetime
    status: Status = "queued"
    done: int = 0
    total: int = 0
    what: str = ""
    error: str = ""
    result: dict[str, Any] | None = None
    attempts: int = 0
    ended: datetime | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ("done", "failed")

    def to_record(self) -> dict[str, Any]:
        """Return what a page that waits for it wants to know, without the result."""
        return {
            "id": self.id,
            "kind": self.kind,
            "status": self.status,
            "done": self.done,
            "total": self.total,
            "what": self.what,
            "error": self.error or None,
            "created": self.created.isoformat(),
        }


def new_id(kind: str, key: str | None) -> str:
    """Return an id that can't be guessed, or the one that belongs to a key."""
    if key is None:
        return secrets.token_urlsafe(18)
    return "k" + sha256(f"{kind}\0{key}".encode()).hexdigest()[:39]


def check_id(number: str) -> str:
    """Return an id, which becomes the name of a folder.

    Raises
    ------
    NotInArchiveError
        If it is none.
    """
    if not _ID.fullmatch(number):
        raise no_such()
    return number


def no_such() -> NotInArchiveError:
    """Return the error that says so: also of one that has been deleted."""
    return NotInArchiveError("There is no such work here, or it has been deleted since.")


def write_json(path: Path, data: Any) -> None:
    """Write a file so that whoever reads sees the old one or the new one.

    Raises
    ------
    OSError
        If its folder is gone.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    partial.write_text(json.dumps(data, allow_nan=False), encoding="utf-8")
    partial.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return what a file says, None if there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return content if isinstance(content, dict) else None


def new_record(number: str, kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of an errand that has not begun."""
    return {
        "id": number,
        "kind": kind,
        "options": dict(options),
        "created": datetime.now(UTC).isoformat(),
        "status": "queued",
        "error": "",
        "attempts": 0,
        "ended": None,
    }


def read_errand(folder: Path, with_result: bool = True) -> Errand | None:
    """Return the errand of a folder, None if it holds none."""
    record = read_json(folder / RECORD)
    if record is None or record["status"] not in get_args(Status):
        return None
    going = {} if record["status"] == "queued" else read_json(folder / PROGRESS) or {}
    done = record["status"] == "done"
    return Errand(
        id=record["id"],
        kind=record["kind"],
        options=record["options"],
        folder=folder,
        created=datetime.fromisoformat(record["created"]),
        status=record["status"],
        done=going.get("done", 0),
        total=going.get("total", 0),
        what=going.get("what", ""),
        error=record["error"],
        result=read_json(folder / RESULT) if done and with_result else None,
        attempts=record["attempts"],
        ended=datetime.fromisoformat(record["ended"]) if record["ended"] else None,
    )


def is_older(created: datetime, hours: float) -> bool:
    """Return whether something was made longer ago than that."""
    return datetime.now(UTC) - created > timedelta(hours=hours)
