"""Refine a network's posteriors: the same prior, an emulator's likelihood.

A network learns the posterior of what it was trained on: an interpolation of the grid, noise of
its recipe, all spectra at once. Its draws are a start. From the best of them the posterior under
the likelihood proper is climbed, sampled and weighted (see `sample`); the effective number of
draws says how well that went, and how well the network's own draws would have done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from scipy.stats import chi2

from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.atmospheres.importance.box import Box, from_logit, to_logit
from starsieve.atmospheres.importance.likelihood import (
    Likelihood,
    Observation,
    Precision,
    leading,
    likely_inflations,
)
from starsieve.atmospheres.importance.peaks import Peaks, Slope, climb
from starsieve.atmospheres.importance.render import Renderer
from starsieve.atmospheres.importance.sample import Weighted, resample, sample
from starsieve.atmospheres.importance.weights import (
    effective_size,
    log_mean,
    normalise,
    pick,
    temper,
)
from starsieve.atmospheres.models import PosteriorModel
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.prepare import Prepared
from starsieve.data.spectrum import FloatArray
from starsieve.errors import ModelMismatchError

FIRST_DRAWS = 200
"""Of the network, from which to start."""

N_STARTS = 4
FURTHEST_START = 6.0
LEAST_START = 0.05
ROUGH = 0.03
"""Of the mean flux: departures from a good fit that its scale takes no notice of."""

MORE_ATTEMPTS = 2
ENOUGH = 0.1
"""Effective share of draws below which it is climbed again, from the best of what was drawn."""

FEW = 0.02
"""Effective share of draws below which the answer rests on a handful of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """A posterior under an emulator's likelihood.

    Parameters
    ----------
    draws : array, shape (n_draws, n_labels)
        In the labels' units; they all count the same.
    scale : array, shape (n_draws,)
        Factor from the model grid's flux density to the observed one.
    inflation : array, shape (n_draws,)
        What is added to the errors, relative to the mean flux.
    p_value : float
        Posterior predictive: of data further from their model, with all errors fitted.
    at : array, shape (n_labels,)
        The highest peak, where the emulator's error was taken.
    ess : float
        Effective number of the weighted draws that these were taken from.
    ess_network : float
        The same share of draws for the network's own: what weighting those would have given.
    log_evidence : float
        Log of the mean likelihood over the prior, of fluxes relative to their mean: what grids
        can be compared by, on the same pixels.
    n_rendered : int
        Spectra that were rendered.
    """

    draws: FloatArray
    scale: FloatArray
    inflation: FloatArray
    p_value: float
    at: FloatArray
    ess: float
    ess_network: float
    log_evidence: float
    n_rendered: int

    @property
    def too_few(self) -> bool:
        """Whether the answer rests on a handful of draws."""
        return self.ess < FEW * len(self.draws)

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        low, middle, high = np.quantile(self.inflation, (0.16, 0.5, 0.84)).tolist()
        return {
            "ess": self.ess,
            "ess_fraction": self.ess / len(self.draws),
            "ess_network": self.ess_network,
            "log_evidence": self.log_evidence,
            "p_value": self.p_value,
            "inflation": {"median": middle, "q16": low, "q84": high},
        }


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """Where a climb ended, the likelihood with the emulator's error there, and draws around it."""

    labels: FloatArray
    likelihood: Likelihood
    found: Weighted


@dataclass(frozen=True, slots=True, eq=False)
class Refiner:
    """A model with its emulator, ready to refine many posteriors.

    Parameters
    ----------
    model : PosteriorModel
    emulator : Emulator
        Of the model's grid, on the model's wavelengths.
    box : Box
    quick, exact : Renderer
        In single and in double precision.
    """

    model: PosteriorModel
    emulator: Emulator
    box: Box
    quick: Renderer
    exact: Renderer

    @classmethod
    def of(cls, model: PosteriorModel, emulator: Emulator) -> Self:
        """Return what refines a model's posteriors.

        Raises
        ------
        ModelMismatchError
            If the emulator is of other labels or wavelengths.
        """
        if not np.array_equal(emulator.wave, model.grid.wave):
            msg = "The emulator and the model are not on the same wavelengths."
            raise ModelMismatchError(msg)
        exact = Renderer.of(emulator, np.float64)
        box = Box.of(model.grid, emulator)
        return cls(model, emulator, box, Renderer.of(emulator), exact)

    def refine(
        self, observed: Sequence[Prepared], best: FloatArray, n_draws: int, seed: int
    ) -> list[Refined]:
        """Refine the posteriors of observations, whose trusted pixels count.

        Parameters
        ----------
        observed : sequence of Prepared
        best : array, shape (n, n_labels)
            Labels of a good fit of each.
        n_draws : int
        seed : int
            What is drawn of one does not depend on the others.
        """
        points, log_q = self._ask_network(observed, seed)
        return [
            self._refine_one(prepared, labels, points[:, row], log_q[:, row], n_draws, seed)
            for row, (prepared, labels) in enumerate(zip(observed, best, strict=True))
        ]

    def _refine_one(
        self,
        prepared: Prepared,
        labels: FloatArray,
        points: FloatArray,
        log_q: FloatArray,
        n_draws: int,
        seed: int,
    ) -> Refined:
        rng = np.random.default_rng(seed)
        first = self.likelihood(prepared, labels)
        log_weights = first(points) - log_q - self.box.n_labels * np.log(2.0)
        last = self._attempt(prepared, first, points, log_weights, n_draws, rng)
        n_rendered = len(points) + last.found.n_rendered
        for _ in range(MORE_ATTEMPTS):
            if effective_size(last.found.log_weights) >= ENOUGH * n_draws:
                break
            drawn = (last.found.points, last.found.log_weights)
            last = self._attempt(prepared, last.likelihood, *drawn, n_draws, rng)
            n_rendered += last.found.n_rendered
        shares = normalise(last.found.log_weights)
        taken = resample(last.found, shares, last.likelihood.precision.inflations, rng)
        return Refined(
            draws=self.box.parameters(taken.points),
            scale=taken.scale * float(np.mean(np.abs(prepared.flux[prepared.trusted]))),
            inflation=taken.inflation,
            p_value=float(np.mean(chi2.sf(taken.chi2, int(prepared.trusted.sum())))),
            at=last.labels,
            ess=effective_size(last.found.log_weights),
            ess_network=effective_size(log_weights) / len(points),
            log_evidence=log_mean(last.found.log_weights),
            n_rendered=n_rendered,
        )

    def _attempt(
        self,
        prepared: Prepared,
        likelihood: Likelihood,
        points: FloatArray,
        log_weights: FloatArray,
        n_draws: int,
        rng: np.random.Generator,
    ) -> Attempt:
        """Climb from weighted points, and sample around the peaks."""
        peaks = self._climb(likelihood, prepared, points, log_weights)
        labels = self.box.parameters(from_logit(peaks.highest))
        there = self.likelihood(prepared, labels)
        return Attempt(labels, there, sample(there, peaks.mixture, n_draws, rng))

    def render(self, labels: FloatArray) -> FloatArray:
        """Return spectra, shape (n, n_pixels), at labels, shape (n, n_labels)."""
        own = labels[:, list(self.box.order)]
        return self.exact(self.emulator.space.coordinates(own))

    def likelihood(self, prepared: Prepared, labels: FloatArray) -> Likelihood:
        """Return the likelihood of an observation.

        The emulator's error and the likely inflations are those at `labels`, shape (n_labels,):
        a good fit.
        """
        pixels = prepared.trusted
        flux, sigma = prepared.flux[pixels], prepared.sigma[pixels]
        level = float(np.mean(np.abs(flux)))
        seen = Observation(flux / level, sigma / level)
        own = labels[list(self.box.order)]
        model = self.exact.take(pixels)(self.emulator.space.coordinates(own[None]))[0]
        weight = 1 / (seen.sigma**2 + ROUGH**2)
        model *= np.sum(weight * seen.flux * model) / np.sum(weight * model**2)
        modes = leading(self.emulator.log_modes(own)[0][:, pixels] * model, seen.sigma)
        rest = self.emulator.rest[pixels] * model
        inflations, log_weights = likely_inflations(seen, modes, rest, model)
        precision = Precision.of(seen, modes, rest, inflations, log_weights)
        return Likelihood(seen, self.box, self.quick.take(pixels), precision)

    def _ask_network(
        self, observed: Sequence[Prepared], seed: int
    ) -> tuple[FloatArray, FloatArray]:
        """Return draws of the network in the box, (n_draws, n, d), and their log densities."""
        base = np.random.default_rng(seed).uniform(-1, 1, (FIRST_DRAWS, self.box.n_labels))
        trusted = np.stack([each.trusted for each in observed])
        flux = np.where(trusted, np.stack([each.flux for each in observed]), 0.0)
        level = np.sum(np.abs(flux), axis=1, keepdims=True) / trusted.sum(axis=1, keepdims=True)
        sigma = np.stack([each.sigma for each in observed]) / level
        seen = Observations(
            flux=torch.as_tensor(flux / level, dtype=torch.float32),
            sigma=torch.as_tensor(sigma, dtype=torch.float32),
            valid=torch.as_tensor(trusted),
        )
        drawn, log_q = self.model.network.draw(torch.as_tensor(base).float(), seen)
        return drawn.double().numpy(), log_q.double().numpy()

    def _climb(
        self,
        first: Likelihood,
        prepared: Prepared,
        points: FloatArray,
        log_weights: FloatArray,
    ) -> Peaks:
        """Climb from some of the likeliest draws, the best among them."""
        best = int(np.argmax(log_weights))
        rows = pick(temper(log_weights, LEAST_START * len(points)), N_STARTS, 0.5)
        rows[0] = best
        likeliest = int(np.argmax(first.by_inflation(first.models(points[[best]]))[0]))
        exact = self.exact.take(prepared.trusted)
        slope = Slope(self.box, exact, first.precision.at(likeliest))
        starts = np.clip(to_logit(points[rows]), -FURTHEST_START, FURTHEST_START)
        return climb(slope, starts)
