"""Many pixels as few."""

import numpy as np
import numpy.typing as npt

from starsieve.stats.checks import FloatArray, check_paired


def block_means(
    values: FloatArray, good: npt.NDArray[np.bool_], n_blocks: int
) -> npt.NDArray[np.float64]:
    """Return means of neighbours, in blocks as even as can be.

    Parameters
    ----------
    values : array, shape (n,)
    good : array of bool, shape (n,)
        Which values count.
    n_blocks : int
        At most; fewer values than that stay as they are.

    Returns
    -------
    array, shape (min(n, n_blocks),)
        NaN where no value of a block counts.

    Examples
    --------
    >>> block_means(np.array([1.0, 3.0, 5.0, 9.0]), np.array([True, True, False, True]), 2).tolist()
    [2.0, 9.0]
    """
    check_paired(values=values, good=good)
    starts = np.linspace(0, len(values), min(n_blocks, len(values)) + 1).astype(np.int64)[:-1]
    total = np.add.reduceat(np.where(good, values, 0.0), starts)
    count = np.add.reduceat(good.astype(np.int64), starts)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def envelope(
    values: FloatArray, good: npt.NDArray[np.bool_], n_points: int
) -> npt.NDArray[np.int64]:
    """Return which values draw the same line on a screen as all of them do.

    Of each block of neighbours they are the lowest and the highest, so that no narrow line is
    lost, as means would lose it; of a block without any that counts, its first, so that the gap
    is seen.

    Parameters
    ----------
    values : array, shape (n,)
        There may be none.
    good : array of bool, shape (n,)
        Which values count.
    n_points : int
        At most so many are wanted, at least 2; fewer values than that are all returned.

    Returns
    -------
    array of int, shape (at most n_points,)
        Increasing positions in `values`.

    Examples
    --------
    >>> envelope(np.array([0.0, 0.0, 9.0, 0.1, 0.2, 0.3]), np.ones(6, bool), 4).tolist()
    [0, 2, 3, 5]
    """
    n = len(values)
    if n:
        check_paired(values=values, good=good)
    if n <= n_points:
        return np.arange(n, dtype=np.int64)
    size = -(-n // max(n_points // 2, 1))
    n_blocks = -(-n // size)
    low, high = np.full((2, n_blocks * size), np.inf)
    low[:n] = np.where(good, values, np.inf)
    high[:n] = np.where(good, -values, np.inf)
    lowest = low.reshape(n_blocks, size).argmin(axis=1)
    highest = high.reshape(n_blocks, size).argmin(axis=1)
    first = np.arange(n_blocks) * size
    return np.unique(np.concatenate([first + lowest, first + highest]))
