"""What a run says while it is carried out: a text file beside the catalogue."""

import threading
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from starsieve.archive.encoding import printable

MOST_BYTES = 1_000_000
"""Of a log; of a longer one the middle is left out."""

FIRST_BYTES = MOST_BYTES // 10
LAST_BYTES = MOST_BYTES // 2
INDENT = "    "


class RunLog:
    """Lines with their time (UTC), added at the end of a file that stays small.

    A line that can't be written is lost: a full disk must not end a run that could go on.

    Parameters
    ----------
    path : Path
        Its folder is made if need be.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def write(self, text: str, level: str = "INFO") -> None:
        """Add a message; its further lines are indented."""
        first, *more = printable(text).splitlines() or [""]
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        lines = [f"{now} {level:<7} {first}", *(INDENT + line for line in more)]
        with self._lock, suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")  # at once, should two processes be at it
                size = file.tell()
            if size > MOST_BYTES:
                _shorten(self._path)


def read_log(path: Path, tail: int | None = None) -> str:
    """Return a log, or its last lines; empty if there is none.

    Parameters
    ----------
    path : Path
    tail : int, optional
        How many lines; all by default.
    """
    try:
        with path.open(encoding="utf-8", errors="backslashreplace") as file:
            return "".join(file if tail is None else deque(file, maxlen=tail))
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _shorten(path: Path) -> None:
    content = path.read_bytes()
    first, last = content[:FIRST_BYTES], content[-LAST_BYTES:]
    head, tail = first[: first.rfind(b"\n") + 1], last[last.find(b"\n") + 1 :]
    left_out = len(content) - len(head) - len(tail)
    part = path.with_suffix(".part")
    part.write_bytes(head + f"... {left_out} bytes are left out here ...\n".encode() + tail)
    part.replace(path)
