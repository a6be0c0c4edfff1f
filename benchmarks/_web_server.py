"""A server as users start it, beside the benchmark: its address, its token, its memory."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 120.0
STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Parameters
    ----------
    url : str
        Without a slash at its end.
    token : str
        What writing needs.
    pid : int
    log : Path
        What it says.
    """

    url: str
    token: str
    pid: int
    log: Path

    def memory_mib(self) -> float:
        """Return the resident memory of the server and of all processes it has started."""
        return sum(_resident_mib(pid) for pid in (self.pid, *_descendants(self.pid)))

    def errors(self) -> list[str]:
        """Return lines of its log that tell of a defect."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return [line for line in text.splitlines() if "Traceback" in line or "Defect" in line]


@contextmanager
def served(archive: Path, folder: Path, *, processes: int = 1) -> Iterator[Server]:
    """Serve an archive on a free port with a new token; stop the server gracefully at the end.

    Parameters
    ----------
    archive : Path
    folder : Path
        Where its log goes, and what it keeps outside the archive.
    processes : int
        Server processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "server.log"
    words = ["serve", "--port", "0", "--new-token", "--processes", str(processes)]
    environment = os.environ | {"STARSIEVE_CACHE": str(folder / "cache"), "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "starsieve", *words, "--archive", str(archive)],
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    try:
        url, token = _read_address(process, log)
        yield Server(url, token, process.pid, log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _read_address(process: "subprocess.Popen[bytes]", log: Path) -> tuple[str, str]:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        text = log.read_text(encoding="utf-8", errors="replace")
        url = re.search(r"https?://[\w.:\[\]-]+", text)
        token = re.search(r"token for writing.*?: ([\w-]{32})\b", text)
        if url and token:
            return url[0].rstrip("/"), token[1]
        time.sleep(0.1)
    msg = f"The server did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
    raise RuntimeError(msg)


def _descendants(pid: int) -> list[int]:
    """Return the numbers of all processes that a process has started (Linux)."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def _resident_mib(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2
