"""What weights of draws are worth, and draws that need none."""

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import FloatArray


def log_sum(log_values: FloatArray, axis: int) -> npt.NDArray[np.float64]:
    """Return the logarithm of a sum along an axis, several times as fast as `logaddexp.reduce`."""
    highest = log_values.max(axis=axis, keepdims=True)
    total = np.exp(log_values - highest).sum(axis=axis, keepdims=True)
    return np.asarray((np.log(total) + highest).squeeze(axis))


def normalise(log_weights: FloatArray) -> npt.NDArray[np.float64]:
    """Return weights that sum to one."""
    found = np.exp(log_weights - log_weights.max())
    return np.asarray(found / found.sum())


def effective_size(log_weights: FloatArray) -> float:
    """Return the effective number of draws, (sum w)^2 / sum w^2 (Kish 1965)."""
    return float(1.0 / np.sum(normalise(log_weights) ** 2))


def log_mean(log_weights: FloatArray) -> float:
    """Return the logarithm of the mean weight: of the evidence, if densities are normalised."""
    return float(log_sum(log_weights, 0) - np.log(len(log_weights)))


def temper(log_weights: FloatArray, least: float) -> npt.NDArray[np.float64]:
    """Return weights to a power that leaves an effective number of at least `least` draws.

    The power is one where they have that many already, else as large as may be.
    """
    if effective_size(log_weights) >= least:
        return normalise(log_weights)
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        enough = effective_size(middle * log_weights) >= least
        low, high = (middle, high) if enough else (low, middle)
    return normalise(low * log_weights)


def pick(weights: FloatArray, n: int, offset: float) -> npt.NDArray[np.int64]:
    """Return n rows in proportion to their weights, as evenly as can be (Kitagawa 1996).

    Parameters
    ----------
    weights : array, shape (n_draws,)
        They sum to one.
    n : int
    offset : float
        Random, in [0, 1).
    """
    reached = np.cumsum(weights)
    rows = np.searchsorted(reached / reached[-1], (np.arange(n) + offset) / n)
    return np.minimum(rows, len(weights) - 1)
