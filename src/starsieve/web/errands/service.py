"""Errands as the routes see them: start one, ask how it is, get its result."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from starsieve.errors import DataError
from starsieve.settings import Settings
from starsieve.web.errands.crew import Crew
from starsieve.web.errands.kinds import KINDS
from starsieve.web.errands.records import RESULT, Errand, is_older, new_id, read_json
from starsieve.web.errands.spool import Spool
from starsieve.web.options import WebOptions
from starsieve.web.problems import Busy

RETRY_HOURS = 1 / 60
"""After which an errand with a key that failed is tried again if someone asks."""


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
        self.options, self.kinds = options, kinds
        self.spool = Spool(options.spool, options.keep_hours)
        self._crew = Crew(self.spool, options, settings, kinds)

    def open(self) -> Self:
        """Begin to carry out what is queued; the first `start` does so, too."""
        self._crew.open()
        return self

    def close(self) -> None:
        """Stop what this process carries out; it stays queued for the next one."""
        self._crew.close()

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
        there = None if key is None else self._found(number)
        if there is not None:
            return there
        self.refuse_if_full()
        name = safe_name(file_name or (file.name if file else ""))
        given = dict(options) if file is None else {**options, "file": name}
        with self.spool.alone():
            there = None if key is None else self._found(number)
            if there is None:  # nobody has made it since
                self.spool.discard(number)  # what is left of one that is past its time
                self.spool.add(number, kind, given, file, name)
                there = self.spool.read(number)
        self.open()
        return there

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
        with self.spool.alone():
            self.spool.discard(number)

    def do_now(self, function: str, options: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        """Call a function in a process of its own, with the limits of an errand; wait for it.

        Parameters
        ----------
        function : str
            ``"package.module:name"``, as one of `KINDS`; it may also write to the archive.
        options : mapping
        folder : Path
            Its working folder.

        Raises
        ------
        DataError
            With what it raised, or why it could not end.
        """
        error = self._crew.run(function, options, folder)
        result = read_json(folder / RESULT)
        if error or result is None:
            raise DataError(error or "This was stopped. Try again.")
        return result

    def _found(self, number: str) -> Errand | None:
        """Return an errand of a key, None if it must be made, perhaps again."""
        try:
            errand = self.get(number)
        except LookupError:
            return None
        failed = errand.ended is not None and errand.status == "failed"
        again = failed and is_older(errand.ended or errand.created, RETRY_HOURS)
        return None if again else errand


def safe_name(name: str) -> str:
    """Return a file's name without anything that could be more than a name."""
    name = re.sub(r"[^\w.+-]+", "_", Path(name.replace("\\", "/")).name).lstrip(".")
    return name[-100:] or "file"
