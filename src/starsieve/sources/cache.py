"""What was fetched before, on disk: known by its content, with its age, never half."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pooch
from filelock import FileLock

from starsieve.errors import SourceError

Make = Callable[[Path], None]
"""Writes what is wanted to a path that may hold the beginning of it; raises SourceError."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}")
_LEAST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Item:
    """Something to fetch.

    Parameters
    ----------
    source : str
        Folder for all of one service.
    key : str
        What it is, entirely: for instance its address.
    what : str
        The same for people: ``"TOI table"``.
    name : str
        Of its file.
    max_age : timedelta, optional
        After which it is fetched anew; never by default.
    """

    source: str
    key: str
    what: str
    name: str
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file of the cache.

    Parameters
    ----------
    what : str
        For people.
    path : Path
    sha256 : str
        Of its content, hexadecimal.
    when : datetime
        When it was fetched, UTC.
    origin : {"remote", "cache", "stale"}
        Fetched now, before, or before and too long ago, since now it can't be.
    note : str
        Why it is stale.
    age : timedelta
        Since it was fetched.
    """

    what: str
    path: Path
    sha256: str
    when: datetime
    origin: Literal["remote", "cache", "stale"]
    note: str = ""
    age: timedelta = timedelta()

    def describe(self) -> str:
        """Return what it is and how old: ``"TOI table, fetched 3 days ago"``."""
        return f"{self.what}, fetched {ago(self.age)}"


def default_folder() -> Path:
    """Return where this system keeps what can be fetched again."""
    return Path(pooch.os_cache("starsieve"))


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Cache:
    """Files that were fetched, below one folder.

    Every item has a folder of its own, with its content in one that is named after its hash, and a
    record of it that is written last: an interruption leaves what was there before. Answers that
    failed are never kept.

    Parameters
    ----------
    folder : Path
        It is made if needed.
    offline : bool
        Whether to take what there is, of any age, and ask nobody.
    refresh : bool
        Whether to ask although there is something young enough.
    now : callable
        Gives the time, UTC.
    """

    folder: Path
    offline: bool = False
    refresh: bool = False
    now: Callable[[], datetime] = _now

    def get(self, item: Item, make: Make) -> Fetched:
        """Return an item: from the cache if it is there and young enough, else made anew.

        If it can't be made but an older one is there, that is returned with a note.

        Raises
        ------
        SourceError
            If it is not there and can't be made, or may not be asked for.
        """
        kept = self.find(item)
        if kept is not None and (self.offline or self._is_young(kept, item)):
            return kept
        if self.offline:
            msg = f"{item.what} is not in the cache at {self.folder}. Without --offline it comes."
            raise SourceError(msg)
        home = self._home(item)
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / "lock"):
            before, kept = kept, self.find(item)
            if kept is not None and (before is None or kept.when > before.when):
                return kept  # another process fetched it while we waited
            part = home / "part"
            try:
                make(part)
            except SourceError as error:
                if kept is None:
                    raise
                note = f"{error} Instead: {kept.describe()}."
                return replace(kept, origin="stale", note=note)
            return self._keep(item, part)

    def find(self, item: Item) -> Fetched | None:
        """Return what is there of an item, of any age; content that was changed is put aside."""
        home = self._home(item)
        try:
            record = json.loads((home / "record.json").read_text())
            path = home / record["sha256"][:16] / item.name
            when = datetime.fromisoformat(record["when"])
            sha256 = _hash(path)
        except (OSError, ValueError, KeyError, TypeError):
            return None  # never fetched, or the record is damaged: the same thing here
        if sha256 != record["sha256"]:
            path.replace(home / "part.bad")
            return None
        age = max(self.now() - when, timedelta())
        return Fetched(item.what, path, sha256, when, "cache", age=age)

    def _is_young(self, kept: Fetched, item: Item) -> bool:
        return not self.refresh and (item.max_age is None or kept.age < item.max_age)

    def _home(self, item: Item) -> Path:
        if not _NAME.fullmatch(item.name):
            msg = f"{item.name!r} of {item.source} is no name for a file; it is left alone."
            raise SourceError(msg)
        key = hashlib.sha256(item.key.encode()).hexdigest()
        return self.folder / item.source / key[:24]

    def _keep(self, item: Item, part: Path) -> Fetched:
        """Give new content its place, then its record, then drop what was there before."""
        home, sha256, when = part.parent, _hash(part), self.now()
        place = home / sha256[:16]
        place.mkdir(exist_ok=True)
        part.replace(place / item.name)
        record = {"sha256": sha256, "when": when.isoformat(), "what": item.what, "key": item.key}
        _write(home / "record.json", record)
        for old in home.iterdir():
            if old.is_dir() and old != place:
                shutil.rmtree(old)
        (home / "part.bad").unlink(missing_ok=True)
        return Fetched(item.what, place / item.name, sha256, when, "remote")


def ago(age: timedelta) -> str:
    """Return an age as people say it.

    Examples
    --------
    >>> [ago(timedelta(hours=hours)) for hours in (0, 0.5, 5, 30, 100)]
    ['just now', '30 min ago', '5 h ago', '30 h ago', '4 days ago']
    """
    if age < _LEAST:
        return "just now"
    minutes = age.total_seconds() / 60
    if minutes < 60:
        return f"{minutes:.0f} min ago"
    hours = minutes / 60
    return f"{hours:.0f} h ago" if hours < 48 else f"{hours / 24:.0f} days ago"


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write(path: Path, record: dict[str, Any]) -> None:
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(record, indent=1))
    new.replace(path)
