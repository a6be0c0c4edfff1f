"""Where the latents of a collection lie, one by one, and which of them tell anything."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data import Embeddings
from starsieve.stats.informative import (
    KL_THRESHOLD,
    MAD_THRESHOLD,
    absolute_deviations,
    divergences,
)

FloatArray = npt.NDArray[np.float64]

RANGE = (0.005, 0.995)
"""Quantiles of the embeddings between which a latent is moved."""

NORMAL = 1.482602
"""Standard deviation of a normal distribution in median absolute deviations."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """Where latents lie; arrays of shape (n_latents,).

    Parameters
    ----------
    middle, low, high : arrays
        The median of each latent, and between what it is moved.
    spread : array
        Robust standard deviation, in which a page states positions.
    information : array
        How much each tells: nats where the model has posteriors, else its median absolute
        deviation.
    unit : {"nats", "MAD"}
        Which of the two.
    threshold : float
        A latent is informative above it.
    """

    middle: FloatArray
    low: FloatArray
    high: FloatArray
    spread: FloatArray
    information: FloatArray
    unit: str
    threshold: float

    @property
    def order(self) -> npt.NDArray[np.intp]:
        """Numbers of the latents, those that tell most first."""
        return np.argsort(-self.information, kind="stable")

    @property
    def informative(self) -> npt.NDArray[np.bool_]:
        """Which latents tell anything."""
        return self.information > self.threshold


def measure_ranges(embeddings: Embeddings) -> Ranges:
    """Return where latents lie and what they tell; all of them must be known.

    Parameters
    ----------
    embeddings : Embeddings
        Of one spectrum or more.
    """
    latents, sigma = embeddings.latents, embeddings.sigma
    # latent by latent, so that a million spectra take no memory for all of them at once
    columns = [np.asarray(latents[:, n], np.float64) for n in range(latents.shape[1])]
    low, middle, high = np.array([np.quantile(c, (RANGE[0], 0.5, RANGE[1])) for c in columns]).T
    deviation = np.array([absolute_deviations(column[:, None])[0] for column in columns])
    spread = np.where(deviation > 0, NORMAL * deviation, [column.std() for column in columns])
    if sigma is not None and _positive(sigma):
        told = [divergences(c[:, None], _column(sigma, n)) for n, c in enumerate(columns)]
        information, unit, threshold = np.concatenate(told), "nats", KL_THRESHOLD
    else:  # no prior says what is much: the latent that varies most does
        information, unit = deviation, "MAD"
        threshold = MAD_THRESHOLD * float(deviation.max())
    spread = np.where(spread > 0, spread, 1.0)
    return Ranges(middle, low, high, spread, information, unit, threshold)


def _positive(sigma: npt.NDArray[Any]) -> bool:
    return bool(np.isfinite(sigma).all() and (sigma > 0).all())


def _column(sigma: npt.NDArray[Any], number: int) -> FloatArray:
    return np.asarray(sigma[:, number, None], np.float64)
