"""Nearest neighbours among vectors: exact, also where there are hundreds of thousands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

EXPLAINED = 0.95
"""Share of the variance that the leading axes must hold, for bounds that exclude most vectors."""

BLOCK = 64
SEEDS = 64
QUERIES_AT_A_TIME = 16
FEW_QUERIES = 4
ROWS_AT_A_TIME = 16_384
ROUNDING = 2.0**-24
LARGEST = 1e15
"""Of a coordinate: squares have to fit into single precision."""


@dataclass(frozen=True, slots=True, eq=False)
class ExactIndex:
    """Vectors arranged so that their nearest neighbours are found fast, and none is missed.

    The leading principal axes of a vector, and the length of what they leave over, give a lower
    bound of its distance to another one: one product of a narrow matrix gives all of them. Only
    vectors whose bound is below the distance of k others are looked at in full. Make it with `of`.

    Attributes
    ----------
    vectors : array, shape (n, d)
        Those that are known, as they were given.
    rows : array of int, shape (n,)
        Their row numbers among those that were given.
    centre : array, shape (d,)
    axes : array, shape (d, p)
        Orthonormal, the leading ones first.
    bounds : array, shape (p + 2, n)
        Along the axes, length of the rest, square of the length; of the centred vectors.
    """

    vectors: FloatArray
    rows: IntArray
    centre: FloatArray
    axes: FloatArray
    bounds: npt.NDArray[np.float32]

    @classmethod
    def of(cls, latents: FloatArray) -> Self:
        """Return the index of vectors; rows with NaN are never found.

        Parameters
        ----------
        latents : array, shape (n, d)

        Raises
        ------
        DataError
            If it is no matrix, or no row is known.
        """
        rows = _known_rows(latents)
        vectors = latents if len(rows) == len(latents) else latents[rows]
        centre, axes = _leading_axes(vectors)
        bounds = np.empty((axes.shape[1] + 2, len(vectors)), dtype=np.float32)
        for start in range(0, len(vectors), ROWS_AT_A_TIME):
            some = vectors[start : start + ROWS_AT_A_TIME].astype(np.float64) - centre
            bounds[:, start : start + len(some)] = np.column_stack(_summary(some, axes)).T
        return cls(vectors, rows, centre, axes, bounds)

    def nearest(
        self, queries: FloatArray, k: int, wanted: BoolArray | None = None
    ) -> tuple[FloatArray, IntArray]:
        """Return the k nearest vectors of each query; see `nearest`.

        Parameters
        ----------
        wanted : array of bool, shape (n_given,), optional
            Which of the rows that were given may be found; by default all.
        """
        unwanted = None if wanted is None else ~wanted[self.rows]
        n_known = len(self.vectors) if unwanted is None else int(np.sum(~unwanted))
        _check(n_known, self.vectors.shape[1], queries, k)
        distances, rows = _no_answers(len(queries), k)
        known = np.flatnonzero(np.isfinite(queries).all(axis=1))
        for some in np.split(known, range(QUERIES_AT_A_TIME, len(known), QUERIES_AT_A_TIME)):
            asked = queries[some].astype(np.float64)
            along, rest, squares = _summary(asked - self.centre, self.axes)
            factors = np.column_stack([-2 * along, -2 * rest, np.ones(len(some))])
            # Squared distances or less, but for the query's own length.
            below = factors.astype(np.float32) @ self.bounds
            if unwanted is not None:
                below[:, unwanted] = np.inf
            for number, query, bound, square in zip(some, asked, below, squares, strict=True):
                found = self._nearest(query, bound, float(square), k)
                distances[number], rows[number] = found
        return distances, rows

    def _nearest(
        self, query: FloatArray, bound: npt.NDArray[np.float32], square: float, k: int
    ) -> tuple[FloatArray, IntArray]:
        seeds = _promising(bound, max(SEEDS, 4 * k))
        squares = np.where(bound[seeds] < np.inf, self._squares(query, seeds), np.inf)
        enough = np.partition(squares, k - 1)[k - 1]
        if enough == np.inf:  # few are wanted, and most of the seeds are not: look at all that are
            near = np.flatnonzero(bound < np.inf)
            return _first(self._squares(query, near), near, self.rows, k)
        # What single precision can have added to the bound of a vector as near as that.
        reach = 2 * np.sqrt(square) + np.sqrt(enough)
        slack = (len(self.bounds) + 8) * ROUNDING * reach**2
        near = np.flatnonzero(bound <= enough - square + slack)
        return _first(self._squares(query, near), near, self.rows, k)

    def _squares(self, query: FloatArray, places: IntArray) -> npt.NDArray[np.float64]:
        found = np.empty(len(places))
        for start in range(0, len(places), ROWS_AT_A_TIME):
            some = self.vectors[places[start : start + ROWS_AT_A_TIME]].astype(np.float64) - query
            found[start : start + len(some)] = np.einsum("ij,ij->i", some, some)
        return found


def nearest(latents: FloatArray, queries: FloatArray, k: int) -> tuple[FloatArray, IntArray]:
    """Return the k nearest vectors of each query by Euclidean distance, the nearest first.

    Nothing is approximate: distances are of double precision, and of two that are equally far the
    one with the lower row number comes first. Ask an `ExactIndex` where queries come one by one.

    Parameters
    ----------
    latents : array, shape (n, d)
        Rows with NaN are never found.
    queries : array, shape (m, d)
        A query with NaN has no neighbours: distances NaN, rows -1.
    k : int

    Returns
    -------
    distances : array, shape (m, k)
    rows : array of int, shape (m, k)
        Row numbers in `latents`.

    Raises
    ------
    DataError
        If shapes do not fit, or there are fewer than k known vectors.

    Examples
    --------
    >>> distances, rows = nearest(np.array([[0.0], [3.0], [1.0]]), np.array([[0.9]]), k=2)
    >>> rows.tolist()
    [[2, 0]]
    """
    if len(queries) > FEW_QUERIES:
        return ExactIndex.of(latents).nearest(queries, k)
    places = _known_rows(latents)
    _check(len(places), latents.shape[1], queries, k)
    distances, rows = _no_answers(len(queries), k)
    for number in np.flatnonzero(np.isfinite(queries).all(axis=1)):
        best, at = np.empty(0), np.empty(0, dtype=np.int64)
        for some in _parts(places):
            gaps = latents[some].astype(np.float64) - queries[number]
            best = np.append(best, np.einsum("ij,ij->i", gaps, gaps))
            at = np.append(at, some)
            kept = np.lexsort((at, best))[:k]
            best, at = best[kept], at[kept]
        distances[number], rows[number] = np.sqrt(best), at
    return distances, rows


def _parts(places: IntArray) -> Iterator[IntArray]:
    for start in range(0, len(places), ROWS_AT_A_TIME):
        yield places[start : start + ROWS_AT_A_TIME]


def _known_rows(latents: FloatArray) -> IntArray:
    if latents.ndim != 2:
        msg = f"Vectors to search must have shape (n, d), got {latents.shape}."
        raise DataError(msg)
    rows = np.flatnonzero(np.isfinite(latents).all(axis=1))
    if not len(rows):
        msg = f"None of the {len(latents)} vectors to search is known: all rows hold NaN."
        raise DataError(msg)
    _check_size(latents)
    return rows


def _check(n_known: int, n_latents: int, queries: FloatArray, k: int) -> None:
    if queries.ndim != 2 or queries.shape[1] != n_latents:
        msg = f"Queries must have shape (m, {n_latents}), as the vectors do, got {queries.shape}."
        raise DataError(msg)
    if not 1 <= k <= n_known:
        msg = f"There are {n_known} known vectors, so 1 to {n_known} neighbours, got k={k}."
        raise DataError(msg)
    _check_size(queries)


def _check_size(vectors: FloatArray) -> None:
    known = np.isfinite(vectors)
    largest = max(
        np.max(vectors, where=known, initial=0.0), -np.min(vectors, where=known, initial=0.0)
    )
    if largest > LARGEST:
        msg = f"Vectors must have coordinates of at most {LARGEST:g}, got {largest:g}."
        raise DataError(msg)


def _no_answers(n_queries: int, k: int) -> tuple[FloatArray, IntArray]:
    return np.full((n_queries, k), np.nan), np.full((n_queries, k), -1, dtype=np.int64)


def _leading_axes(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the centre and the axes that hold most of the variance; all, if most are needed."""
    n_latents = vectors.shape[1]
    centre = vectors.mean(axis=0, dtype=np.float64)
    scatter = np.zeros((n_latents, n_latents))
    for start in range(0, len(vectors), ROWS_AT_A_TIME):
        some = vectors[start : start + ROWS_AT_A_TIME].astype(np.float64) - centre
        scatter += some.T @ some
    variances, axes = np.linalg.eigh(scatter)
    variances, axes = variances[::-1].clip(0), axes[:, ::-1]
    explained = np.cumsum(variances) / max(variances.sum(), np.finfo(float).tiny)
    n_axes = int(np.searchsorted(explained, EXPLAINED)) + 1
    return centre, axes[:, : n_latents if 2 * n_axes > n_latents else n_axes]


def _summary(centred: FloatArray, axes: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    along = centred @ axes
    squares = np.einsum("ij,ij->i", centred, centred)
    rest = (squares - np.einsum("ij,ij->i", along, along)).clip(0)
    return along, np.sqrt(rest), squares


def _promising(bound: npt.NDArray[np.float32], n_seeds: int) -> IntArray:
    """Return places of low bounds: the lowest of each of the best blocks, or all if few."""
    if len(bound) <= BLOCK * n_seeds:
        return np.arange(len(bound))
    starts = np.arange(0, len(bound), BLOCK)
    lowest = np.minimum.reduceat(bound, starts)
    best = starts[np.argpartition(lowest, n_seeds - 1)[:n_seeds]]
    inside = np.minimum(best[:, None] + np.arange(BLOCK), len(bound) - 1)
    chosen = bound[inside].argmin(axis=1)
    return np.asarray(inside[np.arange(n_seeds), chosen])


def _first(
    squares: npt.NDArray[np.float64], places: IntArray, rows: IntArray, k: int
) -> tuple[FloatArray, IntArray]:
    """Return the k lowest distances and their rows; `places` increase, and so do `rows`."""
    order = np.argsort(squares, kind="stable")[:k]
    return np.sqrt(squares[order]), rows[places[order]]
