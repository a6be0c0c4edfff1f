"""How often intervals hold known values, and how wide they are, beside quantile regression."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import binomtest

from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.stats import crps

BOOSTED = "boosted quantiles"
QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)
N_COMPONENTS = 20


def boost_quantiles(
    inputs: FloatArray, truth: FloatArray, folds: npt.NDArray[np.int64], seed: int
) -> FloatArray:
    """Return quantiles by gradient boosting, each from folds without the object.

    Parameters
    ----------
    inputs : array, shape (n, n_features)
    truth : array, shape (n,)
        NaN where unknown.
    folds : array of int, shape (n,)
    seed : int

    Returns
    -------
    array, shape (n, 5)
        At `QUANTILES`, in increasing order.
    """
    from sklearn.decomposition import PCA
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.pipeline import make_pipeline

    found = np.full((len(inputs), len(QUANTILES)), np.nan)
    n_components = min(N_COMPONENTS, inputs.shape[1], len(inputs) // 2)
    for fold in np.unique(folds):
        seen, mine = np.isfinite(truth) & (folds != fold), folds == fold
        for column, level in enumerate(QUANTILES):
            boosting = GradientBoostingRegressor(
                loss="quantile", alpha=level, n_estimators=100, subsample=0.7, random_state=seed
            )
            fitted = make_pipeline(PCA(n_components, random_state=seed), boosting)
            fitted.fit(inputs[seen], truth[seen])
            found[mine, column] = fitted.predict(inputs[mine])
    return np.sort(found, axis=1)


def tell_intervals(
    name: str,
    draws: FloatArray,
    boosted: FloatArray,
    truth: FloatArray,
    errors: FloatArray | None,
    groups: npt.NDArray[np.str_],
) -> list[str]:
    """Return a line for each group: coverage, its error, mean widths, and CRPS.

    Parameters
    ----------
    name : str
        Of the label.
    draws : array, shape (n, n_draws)
    boosted : array, shape (n, 5)
        By `boost_quantiles`.
    truth, errors : arrays, shape (n,)
        Errors, where given, are added in quadrature to both.
    groups : array of str, shape (n,)
    """
    unit = get_label(name).unit.partition("(")[0]
    added = "" if errors is None else ", errors of the labels added"
    lines = []
    for group in sorted(set(groups.tolist()) - {""}):
        rows = np.isfinite(truth) & (groups == group)
        if not rows.any():
            continue
        own = None if errors is None else errors[rows]
        quantiles = np.quantile(draws[rows], QUANTILES, axis=1).T
        both = (quantiles, boosted[rows])
        ours, theirs = (_describe(each, truth[rows], own, unit) for each in both)
        score = float(np.mean(crps(draws[rows].T, truth[rows])))
        digits = max(get_label(name).digits, 1)
        lines.append(
            f"{name}, {group}{added}: {ours}, CRPS {score:.{digits}f} {unit}; {BOOSTED} {theirs}"
        )
    return lines


def _describe(
    quantiles: FloatArray, truth: FloatArray, errors: FloatArray | None, unit: str
) -> str:
    """Return coverage and width in words, of quantiles at `QUANTILES`, shape (n, 5)."""
    parts = []
    middle = quantiles[:, 2]
    for level, first, last in ((0.68, 1, 3), (0.95, 0, 4)):
        low, high = quantiles[:, first], quantiles[:, last]
        side = np.where(truth < middle, middle - low, high - middle)
        added = 0.0 if errors is None else errors * float(ndtri((1.0 + level) / 2.0))
        inside = np.abs(truth - middle) <= np.hypot(side, added)
        exact = binomtest(int(inside.sum()), len(inside)).proportion_ci(0.95)
        parts.append(
            f"{level:.0%} hold {inside.mean():.0%} ({exact.low:.0%} to {exact.high:.0%}), "
            f"{np.mean(high - low):.3g} {unit} wide".rstrip()
        )
    return ", ".join(parts)


def errors_of(
    texts: Mapping[str, npt.NDArray[np.str_]], columns: Mapping[str, str], names: Sequence[str]
) -> dict[str, FloatArray]:
    """Return errors by label, of columns of text; labels without a column are left out."""
    found = {}
    for name in names:
        column = columns.get(name, "")
        if column in texts:
            found[name] = np.array([float(text) if text else 0.0 for text in texts[column]])
    return found
