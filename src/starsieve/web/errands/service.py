"""Errands as the routes see them: start one, ask how it is, get its result."""

import logging
import os
import re
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from starsieve.errors import DataError
from starsieve.settings import Settings
from starsieve.web.errands.claims import Claim, requeue_orphans, take_next, take_slot
from starsieve.web.errands.kinds import KINDS
from starsieve.web.errands.process import prepare, run, warm
from starsieve.web.errands.records import Errand, is_older, new_id
from starsieve.web.errands.spool import Spool
from starsieve.web.errands.work import Assignment
from starsieve.web.options import WebOptions
from starsieve.web.problems import Busy

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
"""How often a process looks for what others have queued."""

STOP_SECONDS = 5.0

WARM_AFTER_SECONDS = 3.0
"""After which an idle process gets ready for the first errand: pages come first."""

SWEEP_SECONDS = 300.0

MOST_ATTEMPTS = 2
"""How often an errand is begun whose server dies meanwhile."""

RETRY_HOURS = 1 / 60
"""After which an errand with a key that failed is tried again if someone asks."""

FILE_BYTES = 2 * 1024**3
"""Of any file that an errand writes."""


class Errands:
    """Work apart from the archive, done in processes of its own.

    Several of these, in several server processes, share one spool: together they keep the limits,
    and an errand that one was carrying out when it died is taken over by another.

    Parameters
    ----------
    options : WebOptions
    settings : Settings, optional
        Where the archive is, for errands that read in it.
    kinds : mapping of str to str
        See `KINDS`.
    """

    def __init__(
        self,
        options: WebOptions,
        settings: Settings | None = None,
        kinds: Mapping[str, str] = KINDS,
    ) -> None:
        self.options, self.settings, self.kinds = options, settings, kinds
        self.spool = Spool(options.spool, options.keep_hours)
        self._threads: list[threading.Thread] = []
        self._work, self._stop, self._lock = threading.Event(), threading.Event(), threading.Lock()
        self._swept = -SWEEP_SECONDS
        self._warming, self._is_warm = threading.Lock(), False

    def open(self) -> Self:
        """Begin to carry out what is queued; the first `start` does so, too."""
        with self._lock:
            if not self._threads:
                prepare(self.kinds.values())
                self._stop.clear()
                for n in range(self.options.errands):
                    thread = threading.Thread(target=self._go_on, name=f"errands {n}", daemon=True)
                    self._threads.append(thread)
                    thread.start()
        return self

    def close(self) -> None:
        """Stop what this process carries out; it stays queued for the next one."""
        self._stop.set()
        self._work.set()
        with self._lock:
            threads, self._threads = self._threads, []
        ends = time.monotonic() + STOP_SECONDS
        for thread in threads:  # one that is still getting ready has nothing to lose
            thread.join(max(0.0, ends - time.monotonic()))

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def start(
        self,
        kind: str,
        options: Mapping[str, Any],
        file: Path | None = None,
        key: str | None = None,
        file_name: str = "",
    ) -> Errand:
        """Queue an errand and return it at once.

        Parameters
        ----------
        kind : str
            One of `KINDS`.
        options : mapping
            JSON-able: what its function is given.
        file : Path, optional
            Moved into the errand's folder, under ``options["file"]``.
        key : str, optional
            Says what the result depends on: kind and key together name the errand, so that who
            asks for the same gets the same, whichever process they ask.
        file_name : str
            What the file was called where it comes from.

        Raises
        ------
        Busy
            If too many wait already.
        """
        if kind not in self.kinds:
            msg = f"No errand of kind {kind!r}; there are: {', '.join(self.kinds)}."
            raise DataError(msg)
        number = new_id(kind, key)
        if key is not None:
            there = self._found(number)
            if there is not None:
                return there
        self.refuse_if_full()
        name = safe_name(file_name or (file.name if file else ""))
        given = dict(options) if file is None else {**options, "file": name}
        self.spool.add(number, kind, given, file, name)
        self.open()
        self._work.set()
        return self.spool.read(number)

    def refuse_if_full(self) -> None:
        """Say so if too much waits already.

        Raises
        ------
        Busy
        """
        if len(self.spool.queued()) >= self.options.waiting:
            msg = "Too much work is waiting already. Try again in a minute."
            raise Busy(msg)

    def get(self, number: str, with_result: bool = True) -> Errand:
        """Return an errand by its id.

        Raises
        ------
        NotInArchiveError
            If there is none, or it has been deleted.
        """
        return self.spool.read(number, with_result)

    def wait(self, number: str, seconds: float) -> Errand:
        """Return an errand when it has ended, or after so many seconds as it is then."""
        ends, pause = time.monotonic() + seconds, 0.005
        while not (errand := self.get(number, with_result=False)).has_ended:
            if time.monotonic() > ends:
                return errand
            time.sleep(pause)
            pause = min(2 * pause, 0.1)
        return self.get(number)

    def discard(self, number: str) -> None:
        """Stop an errand and delete all that is left of it."""
        self.spool.discard(number)

    def _found(self, number: str) -> Errand | None:
        """Return an errand of a key, None if it must be made, perhaps again."""
        try:
            errand = self.get(number)
        except LookupError:
            self.discard(number)  # what is left of one that is past its time
            return None
        failed = errand.ended is not None and errand.status == "failed"
        if failed and is_older(errand.ended or errand.created, RETRY_HOURS):
            self.discard(number)
            return None
        return errand

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
        slot = take_slot(self.spool, self.options.errands)
        if slot is None:
            return False
        try:
            self._tidy()
            claim = take_next(self.spool)
            if claim is not None:
                self._carry_out(claim)
            return claim is not None
        finally:
            os.close(slot)

    def _tidy(self) -> None:
        requeue_orphans(self.spool)
        with self._lock:
            due = time.monotonic() - self._swept > SWEEP_SECONDS
            self._swept = time.monotonic() if due else self._swept
        if due:
            self.spool.sweep()

    def _carry_out(self, claim: Claim) -> None:
        try:
            errand = self.spool.read(claim.id)
        except LookupError:
            claim.release()
            return
        if errand.has_ended:  # whoever carried it out died after writing that down
            claim.release()
            return
        error = self._refusal(errand)
        if not error:
            self.spool.begin(errand)
            failed = self._run(errand)
            if failed is None and self._stop.is_set() and errand.folder.is_dir():
                self.spool.update(claim.id, status="queued", attempts=errand.attempts)
                claim.give_back(self.spool)
                return
            error = failed or ""
        self.spool.update(claim.id, status="failed" if error else "done", error=error)
        claim.release()

    def _refusal(self, errand: Errand) -> str:
        if errand.kind not in self.kinds:
            return "This kind of work is not known here any more."
        if errand.attempts >= MOST_ATTEMPTS:
            return "This was interrupted several times and has been given up."
        return ""

    def _run(self, errand: Errand) -> str | None:
        given = Assignment(
            function=self.kinds[errand.kind],
            options=errand.options,
            folder=errand.folder,
            seconds=self.options.upload_seconds,
            memory_bytes=self.options.upload_memory_bytes,
            file_bytes=FILE_BYTES,
            settings=self.settings,
        )
        try:
            self._warm()
            return run(given, lambda: self._stop.is_set() or not errand.folder.is_dir())
        except (OSError, EOFError):
            log.exception("Errand %s could not be begun", errand.id)
            return "This could not be begun. Try again in a minute."


def safe_name(name: str) -> str:
    """Return a file's name without anything that could be more than a name."""
    name = re.sub(r"[^\w.+-]+", "_", Path(name.replace("\\", "/")).name).lstrip(".")
    return name[-100:] or "file"
