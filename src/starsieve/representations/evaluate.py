"""How good a representation is on a collection: a section for each service that rests on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.archive import Archive
from starsieve.data import Embeddings
from starsieve.errors import DataError
from starsieve.learn.library import find_model
from starsieve.learn.model import read_card
from starsieve.reports import Facts, Page, Section, Table, Text, as_facts, write_page
from starsieve.representations.pool import Pool, pool_of_collection
from starsieve.representations.references import common_grid, gather
from starsieve.representations.retrieval import (
    by_latents,
    by_pixels,
    compare_methods,
    judge,
    weighted_components,
)
from starsieve.representations.service_recipes import EvaluateRecipe

PAGE = "evaluation.html"
MOST_RAW_SPECTRA = 5_000
"""Whose pixels are held at a time; more are sampled at even distances."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A model's latents of a collection, and what is known of its spectra, row by row."""

    model: str
    embeddings: Embeddings
    pool: Pool


@dataclass(frozen=True, slots=True)
class Judgement:
    """One table with what it is about; the baseline is a row of it."""

    title: str
    text: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """All that was found.

    Parameters
    ----------
    model, collection : str
    n : int
        Spectra with latents.
    judgements : tuple of Judgement
    provenance : mapping
    """

    model: str
    collection: str
    n: int
    judgements: tuple[Judgement, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "model": self.model,
            "collection": self.collection,
            "n": self.n,
            "metrics": {each.title: [dict(row) for row in each.rows] for each in self.judgements},
            "about": {each.title: each.text for each in self.judgements},
            "intervals": {},
        }

    def __str__(self) -> str:
        lines = [f"{self.model} on {self.n} spectra of {self.collection}"]
        for each in self.judgements:
            lines += ["", f"{each.title}. {each.text}"]
            rows = [list(each.rows[0]), *([_cell(v) for v in row.values()] for row in each.rows)]
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            lines += ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join(lines)

    def write_report(self, folder: Path) -> Path:
        """Write the page; return where it is."""
        sections = [
            Section(
                each.title,
                [
                    Text(each.text),
                    Table(list(each.rows[0]), [[_cell(v) for v in r.values()] for r in each.rows]),
                ],
            )
            for each in self.judgements
        ]
        sections.append(Section("Provenance", [Facts(as_facts(dict(self.provenance)))]))
        title = f"{self.model} on {self.collection}"
        return write_page(Page(title, sections), Path(folder) / PAGE)


def judge_reconstruction(case: Case) -> Judgement | None:
    """Return how well decoded spectra fit, if the model says."""
    rows = []
    for name, meaning in (("chi2_reduced", "reduced chi-square"), ("coverage", "coverage")):
        values = case.embeddings.columns.get(name)
        if values is not None and np.isfinite(values).any():
            low, middle, high = np.nanquantile(values, (0.16, 0.5, 0.84))
            numbers = {"median": float(middle), "16 %": float(low), "84 %": float(high)}
            rows.append({"of each spectrum": meaning, **numbers})
    if not rows:
        return None
    return Judgement("Reconstruction", "Decoded latents beside the spectra themselves.", rows)


def judge_retrieval(case: Case) -> Judgement:
    """Return how often another spectrum of the same object comes first, beside raw pixels."""
    known = np.flatnonzero(case.embeddings.known)
    if len(known) > MOST_RAW_SPECTRA:
        known = known[np.linspace(0, len(known) - 1, MOST_RAW_SPECTRA).astype(int)]
    embeddings, pool = case.embeddings.take(known), case.pool.take(known)
    spectra = pool.read(pool.ids.tolist())
    references = gather(spectra, common_grid(spectra), ids=pool.ids.tolist())
    kept = pool.rows_of(references.ids)
    embeddings, pool = embeddings.take(kept), pool.take(kept)
    neighbours, definition = by_latents(embeddings, pool.stars)
    n_latents = min(embeddings.latents.shape[1], len(pool) - 1)
    components = weighted_components(references, n_latents)
    rows = [
        judge("latents", neighbours, pool.stars, pool.labels),
        judge(
            f"{n_latents} principal components",
            by_latents(components, pool.stars)[0],
            pool.stars,
            pool.labels,
        ),
        judge("raw pixels", by_pixels(references, pool.stars), pool.stars, pool.labels),
    ]
    text = (
        f"Each of {len(pool)} spectra is left out and looked for: how often another one of the "
        "same object is among the first, and how far its labels are from the median of its five "
        f"nearest of other objects (1.48 MAD). Latents: {definition}."
    )
    return Judgement("Retrieval", text, compare_methods(rows))


JUDGES: tuple[Callable[[Case], Judgement | None], ...] = (judge_reconstruction, judge_retrieval)
"""What is judged, in this order; a judge that can't say returns None."""


def evaluate(model: str | Path, collection: str, archive: Archive) -> Evaluation:
    """Judge what a representation is good for, on a collection that it has encoded.

    Raises
    ------
    NotInArchiveError
        If there is no such model or collection, or the model has not encoded it.
    DataError
        If fewer than three spectra have latents, or labels of several origins clash.
    """
    card = read_card(find_model(model, archive, "representations"))
    embeddings = archive.embeddings.read(collection, card.name)
    if embeddings.known.sum() < 3:
        msg = (
            f"{card.name} has latents of {int(embeddings.known.sum())} spectra of {collection!r}; "
            "expected three or more to judge it by."
        )
        raise DataError(msg)
    pool = pool_of_collection(archive, collection)
    case = Case(card.name, embeddings, pool.take(pool.rows_of(embeddings.ids)))
    judgements = tuple(found for each in JUDGES if (found := each(case)) is not None)
    provenance = {"model": card.name, "weights": card.weights_sha256, "collection": collection}
    return Evaluation(card.name, collection, int(embeddings.known.sum()), judgements, provenance)


def evaluate_collection(recipe: EvaluateRecipe, archive: Archive) -> dict[str, Any]:
    """Judge a representation on a collection, and return the numbers."""
    return evaluate(recipe.model, recipe.collection, archive).to_record()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
