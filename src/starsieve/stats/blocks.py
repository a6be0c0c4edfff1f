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
