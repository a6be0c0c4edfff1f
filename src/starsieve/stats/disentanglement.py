"""Is each factor in one dimension of its own? MIG, DCI and SAP for continuous factors.

All three are 1 where every factor has one dimension and every dimension one factor, and near 0
where they are mixed. Factors that depend on each other, as temperature and gravity of stars do,
keep them below 1 even so: give the factors as latents to see what is possible.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import LassoCV

from starsieve.errors import DataError
from starsieve.stats.checks import FloatArray, check_finite
from starsieve.stats.histogram_information import discrete_information
from starsieve.stats.information import check_enough

N_BINS = 20
"""Along each axis, as in Locatello et al. (2019); fewer where rows are few."""

ROWS_PER_BIN = 5
HELD_OUT = 0.25
LEAST_VALUES = 10
"""A factor with fewer values is a class, not a continuous one."""

Importance = Literal["trees", "lasso"]


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """By how much the best dimension of each factor leads the second best.

    Parameters
    ----------
    value : float
        Mean over factors.
    per_factor : array, shape (n_factors,)
    scores : array, shape (n_latents, n_factors)
        What the gaps are between.
    """

    value: float
    per_factor: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Dci:
    """Disentanglement, completeness and informativeness.

    Parameters
    ----------
    disentanglement : float
        Whether a dimension serves one factor; NaN for a single factor.
    completeness : float
        Whether a factor needs one dimension; NaN for a single dimension.
    informativeness : float
        R2 of the factors predicted for rows that were not fitted, mean over factors.
    importance : array, shape (n_latents, n_factors)
        Columns sum to 1; a factor that nothing predicts has zeros.
    per_latent, per_factor : arrays, shape (n_latents,) and (n_factors,)
        Disentanglement of each dimension, completeness of each factor.
    r2 : array, shape (n_factors,)
    """

    disentanglement: float
    completeness: float
    informativeness: float
    importance: npt.NDArray[np.float64]
    per_latent: npt.NDArray[np.float64]
    per_factor: npt.NDArray[np.float64]
    r2: npt.NDArray[np.float64]


def mig(latents: FloatArray, factors: FloatArray, n_bins: int = N_BINS) -> Gap:
    """Return the mutual information gap (Chen et al. 2018).

    The information that each dimension has of a factor, as a share of the factor's entropy; the
    gap is between the two best. Both are cut into bins of equal numbers, at most `n_bins` and at
    least five rows for each pair of bins.

    Parameters
    ----------
    latents : array, shape (n, n_latents)
    factors : array, shape (n, n_factors)
    n_bins : int

    Raises
    ------
    DataError
        If shapes do not fit, there are fewer than 100 rows, or a factor has fewer than 10 values.

    Examples
    --------
    >>> factors = np.random.default_rng(0).uniform(size=(2000, 2))
    >>> mig(factors, factors).value > 0.9
    True
    """
    check_factors(latents, factors)
    n_bins = max(2, min(n_bins, int(np.sqrt(len(latents) / ROWS_PER_BIN))))
    a = [_quantile_bins(column, n_bins) for column in latents.T]
    b = [_quantile_bins(column, n_bins) for column in factors.T]
    entropy = [discrete_information(each, each, n_bins) for each in b]
    scores = np.array(
        [
            [discrete_information(x, y, n_bins) / h for y, h in zip(b, entropy, strict=True)]
            for x in a
        ]
    )
    return _gap(scores)


def sap(latents: FloatArray, factors: FloatArray) -> Gap:
    """Return the separated attribute predictability (Kumar et al. 2018).

    The score of a dimension is the R2 of a straight line from it to the factor.

    Parameters
    ----------
    latents, factors : arrays, shape (n, n_latents) and (n, n_factors)

    Raises
    ------
    DataError
        As `mig`.
    """
    check_factors(latents, factors)
    a, b = _standardise(latents), _standardise(factors)
    return _gap((a.T @ b / len(a)) ** 2)


def dci(
    latents: FloatArray, factors: FloatArray, importance: Importance = "trees", *, seed: int = 0
) -> Dci:
    """Return disentanglement, completeness and informativeness (Eastwood & Williams 2018).

    Parameters
    ----------
    latents, factors : arrays, shape (n, n_latents) and (n, n_factors)
    importance : {"trees", "lasso"}
        Whose: mean decrease of impurity in extremely randomised trees, which see relations of any
        form, or the coefficients of a lasso, which sees straight lines.
    seed : int
        Of the trees and of which quarter of the rows is held out.

    Raises
    ------
    DataError
        As `mig`.
    """
    check_factors(latents, factors)
    order = np.random.default_rng(seed).permutation(len(latents))
    held, fitted = np.split(order, [int(HELD_OUT * len(order))])
    inputs = _standardise(latents)
    columns, r2 = [], []
    for truth in _standardise(factors).T:
        model, weights = _fit(inputs[fitted], truth[fitted], importance, seed)
        predicted = model.predict(inputs[held])
        r2.append(1 - np.mean((predicted - truth[held]) ** 2) / np.var(truth[held]))
        columns.append(weights / max(weights.sum(), np.finfo(float).tiny))
    return _score_importance(np.array(columns).T, np.array(r2))


def check_factors(latents: FloatArray, factors: FloatArray) -> None:
    """Raise DataError unless both have rows that fit, enough of them, and factors that vary."""
    if latents.ndim != 2 or factors.ndim != 2 or len(latents) != len(factors):
        msg = (
            "Expected latents of shape (n, n_latents) and factors of shape (n, n_factors), got "
            f"{latents.shape} and {factors.shape}."
        )
        raise DataError(msg)
    if not latents.size or not factors.size:
        msg = f"Can't say: latents are {latents.shape} and factors {factors.shape}."
        raise DataError(msg)
    check_finite(latents=latents, factors=factors)
    check_enough(len(latents))
    for number, column in enumerate(factors.T):
        n_values = len(np.unique(column))
        if n_values < LEAST_VALUES:
            msg = f"Can't say: factor {number} has {n_values} values, it is no continuous one."
            raise DataError(msg)


def _score_importance(weights: FloatArray, r2: FloatArray) -> Dci:
    per_latent, per_factor = _focus(weights), _focus(weights.T)
    share = weights.sum(axis=1) / max(weights.sum(), np.finfo(float).tiny)
    return Dci(
        float(share @ per_latent),
        float(per_factor.mean()),
        float(r2.mean()),
        np.asarray(weights, dtype=np.float64),
        per_latent,
        per_factor,
        np.asarray(r2, dtype=np.float64),
    )


def _focus(weights: FloatArray) -> npt.NDArray[np.float64]:
    """Return one minus the relative entropy of each row: 1 if one number has it all, 0 if even."""
    n_rows, n_columns = weights.shape
    if n_columns == 1:
        return np.full(n_rows, np.nan)
    total = weights.sum(axis=1, keepdims=True)
    share = np.where(total > 0, weights / np.where(total > 0, total, 1), 1 / n_columns)
    entropy = -np.sum(share * np.log(np.where(share > 0, share, 1)), axis=1)
    return np.asarray(1 - entropy / np.log(n_columns))


def _fit(
    inputs: FloatArray, truth: FloatArray, importance: Importance, seed: int
) -> tuple[ExtraTreesRegressor | LassoCV, npt.NDArray[np.float64]]:
    if importance == "lasso":
        model = LassoCV(cv=5, max_iter=10_000).fit(inputs, truth)
        return model, np.abs(model.coef_)
    model = ExtraTreesRegressor(100, min_samples_leaf=5, max_features=1.0, random_state=seed)
    model.fit(inputs, truth)
    return model, np.asarray(model.feature_importances_)


def _gap(scores: npt.NDArray[np.float64]) -> Gap:
    if len(scores) == 1:  # nothing else to confuse it with
        per_factor = scores[0]
    else:
        best = np.sort(scores, axis=0)
        per_factor = best[-1] - best[-2]
    return Gap(float(per_factor.mean()), per_factor, scores)


def _quantile_bins(values: FloatArray, n_bins: int) -> npt.NDArray[np.int64]:
    """Return the bin of each value; bins hold equal numbers, equal values share one."""
    ranks = rankdata(values, method="average") - 0.5
    return np.asarray(np.minimum(ranks * n_bins // len(values), n_bins - 1), dtype=np.int64)


def _standardise(columns: FloatArray) -> npt.NDArray[np.float64]:
    centred = columns - columns.mean(axis=0)
    spread = centred.std(axis=0)
    return np.asarray(centred / np.where(spread > 0, spread, 1), dtype=np.float64)
