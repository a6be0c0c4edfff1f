"""What home shows: what the archive has, examples to begin with, and what ran last."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from starsieve.archive import Archive, EmbeddingInfo
from starsieve.archive.overview import (
    ExampleCandidate,
    Overview,
    pick_candidates,
    pick_spectra,
    read_overview,
)
from starsieve.archive.run_lists import RunLine, page_runs
from starsieve.archive.spectrum_lists import SpectrumRow, describe_spectra
from starsieve.reports import Svg, draw_thumbnail
from starsieve.web.cached import Cached
from starsieve.web.lists.spectra import TELLING, show_value, title_of
from starsieve.web.spectra.stored import get_spectrum

N_SPECTRA, N_CANDIDATES, N_RUNS = 6, 4, 6

_homes: Cached["Home"] = Cached(4)
_drawings: Cached[Svg] = Cached(256)


@dataclass(frozen=True, slots=True)
class ExampleSpectrum:
    """A spectrum to begin with, what is known of it in a few words, and a small drawing."""

    row: SpectrumRow
    words: str
    drawing: Svg

    @property
    def title(self) -> str:
        """What it is called."""
        return title_of(self.row)


@dataclass(frozen=True, slots=True)
class Home:
    """All of the page."""

    overview: Overview
    spectra: tuple[ExampleSpectrum, ...]
    candidates: tuple[ExampleCandidate, ...]
    runs: tuple[RunLine, ...]

    @property
    def space(self) -> EmbeddingInfo | None:
        """The latent space of the most spectra."""
        spaces = self.overview.embeddings
        return max(spaces, key=lambda each: each.n_items) if spaces else None

    @property
    def n_candidates(self) -> int:
        """Of all lists."""
        return sum(self.overview.candidates.values())

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        overview = self.overview
        return {
            "spectra": overview.n_spectra,
            "light_curves": overview.n_light_curves,
            "targets": overview.n_targets,
            "labels": overview.n_labels,
            "candidates": overview.candidates,
            "predictions": overview.predictions,
            "scores": overview.scores,
            "collections": [
                {"name": each.name, "kind": each.kind, "items": each.n_items, "parent": each.parent}
                for each in overview.collections
            ],
            "latent_spaces": [
                {"collection": each.collection, "model": each.model, "items": each.n_items}
                for each in overview.embeddings
            ],
            "examples": {
                "spectra": [
                    {"id": each.row.id, "title": each.title, "href": f"/spectra/{each.row.id}"}
                    for each in self.spectra
                ],
                "candidates": [
                    {"id": each.id, "title": each.title, "href": f"/candidates/{each.id}"}
                    for each in self.candidates
                ],
            },
            "runs": [
                {"number": run.number, "task": run.task, "status": run.status} for run in self.runs
            ],
        }


def read_home(archive: Archive) -> Home:
    """Return what home shows; it is read again when the archive has changed."""
    state = (str(archive.root), archive.catalogue.stamp())
    return _homes.get(state, lambda: _read(archive))


def _read(archive: Archive) -> Home:
    model, numbers = pick_spectra(archive, N_SPECTRA)
    rows = describe_spectra(archive, numbers, labels=TELLING, model=model)
    return Home(
        read_overview(archive),
        tuple(ExampleSpectrum(row, _words(row), _draw(archive, row.id)) for row in rows),
        tuple(pick_candidates(archive, N_CANDIDATES)),
        page_runs(archive, limit=N_RUNS).rows,
    )


def _words(row: SpectrumRow) -> str:
    """Return the most telling number that is known of a spectrum."""
    if row.prediction is not None:
        for name, numbers in row.prediction.parameters.items():
            if math.isfinite(numbers.get("median", math.nan)):
                return _number(name, numbers["median"], str(numbers.get("unit", "")))
    for name in TELLING:
        if name in row.labels:
            return _number(name, row.labels[name].value, row.labels[name].unit)
    return f"{row.n_pixels:,} pixels"


def _number(name: str, value: float, unit: str) -> str:
    return f"{name} {show_value(name, value)} {unit.partition('(')[0]}".strip()


def _draw(archive: Archive, number: int) -> Svg:
    def draw() -> Svg:
        spectrum = get_spectrum(archive, number)
        return draw_thumbnail(spectrum.wave, np.where(spectrum.usable, spectrum.flux, np.nan))

    return _drawings.get((str(archive.root), number), draw)


def list_counts(home: Home) -> list[tuple[int, str, str]]:
    """Return what there is how much of, with where it is; nothing of what there is not."""
    overview = home.overview
    found = [
        (overview.n_spectra, "spectra", "/spectra"),
        (home.n_candidates, "possible planets", "/candidates"),
        (overview.n_targets, "stars", "/targets"),
        (overview.n_light_curves, "light curves", "/targets?has=light_curves"),
        (sum(each.n_items for each in overview.embeddings), "embeddings", "/latents"),
        (sum(overview.predictions.values()), "inferences", _inferred(overview.predictions)),
    ]
    return [(n, words, href) for n, words, href in found if n]


def _inferred(predictions: Mapping[str, int]) -> str:
    most = max(predictions, key=lambda model: predictions[model], default="")
    return f"/spectra?model={most}"
