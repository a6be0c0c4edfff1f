"""Which dimensions of an embedding carry information, and how sure that count is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError
from starsieve.stats.checks import FloatArray, check_finite

MAD_THRESHOLD = 0.02
"""As published for HARPS: the prior of a latent has a median absolute deviation of 0.67."""

KL_THRESHOLD = 0.01
"""In nats: a latent that tells less of a spectrum is the prior."""


@dataclass(frozen=True, slots=True, eq=False)
class Informative:
    """The dimensions above a threshold.

    Parameters
    ----------
    measure : array, shape (n_latents,)
        Of each dimension.
    threshold : float
    low, high : float
        Between these thresholds the count stays the same; 0 and infinity where nothing bounds it.
    """

    measure: npt.NDArray[np.float64]
    threshold: float
    low: float
    high: float

    @property
    def rows(self) -> npt.NDArray[np.int64]:
        """Numbers of the informative dimensions."""
        return np.flatnonzero(self.measure > self.threshold)

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.rows)

    @property
    def margin(self) -> float:
        """Factor by which the threshold may move either way without changing the count."""
        up = self.high / self.threshold
        return min(up, self.threshold / self.low) if self.low > 0 else up


def absolute_deviations(latents: FloatArray) -> npt.NDArray[np.float64]:
    """Return the median absolute deviation of each dimension, shape (n_latents,).

    Parameters
    ----------
    latents : array, shape (n, n_latents)
        Of a model whose prior has unit deviation; of others the scale means nothing.

    Examples
    --------
    >>> absolute_deviations(np.array([[0.0, 5.0], [1.0, 5.0], [2.0, 5.0]])).tolist()
    [1.0, 0.0]
    """
    _check(latents)
    return np.asarray(np.median(np.abs(latents - np.median(latents, axis=0)), axis=0))


def divergences(latents: FloatArray, sigma: FloatArray) -> npt.NDArray[np.float64]:
    """Return the mean divergence of posteriors from a standard normal prior, in nats.

    Parameters
    ----------
    latents, sigma : arrays, shape (n, n_latents)
        Means and standard deviations.

    Returns
    -------
    array, shape (n_latents,)

    Raises
    ------
    DataError
        If shapes differ, or a standard deviation is not positive.
    """
    _check(latents)
    if sigma.shape != latents.shape or not (sigma > 0).all():
        n_bad = int(np.sum(~(sigma > 0)))
        msg = (
            f"Expected a positive sigma for each latent, shape {latents.shape}; got shape "
            f"{sigma.shape} with {n_bad} that are not positive."
        )
        raise DataError(msg)
    each = 0.5 * (latents**2 + sigma**2 - 1) - np.log(sigma)
    return np.asarray(each.mean(axis=0))


def find_informative(measure: FloatArray, threshold: float) -> Informative:
    """Return the dimensions whose measure is above a threshold, and where the count changes.

    Parameters
    ----------
    measure : array, shape (n_latents,)
    threshold : float
        Positive.

    Examples
    --------
    >>> found = find_informative(np.array([0.6, 0.001, 0.5]), 0.02)
    >>> found.rows.tolist(), found.low, found.high
    ([0, 2], 0.001, 0.5)
    """
    if not threshold > 0:
        msg = f"A threshold must be positive, got {threshold}."
        raise DataError(msg)
    check_finite(measure=measure)
    above, below = measure[measure > threshold], measure[measure <= threshold]
    low = max(float(below.max()), 0.0) if len(below) else 0.0
    high = float(above.min()) if len(above) else np.inf
    return Informative(np.asarray(measure, dtype=np.float64), threshold, low, high)


def count_by_threshold(measure: FloatArray, thresholds: FloatArray) -> npt.NDArray[np.int64]:
    """Return how many dimensions are above each threshold.

    Examples
    --------
    >>> count_by_threshold(np.array([0.6, 0.1]), np.array([0.01, 0.2, 1.0])).tolist()
    [2, 1, 0]
    """
    return np.asarray((measure[None, :] > np.asarray(thresholds)[:, None]).sum(axis=1))


def _check(latents: FloatArray) -> None:
    if latents.ndim != 2 or not latents.size:
        msg = f"latents must have shape (n, n_latents) with rows in it, got {latents.shape}."
        raise DataError(msg)
    check_finite(latents=latents)
