"""Mixtures of t distributions: what is drawn from when a posterior is known roughly."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.importance.weights import log_sum
from starsieve.data.spectrum import FloatArray

FREEDOM = 4.0
"""Degrees of freedom of each part: tails heavier than those of any posterior here."""

N_TURNS = 4
PRIOR_DRAWS = 2.0
"""How many draws the covariance of all counts as, in that of each part."""

RIDGE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A mixture of k multivariate t distributions in d dimensions.

    Parameters
    ----------
    shares : array, shape (k,)
        They sum to one.
    centres : array, shape (k, d)
    factors : array, shape (k, d, d)
        Cholesky factors of the scale matrices.
    """

    shares: FloatArray
    centres: FloatArray
    factors: FloatArray

    def draw(self, n: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """Return n draws, shape (n, d); parts get their shares as evenly as numbers allow."""
        at = (np.arange(n) + rng.uniform()) / n
        part = np.minimum(np.searchsorted(np.cumsum(self.shares), at), len(self.shares) - 1)
        size = (n, self.centres.shape[1])
        tails = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, (n, 1)))
        steps = np.einsum("nij,nj->ni", self.factors[part], rng.standard_normal(size) * tails)
        return np.asarray(self.centres[part] + steps)

    def log_density(self, points: FloatArray) -> npt.NDArray[np.float64]:
        """Return log densities, shape (n,), of points (n, d)."""
        n_labels = self.centres.shape[1]
        half = (FREEDOM + n_labels) / 2
        constant = math.lgamma(half) - math.lgamma(FREEDOM / 2)
        constant -= n_labels / 2 * math.log(FREEDOM * math.pi)
        apart = _apart(points, self.centres, self.factors)
        each = constant - half * np.log1p(apart / FREEDOM) - _log_sizes(self.factors)[:, None]
        return np.asarray(log_sum(each + _log(self.shares)[:, None], 0))

    def beside(self, other: Self, share: float) -> Self:
        """Return the mixture of this and another, which gets the share that is given."""
        return type(self)(
            np.concatenate([(1 - share) * self.shares, share * other.shares]),
            np.concatenate([self.centres, other.centres]),
            np.concatenate([self.factors, other.factors]),
        )


def fit_mixture(points: FloatArray, weights: FloatArray, k: int, widened: float) -> Mixture:
    """Fit a mixture to weighted points by expectation and maximisation.

    Gaussians are fitted, and made the t distributions' parts with variances `widened` times as
    large. Parts start along the direction in which the points spread most, so that the same
    points always give the same mixture.

    Parameters
    ----------
    points : array, shape (n, d)
    weights : array, shape (n,)
        They sum to one.
    k : int
    widened : float
    """
    centre = weights @ points
    off = points - centre
    whole = (weights[:, None] * off).T @ off + RIDGE * np.eye(len(centre))
    known = 1.0 / np.sum(weights**2)
    along = off @ np.linalg.eigh(whole)[1][:, -1]
    order = np.argsort(along)
    reached = np.cumsum(weights[order])
    starts = np.searchsorted(reached, (np.arange(k) + 0.5) / k * reached[-1])
    shares, centres = np.full(k, 1 / k), points[order[np.minimum(starts, len(points) - 1)]]
    covariances = np.repeat(whole[None] / math.sqrt(k), k, axis=0)
    prior = PRIOR_DRAWS * whole / k
    for _ in range(N_TURNS):
        factors = np.linalg.cholesky(covariances)
        log_each = -0.5 * _apart(points, centres, factors)
        log_each += (_log(shares) - _log_sizes(factors))[:, None]
        owned = weights * np.exp(log_each - log_sum(log_each, 0))
        total = owned.sum(axis=1)
        shares = (total + 1e-3) / (total.sum() + 1e-3 * k)
        # A part that owns nothing goes to the middle.
        centres = (owned @ points + 1e-9 * centre) / (total[:, None] + 1e-9)
        away = points - centres[:, None]
        scatter = (away * owned[:, :, None]).transpose(0, 2, 1) @ away
        counted = (known * total)[:, None, None]
        covariances = (known * scatter + prior) / (counted + PRIOR_DRAWS)
    return Mixture(shares, centres, np.linalg.cholesky(covariances) * math.sqrt(widened))


def _apart(points: FloatArray, centres: FloatArray, factors: FloatArray) -> FloatArray:
    """Return squared distances in units of each part, shape (k, n)."""
    inverse = np.linalg.inv(factors)
    scaled = points @ inverse.transpose(0, 2, 1)
    scaled -= np.einsum("kij,kj->ki", inverse, centres)[:, None]
    return np.asarray(np.sum(scaled**2, axis=2))


def _log_sizes(factors: FloatArray) -> FloatArray:
    """Return half the logarithm of each part's determinant, shape (k,)."""
    return np.asarray(np.sum(np.log(np.diagonal(factors, axis1=1, axis2=2)), axis=1))


def _log(shares: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.maximum(shares, 1e-300)))
