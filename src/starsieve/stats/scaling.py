"""Numbers brought to a common scale, by column or by row."""

import numpy as np
import numpy.typing as npt

from starsieve.stats.checks import FloatArray, check_finite


def standardise(values: FloatArray, axis: int) -> npt.NDArray[np.float64]:
    """Return values with mean 0 and standard deviation 1 along an axis; constants become 0.

    Parameters
    ----------
    values : array, shape (n_rows, n_columns)
    axis : int
        0: each column by itself; 1: each row by itself, which leaves only the shape of a spectrum.

    Raises
    ------
    DataError
        If there is no value, or one that is not finite.

    Examples
    --------
    >>> standardise(np.array([[1.0, 5.0], [3.0, 5.0]]), axis=0).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    check_finite(values=values)
    centred = values - values.mean(axis=axis, keepdims=True)
    return np.asarray(centred / _not_zero(values.std(axis=axis, keepdims=True)))


def normalise(values: FloatArray, axis: int) -> npt.NDArray[np.float64]:
    """Return values from 0, the least along an axis, to 1, the largest; constants become 0.

    Parameters
    ----------
    values, axis
        As of `standardise`.

    Raises
    ------
    DataError
        As `standardise`.

    Examples
    --------
    >>> normalise(np.array([[1.0, 3.0, 2.0]]), axis=1).tolist()
    [[0.0, 1.0, 0.5]]
    """
    check_finite(values=values)
    least = values.min(axis=axis, keepdims=True)
    return np.asarray((values - least) / _not_zero(values.max(axis=axis, keepdims=True) - least))


def _not_zero(spread: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(spread > 0, spread, 1.0)
