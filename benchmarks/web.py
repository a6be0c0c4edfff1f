"""How fast the web app answers many visitors of a large archive.

An archive of 100,000 made spectra and 10,000 candidates is made once and kept (where
STARSIEVE_BENCH_ARCHIVE says, or in the folder for temporary files). `starsieve serve` serves it on
this machine, on which 20 visitors walk, too: each opens a page, gets the figures on it, thinks for
a second, and opens the next. Not among what they ask for: uploads and inference. A browser opens
the first page with an empty cache and moves a slider. The goals: 95 % of all answers within
150 ms, of all steps of a slider within 50 ms, the first page painted within 1 s, and no more than
1 MB transferred for it.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks._web_archive import make_archive
from benchmarks._web_browser import chromium, move_slider, visit_first
from benchmarks._web_clients import Answer, crowd, print_answers, route_of, slow_ms
from benchmarks._web_server import Server, served
from benchmarks._web_visits import SLIDER, World, read_world
from starsieve.archive import upgrade_archive

VARIABLE = "STARSIEVE_BENCH_ARCHIVE"
N_SPECTRA, N_CANDIDATES = 100_000, 10_000
CLIENTS, THINK_SECONDS = 20, 1.0
WARM_SECONDS = 30.0
ANSWER_MS, SLIDER_MS, PAINT_MS, FIRST_KIB = 150.0, 50.0, 1000.0, 1024.0
VISITS, STEPS = 5, 60
MADE = "made.txt"
"""Lies beside a finished archive."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A number that was measured, and what it may be at most."""

    what: str
    found: float
    most: float
    unit: str

    @property
    def is_met(self) -> bool:
        """Whether it is."""
        return self.found <= self.most

    def __str__(self) -> str:
        met = "met" if self.is_met else "FELL SHORT"
        return f"{self.what:58s}{self.found:9.1f} {self.unit:4s} (at most {self.most:g})  {met}"


def main() -> int:
    """Print the tables; return 0 if every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=3.0, help="of the crowd's walk")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--processes", type=int, default=1, help="of the server")
    parser.add_argument("--spectra", type=int, default=N_SPECTRA)
    parser.add_argument("--candidates", type=int, default=N_CANDIDATES)
    asked = parser.parse_args()
    archive = keep_archive(asked.spectra, asked.candidates)
    world = read_world(archive)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(archive, Path(folder), processes=asked.processes) as server,
    ):
        goals = measure_crowd(server, world, asked.clients, 60.0 * asked.minutes)
        goals += measure_browser(server, world)
        defects = server.errors()
    print(*goals, *defects, sep="\n")
    return 0 if all(goal.is_met for goal in goals) and not defects else 1


def keep_archive(n_spectra: int, n_candidates: int) -> Path:
    """Return the archive that an earlier run made, or make it; minutes for 100,000 spectra."""
    named = os.environ.get(VARIABLE)
    folder = Path(named or Path(tempfile.gettempdir()) / "starsieve-bench-archive")
    archive, told = folder / f"{n_spectra}-{n_candidates}", folder / MADE
    made = told.read_text().split() if told.exists() else []
    if archive.name not in made:
        if archive.exists():
            msg = (
                f"{archive} is not finished, or not ours. Remove it, or name another by {VARIABLE}."
            )
            raise SystemExit(msg)
        print(f"Making an archive at {archive} ...", flush=True)
        make_archive(archive, n_spectra, n_candidates, progress=print)
        told.write_text(" ".join([*made, archive.name]))
    upgrade_archive(archive)
    return archive


def measure_crowd(server: Server, world: World, clients: int, seconds: float) -> list[Goal]:
    """Let visitors walk, print how long each kind of answer took, and return the goals."""
    visits = world.visits()
    crowd(server.url, visits, clients=clients, seconds=WARM_SECONDS, think=THINK_SECONDS)
    before = server.memory_mib()
    answers = crowd(server.url, visits, clients=clients, seconds=seconds, think=THINK_SECONDS)
    print(
        f"{clients} visitors, {THINK_SECONDS:g} s to think, {seconds / 60:g} min, "
        f"{len(answers) / seconds:.1f} answers/s; memory of the server {before:.0f} MiB, "
        f"then {server.memory_mib():.0f} MiB. Milliseconds:"
    )
    print_answers(answers)
    print_problems(answers)
    steps = [each for each in answers if each.route == route_of(SLIDER.format_map(_Names()))]
    n_wrong = sum(bool(each.problem) for each in answers)
    return [
        Goal("any page or JSON, 95 %", slow_ms(answers), ANSWER_MS, "ms"),
        Goal("step of a slider, the answer alone, 95 %", slow_ms(steps), SLIDER_MS, "ms"),
        Goal("answers that are errors", n_wrong, 0, ""),
    ]


def measure_browser(server: Server, world: World) -> list[Goal]:
    """Open pages in Chromium and move a slider there; return the goals."""
    with chromium() as browser:
        home = [visit_first(browser, server.url + "/") for _ in range(VISITS)]
        spectrum = visit_first(browser, f"{server.url}/spectra/{world.spectra[0]}")
        space = f"{server.url}/latents/{world.collection}/{world.model}"
        steps = move_slider(browser, space, STEPS)
    return [
        Goal("first paint of home", float(np.median([v.paint_ms for v in home])), PAINT_MS, "ms"),
        Goal("transferred for home", max(v.kib for v in home), FIRST_KIB, "KiB"),
        Goal("transferred for a spectrum, with its figure", spectrum.kib, FIRST_KIB, "KiB"),
        Goal("slider to redrawn spectrum in Chromium, 95 %", quantile(steps), SLIDER_MS, "ms"),
    ]


def quantile(times: Sequence[float]) -> float:
    """Return what 95 % don't exceed."""
    return float(np.quantile(times, 0.95))


def print_problems(answers: Sequence[Answer], most: int = 10) -> None:
    """Print the first things that went wrong."""
    for answer in [each for each in answers if each.problem][:most]:
        print(f"wrong: {answer.problem}")


class _Names(dict[str, str]):
    """Puts a name for itself into an address."""

    def __missing__(self, name: str) -> str:
        return name


if __name__ == "__main__":
    sys.exit(main())
