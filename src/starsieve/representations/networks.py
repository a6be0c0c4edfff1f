"""The networks that recipes name: each turns spectra into latents, and latents into spectra."""

from typing import Protocol

from torch import Tensor, nn

from starsieve.learn.model import RepresentationCard
from starsieve.representations.pca import Posterior, Projection
from starsieve.representations.recipes import TrainRecipe


class SpectrumNetwork(Protocol):
    """What all networks of this domain have in common."""

    def encode(self, flux: Tensor, valid: Tensor, sigma: Tensor) -> Posterior:
        """Return where the latents of spectra, shape (n, n_pixels), are."""
        ...

    def decode(self, latents: Tensor) -> Tensor:
        """Return spectra, shape (n, n_pixels), of latents, shape (n, n_latents)."""
        ...


def build_network(recipe: TrainRecipe, card: RepresentationCard) -> nn.Module:
    """Return the network of a recipe, its weights not yet set."""
    return Projection(card.n_latents, card.n_pixels, recipe.error_floor)
