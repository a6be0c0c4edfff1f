"""The networks that recipes name: each turns spectra into latents, and latents into spectra."""

from typing import Literal, Protocol

from torch import Tensor, nn

from starsieve.learn.model import RepresentationCard
from starsieve.representations.convolutional import ConvolutionalVAE
from starsieve.representations.dense import DenseAutoencoder, ProjectedVAE
from starsieve.representations.observations import Pixels, Posterior
from starsieve.representations.pca import Projection, Statistics
from starsieve.representations.recipes import (
    AnyNetwork,
    Convolutional,
    Dense,
    PrincipalComponents,
    TrainRecipe,
)

Observed = Pixels | Statistics
"""Spectra in the form that a network works with."""


class SpectrumNetwork(Protocol):
    """What all networks of this domain have in common."""

    def encode(self, flux: Tensor, valid: Tensor, sigma: Tensor) -> Posterior:
        """Return where the latents of spectra, shape (n, n_pixels), are."""
        ...

    def decode(self, latents: Tensor) -> Tensor:
        """Return spectra, shape (n, n_pixels), of latents, shape (n, n_latents)."""
        ...


class TrainableNetwork(SpectrumNetwork, Protocol):
    """What those have that are trained step by step: parts of `encode`, and a misfit."""

    def observe(self, flux: Tensor, valid: Tensor, sigma: Tensor) -> Observed:
        """Return spectra, shape (n, n_pixels), as the network takes them."""
        ...

    def posterior(self, observed: Observed) -> Posterior:
        """Return where the latents are."""
        ...

    def chi2(self, observed: Observed, latents: Tensor) -> Tensor:
        """Return the chi-square of what latents decode to, shape (n,)."""
        ...


def build_network(recipe: TrainRecipe, card: RepresentationCard) -> nn.Module:
    """Return the network of a recipe, its weights not yet set."""
    network = recipe.network
    floor = recipe.error_floor
    if isinstance(network, PrincipalComponents):
        return Projection(card.n_latents, card.n_pixels, floor)
    if isinstance(network, Convolutional):
        return ConvolutionalVAE(network, card.n_pixels, floor)
    if isinstance(network, Dense):
        return DenseAutoencoder(network, card.n_pixels, floor)
    return ProjectedVAE(network, card.n_pixels, floor)


def kind_of(network: AnyNetwork) -> Literal["pca", "vae", "autoencoder"]:
    """Return what a card calls a network: pca, vae or autoencoder."""
    if isinstance(network, PrincipalComponents):
        return "pca"
    return "autoencoder" if isinstance(network, Dense) and not network.variational else "vae"
