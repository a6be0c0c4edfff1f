"""How predictions miss, as a distribution."""

from dataclasses import dataclass

import numpy as np

from starsieve.stats.checks import FloatArray
from starsieve.stats.regression import r2, root_mean_square_error


@dataclass(frozen=True, slots=True)
class Residuals:
    """Predicted minus true values in numbers, in the label's unit.

    Parameters
    ----------
    n : int
    r2 : float
        Coefficient of determination; NaN where the truth is all the same.
    rmse : float
        Square root of the mean squared residual.
    mean, std : float
        Of the residuals.
    skewness : float
        Third standardised moment of the residuals: 0 if they are symmetric, positive if the long
        tail is of values that were predicted too high; NaN if they are all the same.
    """

    n: int
    r2: float
    rmse: float
    mean: float
    std: float
    skewness: float


def summarise_residuals(predicted: FloatArray, truth: FloatArray) -> Residuals:
    """Return the numbers of a regression report.

    Parameters
    ----------
    predicted, truth : arrays, shape (n,)

    Raises
    ------
    DataError
        If the arrays do not fit together, are empty or not finite.

    Examples
    --------
    >>> found = summarise_residuals(np.array([1.0, 2.0, 6.0]), np.array([1.0, 2.0, 3.0]))
    >>> found.mean, round(found.std, 4), round(found.skewness, 4)
    (1.0, 1.4142, 0.7071)
    """
    error = root_mean_square_error(predicted, truth)  # checks them, too
    residuals = predicted - truth
    mean, std = float(residuals.mean()), float(residuals.std())
    skewness = float(np.mean(((residuals - mean) / std) ** 3)) if std > 0 else np.nan
    return Residuals(len(truth), r2(predicted, truth), error, mean, std, skewness)
