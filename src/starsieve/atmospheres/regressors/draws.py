"""Training examples of regressors: spectra with labels, and what is observed of them."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.networks import FLUX_FLOOR, Observations
from starsieve.atmospheres.preparation_recipes import AnyStep, Noise
from starsieve.atmospheres.recipes import Observing, TrainRecipe
from starsieve.atmospheres.regressors.rows import label_matrix
from starsieve.atmospheres.simulate import GridSampler, Observer, from_box, in_bands
from starsieve.data import SpectrumSet
from starsieve.data.spectrum import FloatArray

Observe = Callable[[Tensor], Observations]


class Sampler(Protocol):
    """Whatever draws labels, shape (n, n_labels), with their spectra, shape (n, n_pixels)."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]: ...


class RowSampler:
    """Draws rows of a collection as they are."""

    def __init__(
        self, spectra: SpectrumSet, names: tuple[str, ...], generator: torch.Generator
    ) -> None:
        self._labels, self._flux = tensors_of(spectra, names, generator.device)
        self._generator = generator

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Return labels and fluxes of rows at random."""
        size, device = len(self._labels), self._generator.device
        rows = torch.randint(size, (n,), generator=self._generator, device=device)
        return self._labels[rows], self._flux[rows]


class BetweenSampler:
    """Draws spectra anywhere in a complete grid, as posteriors are trained on.

    Parameters
    ----------
    grid : GridInterpolator
        Whose nodes scale the parameters.
    fine : GridInterpolator
        Where spectra come from.
    """

    def __init__(
        self, grid: GridInterpolator, fine: GridInterpolator, generator: torch.Generator
    ) -> None:
        self._grid, self._sampler = grid, GridSampler(fine, generator)

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Return labels and fluxes at random parameters."""
        points, flux = self._sampler.draw(n)
        labels = from_box(self._grid, points.cpu().numpy())
        return torch.as_tensor(labels, dtype=torch.float32).to(flux.device), flux


def tensors_of(
    spectra: SpectrumSet, names: tuple[str, ...], device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return labels and fluxes of spectra."""
    return (
        torch.as_tensor(label_matrix(spectra, names), dtype=torch.float32).to(device),
        torch.as_tensor(np.ascontiguousarray(spectra.flux), dtype=torch.float32).to(device),
    )


def make_observe(
    wave: FloatArray, recipe: TrainRecipe, steps: tuple[AnyStep, ...], generator: torch.Generator
) -> Observe:
    """Return what makes observations of spectra: noisy ones if the steps begin with noise."""
    if steps and isinstance(steps[0], Noise):
        observing = _observing(recipe.observing, steps[0])
        return Observer(wave, observing, generator).observe
    usable = torch.as_tensor(~in_bands(wave, recipe.observing.masked), device=generator.device)

    def clean(flux: Tensor) -> Observations:
        sigma = FLUX_FLOOR * flux.mean(1, keepdim=True)
        return Observations(flux, sigma.expand(flux.shape), usable.expand(flux.shape))

    return clean


def _observing(observing: Observing, noise: Noise) -> Observing:
    changes: dict[str, object] = {} if noise.snr is None else {"snr": noise.snr}
    if not noise.cuts:
        changes |= {"cut_probability": 0.0, "gap_probability": 0.0}
    return observing.model_copy(update=changes)
