"""How well a score tells two kinds apart."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from starsieve.stats.bootstrap import Estimate, bootstrap
from starsieve.stats.checks import FloatArray, check_finite, check_paired


def roc_auc(score: FloatArray, positive: npt.NDArray[np.bool_]) -> float:
    """Return the area under the receiver operating characteristic.

    It is the probability that a positive row has a larger score than a negative one: 0.5 is
    chance, 1 is perfect.

    Parameters
    ----------
    score : array, shape (n,)
        Larger for positive rows; equal scores count half.
    positive : array of bool, shape (n,)

    Returns
    -------
    float
        NaN where all rows are of one kind.

    Raises
    ------
    DataError
        If the arrays do not fit together, are empty or not finite.

    Examples
    --------
    >>> roc_auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    0.75
    """
    check_paired(score=score, positive=positive)
    check_finite(score=score)
    n_positive = int(np.sum(positive))
    n_negative = len(positive) - n_positive
    if not (n_positive and n_negative):
        return np.nan
    above = rankdata(score)[positive].sum() - n_positive * (n_positive + 1) / 2
    return float(above / (n_positive * n_negative))


def score_roc_auc(
    score: FloatArray,
    positive: npt.NDArray[np.bool_],
    groups: npt.NDArray[Any] | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Return `roc_auc` with its bootstrap error; parameters as of `roc_auc` and `bootstrap`."""
    return bootstrap(roc_auc, (score, positive), groups, n_resamples, seed)
