"""How good a similarity is: does another spectrum of the same star come first?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data import Embeddings
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.representations.compare import scatter
from starsieve.representations.references import References
from starsieve.representations.yardstick import Words, Yardstick, measure_space
from starsieve.stats.neighbours import nearest

IntArray = npt.NDArray[np.int64]

FIRST = (1, 10)
"""Places among which a partner is looked for."""

LABEL_NEIGHBOURS = 5
"""Of other objects, whose median label is compared with the query's."""

FLUX_LIMITS = (-0.2, 5.0)
"""Of the median: what single wild pixels are cut off at."""

LEAST_NOISE = 0.02
"""Of the flux: a spectrum with less does not decide alone what the components are."""

FEWEST_LABELLED = 20
MAD = 1.482602


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What came first when every spectrum was left out and looked for.

    Parameters
    ----------
    method : str
        What the distance was.
    n_queries : int
        Spectra that have a partner: another spectrum of the same object.
    found : mapping of int to float
        Fraction of these with a partner among the first 1 and 10; empty without partners.
    labels : mapping of str to (int, float)
        Number of spectra, and 1.48 MAD of their label less the median of their neighbours'.
    """

    method: str
    n_queries: int
    found: Mapping[int, float] = field(default_factory=dict)
    labels: Mapping[str, tuple[int, float]] = field(default_factory=dict)

    def to_row(self) -> dict[str, Any]:
        """Return a row of a table."""
        row: dict[str, Any] = {"method": self.method, "n": self.n_queries}
        row |= {f"partner in first {k}": value for k, value in self.found.items()}
        return row | {f"{name} scatter": scatter for name, (_, scatter) in self.labels.items()}


def judge(
    method: str,
    neighbours: IntArray,
    objects: Words,
    labels: Mapping[str, FloatArray] | None = None,
    queries: IntArray | None = None,
) -> Retrieval:
    """Judge neighbours that some distance gave.

    Parameters
    ----------
    method : str
    neighbours : array of int, shape (m, k)
        Rows of each query's neighbours, the nearest first, without itself; -1 where there is none.
    objects : array of str, shape (n,)
        What each row is a spectrum of; ``""`` where not known.
    labels : mapping of str to array, shape (n,), optional
    queries : array of int, shape (m,), optional
        Rows of the queries; all rows by default.
    """
    queries = np.arange(len(objects)) if queries is None else queries
    there = neighbours >= 0
    same = (objects[neighbours] == objects[queries][:, None]) & (objects[queries] != "")[:, None]
    same &= there
    partners = _with_partner(objects)[queries]
    found = {k: float(same[partners, :k].any(axis=1).mean()) for k in FIRST if partners.any()}
    agreements = {
        name: agreement
        for name, values in (labels or {}).items()
        if (agreement := _agreement(values, queries, neighbours, there & ~same)) is not None
    }
    return Retrieval(method, int(partners.sum()), found, agreements)


def by_latents(
    embeddings: Embeddings, objects: Words, yardstick: Yardstick | None = None, k: int = 10
) -> tuple[IntArray, str]:
    """Return each item's neighbours by latents, and what their distance is.

    Where repeats are the yardstick, it is learnt on half of the objects and used for the other
    half, so that no object helps to find itself.

    Returns
    -------
    neighbours : array of int, shape (n, n_found)
    definition : str
    """
    fold = fold_of(objects)
    neighbours = np.full((len(embeddings), _n_asked(objects, k, int(embeddings.known.sum()))), -1)
    definition = ""
    for number in (0, 1):
        space = measure_space(embeddings, np.where(fold == number, "", objects), yardstick)
        rows = np.flatnonzero(fold == number)
        if len(rows):
            latents = space(embeddings.latents)
            neighbours[rows] = _others(latents, rows, neighbours.shape[1])
            definition = space.definition
    return neighbours, definition


def weighted_components(
    references: References, n_latents: int, used: npt.NDArray[np.bool_] | None = None
) -> Embeddings:
    """Return principal components of raw pixels, each pixel weighted by how little noise it has.

    Parameters
    ----------
    references : References
    n_latents : int
    used : array of bool, shape (n_pixels,), optional
        Pixels that count; those in bands of the air may be left out.
    """
    used = np.ones(len(references.wave), dtype=bool) if used is None else used
    flux = _of_equal_length(references)[:, used]
    noise = np.maximum([scatter(row) for row in flux], LEAST_NOISE)
    centre = np.median(flux, axis=0)
    # single wild pixels shall not be a direction of their own
    off = np.clip(flux - centre, -1.0, 1.0)
    axes = np.linalg.svd(off / noise[:, None], full_matrices=False)[2][:n_latents]
    return Embeddings((flux - centre) @ axes.T, references.ids)


def by_pixels(references: References, objects: Words, k: int = 10) -> IntArray:
    """Return each spectrum's neighbours by raw pixels: fluxes of equal length, nothing fitted.

    Returns
    -------
    array of int, shape (n, n_found)
    """
    flux = _of_equal_length(references)
    rows = np.arange(len(flux))
    return _others(flux, rows, _n_asked(objects, k, len(flux)))


def fold_of(objects: Words) -> IntArray:
    """Return 0 or 1 for each row: halves by object; unknown objects alternate."""
    names, inverse = np.unique(objects, return_inverse=True)
    fold = inverse % 2
    unknown = objects == ""
    fold[unknown] = np.arange(int(unknown.sum())) % 2
    if len(names) < 2:
        fold[:] = np.arange(len(objects)) % 2
    return np.asarray(fold, dtype=np.int64)


def _of_equal_length(references: References) -> npt.NDArray[np.float64]:
    """Return fluxes of a root mean square of 1 over what is valid, shape (n, n_pixels)."""
    flux = references.flux.astype(float)
    n_valid = np.maximum(references.valid.sum(axis=1), 1)
    flux = np.clip(flux, *FLUX_LIMITS)
    return np.asarray(
        flux / np.sqrt(np.maximum(np.sum(flux**2, axis=1) / n_valid, 1e-300))[:, None]
    )


def _n_asked(objects: Words, k: int, n_known: int) -> int:
    """Return how many neighbours to ask for, so that k of other objects are among them."""
    counts = np.unique(objects[objects != ""], return_counts=True)[1]
    asked = min(k + int(counts.max(initial=1)) - 1, n_known - 1)
    if asked < 1:
        msg = f"Only {n_known} spectra can be compared; expected two or more."
        raise DataError(msg)
    return asked


def _others(vectors: npt.NDArray[np.float64], rows: IntArray, k: int) -> IntArray:
    """Return the k nearest of the given rows but themselves, shape (n_rows, k)."""
    found = nearest(vectors, vectors[rows], k + 1)[1]
    # of equal vectors the row itself need not come first
    itself = found == rows[:, None]
    itself[~itself.any(axis=1), -1] = True
    return np.asarray(found[~itself].reshape(len(rows), k))


def _with_partner(objects: Words) -> npt.NDArray[np.bool_]:
    _, inverse, counts = np.unique(objects, return_inverse=True, return_counts=True)
    return np.asarray((counts[inverse] > 1) & (objects != ""))


def _agreement(
    values: FloatArray, queries: IntArray, neighbours: IntArray, others: npt.NDArray[np.bool_]
) -> tuple[int, float] | None:
    """Return how many labels, and 1.48 MAD of each less the median of its neighbours'."""
    near = np.where(others, values[neighbours], np.nan)
    known = np.isfinite(near)
    order = np.cumsum(known, axis=1)
    near = np.where(known & (order <= LABEL_NEIGHBOURS), near, np.nan)
    able = np.isfinite(values[queries]) & known.any(axis=1)
    if able.sum() < FEWEST_LABELLED:
        return None
    off = values[queries][able] - np.nanmedian(near[able], axis=1)
    return int(able.sum()), float(MAD * np.median(np.abs(off - np.median(off))))


def compare_methods(methods: Sequence[Retrieval]) -> list[dict[str, Any]]:
    """Return rows of one table, all with the same columns."""
    rows = [each.to_row() for each in methods]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return [{column: row.get(column) for column in columns} for row in rows]
