"""What visitors ask for: every kind of page and JSON, with numbers, filters and windows drawn."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from starsieve.archive import Archive

Draw = Callable[[random.Random], str]

SPACE = "/latents/{collection}/{model}"

PAGES: Mapping[str, float] = {
    "/": 6,
    "/search?q={name}": 3,
    "/search?q=TIC {tic}": 2,
    "/search?q={ra} {dec}": 2,
    "/spectra": 3,
    "/spectra?collection={collection}&sort={spectrum_order}&page={page}": 3,
    "/spectra?q={word}&page={page}": 2,
    "/spectra/{spectrum}": 8,
    "/spectra/{encoded}/similar": 3,
    "/similar?query={encoded}": 3,
    "/latents": 1,
    SPACE: 3,
    SPACE + "?start={encoded}": 3,
    "/candidates": 4,
    "/candidates?sort={candidate_order}&page={page}": 3,
    "/candidates?q={toi}": 1,
    "/candidates/{candidate}": 6,
    "/targets": 2,
    "/targets?page={page}": 2,
    "/targets/{star}": 4,
    "/models": 1,
    "/models/spex-prism": 1,
    "/models/diamondback-spex": 1,
    "/runs": 2,
    "/runs/{run}": 2,
    "/uploads": 1,
    "/api": 1,
}
"""Addresses and how often each is opened, relative to the others. Figures come along."""

JSON: Mapping[str, float] = {
    "/search.json?q={name}": 2,
    "/spectra.json?page={page}": 2,
    "/spectra/{spectrum}.json": 4,
    "/spectra/{spectrum}/figure.json?smooth=5&unit=nm": 3,
    "/spectra/{encoded}/similar.json?k=10": 3,
    SPACE + "/map.json?colour={label}": 2,
    SPACE + "/window.json?x_low=-{part}&x_high={part}&y_low=-{part}&y_high={part}": 6,
    SPACE + "/place.json?at_x={part}&at_y=-{part}": 1,
    SPACE + "/neighbours.json?start={encoded}": 2,
    "/candidates.json?page={page}": 2,
    "/candidates/{candidate}.json": 2,
    "/targets.json?page={page}": 1,
    "/targets/{star}.json": 2,
    "/runs.json": 1,
    "/runs/{run}/progress.json": 1,
    "/models.json": 1,
    "/health.json": 1,
}

SLIDER = SPACE + "/decode.json?set=0:{small},3:-{small}&neighbours=6"
SLIDER_STEPS = 12.0
"""Steps of a slider, relative to the above: a hand makes many."""

SPECTRUM_ORDERS = ("number", "object", "resolution", "-number")
CANDIDATE_ORDERS = ("period_days", "depth_ppm", "snr", "radius_earth")


@dataclass(frozen=True, slots=True)
class World:
    """What is in the archive, for addresses that lead somewhere."""

    spectra: tuple[int, ...]
    encoded: tuple[int, ...]
    names: tuple[str, ...]
    candidates: tuple[int, ...]
    tois: tuple[str, ...]
    stars: tuple[int, ...]
    tics: tuple[int, ...]
    runs: tuple[int, ...]
    collection: str
    model: str

    def fill(self, address: str, rng: random.Random) -> str:
        """Return an address with something of the archive in the place of each name."""
        drawn: dict[str, Callable[[], object]] = {
            "spectrum": lambda: rng.choice(self.spectra),
            "encoded": lambda: rng.choice(self.encoded),
            "name": lambda: rng.choice(self.names),
            "word": lambda: rng.choice(self.names)[:4],
            "candidate": lambda: rng.choice(self.candidates),
            "toi": lambda: rng.choice(self.tois),
            "star": lambda: rng.choice(self.stars),
            "tic": lambda: rng.choice(self.tics),
            "run": lambda: rng.choice(self.runs),
            "page": lambda: int(rng.paretovariate(1.0)),  # most look at the first ones
            "ra": lambda: f"{rng.uniform(0, 360):.3f}",
            "dec": lambda: f"{rng.uniform(-80, 80):.3f}",
            "part": lambda: f"{rng.uniform(0.1, 2):.3f}",
            "small": lambda: f"{rng.uniform(0.1, 1):.4f}",
            "label": lambda: rng.choice(("teff", "logg", "snr")),
            "spectrum_order": lambda: rng.choice(SPECTRUM_ORDERS),
            "candidate_order": lambda: rng.choice(CANDIDATE_ORDERS),
            "collection": lambda: self.collection,
            "model": lambda: self.model,
        }
        return re.sub(r"\{(\w+)\}", lambda match: str(drawn[match[1]]()), address)

    def visits(self) -> list[tuple[float, Draw]]:
        """Return everything that visitors ask for, with its weight."""
        weights = {**PAGES, **JSON, SLIDER: SLIDER_STEPS}
        return [(weight, self._draw(address)) for address, weight in weights.items()]

    def _draw(self, address: str) -> Draw:
        return lambda rng: self.fill(address, rng)


def read_world(root: Path, most: int = 5000) -> World:
    """Look into an archive for what can be asked for, no more than so many of each."""
    with Archive.open(root) as archive:
        embeddings = archive.embeddings.list()[0]
        encoded = archive.embeddings.read(embeddings.collection, embeddings.model).ids.tolist()
        tables = [
            archive.spectra.table(each.name)
            for each in archive.collections.list()
            if each.kind == "spectra"
        ]
        spectra = [info for table in tables for info in table]
        candidates = archive.candidates.list()
        runs = archive.runs.list()
    rng = random.Random(0)
    some = rng.sample(spectra, min(most, len(spectra)))
    planets = rng.sample(candidates, min(most, len(candidates)))
    return World(
        spectra=tuple(info.id for info in some),
        encoded=tuple(rng.sample(encoded, min(most, len(encoded)))),
        names=tuple(info.object for info in some if info.object),
        candidates=tuple(row.id for row in planets if row.id is not None),
        tois=tuple(row.name for row in planets),
        stars=tuple(row.target for row in planets),
        tics=tuple(row.tic for row in planets if row.tic is not None),
        runs=tuple(run.number for run in runs),
        collection=embeddings.collection,
        model=embeddings.model,
    )
