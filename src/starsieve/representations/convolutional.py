"""A convolutional variational autoencoder of spectra of any length."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from starsieve.representations.observations import Pixels, Posterior
from starsieve.representations.recipes import Convolutional

SLOPE = 0.1
"""Of the leaky rectifiers, below zero."""

LOG_VARIANCE = (-18.0, 6.0)


class ConvolutionalVAE(nn.Module):
    """Convolutions that halve the length, each; a bottleneck; and the same way back.

    With the recipe's defaults and 327,680 pixels this is the network with which Sedaghat et al.
    (2021, MNRAS 501, 6026) looked at HARPS: 15 convolutions, 7,046,997 parameters. A length that
    can't be halved that often is filled up with masked pixels.

    Parameters
    ----------
    recipe : Convolutional
    n_pixels : int
    floor : float
        Relative error that is added to all others in quadrature.
    """

    def __init__(self, recipe: Convolutional, n_pixels: int, floor: float) -> None:
        super().__init__()
        self.floor = floor
        self.n_pixels = n_pixels
        self.with_mask = recipe.mask_channel
        n_halved = len(recipe.channels) - 1
        self.length = -(-n_pixels // 2**n_halved)
        self.padded = self.length * 2**n_halved
        last = recipe.channels[-1]
        self.convolutions = _down(recipe)
        self.to_mean = nn.Linear(last * self.length, recipe.n_latents)
        self.to_log_variance = nn.Linear(last * self.length, recipe.n_latents)
        self.from_latents = nn.Linear(recipe.n_latents, last * self.length)
        self.deconvolutions = _up(recipe)

    def observe(self, flux: Tensor, valid: Tensor, sigma: Tensor) -> Pixels:
        """Return spectra, shape (n, n_pixels), as the network takes them."""
        return Pixels.of(flux, valid, sigma, self.floor)

    def posterior(self, observed: Pixels) -> Posterior:
        """Return where the latents are."""
        channels = [(observed.flux - 1) * observed.valid]  # a gap looks like the median
        if self.with_mask:
            channels.append(observed.valid.to(observed.flux.dtype))
        filled = functional.pad(torch.stack(channels, dim=1), (0, self.padded - self.n_pixels))
        features = self.convolutions(filled).flatten(1)
        log_variance = self.to_log_variance(features).clamp(*LOG_VARIANCE)
        return Posterior(self.to_mean(features), (0.5 * log_variance).exp())

    def chi2(self, observed: Pixels, latents: Tensor) -> Tensor:
        """Return the chi-square of what latents decode to, shape (n,)."""
        return observed.chi2(self.decode(latents))

    def encode(self, flux: Tensor, valid: Tensor, sigma: Tensor) -> Posterior:
        """Return where the latents of spectra, shape (n, n_pixels), are."""
        return self.posterior(self.observe(flux, valid, sigma))

    def decode(self, latents: Tensor) -> Tensor:
        """Return spectra, shape (n, n_pixels), of latents, shape (n, n_latents)."""
        features = self.from_latents(latents).unflatten(1, (-1, self.length))
        flux: Tensor = self.deconvolutions(features)[:, 0, : self.n_pixels]
        return 1 + flux


def _down(recipe: Convolutional) -> nn.Sequential:
    """Return the encoder's convolutions: all halve the length but the last."""
    layers: list[nn.Module] = []
    before = 2 if recipe.mask_channel else 1
    for number, (channels, kernel) in enumerate(
        zip(recipe.channels, recipe.kernels, strict=True), start=1
    ):
        stride = 1 if number == len(recipe.channels) else 2
        layers.append(nn.Conv1d(before, channels, kernel, stride, padding=kernel // 2))
        layers.append(nn.LeakyReLU(SLOPE))
        before = channels
    return nn.Sequential(*layers)


def _up(recipe: Convolutional) -> nn.Sequential:
    """Return the decoder: the encoder's channels backwards, down to the flux."""
    last = recipe.channels[-1]
    layers: list[nn.Module] = [nn.ConvTranspose1d(last, last, 3, padding=1), nn.LeakyReLU(SLOPE)]
    ways = [*recipe.channels[-3::-1], 1]
    for before, after in zip([last, *ways], ways, strict=False):
        layers.append(nn.ConvTranspose1d(before, after, 4, 2, padding=1))
        layers.append(nn.LeakyReLU(SLOPE))
    layers.append(nn.Conv1d(1, 1, 3, padding=1))
    return nn.Sequential(*layers)
