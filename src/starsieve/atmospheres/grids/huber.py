"""The least Huber loss that any single answer can have, where several values are possible.

Huber (1964), Annals of Mathematical Statistics 35, 73.
"""

import numpy as np

from starsieve.data.spectrum import FloatArray

HUBER_DELTA = 1.0
"""Deviations at which the Huber loss becomes linear, the usual choice for standardised labels."""

TURNS = 60
SETTLED = 1e-7
TINY = 1e-12


def huber_floor(probabilities: FloatArray, values: FloatArray) -> FloatArray:
    """Return the least expected Huber loss of each row, shape (n,).

    Parameters
    ----------
    probabilities : array, shape (n, n_values)
        With sum 1.
    values : array, shape (n_values,)

    Examples
    --------
    >>> huber_floor(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([0.0, 1.0])).tolist()
    [0.125, 0.0]
    """
    centre = probabilities @ values
    loss = 0.5 * (probabilities @ values**2 - centre**2).clip(0.0)
    # Where nothing lies in the linear part, the mean is the answer.
    far = np.sum(probabilities * (np.abs(values - centre[:, None]) > HUBER_DELTA), axis=1) > TINY
    loss[far] = _least_huber(probabilities[far], values, centre[far])
    return np.asarray(loss)


def _least_huber(probabilities: FloatArray, values: FloatArray, centre: FloatArray) -> FloatArray:
    """Return the least losses, by means that are reweighted until they stay."""
    for _ in range(TURNS):
        away = np.abs(values - centre[:, None])
        weights = probabilities * np.minimum(1.0, HUBER_DELTA / np.maximum(away, HUBER_DELTA))
        last, centre = centre, (weights @ values) / weights.sum(axis=1)
        if np.max(np.abs(centre - last), initial=0.0) < SETTLED:
            break
    away = np.abs(values - centre[:, None])
    loss = np.where(away < HUBER_DELTA, 0.5 * away**2, HUBER_DELTA * (away - 0.5 * HUBER_DELTA))
    return np.asarray(np.sum(probabilities * loss, axis=1))
