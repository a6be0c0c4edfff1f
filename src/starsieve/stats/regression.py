"""How far predicted values are from true ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.stats.bootstrap import Estimate, bootstrap
from starsieve.stats.checks import FloatArray, check_finite, check_paired


def r2(predicted: FloatArray, truth: FloatArray) -> float:
    """Return the coefficient of determination: 1 is perfect, 0 as good as the mean of the truth.

    NaN where the truth is all the same.

    Parameters
    ----------
    predicted, truth : arrays, shape (n,)

    Raises
    ------
    DataError
        If the arrays do not fit together, are empty or not finite. So do all of this module.

    Examples
    --------
    >>> r2(np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]))
    0.5
    """
    _check(predicted, truth)
    spread = float(np.sum((truth - truth.mean()) ** 2))
    return 1.0 - float(np.sum((predicted - truth) ** 2)) / spread if spread else np.nan


def mean_absolute_error(predicted: FloatArray, truth: FloatArray) -> float:
    """Return the mean distance."""
    _check(predicted, truth)
    return float(np.mean(np.abs(predicted - truth)))


def median_absolute_error(predicted: FloatArray, truth: FloatArray) -> float:
    """Return the median distance, which outliers do not move."""
    _check(predicted, truth)
    return float(np.median(np.abs(predicted - truth)))


def root_mean_square_error(predicted: FloatArray, truth: FloatArray) -> float:
    """Return the square root of the mean squared distance."""
    _check(predicted, truth)
    return float(np.sqrt(np.mean((predicted - truth) ** 2)))


def bias(predicted: FloatArray, truth: FloatArray) -> float:
    """Return the mean of predicted minus true."""
    _check(predicted, truth)
    return float(np.mean(predicted - truth))


SCORES: dict[str, Callable[[FloatArray, FloatArray], float]] = {
    "r2": r2,
    "mae": mean_absolute_error,
    "medae": median_absolute_error,
    "rmse": root_mean_square_error,
    "bias": bias,
}
"""What `score_regression` reports, by the names that JSON and tables use."""


def score_regression(
    predicted: FloatArray,
    truth: FloatArray,
    groups: npt.NDArray[Any] | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Return every one of `SCORES` with its bootstrap error.

    Parameters
    ----------
    predicted, truth : arrays, shape (n,)
    groups : array, shape (n,), optional
        Rows that are not independent, such as several spectra of one object.
    n_resamples, seed
        As of `bootstrap`; scores with the same seed are of the same resamplings.
    """
    return {
        name: bootstrap(score, (predicted, truth), groups, n_resamples, seed)
        for name, score in SCORES.items()
    }


def _check(predicted: FloatArray, truth: FloatArray) -> None:
    check_paired(predicted=predicted, truth=truth)
    check_finite(predicted=predicted, truth=truth)
