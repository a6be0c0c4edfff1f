"""Mutual information by counting in bins, and how much of it is the bins' doing.

The plug-in estimate is what the first study of latents of stellar spectra used, with 5 to 160 bins
along each axis. It grows with the bins whether there is a relation or not.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError
from starsieve.stats.checks import FloatArray, check_finite, check_paired

N_SHUFFLES = 4
"""The mean of so many is known well: each is itself a sum over all rows."""

BINS = (5, 10, 20, 40, 80, 160)
"""Those of the original."""


@dataclass(frozen=True, slots=True)
class HistogramInformation:
    """An estimate by bins, in nats.

    Parameters
    ----------
    value : float
        As counted.
    bias : float
        What the same bins count when the pairing is shuffled.
    first_order : float
        ``(n_bins - 1)**2 / (2 n)``, the textbook's bias. It holds while bins are well filled; in
        sparse ones the true bias is lower.
    """

    value: float
    bias: float
    first_order: float


def histogram_information(x: FloatArray, y: FloatArray, n_bins: int) -> float:
    """Return the plug-in estimate in bins of equal width from minimum to maximum, in nats.

    Parameters
    ----------
    x, y : arrays, shape (n,)
    n_bins : int
        Along each axis.

    Raises
    ------
    DataError
        If the arrays do not fit together or hold NaN, or there are fewer than two bins.

    Examples
    --------
    >>> x = np.arange(100.0)
    >>> round(histogram_information(x, x, 5), 3)  # all there is to know of five equal bins
    1.609
    """
    _check(x, y, n_bins)
    return _plug_in(_places(x, n_bins), _places(y, n_bins), n_bins)


def first_order_bias(n: int, n_bins: int) -> float:
    """Return the expected bias of well-filled bins, in nats (Miller 1955).

    Examples
    --------
    >>> round(first_order_bias(4061, 160), 2)
    3.11
    """
    return (n_bins - 1) ** 2 / (2 * n)


def measure_histogram_information(
    x: FloatArray, y: FloatArray, n_bins: int, *, n_shuffles: int = N_SHUFFLES, seed: int = 0
) -> HistogramInformation:
    """Return the plug-in estimate beside its bias, measured by shuffling the pairing.

    Raises
    ------
    DataError
        As `histogram_information`.
    """
    _check(x, y, n_bins)
    rng = np.random.default_rng(seed)
    a, b = _places(x, n_bins), _places(y, n_bins)
    shuffled = [_plug_in(a, rng.permutation(b), n_bins) for _ in range(n_shuffles)]
    return HistogramInformation(
        _plug_in(a, b, n_bins), float(np.mean(shuffled)), first_order_bias(len(x), n_bins)
    )


def discrete_information(
    a: npt.NDArray[np.int64], b: npt.NDArray[np.int64], n_classes: int
) -> float:
    """Return the plug-in estimate of two class numbers from 0 to `n_classes` - 1, in nats."""
    return _plug_in(a, b, n_classes)


def _places(values: FloatArray, n_bins: int) -> npt.NDArray[np.int64]:
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return np.zeros(len(values), dtype=np.int64)
    place = np.floor((values - low) / (high - low) * n_bins).astype(np.int64)
    return np.asarray(np.minimum(place, n_bins - 1))  # the last bin holds its upper edge


def _plug_in(a: npt.NDArray[np.int64], b: npt.NDArray[np.int64], n_bins: int) -> float:
    joint = np.bincount(a * n_bins + b, minlength=n_bins**2)
    entropies = [_entropy(counts) for counts in (np.bincount(a), np.bincount(b), joint)]
    return max(0.0, entropies[0] + entropies[1] - entropies[2])


def _entropy(counts: npt.NDArray[np.int64]) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-np.sum(share * np.log(share)))


def _check(x: FloatArray, y: FloatArray, n_bins: int) -> None:
    check_paired(x=x, y=y)
    check_finite(x=x, y=y)
    if n_bins < 2:
        msg = f"Expected at least 2 bins along each axis, got {n_bins}."
        raise DataError(msg)
