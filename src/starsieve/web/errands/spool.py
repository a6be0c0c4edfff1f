"""The folder in which all errands lie, shared by every process that serves an archive."""

import contextlib
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starsieve.web.errands.records import (
    FAILURE,
    PROGRESS,
    RECORD,
    RESULT,
    Errand,
    check_id,
    is_older,
    new_record,
    no_such,
    read_errand,
    read_json,
    write_json,
)

LEFT_BEHIND_SECONDS = 3600.0
"""After which a file that came and was not used, or an errand half made, is litter."""


class Spool:
    """Folders of errands, and the queue of those to be carried out.

    Parameters
    ----------
    root : Path
        Made if it is not there; for nobody else's eyes.
    keep_hours : float
    """

    def __init__(self, root: Path, keep_hours: float) -> None:
        self.root, self.keep_hours = root.absolute(), keep_hours
        for name in ("errands", "queue", "running", "slots", "incoming", "trash"):
            (self.root / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    def incoming(self, suffix: str = "") -> Path:
        """Return where a file that is being sent may be written."""
        return self.root / "incoming" / f"{secrets.token_urlsafe(12)}{suffix}"

    def folder(self, number: str) -> Path:
        """Return where an errand of that id is or would be."""
        return self.root / "errands" / check_id(number)

    def add(
        self, number: str, kind: str, options: Mapping[str, Any], file: Path | None, name: str
    ) -> bool:
        """Make an errand with its file under a name, and queue it; return False if it is there."""
        making = self.root / "incoming" / f"new-{secrets.token_urlsafe(12)}"
        making.mkdir(mode=0o700)
        try:
            if file is not None:
                shutil.move(file, making / name)
            write_json(making / RECORD, new_record(number, kind, options))
            making.rename(self.folder(number))
        except OSError:
            if not self.folder(number).is_dir():
                raise
            return False
        finally:
            shutil.rmtree(making, ignore_errors=True)
        self.enqueue(number)
        return True

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep everybody else, in whatever process, from making or deleting errands meanwhile.

        Who finds no errand of a key would otherwise clear away the one that another has just made.
        """
        mode = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self.root / "making", mode, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def enqueue(self, number: str) -> None:
        """Put an errand at the end of the queue."""
        (self.root / "queue" / f"{time.time_ns():020d}.{number}").touch(mode=0o600)

    def queued(self) -> list[Path]:
        """Return the entries of the queue, the oldest first."""
        return sorted((self.root / "queue").iterdir())

    def read(self, number: str, with_result: bool = True) -> Errand:
        """Return an errand.

        Raises
        ------
        NotInArchiveError
            If there is none of that id, or none any more.
        """
        errand = read_errand(self.folder(number), with_result)
        if errand is None or self._is_past(errand):
            raise no_such()
        return errand

    def update(self, number: str, **changed: Any) -> None:
        """Change an errand's record, if it is still there; only whoever carries it out does."""
        path = self.folder(number) / RECORD
        record = read_json(path)
        if record is not None:
            if changed.get("status") in ("done", "failed"):
                changed["ended"] = datetime.now(UTC).isoformat()
            with contextlib.suppress(FileNotFoundError):
                write_json(path, record | changed)

    def begin(self, errand: Errand) -> None:
        """Write down that an errand is being carried out, with nothing left of a time before."""
        for name in (PROGRESS, RESULT, FAILURE):
            (errand.folder / name).unlink(missing_ok=True)
        self.update(errand.id, status="running", attempts=errand.attempts + 1)

    def discard(self, number: str) -> None:
        """Delete an errand with all its files; whoever carries it out will notice."""
        gone = self.root / "trash" / secrets.token_urlsafe(12)
        with contextlib.suppress(FileNotFoundError):
            self.folder(number).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    def sweep(self) -> int:
        """Delete what is past its time, queue what fell out; return how many errands are deleted.

        Any process may.
        """
        for name in ("incoming", "trash"):
            for path in (self.root / name).iterdir():
                _remove_litter(path)
        errands = list(self.all())
        past = [each.id for each in errands if self._is_past(each)]
        for number in past:
            with self.alone():
                errand = read_errand(self.folder(number), with_result=False)
                if errand is not None and self._is_past(errand):  # not made anew since
                    self.discard(number)
        self._queue_lost([each for each in errands if not each.has_ended])
        return len(past)

    def _queue_lost(self, errands: list[Errand]) -> None:
        """Queue errands that a process had made when it died, before it could queue them."""
        known = {path.name.partition(".")[2] for path in self.queued()}
        known |= {path.name.partition(".")[2] for path in (self.root / "running").iterdir()}
        for errand in errands:
            lost = errand.id not in known and is_older(errand.created, LEFT_BEHIND_SECONDS / 3600)
            if lost and errand.folder.is_dir():
                self.enqueue(errand.id)

    def all(self) -> Iterator[Errand]:
        """Yield every errand, without results."""
        for folder in (self.root / "errands").iterdir():
            errand = read_errand(folder, with_result=False)
            if errand is not None:
                yield errand

    def _is_past(self, errand: Errand) -> bool:
        return is_older(errand.ended or errand.created, self.keep_hours)


def _remove_litter(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if time.time() - path.stat().st_mtime > LEFT_BEHIND_SECONDS:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
