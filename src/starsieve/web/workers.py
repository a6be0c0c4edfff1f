"""Workers beside the web app: processes that work off queued runs, kept alive until it stops."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often it is looked whether all are alive."""

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before one that died is replaced; twice as many each time it dies young."""

OLD_SECONDS = 60.0
"""After that long a death is no sign that all will die at once."""

STOP_SECONDS = 8.0
"""How long one that is told to stop may write down where it was."""

NICENESS = 5
"""Pages come first: workers get what the server leaves."""

COMMAND = (sys.executable, "-m", "starsieve", "worker", "--quiet", "--with-parent")


class Workers:
    """Processes of ``starsieve worker`` on one archive.

    Use it in a ``with`` block, or `start` and `stop` it. A worker that dies is replaced, after a
    while that grows if it dies again and again; the run it was at is marked as interrupted by the
    next one.

    Parameters
    ----------
    archive : Path
        Folder of the archive; if its catalogue is on a server, the environment says where.
    count : int
        How many; 0 for none.
    environment : mapping, optional
        Their variables; by default those of this process.
    command : sequence of str
        What to start.
    """

    def __init__(
        self,
        archive: Path,
        count: int = 1,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        variables = dict(os.environ if environment is None else environment)
        variables["STARSIEVE_ARCHIVE"] = str(archive.absolute())
        self._places = [_Place(command, variables) for _ in range(count)]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="workers", daemon=True)

    def start(self) -> Self:
        """Start all; return at once."""
        if self._places:
            self._thread.start()
        return self

    @property
    def alive(self) -> int:
        """How many there are just now."""
        return sum(place.is_alive for place in self._places)

    def stop(self) -> None:
        """Tell all to stop and wait for it: their runs are marked as interrupted."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        for place in self._places:
            place.tell_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for place in self._places:
            place.wait(max(0.0, deadline - time.monotonic()))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def _watch(self) -> None:
        while not self._ended.is_set():
            for place in self._places:
                place.look()
            self._ended.wait(LOOK_SECONDS)


@dataclass(slots=True)
class _Place:
    """One worker, its successors, and when the next may come."""

    command: Sequence[str]
    environment: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    said: IO[bytes] | None = None
    started: float = 0.0
    next_start: float = 0.0
    wait_seconds: float = FIRST_WAIT

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def look(self) -> None:
        """Start a worker where there is none; bury one that died."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            self._bury(now)
        if self.process is None and now >= self.next_start:
            self._start(now)

    def tell_to_stop(self) -> None:
        """Ask the worker, and the processes it has work in, to end."""
        if self.is_alive:
            self._signal(signal.SIGTERM)

    def wait(self, seconds: float) -> None:
        """Wait for the worker to end; make an end if it does not."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self._signal(signal.SIGKILL)
        self.process.wait()
        self._forget()

    def _start(self, now: float) -> None:
        self.said = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the worker has ended
        try:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self.said,
                start_new_session=True,  # Ctrl-C is for the server, which tells its workers
            )
        except OSError as error:
            self.next_start = now + LONGEST_WAIT
            log.warning("A worker can't be started (%s); trying again in a minute.", error)
            self._forget()
            return
        self.started = now
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.process.pid, NICENESS)

    def _bury(self, now: float) -> None:
        if self.process is None or self.said is None:
            return
        if now - self.started > OLD_SECONDS:
            self.wait_seconds = FIRST_WAIT
        self.said.seek(0)
        last = self.said.read()[-400:].decode(errors="replace").split("\n")
        log.warning(
            "A worker ended with code %d%s; the next one comes in %.0f s.",
            self.process.returncode,
            "".join(f" ({line})" for line in last[-2:] if line),
            self.wait_seconds,
        )
        self.next_start = now + self.wait_seconds
        self.wait_seconds = min(2 * self.wait_seconds, LONGEST_WAIT)
        self._signal(signal.SIGKILL)  # the processes that it had work in
        self._forget()

    def _signal(self, number: int) -> None:
        """Send a signal to the worker's session, of which some may be left when it is gone."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def _forget(self) -> None:
        if self.said is not None:
            self.said.close()
        self.process = self.said = None
