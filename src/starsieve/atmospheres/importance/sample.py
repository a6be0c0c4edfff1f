"""Draws of a posterior with weights, from proposals that learn from the draws before them.

The peaks, widened, are drawn from first; a mixture is fitted to the weighted draws and drawn from
next, with the widened peaks beside it so that nothing is left out (adaptive importance sampling:
Cappe et al. 2008, Stat. Comput. 18, 447; defensive mixtures: Hesterberg 1995, Technometrics 37,
185). Only the last draws count: their proposal did not depend on them.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from starsieve.atmospheres.importance.box import FURTHEST, from_logit, log_prior
from starsieve.atmospheres.importance.likelihood import Likelihood, marginal_of
from starsieve.atmospheres.importance.mixtures import Mixture, fit_mixture
from starsieve.atmospheres.importance.weights import effective_size, log_sum, pick, temper
from starsieve.data.spectrum import FloatArray

DRAWS_PER_ROUND = 300
LEAST_ROUNDS, MOST_ROUNDS = 2, 4
GOOD = 0.3
"""An effective share of draws with which no further round is needed."""

LEAST = 0.1
"""An effective share of draws that a mixture is fitted to: weights are tempered until then."""

ENOUGH = 0.4
"""An effective number of draws, relative to those asked for, up to which more are drawn."""

MOST_TIMES = 4
"""As many draws as asked for are drawn at most so many times."""

N_PARTS = 4
PEAKS_WIDENED, FIT_WIDENED = 3.0, 1.5
SHARE_OF_FIT = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """Weighted draws.

    Parameters
    ----------
    points : array, shape (n, d)
        Of the box.
    log_weights : array, shape (n,)
        Their mean is the evidence.
    by_inflation : array, shape (n, k)
        Log likelihoods.
    chi2, scale, scale_error : arrays, shape (n, k)
        Chi-square at the best scale; that scale: factor from the model's flux density to the
        observed one.
    n_rendered : int
        Spectra rendered to find them, those of rounds before included.
    """

    points: FloatArray
    log_weights: FloatArray
    by_inflation: FloatArray
    chi2: FloatArray
    scale: FloatArray
    scale_error: FloatArray
    n_rendered: int

    def beside(self, more: "Weighted") -> "Weighted":
        """Return these draws and more from the same proposal."""
        arrays = [each.name for each in fields(self) if each.name != "n_rendered"]
        both = {n: np.concatenate([getattr(self, n), getattr(more, n)]) for n in arrays}
        return replace(more, **both, n_rendered=self.n_rendered + more.n_rendered)


def sample(likelihood: Likelihood, peaks: Mixture, n: int, rng: np.random.Generator) -> Weighted:
    """Return n or more weighted draws from the posterior under an even prior over the box.

    More, where few of them are effective: `ENOUGH`.
    """
    wide = replace(peaks, factors=peaks.factors * np.sqrt(PEAKS_WIDENED))
    proposal, n_rendered = wide, 0
    for turn in range(1, MOST_ROUNDS + 1):
        logits = _draw(proposal, DRAWS_PER_ROUND, rng)
        weights = likelihood(from_logit(logits)) + log_prior(logits)
        weights -= proposal.log_density(logits)
        tempered = temper(weights, LEAST * DRAWS_PER_ROUND)
        fitted = fit_mixture(logits, tempered, N_PARTS, FIT_WIDENED)
        proposal = wide.beside(fitted, SHARE_OF_FIT)
        n_rendered += DRAWS_PER_ROUND
        if turn >= LEAST_ROUNDS and effective_size(weights) >= GOOD * DRAWS_PER_ROUND:
            break
    found = _weigh(likelihood, proposal, _draw(proposal, n, rng), n_rendered + n)
    for _ in range(MOST_TIMES - 1):
        if effective_size(found.log_weights) >= ENOUGH * n:
            break
        found = found.beside(_weigh(likelihood, proposal, _draw(proposal, n, rng), n))
    return found


def _draw(proposal: Mixture, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw logits; what goes further than numbers can tell stays at the edge."""
    return np.clip(proposal.draw(n, rng), -FURTHEST, FURTHEST)


def _weigh(
    likelihood: Likelihood, proposal: Mixture, logits: FloatArray, n_rendered: int
) -> Weighted:
    points, precision = from_logit(logits), likelihood.precision
    models = likelihood.models(points)
    across, own = precision.products(models)
    by_inflation = marginal_of(precision, across, own) + precision.log_weights
    found = log_sum(by_inflation, 1) + log_prior(logits)
    scale = np.maximum(across, 1e-300) / own
    return Weighted(
        points,
        found - proposal.log_density(logits),
        by_inflation,
        precision.power - scale * across,
        scale,
        1 / np.sqrt(own),
        n_rendered,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Draws that all count the same.

    Parameters
    ----------
    points : array, shape (n, d)
        Of the box.
    scale, inflation : arrays, shape (n,)
        Drawn given each point.
    chi2 : array, shape (n,)
        With the errors inflated, and those of the emulator.
    """

    points: FloatArray
    scale: FloatArray
    inflation: FloatArray
    chi2: FloatArray


def resample(
    found: Weighted, weights: FloatArray, inflations: FloatArray, n: int, rng: np.random.Generator
) -> Drawn:
    """Return n draws in proportion to their weights, each with a scale and an inflation."""
    rows = rng.permutation(pick(weights, n, rng.uniform()))
    log_shares = found.by_inflation[rows]
    shares = np.exp(log_shares - log_sum(log_shares, 1)[:, None])
    past = np.cumsum(shares, axis=1) < rng.uniform(size=(n, 1))
    column = np.minimum(past.sum(axis=1), shares.shape[1] - 1)
    scale = found.scale[rows, column]
    off = rng.standard_normal(n)
    # A scale is positive: one that noise takes below is its mirror image.
    drawn = np.abs(scale + off * found.scale_error[rows, column])
    chi2 = found.chi2[rows, column] + off**2
    return Drawn(found.points[rows], drawn, inflations[column], chi2)
