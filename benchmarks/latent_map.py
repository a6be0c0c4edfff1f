"""A latent space of a million spectra: opened, mapped and searched as a page does.

Made latents of 16 dimensions around a curved sheet, with errors, repeats and three labels. Timed
are the density of a window, the same with the median of a label in every cell, the spectrum nearest
to a click, and the ten nearest spectra of a point, with and without a filter; beside them NumPy's
own `histogram2d`, and the memory that the space takes. Times are those of the processor, on one
thread.
"""

import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time, thread_time
from typing import Any

import numpy as np

from starsieve.archive.columns import LabelColumn, SpectrumColumns
from starsieve.data import Embeddings
from starsieve.representations.latent_map import LatentMap, make_map
from starsieve.representations.space import LatentSpace, make_space

N_SPECTRA = 1_000_000
N_LATENTS = 16
CALLS = 30
GOALS_MS = {"density": 40.0, "median of a label": 40.0, "zoomed": 40.0, "neighbours": 50.0}
GOAL_BYTES = 2e9


def main() -> int:
    """Print the table; return 0 if every goal is met."""
    embeddings, spectra, labels = make_archive()
    before = resident()
    start = process_time()
    space = make_space(embeddings, spectra, labels)
    latent_map = make_map(space)
    taken = resident() - before + embeddings.latents.nbytes
    print(f"{N_SPECTRA:,} spectra, {N_LATENTS} latents: opened in {process_time() - start:.1f} s,")
    print(f"{taken / 1e9:.2f} GB in use, {peak() / 1e9:.2f} GB at most")
    met = [peak() < GOAL_BYTES]
    for what, call in questions(space, latent_map).items():
        median, slow = measure(call)
        goal = GOALS_MS.get(what)
        met.append(goal is None or slow <= goal)
        asked = "" if goal is None else f"   asked {goal:g}"
        print(f"{what:34s} {median:8.2f} ms, 95 % {slow:8.2f} ms{asked}", flush=True)
    return 0 if all(met) else 1


def make_archive() -> tuple[Embeddings, SpectrumColumns, list[LabelColumn]]:
    """Return latents, names and labels of as many spectra as a large archive has."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(N_SPECTRA, 3))
    mixing = rng.normal(size=(3, N_LATENTS))
    latents = np.empty((N_SPECTRA, N_LATENTS))
    for start in range(0, N_SPECTRA, 100_000):
        some = slice(start, start + 100_000)
        latents[some] = np.tanh(hidden[some] @ mixing) + 0.1 * rng.normal(size=(100_000, N_LATENTS))
    sigma = np.full((N_SPECTRA, N_LATENTS), 0.1)
    names = np.empty(N_SPECTRA, dtype=object)
    names[:] = [f"star {number // 2}" for number in range(N_SPECTRA)]
    ids = np.arange(N_SPECTRA)
    spectra = SpectrumColumns(ids, names, names, np.full(N_SPECTRA, -1))
    labels = []
    for name, values in zip(("teff", "logg", "feh"), hidden.T, strict=True):
        known = np.where(rng.uniform(size=N_SPECTRA) < 0.7, values, np.nan)
        labels.append(LabelColumn(name, "", (), known))
    return Embeddings(latents, ids, sigma, model="made", collection="made"), spectra, labels


def questions(space: LatentSpace, latent_map: LatentMap) -> dict[str, Callable[[int], Any]]:
    """Return what a page asks, as functions of a number that makes each question another one."""
    rng = np.random.default_rng(1)
    points = space.latents[rng.integers(0, len(space), CALLS + 1)]
    wanted = space.labels["teff"] > 1.0
    whole = latent_map.window("pc1", "pc2")
    middle = tuple(0.4 * each for each in whole)
    x, y = (latent_map.axis(name).values for name in ("pc1", "pc2"))
    edges = [list(whole[:2]), list(whole[2:])]

    def look(**more: Any) -> Callable[[int], Any]:
        return lambda _: latent_map.look("pc1", "pc2", **more)

    return {
        "density": look(),
        "density, numpy.histogram2d": lambda _: np.histogram2d(x, y, (240, 180), edges),
        "median of a label": look(colour="teff"),
        "mean of a label": look(colour="teff", statistic="mean"),
        "zoomed": look(colour="teff", window=middle),
        "spectrum nearest to a click": lambda n: latent_map.nearest_row(
            "pc1", "pc2", (float(x[n]), float(y[n])), whole
        ),
        "neighbours": lambda n: space.neighbours(points[n], 10),
        "neighbours, filtered": lambda n: space.neighbours(points[n], 10, wanted),
    }


def measure(call: Callable[[int], Any]) -> tuple[float, float]:
    """Return the median and the 95th percentile of a call's time in ms."""
    call(0)  # what is done once only
    times = []
    for number in range(1, CALLS + 1):
        start = thread_time()
        call(number)
        times.append(1000 * (thread_time() - start))
    return float(np.median(times)), float(np.quantile(times, 0.95))


def resident() -> int:
    """Return the bytes of memory that this process has now."""
    words = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(words[1]) * resource.getpagesize()


def peak() -> int:
    """Return the bytes of memory that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())
