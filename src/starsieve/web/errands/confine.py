"""What a process may use: set by the process itself before it touches what a stranger sent."""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

NICENESS = 10

PROCESSOR_SECONDS = 4
"""Times the wall time: processor time of all its threads together."""

GRACE_SECONDS = 5
"""How long after its time a process that nobody has stopped yet is ended by the system."""

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def confine(seconds: float, memory_bytes: int, file_bytes: int) -> None:
    """Bound what this process may use from here on; none of it can be undone by it.

    Parameters
    ----------
    seconds : float
        Wall time, kept by the system, so that nothing outlives a server that was killed.
    memory_bytes : int
        On top of what it has now.
    file_bytes : int
        Of any file that it writes.
    """
    os.setsid()
    os.nice(NICENESS)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_SECONDS)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_CPU, int(PROCESSOR_SECONDS * seconds) + GRACE_SECONDS)
    _bound(resource.RLIMIT_FSIZE, file_bytes)
    _bound(resource.RLIMIT_DATA, _data_now() + memory_bytes)
    if sys.platform == "linux":
        _die_first()


def _bound(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))


def _data_now() -> int:
    """Return the bytes that the process has for itself already, as its server gave them to it."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        return pages * resource.getpagesize()
    return 0


def _die_first() -> None:
    """Go down with the server, and before it if the machine runs out of memory."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
