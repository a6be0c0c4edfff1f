"""How well a score tells two kinds apart, and whether a probability means what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from starsieve.stats.bootstrap import Estimate, bootstrap
from starsieve.stats.checks import FloatArray, check_finite, check_paired

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PrecisionRecall:
    """What every cut in a score gives, from the highest cut to the lowest.

    Parameters
    ----------
    threshold : array, shape (n_cuts,)
        Rows with a score of at least that are taken.
    precision : array, shape (n_cuts,)
        Share of positive rows among those taken.
    recall, false_alarm : arrays, shape (n_cuts,)
        Share of the positive, and of the other rows that are taken; NaN where there are none.
    """

    threshold: FloatArray
    precision: FloatArray
    recall: FloatArray
    false_alarm: FloatArray


@dataclass(frozen=True, slots=True)
class Cut:
    """A threshold, and what it gives on the rows that it was found on."""

    threshold: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows of like probability: their mean probability, and the share that came true."""

    low: float
    high: float
    n: int
    probability: float
    share: float
    error: float


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Precision and recall of one class among several."""

    name: str
    n: int
    precision: float
    recall: float


def roc_auc(score: FloatArray, positive: BoolArray) -> float:
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
    positive: BoolArray,
    groups: npt.NDArray[Any] | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Return `roc_auc` with its bootstrap error; parameters as of `roc_auc` and `bootstrap`."""
    return bootstrap(roc_auc, (score, positive), groups, n_resamples, seed)


def average_precision(
    score: FloatArray, positive: BoolArray, weight: FloatArray | None = None
) -> float:
    """Return the mean precision over all recalls, the area under the steps of that curve.

    Chance is the share of positive rows.

    Parameters
    ----------
    score : array, shape (n,)
        Larger for positive rows; rows of equal score are taken together.
    positive : array of bool, shape (n,)
    weight : array, shape (n,), optional
        How often each row counts.

    Returns
    -------
    float
        NaN where no row is positive.

    Raises
    ------
    DataError
        If the arrays do not fit together, are empty or not finite.

    Examples
    --------
    >>> round(average_precision(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]) > 0), 3)
    0.833
    """
    if not np.any(positive):
        check_paired(score=score, positive=positive)
        return np.nan
    curve = precision_recall(score, positive, weight)
    return float(np.sum(np.diff(curve.recall, prepend=0.0) * curve.precision))


def precision_recall(
    score: FloatArray, positive: BoolArray, weight: FloatArray | None = None
) -> PrecisionRecall:
    """Return what every cut gives; parameters and errors as of `average_precision`."""
    counts = np.ones(len(score)) if weight is None else weight
    check_paired(score=score, positive=positive, weight=counts)
    check_finite(score=score, weight=counts)
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last = np.flatnonzero(np.diff(ranked, append=-np.inf) != 0)
    found = np.cumsum((counts * positive)[order])[last]
    taken = np.cumsum(counts[order])[last]
    precision = np.divide(found, taken, out=np.zeros_like(found), where=taken > 0)
    return PrecisionRecall(
        ranked[last], precision, _share_of_last(found), _share_of_last(taken - found)
    )


def _share_of_last(total: FloatArray) -> FloatArray:
    return total / (total[-1] if total[-1] > 0 else np.nan)


def find_threshold(score: FloatArray, positive: BoolArray, precision: float) -> Cut | None:
    """Return the lowest cut that keeps a precision, or None where no cut reaches it.

    Parameters
    ----------
    score, positive
        As of `average_precision`.
    precision : float
        Wanted share of positive rows among those that are taken.
    """
    curve = precision_recall(score, positive)
    good = np.flatnonzero(curve.precision >= precision)
    if not len(good):
        return None
    cut = good[-1]
    return Cut(float(curve.threshold[cut]), float(curve.precision[cut]), float(curve.recall[cut]))


def reliability(
    probability: FloatArray,
    positive: BoolArray,
    weight: FloatArray | None = None,
    n_bins: int = 10,
) -> list[ReliabilityBin]:
    """Return how often probabilities came true, in even bins from 0 to 1; empty ones left out.

    Parameters
    ----------
    probability : array, shape (n,)
    positive : array of bool, shape (n,)
    weight : array, shape (n,), optional
    n_bins : int

    Returns
    -------
    list of ReliabilityBin
        `error` is the binomial standard error of the share, for the number of rows that the
        weights are worth.

    Raises
    ------
    DataError
        If the arrays do not fit together, are empty or not finite.
    """
    counts = np.ones(len(probability)) if weight is None else weight
    check_paired(probability=probability, positive=positive, weight=counts)
    check_finite(probability=probability, weight=counts)
    place = np.clip((probability * n_bins).astype(int), 0, n_bins - 1)
    bins = []
    for number in range(n_bins):
        rows = (place == number) & (counts > 0)
        if not rows.any():
            continue
        own = counts[rows]
        share = float(np.average(positive[rows], weights=own))
        worth = own.sum() ** 2 / np.sum(own**2)
        bins.append(
            ReliabilityBin(
                low=number / n_bins,
                high=(number + 1) / n_bins,
                n=int(rows.sum()),
                probability=float(np.average(probability[rows], weights=own)),
                share=share,
                error=float(np.sqrt(share * (1 - share) / worth)),
            )
        )
    return bins


def calibration_error(
    probability: FloatArray,
    positive: BoolArray,
    weight: FloatArray | None = None,
    n_bins: int = 10,
) -> float:
    """Return the expected calibration error: the mean gap between probability and share of rows.

    Parameters and errors as of `reliability`.

    Examples
    --------
    >>> calibration_error(np.array([0.9, 0.9, 0.1, 0.1]), np.array([True, True, False, True]))
    0.25
    """
    counts = np.ones(len(probability)) if weight is None else weight
    check_paired(probability=probability, positive=positive, weight=counts)
    check_finite(probability=probability, weight=counts)
    place = np.clip((probability * n_bins).astype(int), 0, n_bins - 1)
    gap = np.bincount(place, counts * (probability - positive), minlength=n_bins)
    return float(np.abs(gap).sum() / counts.sum())


def score_classes(
    chosen: npt.NDArray[Any], truth: npt.NDArray[Any], names: Sequence[str]
) -> list[ClassScore]:
    """Return precision and recall of each class; NaN where there is nothing to take a share of.

    Parameters
    ----------
    chosen, truth : arrays of str, shape (n,)
    names : sequence of str
        The classes, in the wanted order.

    Raises
    ------
    DataError
        If the arrays do not fit together or are empty.
    """
    check_paired(chosen=chosen, truth=truth)
    scores = []
    for name in names:
        taken, own = chosen == name, truth == name
        right = float(np.sum(taken & own))
        precision = right / taken.sum() if taken.any() else np.nan
        recall = right / own.sum() if own.any() else np.nan
        scores.append(ClassScore(name, int(own.sum()), float(precision), float(recall)))
    return scores


def score_average_precision(
    score: FloatArray,
    positive: BoolArray,
    groups: npt.NDArray[Any] | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Return `average_precision` with its bootstrap error; parameters as of `bootstrap`."""
    return bootstrap(average_precision, (score, positive), groups, n_resamples, seed)
