"""Intervals that hold whatever the distribution of errors is."""

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError

FloatArray = npt.NDArray[np.float64]


def conformal_quantile(
    scores: npt.ArrayLike, coverage: float, groups: npt.ArrayLike | None = None
) -> float:
    """Return the score that a new item stays below with at least a given probability.

    Split-conformal: if the new item is exchangeable with those of the scores, the probability
    holds for any number of them and any distribution.

    Parameters
    ----------
    scores : array, shape (n_items,)
        How far the truth was off, of items that the prediction was not fitted to.
    coverage : float
        Wanted probability, in (0, 1).
    groups : array, shape (n_items,), optional
        What items belong to. Each group counts once, its items share its weight, and the new item
        is taken to be of a new group.

    Returns
    -------
    float
        Infinity where there are too few groups to promise so much.

    Raises
    ------
    DataError
        If there are no scores, one is not finite, or `coverage` is no probability.

    Examples
    --------
    >>> conformal_quantile([3.0, 1.0, 2.0, 4.0], 0.8)
    4.0
    >>> conformal_quantile([3.0, 1.0, 2.0, 4.0], 0.9)
    inf
    """
    values = np.asarray(scores, np.float64)
    if values.ndim != 1 or not len(values) or not np.all(np.isfinite(values)):
        msg = f"scores must be a row of finite numbers, got an array of shape {values.shape}."
        raise DataError(msg)
    if not 0 < coverage < 1:
        msg = f"coverage must be between 0 and 1, got {coverage}."
        raise DataError(msg)
    weights, n_groups = _weights(len(values), groups)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    # The new group is one more, and may have the largest score of all. The last digits of a sum of
    # weights must not decide.
    place = int(np.searchsorted(reached, coverage * (n_groups + 1) - 1e-9))
    return float(values[order[place]]) if place < len(values) else float("inf")


def _weights(n_items: int, groups: npt.ArrayLike | None) -> tuple[FloatArray, int]:
    if groups is None:
        return np.ones(n_items), n_items
    _, place, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    if len(place) != n_items:
        msg = f"groups must name one for each of {n_items} scores, got {len(place)}."
        raise DataError(msg)
    return 1.0 / sizes[place], len(sizes)
