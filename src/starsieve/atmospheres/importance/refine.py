"""Refine a network's posteriors: the same prior, an emulator's likelihood.

A network learns the posterior of what it was trained on: an interpolation of the grid, noise of
its recipe, all spectra at once. Its draws are a start. From the best of them the posterior under
the likelihood proper is climbed, sampled and weighted (see `sample`); the effective number of
draws says how well that went, and how well the network's own draws would have done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import torch
from scipy.stats import chi2

from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.atmospheres.importance.box import Box, Lattice, from_logit, to_logit
from starsieve.atmospheres.importance.likelihood import (
    Likelihood,
    Observation,
    Precision,
    explains,
    leading,
    likely_inflations,
    smooth_modes,
)
from starsieve.atmospheres.importance.peaks import Peaks, Slope, climb
from starsieve.atmospheres.importance.refined import Refined
from starsieve.atmospheres.importance.render import Renderer
from starsieve.atmospheres.importance.sample import resample, sample
from starsieve.atmospheres.importance.weights import (
    effective_size,
    log_mean,
    normalise,
    pick,
    temper,
)
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.prepare import Prepared
from starsieve.data.spectrum import FloatArray
from starsieve.errors import ModelMismatchError

FIRST_DRAWS = 100
"""Of the network, from which to start."""

N_STARTS = 4
FURTHEST_START = 6.0
LEAST_START = 0.05
ROUGH = 0.03
"""Of the mean flux: departures from a good fit that its scale takes no notice of."""

MORE_ATTEMPTS = 2
ENOUGH = 0.1
"""Effective share of draws below which it is climbed again, from the best of what was drawn."""


class Proposer(Protocol):
    """What is refined: it draws from a posterior over a grid's labels, given one spectrum."""

    @property
    def grid(self) -> Lattice:
        """The labels, their nodes, and the wavelengths."""

    def propose(self, base: torch.Tensor, seen: Observations) -> tuple[torch.Tensor, torch.Tensor]:
        """Return draws, (n_draws, n_labels), at as many even points, and their log densities."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a climb ended: the highest labels, the likelihood with its errors there, all peaks."""

    labels: FloatArray
    likelihood: Likelihood
    peaks: Peaks


@dataclass(frozen=True, slots=True, eq=False)
class Refiner:
    """A model with its emulator, ready to refine many posteriors.

    Parameters
    ----------
    model : Proposer
        A model of one grid, or one grid of a model of several.
    emulator : Emulator
        Of the model's grid, on the model's wavelengths.
    box : Box
    quick, exact : Renderer
        In single and in double precision.
    smooth : array, shape (n_modes, n_pixels)
        Of departures of models from the sky, where these are more than the errors.
    """

    model: Proposer
    emulator: Emulator
    box: Box
    quick: Renderer
    exact: Renderer
    smooth: FloatArray

    @classmethod
    def of(cls, model: Proposer, emulator: Emulator) -> Self:
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
        return cls(
            model, emulator, box, Renderer.of(emulator), exact, smooth_modes(model.grid.wave)
        )

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
        starts = [self._ask_network(each, seed) for each in observed]
        firsts = self.likelihoods(observed, best)
        climbs = [
            self._start(each, likelihood, *start)
            for each, likelihood, start in zip(observed, firsts, starts, strict=True)
        ]
        summits = np.stack([self._labels(peaks) for peaks, _ in climbs])
        likelihoods = self.likelihoods(observed, summits)
        return [
            self._finish(each, Place(labels, likelihood, peaks), share, n_draws, seed)
            for each, labels, likelihood, (peaks, share) in zip(
                observed, summits, likelihoods, climbs, strict=True
            )
        ]

    def _start(
        self, prepared: Prepared, likelihood: Likelihood, points: FloatArray, log_q: FloatArray
    ) -> tuple[Peaks, float]:
        """Climb from the network's draws; return what share of them would be effective, too."""
        log_weights = likelihood(points) - log_q - self.box.n_labels * np.log(2.0)
        peaks = self._climb(likelihood, prepared, points, log_weights)
        return peaks, effective_size(log_weights) / len(points)

    def _finish(
        self, prepared: Prepared, place: Place, of_network: float, n_draws: int, seed: int
    ) -> Refined:
        """Sample around the peaks; climb again from what was drawn if that is too little."""
        rng = np.random.default_rng(seed)
        found = sample(place.likelihood, place.peaks.mixture, n_draws, rng)
        n_rendered = FIRST_DRAWS + found.n_rendered
        for _ in range(MORE_ATTEMPTS):
            if effective_size(found.log_weights) >= ENOUGH * n_draws:
                break
            drawn = (found.points, found.log_weights)
            peaks = self._climb(place.likelihood, prepared, *drawn)
            labels = self._labels(peaks)
            place = Place(labels, self.likelihood(prepared, labels), peaks)
            found = sample(place.likelihood, peaks.mixture, n_draws, rng)
            n_rendered += found.n_rendered
        inflations = place.likelihood.precision.inflations
        taken = resample(found, normalise(found.log_weights), inflations, n_draws, rng)
        return Refined(
            draws=self.box.parameters(taken.points),
            scale=taken.scale * float(np.mean(np.abs(prepared.flux[prepared.trusted]))),
            inflation=taken.inflation,
            p_value=float(np.mean(chi2.sf(taken.chi2, int(prepared.trusted.sum())))),
            at=place.labels,
            ess=effective_size(found.log_weights),
            ess_network=of_network,
            log_evidence=log_mean(found.log_weights),
            n_rendered=n_rendered,
        )

    def _labels(self, peaks: Peaks) -> FloatArray:
        return self.box.parameters(from_logit(peaks.highest))

    def render(self, labels: FloatArray) -> FloatArray:
        """Return spectra, shape (n, n_pixels), at labels, shape (n, n_labels)."""
        own = labels[:, list(self.box.order)]
        return self.exact(self.emulator.space.coordinates(own))

    def likelihood(self, prepared: Prepared, labels: FloatArray) -> Likelihood:
        """Return the likelihood of one observation: see `likelihoods`."""
        return self.likelihoods([prepared], labels[None])[0]

    def likelihoods(self, observed: Sequence[Prepared], labels: FloatArray) -> list[Likelihood]:
        """Return the likelihoods of observations.

        The emulator's error and the likely inflations are those at `labels`, shape (n, n_labels):
        of good fits.
        """
        # One by one, and of rounded labels: last digits that depend on the company would go on
        # into all draws.
        found = []
        for prepared, each in zip(observed, labels, strict=True):
            own = np.array([float(f"{each[i]:.7g}") for i in self.box.order])[None]
            model = self.exact(self.emulator.space.coordinates(own))[0]
            found.append(self._likelihood(prepared, model, self.emulator.log_modes(own)[0]))
        return found

    def _likelihood(
        self, prepared: Prepared, model: FloatArray, log_modes: FloatArray
    ) -> Likelihood:
        pixels = prepared.trusted
        flux, sigma = prepared.flux[pixels], prepared.sigma[pixels]
        level = float(np.mean(np.abs(flux)))
        seen = Observation(flux / level, sigma / level)
        weight = 1 / (seen.sigma**2 + ROUGH**2)
        shape = model[pixels]
        shape *= np.sum(weight * seen.flux * shape) / np.sum(weight * shape**2)
        modes = leading(log_modes[:, pixels] * shape, seen.sigma)
        rest = self.emulator.rest[pixels] * shape
        smooth = None if explains(seen, modes, rest, shape) else self.smooth[:, pixels]
        weighted = likely_inflations(seen, modes, rest, shape, smooth)
        precision = Precision.of(seen, modes, rest, *weighted, smooth)
        return Likelihood(seen, self.box, self.quick.take(pixels), precision)

    def _ask_network(self, prepared: Prepared, seed: int) -> tuple[FloatArray, FloatArray]:
        """Return draws of the network in the box, (n_draws, d), and their log densities.

        One spectrum at a time: in batches of another size, last digits differ, and with them
        which draw is the best.
        """
        base = np.random.default_rng(seed).uniform(-1, 1, (FIRST_DRAWS, self.box.n_labels))
        trusted = prepared.trusted[None]
        flux = np.where(trusted, prepared.flux, 0.0)
        level = np.sum(np.abs(flux)) / trusted.sum()
        seen = Observations(
            flux=torch.as_tensor(flux / level, dtype=torch.float32),
            sigma=torch.as_tensor(prepared.sigma[None] / level, dtype=torch.float32),
            valid=torch.as_tensor(trusted),
        )
        drawn, log_q = self.model.propose(torch.as_tensor(base).float(), seen)
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
