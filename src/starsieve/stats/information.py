"""Mutual information of two numbers: by nearest neighbours, with errors and a null, and by bins.

All values are in nats. The estimator by neighbours is the first of Kraskov et al. (2004), that of
conditional information Frenzel & Pompe's (2007), errors are Holmes & Nemenman's (2019). Values are
replaced by the normal scores of their ranks first, which changes no information, so that units,
outliers and any monotone scale of either variable don't matter. Equal values are ranked at random
among themselves: the order carries nothing, so this changes no information either.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree
from scipy.special import digamma, ndtr, ndtri

from starsieve.errors import DataError
from starsieve.stats.checks import FloatArray, check_finite, check_paired

N_NEIGHBOURS = 3
N_BLOCKS = 10
"""Parts that the rows are cut into for an error."""

N_PARTITIONS = 3
"""Times that this is done, each with other parts."""

RELATED = 0.1
"""p-value from which on nothing but chance is seen, whose scatter is known already."""

N_SHUFFLES = 200
LEAST_ROWS = 100
"""Below, the parts that errors come from would hold too few rows."""

LOCAL_ROWS = 10
"""Rows of a like condition, among which values are exchanged for the null of a conditional."""

_BELOW = 1 - 1e-10
"""Distances are rounded; a neighbour at exactly the distance must not be counted as nearer."""


@dataclass(frozen=True, slots=True)
class Information:
    """A mutual information beside what chance gives, in nats.

    Parameters
    ----------
    value : float
        May be a little below zero where there is none: the estimator has hardly any bias.
    error : float
        Standard error.
    null_mean, null_scatter : float
        Of the same estimate with the pairing shuffled.
    p_value : float
        Share of shuffled pairings with as much; at least 1 / (n_shuffles + 1).
    n : int
        Rows.
    """

    value: float
    error: float
    null_mean: float
    null_scatter: float
    p_value: float
    n: int

    def chance_of_best(self, n_tried: int) -> float:
        """Return the probability that the largest of so many by chance alone is as large.

        By a normal tail of the null, so that it can be smaller than shuffles could count.
        """
        tail = ndtr(-(self.value - self.null_mean) / self.null_scatter)
        return float(-np.expm1(n_tried * np.log1p(-min(tail, 1 - 1e-15))))

    def __str__(self) -> str:
        return f"{self.value:z.3f} ± {self.error:.3f}"


def mutual_information(
    x: FloatArray, y: FloatArray, k: int = N_NEIGHBOURS, *, seed: int = 0
) -> float:
    """Return the mutual information of two variables by nearest neighbours, in nats.

    Parameters
    ----------
    x, y : arrays, shape (n,)
        Finite. Discrete values are allowed; a constant has no information.
    k : int
        Neighbours: more of them lower the scatter and raise the bias.
    seed : int
        Of the order of equal values.

    Raises
    ------
    DataError
        If the arrays do not fit together, hold NaN, or have no more than `k` rows.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 500)
    >>> mutual_information(x, x**2) > 2
    True
    """
    _check(x, y, k)
    rng = np.random.default_rng(seed)
    return _kraskov(normal_scores(x, rng), normal_scores(y, rng), k)


def measure_information(
    x: FloatArray,
    y: FloatArray,
    k: int = N_NEIGHBOURS,
    *,
    null: FloatArray | None = None,
    seed: int = 0,
) -> Information:
    """Return the mutual information of two variables with its error and what chance gives.

    The error comes from parts of the rows that do not overlap, since variance goes as one over
    the rows. Rows drawn with replacement would not do: a copy is its own nearest neighbour. Where
    shuffled pairings give as much in a tenth of the cases or more, the error is their scatter.

    Parameters
    ----------
    x, y : arrays, shape (n,)
    k : int
        See `mutual_information`.
    null : array, shape (n_shuffles,), optional
        From `information_null` for as many rows; made here by default.
    seed : int

    Raises
    ------
    DataError
        As `mutual_information`, and if there are fewer than 100 rows.
    """
    _check(x, y, k)
    check_enough(len(x), k)
    rng = np.random.default_rng(seed)
    a, b = normal_scores(x, rng), normal_scores(y, rng)
    value = _kraskov(a, b, k)
    if null is None:
        null = information_null(len(x), k, seed=seed)
    related = np.mean(null >= value) < RELATED
    error = _error(a, b, k, rng) if related else float(null.std(ddof=1))
    return _judge(value, error, null, len(x))


def information_null(
    n: int, k: int = N_NEIGHBOURS, n_shuffles: int = N_SHUFFLES, *, seed: int = 0
) -> npt.NDArray[np.float64]:
    """Return estimates for variables without any relation, shape (n_shuffles,).

    Ranks forget the distributions, so that the null is the same for all pairs of variables
    with as many rows, and has to be made once.
    """
    rng = np.random.default_rng(seed)
    scores = _scores_of_ranks(np.arange(n))
    return np.array([_kraskov(scores, rng.permutation(scores), k) for _ in range(n_shuffles)])


def conditional_information(
    x: FloatArray,
    y: FloatArray,
    given: FloatArray,
    k: int = N_NEIGHBOURS,
    *,
    n_shuffles: int = 50,
    seed: int = 0,
) -> Information:
    """Return what `x` says about `y` to someone who knows `given` already, in nats.

    Its null exchanges `x` among rows of nearly the same `given`, which keeps what both owe to it.

    Parameters
    ----------
    x, y, given : arrays, shape (n,)
    k, n_shuffles, seed : int

    Raises
    ------
    DataError
        As `measure_information`.
    """
    _check(x, y, k)
    _check(x, given, k)
    check_enough(len(x), k)
    rng = np.random.default_rng(seed)
    order = np.argsort(given, kind="stable")
    a, b, c = (normal_scores(each[order], rng) for each in (x, y, given))
    null = np.array([_frenzel_pompe(a[_exchange(len(a), rng)], b, c, k) for _ in range(n_shuffles)])
    return _judge(_frenzel_pompe(a, b, c, k), _error(a, b, k, rng, c), null, len(a))


def normal_scores(values: FloatArray, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return values as quantiles of a normal distribution by their rank, ties at random."""
    order = np.lexsort((rng.random(len(values)), values))
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[order] = np.arange(len(values))
    return _scores_of_ranks(ranks)


def check_enough(n: int, k: int = N_NEIGHBOURS) -> None:
    """Raise DataError if an information of so many rows could have no error."""
    least = max(LEAST_ROWS, 4 * (k + 1))
    if n < least:
        msg = f"Can't say: {n} rows where all is known, at least {least} are needed."
        raise DataError(msg)


def _scores_of_ranks(ranks: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return np.asarray(ndtri((ranks + 0.5) / len(ranks)), dtype=np.float64)


def _kraskov(x: FloatArray, y: FloatArray, k: int) -> float:
    points = np.column_stack([x, y])
    reach = _reach(points, k)
    near = digamma(_count(x, reach) + 1) + digamma(_count(y, reach) + 1)
    return float(digamma(k) + digamma(len(x)) - near.mean())


def _frenzel_pompe(x: FloatArray, y: FloatArray, z: FloatArray, k: int) -> float:
    reach = _reach(np.column_stack([x, y, z]), k)
    near = digamma(_count_2d(x, z, reach) + 1) + digamma(_count_2d(y, z, reach) + 1)
    return float(digamma(k) - np.mean(near - digamma(_count(z, reach) + 1)))


def _reach(points: FloatArray, k: int) -> npt.NDArray[np.float64]:
    """Return how far the k-th neighbour is, along the axis where it is farthest."""
    distance, _ = cKDTree(points).query(points, k=[k + 1], p=np.inf)
    return np.asarray(distance, dtype=np.float64)[:, 0] * _BELOW


def _count(values: FloatArray, reach: FloatArray) -> npt.NDArray[np.int64]:
    """Return how many other values are nearer than `reach`."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values - reach, side="left")
    return np.asarray(np.searchsorted(ordered, values + reach, side="right") - below - 1)


def _count_2d(x: FloatArray, y: FloatArray, reach: FloatArray) -> npt.NDArray[np.int64]:
    points = np.column_stack([x, y])
    found = cKDTree(points).query_ball_point(points, reach, p=np.inf, return_length=True)
    return np.asarray(found) - 1


def _error(
    x: FloatArray, y: FloatArray, k: int, rng: np.random.Generator, z: FloatArray | None = None
) -> float:
    """Return the standard error, from the variance between parts of the rows."""
    n_parts = max(2, min(N_BLOCKS, len(x) // (4 * (k + 1))))
    variances = []
    for _ in range(N_PARTITIONS):
        parts = np.array_split(rng.permutation(len(x)), n_parts)
        values = [
            _kraskov(x[part], y[part], k)
            if z is None
            else _frenzel_pompe(x[part], y[part], z[part], k)
            for part in parts
        ]
        variances.append(float(np.var(values, ddof=1)) / len(parts))
    return float(np.sqrt(np.mean(variances)))


def _exchange(n: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return rows in an order that mixes each with its neighbours only."""
    offset = int(rng.integers(LOCAL_ROWS))
    block = (np.arange(n) + offset) // LOCAL_ROWS
    return np.asarray(np.lexsort((rng.random(n), block)))


def _judge(value: float, error: float, null: FloatArray, n: int) -> Information:
    more = int(np.sum(null >= value))
    return Information(
        value, error, float(null.mean()), float(null.std(ddof=1)), (more + 1) / (len(null) + 1), n
    )


def _check(x: FloatArray, y: FloatArray, k: int) -> None:
    check_paired(x=x, y=y)
    check_finite(x=x, y=y)
    if not 1 <= k < len(x):
        msg = f"Expected 1 to {len(x) - 1} neighbours among {len(x)} rows, got {k}."
        raise DataError(msg)
