"""Nearest neighbours among millions of latents, by an index that finds nearly all of them."""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from usearch.index import Index

from starsieve.archive import Archive
from starsieve.data import Embeddings
from starsieve.data.spectrum import FloatArray
from starsieve.errors import ArchiveError, DataError, FileError
from starsieve.stats.neighbours import ExactIndex

log = logging.getLogger(__name__)

IntArray = npt.NDArray[np.int64]

EXACT_UP_TO = 1_000_000
"""Embeddings for which an exact search is quick enough."""

GRAPH, FACTS = "index.usearch", "index.json"
CONNECTIVITY = 16
EXPANSION_ADD = 32
EXPANSIONS = (32, 64, 128, 256, 512, 1024)
TRIED = 200
"""Queries by which recall is measured."""

ROWS_AT_A_TIME = 65_536


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """What an index is of, and how good it is.

    Parameters
    ----------
    fingerprint : str
        Hash of the latents.
    centre : tuple of float, length n_latents
    scale : float
        The graph holds latents less the centre, over the scale, in half precision.
    expansion : int
        Vectors that a search looks at, at least: the fewest that reached the recall asked for.
    recall : float
        Share of the true `k` nearest that were found.
    k : int
        For which the recall was measured.
    n_tried : int
        On so many queries: known latents, moved by a tenth of the distance to their neighbours.
    """

    fingerprint: str
    centre: tuple[float, ...]
    scale: float
    expansion: int
    recall: float
    k: int
    n_tried: int


@dataclass(frozen=True, slots=True, eq=False)
class LatentIndex:
    """A graph of latents in which a search goes from neighbour to neighbour (HNSW).

    Distances and order of what is found are exact; that all of the nearest are found is not. Make
    one with `build`, keep it with `save`, get it back with `load`.
    """

    latents: FloatArray
    facts: IndexFacts
    graph: Index

    @classmethod
    def build(
        cls, latents: FloatArray, *, recall: float = 0.99, k: int = 10, seed: int = 0
    ) -> Self:
        """Return an index of latents; it takes about a minute for a million.

        Parameters
        ----------
        latents : array, shape (n, n_latents)
            Rows with NaN are never found.
        recall : float
            Share of the true `k` nearest that is to be found, on average.
        seed : int
            Of the queries by which recall is measured.

        Raises
        ------
        DataError
            If no latents are known, or the recall can't be reached.
        """
        exact = ExactIndex.of(latents)
        # In units of the spread, so that half precision is as fine as can be.
        spread = np.sqrt(exact.bounds[-1].mean(dtype=np.float64))
        graph = Index(
            ndim=latents.shape[1],
            metric="l2sq",
            dtype="f16",
            connectivity=CONNECTIVITY,
            expansion_add=EXPANSION_ADD,
        )
        known = IndexFacts(
            fingerprint=fingerprint(latents),
            centre=tuple(exact.centre.tolist()),
            scale=float(spread) or 1.0,
            expansion=EXPANSIONS[0],
            recall=0.0,
            k=min(k, len(exact.rows)),
            n_tried=min(TRIED, len(exact.rows)),
        )
        index = cls(latents, known, graph)
        for start in range(0, len(exact.rows), ROWS_AT_A_TIME):
            rows = exact.rows[start : start + ROWS_AT_A_TIME]
            graph.add(rows.astype(np.uint64), index._scaled(latents[rows]))
        return index._tuned(exact, recall, seed)

    def nearest(self, queries: FloatArray, k: int) -> tuple[FloatArray, IntArray]:
        """Return the nearest latents of each query, as `starsieve.stats.neighbours.nearest` does.

        Parameters
        ----------
        queries : array, shape (m, n_latents)
            One with NaN has no neighbours: distances NaN, rows -1.
        k : int

        Raises
        ------
        DataError
            If shapes do not fit, or fewer than k are known.
        """
        if queries.ndim != 2 or queries.shape[1] != self.latents.shape[1]:
            msg = f"Queries must have shape (m, {self.latents.shape[1]}), got {queries.shape}."
            raise DataError(msg)
        if not 1 <= k <= len(self.graph):
            msg = f"The index knows {len(self.graph)} latents, so 1 to as many, got k={k}."
            raise DataError(msg)
        distances = np.full((len(queries), k), np.nan)
        rows = np.full((len(queries), k), -1, dtype=np.int64)
        # Half precision may put near ones in the wrong order: more are asked for than wanted.
        n_asked = min(2 * k + 8, len(self.graph))
        self.graph.expansion_search = max(  # type: ignore[misc]  # it has a setter
            self.facts.expansion, n_asked
        )
        for number in np.flatnonzero(np.isfinite(queries).all(axis=1)):
            found = self.graph.search(self._scaled(queries[number]), n_asked).keys
            places = np.sort(np.asarray(found).astype(np.int64))
            gaps = self.latents[places].astype(np.float64) - queries[number]
            squares = np.einsum("ij,ij->i", gaps, gaps)
            best = np.argsort(squares, kind="stable")[:k]
            distances[number, : len(best)] = np.sqrt(squares[best])
            rows[number, : len(best)] = places[best]
        return distances, rows

    def save(self, folder: Path) -> None:
        """Write the index into a folder; the facts last, so that none is without its graph.

        Raises
        ------
        FileError
            If it can't be written.
        """
        try:
            (folder / FACTS).unlink(missing_ok=True)
            part = folder / (GRAPH + ".part")
            self.graph.save(str(part))
            part.replace(folder / GRAPH)
            part = folder / (FACTS + ".part")
            part.write_text(json.dumps(asdict(self.facts)) + "\n", encoding="utf-8")
            part.replace(folder / FACTS)
        except (OSError, RuntimeError) as error:
            msg = f"{folder}: the index can't be written ({error})."
            raise FileError(msg) from error

    @classmethod
    def load(cls, folder: Path, latents: FloatArray) -> Self:
        """Return the index that `save` wrote, of the same latents.

        Raises
        ------
        FileError
            If there is none, or it is damaged.
        ArchiveError
            If it is of other latents.
        """
        try:
            found = json.loads((folder / FACTS).read_text(encoding="utf-8"))
            facts = IndexFacts(**found | {"centre": tuple(found["centre"])})
        except FileNotFoundError as error:
            msg = f"{folder}: there is no index of latents. Build one first."
            raise FileError(msg) from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            msg = f"{folder}: the index of latents is damaged ({error}). Build it anew."
            raise FileError(msg) from error
        if facts.fingerprint != fingerprint(latents):
            msg = (
                f"{folder}: the index is of other latents than these: more spectra were encoded "
                "since, or by another model. Build it anew."
            )
            raise ArchiveError(msg)
        try:
            graph = Index.restore(str(folder / GRAPH))
        except (OSError, RuntimeError, ValueError) as error:
            msg = f"{folder}: the index of latents is damaged ({error}). Build it anew."
            raise FileError(msg) from error
        if graph is None or graph.ndim != latents.shape[1]:
            msg = f"{folder}: the index of latents is damaged. Build it anew."
            raise FileError(msg)
        return cls(latents, facts, graph)

    def _scaled(self, latents: FloatArray) -> npt.NDArray[np.float16]:
        near = (latents - np.array(self.facts.centre)) / self.facts.scale
        return np.asarray(near.clip(-60_000, 60_000).astype(np.float16))

    def _tuned(self, exact: ExactIndex, wanted: float, seed: int) -> Self:
        """Return the index that looks at as few vectors as reach the recall."""
        queries = _queries(exact, self.facts.k, self.facts.n_tried, seed)
        truth = exact.nearest(queries, self.facts.k)[0]
        reached = 0.0
        for expansion in EXPANSIONS:
            facts = asdict(self.facts) | {"expansion": expansion}
            tried = type(self)(self.latents, IndexFacts(**facts), self.graph)
            reached = measure_recall(tried.nearest(queries, self.facts.k)[0], truth)
            facts["recall"] = reached
            if reached >= wanted:
                return type(self)(self.latents, IndexFacts(**facts), self.graph)
        msg = (
            f"The index finds {reached:.3f} of the {self.facts.k} nearest, {wanted:g} was asked "
            "for. Ask for less, or search exactly."
        )
        raise DataError(msg)


def index_of(archive: Archive, embeddings: Embeddings) -> ExactIndex | LatentIndex:
    """Return what to search embeddings of an archive with: exact, or an index if they are many.

    An index is built on first use and kept beside the embeddings; it is built anew when they have
    changed.

    Parameters
    ----------
    archive : Archive
    embeddings : Embeddings
        As ``archive.embeddings.read`` returned them.
    """
    if len(embeddings) <= EXACT_UP_TO:
        return ExactIndex.of(embeddings.latents)
    folder = archive.embeddings.folder(embeddings.collection, embeddings.model)
    try:
        return LatentIndex.load(folder, embeddings.latents)
    except (FileError, ArchiveError) as error:
        log.info("Building an index: %s", error)
    index = LatentIndex.build(embeddings.latents)
    index.save(folder)
    return index


def fingerprint(latents: FloatArray) -> str:
    """Return a hash of latents, their type and their order."""
    known = hashlib.blake2b(f"{latents.dtype}{latents.shape}".encode(), digest_size=16)
    for start in range(0, len(latents), ROWS_AT_A_TIME):
        known.update(np.ascontiguousarray(latents[start : start + ROWS_AT_A_TIME]).data)
    return known.hexdigest()


def measure_recall(found: FloatArray, truth: FloatArray) -> float:
    """Return which share of the true neighbours was found.

    By distance, not by row, since of equally far ones any is as good.

    Parameters
    ----------
    found, truth : array, shape (m, k)
        Distances of what was found, and of the true k nearest.
    """
    return float(np.mean(found <= truth[:, -1:] * (1 + 1e-9)))


def _queries(exact: ExactIndex, k: int, n_queries: int, seed: int) -> FloatArray:
    """Return vectors that are none of those in the index, but lie where those lie."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(exact.vectors), n_queries, replace=False)
    queries = exact.vectors[chosen].astype(np.float64)
    reach = exact.nearest(queries, k)[0][:, -1:]
    direction: Any = rng.normal(size=queries.shape)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return np.asarray(queries + 0.1 * reach * direction)
