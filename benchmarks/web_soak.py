"""Two readers and one writer at work on the web app for ten minutes: nothing goes wrong or is lost.

On the archive of `benchmarks.web`, of which a copy is made. The readers walk as visitors do. The
writer gives verdicts, uploads spectra, puts runs into the queue, and brings spectra into the
archive beside the server, as `starsieve ingest` does. In the end everything that was written is
read back. The goals: no error, no lost write, and memory of the server that has grown by no more
than 20 % since the first fifth of the time, which counts as warming up.
"""

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
import numpy as np

from benchmarks._web_clients import crowd, print_answers
from benchmarks._web_server import Server, served
from benchmarks._web_visits import World, read_world
from benchmarks.web import N_CANDIDATES, N_SPECTRA, Goal, keep_archive, print_problems
from starsieve.archive import Archive
from starsieve.data.synthetic import model_grid, observe

READERS, THINK_SECONDS = 2, 0.2
PAUSE_SECONDS = 0.5
SAMPLE_SECONDS = 2.0
PATIENCE_SECONDS = 240.0
"""How long what is in the queue in the end is waited for."""

MOST_GROWTH = 20.0
COLLECTION, MODEL = "soak", "spex-prism"
VERDICTS = ("PC", "EB", "V", "IS", "U")
UPLOADS_EVERY, RUNS_EVERY = 40, 60
"""Of the writer's steps; every other one is a verdict or a spectrum."""


@dataclass
class Written:
    """What was written, and what went wrong meanwhile."""

    verdicts: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    spectra: dict[int, np.ndarray] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        n_verdicts = sum(len(given) for given in self.verdicts.values())
        return n_verdicts + len(self.uploads) + len(self.runs) + len(self.spectra)


class Writer:
    """Somebody with the token, who writes in every way there is."""

    def __init__(self, server: Server, world: World, archive: Archive) -> None:
        headers = {"authorization": f"Bearer {server.token}", "accept": "application/json"}
        self.http = httpx.Client(base_url=server.url, headers=headers, timeout=60.0)
        self.world, self.archive = world, archive
        self.written, self.rng = Written(), random.Random(1)
        self.grid = list(model_grid([1000, 1400, 1800], [5.0], [0.0], [2.0]))

    def work(self, until: float) -> None:
        """Write one thing after the other until a time of the monotonic clock."""
        number = 0
        while time.monotonic() < until:
            number += 1
            if number % RUNS_EVERY == 0:
                act: Callable[[int], None] = self.start_run
            elif number % UPLOADS_EVERY == 0:
                act = self.upload
            else:
                act = self.ingest if number % 8 == 1 else self.give_verdict
            try:
                act(number)
            except Exception as error:  # whatever it is, it is what is looked for here
                self.written.errors.append(f"{act.__name__}: {error!r}")
            time.sleep(PAUSE_SECONDS)

    def give_verdict(self, number: int) -> None:
        """Say something of a candidate that was not the last thing said of it."""
        candidate = self.rng.choice(self.world.candidates[:50])
        given = self.written.verdicts.setdefault(candidate, [])
        others = [value for value in VERDICTS if not given or value != given[-1][0]]
        said = (self.rng.choice(others), f"soak {number}")
        form = {"value": said[0], "comment": said[1]}
        self.http.post(f"/candidates/{candidate}/verdict", data=form).raise_for_status()
        given.append(said)

    def upload(self, number: int) -> None:
        """Send a spectrum as a file."""
        spectrum = observe(self.grid[number % 3], snr=50.0, seed=number)
        columns = np.stack([spectrum.wave, spectrum.flux, spectrum.sigma], axis=1)
        lines = "\n".join(",".join(f"{value:.8g}" for value in row) for row in columns)
        text = f"wave [um],flux [erg / (s cm2 um)],sigma\n{lines}\n"
        answer = self.http.post("/uploads", files={"file": (f"{number}.csv", text)})
        answer.raise_for_status()
        self.written.uploads.append(answer.json()["id"])

    def start_run(self, _: int) -> None:
        """Put a run into the queue that encodes what has come meanwhile."""
        recipe = {"collection": COLLECTION, "model": MODEL}
        asked = {"task": "representations.encode", "recipe": recipe}
        answer = self.http.post("/runs", json=asked)
        answer.raise_for_status()
        self.written.runs.append(int(answer.json()["run"]))

    def ingest(self, number: int) -> None:
        """Bring a spectrum into the archive, beside the server."""
        spectrum = observe(self.grid[number % 3], snr=50.0, seed=number)
        (stored,) = self.archive.spectra.add([spectrum], COLLECTION)
        self.written.spectra[stored] = spectrum.flux

    def read_back(self) -> list[str]:
        """Return what was written and is not there; wait for what is still in the queue."""
        lost = []
        for candidate, given in self.written.verdicts.items():
            history = self._get(f"/candidates/{candidate}.json")["history"]
            told = {(row["value"], row["comment"]) for row in history}
            lost += [f"verdict {said} on {candidate}" for said in given if said not in told]
        for number in self.written.uploads:
            status = self._ended(f"/uploads/{number}.json")
            lost += [] if status == "done" else [f"upload {number}: {status}"]
        for run in self.written.runs:
            status = self._ended(f"/runs/{run}.json")
            lost += [] if status == "done" else [f"run {run}: {status}"]
        for stored, flux in self.written.spectra.items():
            same = np.array_equal(self.archive.spectra.read([stored])[0].flux, flux)
            seen = self.http.get(f"/spectra/{stored}.json").status_code == 200
            lost += [] if same and seen else [f"spectrum {stored}"]
        return lost

    def _get(self, path: str) -> dict[str, Any]:
        answer = self.http.get(path)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _ended(self, path: str) -> str:
        """Return the status of work that is under way, once it has ended."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            status = str(self._get(path)["status"])
            if status not in ("queued", "running"):
                return status
            time.sleep(0.5)
        return "not ended"


def main() -> int:
    """Print what happened; return 0 if every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--processes", type=int, default=1, help="of the server")
    parser.add_argument("--spectra", type=int, default=N_SPECTRA)
    parser.add_argument("--candidates", type=int, default=N_CANDIDATES)
    asked = parser.parse_args()
    kept = keep_archive(asked.spectra, asked.candidates)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(shutil.copytree(kept, Path(folder) / "archive"))
        world = read_world(root)
        with (
            Archive.open(root) as archive,
            served(root, Path(folder) / "server", processes=asked.processes) as server,
        ):
            goals = soak(server, world, archive, 60.0 * asked.minutes)
    print(*goals, sep="\n")
    return 0 if all(goal.is_met for goal in goals) else 1


def soak(server: Server, world: World, archive: Archive, seconds: float) -> list[Goal]:
    """Let all work at once, read back what was written, and return the goals."""
    until = time.monotonic() + seconds
    writer, memory = Writer(server, world, archive), list[float]()
    threads = [
        threading.Thread(target=writer.work, args=(until,)),
        threading.Thread(target=watch, args=(server, until, memory)),
    ]
    for thread in threads:
        thread.start()
    answers = crowd(
        server.url, world.visits(), clients=READERS, seconds=seconds, think=THINK_SECONDS
    )
    for thread in threads:
        thread.join()
    lost, defects = writer.read_back(), server.errors()
    print_answers(answers)
    print_problems(answers)
    print(*writer.written.errors, *lost, *defects, sep="\n")
    print(f"{len(writer.written)} writes; memory by fifths, MiB: {by_fifths(memory)}")
    n_wrong = sum(bool(each.problem) for each in answers)
    first, last = by_fifths(memory)[1], by_fifths(memory)[-1]
    return [
        Goal("errors of readers", n_wrong, 0, ""),
        Goal("errors of the writer", len(writer.written.errors), 0, ""),
        Goal("defects in the log", len(defects), 0, ""),
        Goal("writes that are lost", len(lost), 0, ""),
        Goal("growth of memory after warming up", 100 * (last / first - 1), MOST_GROWTH, "%"),
    ]


def watch(server: Server, until: float, memory: list[float]) -> None:
    """Note the memory of the server's processes every now and then."""
    while time.monotonic() < until:
        memory.append(server.memory_mib())
        time.sleep(SAMPLE_SECONDS)


def by_fifths(memory: list[float]) -> list[float]:
    """Return the median of each fifth of the time: what runs for seconds does not show."""
    return [round(float(np.median(part)), 1) for part in np.array_split(memory, 5)]


if __name__ == "__main__":
    sys.exit(main())
