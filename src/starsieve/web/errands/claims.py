"""Who carries out what: locks that the system lifts when their owner dies."""

import contextlib
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from starsieve.web.errands.spool import Spool


@dataclass(frozen=True, slots=True)
class Claim:
    """An errand that this process carries out, and nobody else."""

    id: str
    path: Path
    descriptor: int

    def release(self) -> None:
        """Say that the errand has ended."""
        self.path.unlink(missing_ok=True)
        os.close(self.descriptor)

    def give_back(self, spool: Spool) -> None:
        """Put the errand where it was in the queue, for whoever comes next."""
        with contextlib.suppress(FileNotFoundError):
            self.path.rename(spool.root / "queue" / self.path.name)
        os.close(self.descriptor)


def take_slot(spool: Spool, most: int) -> int | None:
    """Return the descriptor of one of so many slots, None if all are taken; close it to leave."""
    for number in range(most):
        descriptor = _lock(spool.root / "slots" / str(number), make=True)
        if descriptor is not None:
            return descriptor
    return None


def take_next(spool: Spool) -> Claim | None:
    """Return the errand that has waited longest, None if none waits."""
    for path in spool.queued():
        descriptor = _lock(path)
        if descriptor is not None:
            taken = spool.root / "running" / path.name
            # The lock goes with the file: at no moment is it in `running` without one.
            path.rename(taken)
            return Claim(path.name.partition(".")[2], taken, descriptor)
    return None


def requeue_orphans(spool: Spool) -> int:
    """Queue again what a process took that has died since; return how many."""
    n = 0
    for path in sorted((spool.root / "running").iterdir()):
        descriptor = _lock(path)
        if descriptor is not None:
            path.rename(spool.root / "queue" / path.name)
            os.close(descriptor)
            n += 1
    return n


def _lock(path: Path, make: bool = False) -> int | None:
    """Return the descriptor of a locked file, None if someone has it or it was moved away."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if make else 0), 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == path.stat().st_ino:
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None
