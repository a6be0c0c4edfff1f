"""A real server over an archive, in a process of its own, as `starsieve serve` runs one."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starsieve.web.options import WebOptions
from tests.browser.made_archive import Whole

START_SECONDS = 60.0
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Served:
    """A running server over a made archive.

    Parameters
    ----------
    url : str
        Without a slash at its end.
    address : (str, int)
        For sockets.
    token : str
        What writing needs.
    whole : Whole
        What is in the archive.
    spool : Path
        Where uploads lie.
    pid : int
    """

    url: str
    address: tuple[str, int]
    token: str
    whole: Whole
    spool: Path
    pid: int


@contextmanager
def served_archive(whole: Whole, folder: Path, **options: Any) -> Iterator[Served]:
    """Serve an archive on a free port; no run that is queued is worked off unless asked.

    Parameters
    ----------
    whole : Whole
    folder : Path
        For what the server keeps outside the archive.
    options
        Of `WebOptions`.
    """
    given = WebOptions.model_validate(
        {"spool": folder / "spool", "port": 0, "workers": 0, **options}
    )
    environment = os.environ | {"STARSIEVE_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(whole.root), given.model_dump_json()],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        timer.cancel()
        assert line, "The server did not start; what it said is above."
        url = line.rstrip("/")
        port = int(url.rpartition(":")[2])
        yield Served(url, ("127.0.0.1", port), whole.token, whole, given.spool, process.pid)
    finally:
        timer.cancel()
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            if process.stdout is not None:  # what it has started may write there a little longer
                process.stdout.close()


def _say(url: str) -> None:
    sys.stdout.write(url + "\n")
    sys.stdout.flush()


if __name__ == "__main__":  # not in the processes that the server starts
    from starsieve.archive import Archive
    from starsieve.web.server import serve

    with Archive.open(Path(sys.argv[1])) as archive:
        serve(archive, WebOptions.model_validate_json(sys.argv[2]), _say)
