"""Those who carry out errands: threads of each server process, with a process each at a time."""

import logging
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starsieve.settings import Settings
from starsieve.web.errands.claims import Claim, requeue_orphans, take_next, take_slot
from starsieve.web.errands.process import prepare, run, warm
from starsieve.web.errands.records import Errand
from starsieve.web.errands.spool import Spool
from starsieve.web.errands.work import Assignment
from starsieve.web.options import WebOptions

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
"""How often a process looks for what others have queued."""

STOP_SECONDS = 5.0

WARM_AFTER_SECONDS = 3.0
"""After which an idle process gets ready for the first errand: pages come first."""

SWEEP_SECONDS = 300.0

MOST_ATTEMPTS = 2
"""How often an errand is begun whose server dies meanwhile."""

FILE_BYTES = 2 * 1024**3
"""Of any file that an errand writes."""


class Crew:
    """Threads that take errands from a spool, the longest waiting first.

    Parameters
    ----------
    spool : Spool
    options : WebOptions
    settings : Settings, optional
    kinds : mapping of str to str
        As of `Errands`.
    """

    def __init__(
        self,
        spool: Spool,
        options: WebOptions,
        settings: Settings | None,
        kinds: Mapping[str, str],
    ) -> None:
        self._spool, self._options, self._settings, self._kinds = spool, options, settings, kinds
        self._threads: list[threading.Thread] = []
        self._work, self._stop, self._lock = threading.Event(), threading.Event(), threading.Lock()
        self._swept = -SWEEP_SECONDS
        self._warming, self._is_warm = threading.Lock(), False

    def open(self) -> None:
        """Begin, if that has not been done, and look for work at once."""
        with self._lock:
            if not self._threads:
                prepare(self._kinds.values())
                self._stop.clear()
                for n in range(self._options.errands):
                    thread = threading.Thread(target=self._go_on, name=f"errands {n}", daemon=True)
                    self._threads.append(thread)
                    thread.start()
        self._work.set()

    def close(self) -> None:
        """Stop what this process carries out; it stays queued for the next one."""
        self._stop.set()
        self._work.set()
        with self._lock:
            threads, self._threads = self._threads, []
        ends = time.monotonic() + STOP_SECONDS
        for thread in threads:  # one that is still getting ready has nothing to lose
            thread.join(max(0.0, ends - time.monotonic()))

    def run(self, function: str, options: Mapping[str, Any], folder: Path) -> str | None:
        """Call a function within the limits; return why it failed, ``""``, or None if stopped."""
        given = Assignment(
            function=function,
            options=dict(options),
            folder=folder,
            seconds=self._options.upload_seconds,
            memory_bytes=self._options.upload_memory_bytes,
            file_bytes=FILE_BYTES,
            settings=self._settings,
        )
        try:
            self._warm()
            return run(given, lambda: self._stop.is_set() or not folder.is_dir())
        except (OSError, EOFError):
            log.exception("No process could be begun for %s", function)
            return "This could not be begun. Try again in a minute."

    def _go_on(self) -> None:
        """Carry out one errand after the other until told to stop."""
        begun = time.monotonic()
        while not self._stop.is_set():
            try:
                busy = self._next()
                if not busy and time.monotonic() - begun > WARM_AFTER_SECONDS:
                    self._warm()
            except Exception:
                log.exception("Errands: going on after an error")
                busy = False
            if not busy and self._work.wait(IDLE_SECONDS) and not self._stop.is_set():
                self._work.clear()

    def _warm(self) -> None:
        """Import what errands need, once, before the first one's time begins to run."""
        with self._warming:
            if not self._is_warm:
                warm()
                self._is_warm = True

    def _next(self) -> bool:
        """Carry out the errand that has waited longest; return whether there was one."""
        slot = take_slot(self._spool, self._options.errands)
        if slot is None:
            return False
        try:
            self._tidy()
            claim = take_next(self._spool)
            if claim is not None:
                self._carry_out(claim)
            return claim is not None
        finally:
            os.close(slot)

    def _tidy(self) -> None:
        requeue_orphans(self._spool)
        with self._lock:
            due = time.monotonic() - self._swept > SWEEP_SECONDS
            self._swept = time.monotonic() if due else self._swept
        if due:
            self._spool.sweep()

    def _carry_out(self, claim: Claim) -> None:
        try:
            errand = self._spool.read(claim.id)
        except LookupError:
            claim.release()
            return
        if errand.has_ended:  # whoever carried it out died after writing that down
            claim.release()
            return
        error = self._refusal(errand)
        if not error:
            self._spool.begin(errand)
            failed = self.run(self._kinds[errand.kind], errand.options, errand.folder)
            if failed is None and self._stop.is_set() and errand.folder.is_dir():
                self._spool.update(claim.id, status="queued", attempts=errand.attempts)
                claim.give_back(self._spool)
                return
            error = failed or ""
        self._spool.update(claim.id, status="failed" if error else "done", error=error)
        claim.release()

    def _refusal(self, errand: Errand) -> str:
        if errand.kind not in self._kinds:
            return "This kind of work is not known here any more."
        if errand.attempts >= MOST_ATTEMPTS:
            return "This was interrupted several times and has been given up."
        return ""
