"""One writer per collection: a lock that the operating system lifts when its owner dies."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from starsieve.errors import ArchiveError

WAIT_SECONDS = 300.0


@contextmanager
def only_writer(root: Path, name: str) -> Iterator[None]:
    """Hold the lock of that name; others wait for their turn.

    Parameters
    ----------
    root : Path
        Of the archive.
    name : str
        What is written to: a collection.

    Raises
    ------
    ArchiveError
        If another process writes for longer than `WAIT_SECONDS`, or the folder can't be written to.
    """
    folder = root / "locks"
    owner = folder / f"{name}.owner"
    try:
        folder.mkdir(exist_ok=True)
        lock = FileLock(folder / f"{name}.lock", timeout=WAIT_SECONDS)
        lock.acquire()
    except Timeout as error:
        who = owner.read_text(errors="replace") if owner.exists() else "another process"
        msg = (
            f"{name!r} has been written to by {who} for {WAIT_SECONDS:.0f} s. "
            "Try again when it is done."
        )
        raise ArchiveError(msg) from error
    except OSError as error:
        msg = f"Can't write to {root}: {error.strerror or error}."
        raise ArchiveError(msg) from error
    try:
        owner.write_text(f"process {os.getpid()} on {socket.gethostname()}")
        yield
    finally:
        lock.release()
