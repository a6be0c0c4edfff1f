"""A process for an errand: begun from a warm server, watched, and stopped when its time is over."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from multiprocessing import connection, get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess

from starsieve.web.errands.records import FAILURE, RESULT, read_json
from starsieve.web.errands.work import Assignment, carry_out

LOOK_SECONDS = 0.2

_context: ForkServerContext = get_context("forkserver")

_starting = threading.Lock()
"""Starting a process looks at how all others ended, which only one thread at a time may."""


def prepare(functions: Iterable[str]) -> None:
    """Say what processes will run, so that their server can import it beforehand."""
    modules = {function.partition(":")[0] for function in functions}
    _context.set_forkserver_preload(["__main__", carry_out.__module__, *sorted(modules)])


def warm() -> None:
    """Begin the server of processes and wait until it has imported all; at once if it has."""
    process = _context.Process(target=_nothing, daemon=True)
    with _starting:
        process.start()
    connection.wait([process.sentinel])
    with _starting:
        process.join()


def _nothing() -> None:
    """Do nothing: what is wanted is that a process could begin."""


def run(given: Assignment, unwanted: Callable[[], bool]) -> str | None:
    """Carry out an errand in a process of its own; return why it failed, ``""`` if it did not.

    Parameters
    ----------
    given : Assignment
    unwanted : callable
        Asked now and then whether to stop.

    Returns
    -------
    str or None
        None if it was stopped since nobody wants it any more.
    """
    process = _context.Process(target=carry_out, args=(given,), daemon=True)
    with _starting:
        process.start()
    ends = time.monotonic() + given.seconds
    in_time = wanted = True
    while not connection.wait([process.sentinel], LOOK_SECONDS):
        wanted, in_time = wanted and not unwanted(), time.monotonic() < ends
        if not (wanted and in_time):
            _kill(process)
    with _starting:
        process.join()
    return _how_it_ended(given, process.exitcode or 0, in_time) if wanted else None


def _how_it_ended(given: Assignment, code: int, in_time: bool) -> str:
    if not in_time or -code in (signal.SIGALRM, signal.SIGXCPU):
        return f"This took longer than {given.seconds:g} s and was stopped."
    failure = read_json(given.folder / FAILURE)
    if failure is not None:
        return str(failure["error"])
    if code == 0 and (given.folder / RESULT).exists():
        return ""
    if -code == signal.SIGKILL:
        return "This was stopped by the system, most likely for lack of memory."
    return "This ended in a crash: what was sent may be damaged."


def _kill(process: ForkServerProcess) -> None:
    """End a process and whatever it has begun; it leads a group of its own."""
    if process.pid is not None:
        for end in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                end(process.pid, signal.SIGKILL)
