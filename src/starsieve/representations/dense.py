"""Fully connected networks: on the pixels of short spectra, and on principal components."""

import torch
from torch import Tensor, nn

from starsieve.learn.nets.mlp import ResidualPerceptron
from starsieve.representations.observations import Pixels, Posterior
from starsieve.representations.pca import Projection, Statistics
from starsieve.representations.recipes import Dense, Projected

LOG_DEVIATION = (-9.0, 3.0)
FIRST_LOG_DEVIATION = -3.0
"""Where posteriors start: narrow, so that reconstruction is learnt from the first step on."""


class DenseAutoencoder(nn.Module):
    """A few numbers from all pixels of a coarse spectrum, and all pixels from them.

    Parameters
    ----------
    recipe : Dense
    n_pixels : int
    floor : float
        Relative error that is added to all others in quadrature.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, recipe: Dense, n_pixels: int, floor: float) -> None:
        super().__init__()
        self.floor = floor
        self.variational = recipe.variational
        n_outputs = recipe.n_latents * (2 if recipe.variational else 1)
        self.register_buffer("centre", torch.ones(n_pixels))
        self.register_buffer("spread", torch.ones(n_pixels))
        self.encoder = _perceptron(2 * n_pixels, recipe.hidden, n_outputs)
        self.decoder = _perceptron(recipe.n_latents, recipe.hidden[::-1], n_pixels)

    def standardise_by(self, pixels: Pixels) -> None:
        """Take each pixel's mean and spread from a sample of spectra."""
        count = pixels.valid.sum(0).clamp(min=1)
        mean = pixels.flux.sum(0) / count
        variance = (((pixels.flux - mean) * pixels.valid) ** 2).sum(0) / count
        self.centre.copy_(torch.where(pixels.valid.any(0), mean, 1.0))
        self.spread.copy_(variance.sqrt().clamp(min=1e-3))

    def observe(self, flux: Tensor, valid: Tensor, sigma: Tensor) -> Pixels:
        """Return spectra, shape (n, n_pixels), as the network takes them."""
        return Pixels.of(flux, valid, sigma, self.floor)

    def posterior(self, observed: Pixels) -> Posterior:
        """Return where the latents are; without deviations unless the network is variational."""
        apart = (observed.flux - self.centre) / self.spread * observed.valid
        out = self.encoder(torch.cat([apart, observed.valid.to(apart.dtype)], dim=1))
        if not self.variational:
            return Posterior(out, None)
        mean, log_deviation = out.chunk(2, dim=1)
        return Posterior(mean, _to_deviation(log_deviation))

    def chi2(self, observed: Pixels, latents: Tensor) -> Tensor:
        """Return the chi-square of what latents decode to, shape (n,)."""
        return observed.chi2(self.decode(latents))

    def encode(self, flux: Tensor, valid: Tensor, sigma: Tensor) -> Posterior:
        """Return where the latents of spectra, shape (n, n_pixels), are."""
        return self.posterior(self.observe(flux, valid, sigma))

    def decode(self, latents: Tensor) -> Tensor:
        """Return spectra, shape (n, n_pixels), of latents, shape (n, n_latents)."""
        flux: Tensor = self.centre + self.spread * self.decoder(latents)
        return flux


class ProjectedVAE(nn.Module):
    """A variational autoencoder of the coefficients of principal components.

    The components are fixed; gaps and errors are dealt with where spectra are projected on them
    (`starsieve.representations.pca`), and the network is small and learns in seconds. What it
    decodes is a spectrum in the space of the components, and its chi-square is that of the
    pixels.

    Parameters
    ----------
    recipe : Projected
    n_pixels : int
    floor : float
        Relative error that is added to all others in quadrature.
    """

    def __init__(self, recipe: Projected, n_pixels: int, floor: float) -> None:
        super().__init__()
        k, d, hidden = recipe.n_components, recipe.n_latents, recipe.hidden
        self.front = Projection(k, n_pixels, floor)
        self.encoder = ResidualPerceptron(2 * k, hidden, hidden, recipe.blocks)
        self.to_latents = nn.Linear(hidden, 2 * d)
        self.skip_in = nn.Linear(k, d)
        self.decoder = ResidualPerceptron(d, hidden, hidden, recipe.blocks)
        self.to_coefficients = nn.Linear(hidden, k)
        self.skip_out = nn.Linear(d, k)
        self._start_as_components()

    def _start_as_components(self) -> None:
        """Begin as the first principal components, which the rest then improves on."""
        with torch.no_grad():
            for skip in (self.skip_in, self.skip_out):
                nn.init.eye_(skip.weight)
                skip.bias.zero_()
            for last in (self.to_latents, self.to_coefficients):
                last.weight.mul_(0.1)
                last.bias.zero_()
            self.to_latents.bias[len(self.skip_in.bias) :] = FIRST_LOG_DEVIATION

    def observe(self, flux: Tensor, valid: Tensor, sigma: Tensor) -> Statistics:
        """Return what spectra, shape (n, n_pixels), say of the components' coefficients."""
        return self.front.observe(flux, valid, sigma)

    def posterior(self, observed: Statistics) -> Posterior:
        """Return where the latents are."""
        # A deviation of 1 says that a coefficient is not known: that is what it was before.
        features = self.encoder(torch.cat([observed.mean, observed.deviation], dim=1))
        mean, log_deviation = self.to_latents(features).chunk(2, dim=1)
        return Posterior(self.skip_in(observed.mean) + mean, _to_deviation(log_deviation))

    def chi2(self, observed: Statistics, latents: Tensor) -> Tensor:
        """Return the chi-square of what latents decode to, shape (n,)."""
        return observed.chi2(self.coefficients(latents))

    def coefficients(self, latents: Tensor) -> Tensor:
        """Return the components' coefficients, shape (n, n_components), of latents."""
        there: Tensor = self.skip_out(latents) + self.to_coefficients(self.decoder(latents))
        return there

    def encode(self, flux: Tensor, valid: Tensor, sigma: Tensor) -> Posterior:
        """Return where the latents of spectra, shape (n, n_pixels), are."""
        return self.posterior(self.observe(flux, valid, sigma))

    def decode(self, latents: Tensor) -> Tensor:
        """Return spectra, shape (n, n_pixels), of latents, shape (n, n_latents)."""
        return self.front.decode(self.coefficients(latents))


def _to_deviation(log_deviation: Tensor) -> Tensor:
    return log_deviation.clamp(*LOG_DEVIATION).exp()


def _perceptron(n_inputs: int, hidden: tuple[int, ...], n_outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(n_inputs, width), nn.GELU()]
        n_inputs = width
    return nn.Sequential(*layers, nn.Linear(n_inputs, n_outputs))
