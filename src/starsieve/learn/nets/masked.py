"""Convolutions that know which pixels are there."""

import torch
from torch import Tensor, nn

KERNEL = 5
TINY = 1e-6


class MaskedConvolution(nn.Module):
    """A convolution that halves the length and uses valid pixels only.

    What a window lacks is made up for by a factor, and a window without any valid pixel gives
    zeros and is not valid itself (partial convolutions, Liu et al. 2018, arXiv:1804.07723).
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(before, after, KERNEL, 2, padding=KERNEL // 2, bias=False)
        self.bias = nn.Parameter(torch.zeros(after, 1))
        self.scale = nn.GroupNorm(1, after)

    def forward(self, values: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Return features, shape (n, after, ceil(m / 2)), and where they are valid, (n, 1, ...).

        Parameters
        ----------
        values : tensor, shape (n, before, m)
        valid : tensor, shape (n, 1, m)
            1 where a pixel counts, else 0.
        """
        ones = valid.new_ones(1, 1, KERNEL)
        there = nn.functional.conv1d(valid, ones, stride=2, padding=KERNEL // 2)
        seen = (there > 0).to(valid.dtype)
        factor = KERNEL / there.clamp(min=1.0)
        features = self.convolution(values * valid) * factor + self.bias
        return nn.functional.gelu(self.scale(features * seen)) * seen, seen


class MaskedConvolutions(nn.Module):
    """Features of a spectrum with errors and gaps, by convolutions along the wavelength.

    The spectrum enters as its departure from the mean model spectrum, as the logarithm of its
    signal-to-noise, and as the mask of its valid pixels. The scale of the flux does not matter.

    Parameters
    ----------
    n_pixels, channels : int
    depth : int
        How often the length is halved.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, n_pixels: int, channels: int, depth: int = 4) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(n_pixels))
        self.register_buffer("spread", torch.ones(n_pixels))
        length, layers = n_pixels, []
        for number in range(depth):
            layers.append(MaskedConvolution(3 if number == 0 else channels, channels))
            length = (length + 1) // 2
        self.layers = nn.ModuleList(layers)
        self.n_outputs = length * (channels + 1) + 1

    def fit(self, flux: Tensor) -> None:
        """Learn centre and spread of each pixel from model spectra, shape (n, n_pixels)."""
        flux = flux / flux.mean(1, keepdim=True)
        self.centre.copy_(flux.mean(0))
        self.spread.copy_(flux.std(0).clamp(min=TINY))

    def forward(self, flux: Tensor, sigma: Tensor, valid: Tensor) -> Tensor:
        """Return features, shape (n, n_outputs), of spectra, shapes (n, n_pixels)."""
        there = valid.to(flux.dtype)
        # At the scale that the mean spectrum has over the same pixels.
        mean = (self.centre * there).sum(1, keepdim=True).clamp(min=TINY)
        level = (flux.abs() * there).sum(1, keepdim=True) / mean
        level = level.clamp(min=torch.finfo(flux.dtype).tiny)
        away = torch.asinh((flux / level - self.centre) / self.spread)
        noise = (sigma / level / self.spread).clamp(TINY, 1 / TINY).log()
        mask = there[:, None]
        values = torch.stack([away, noise, there], dim=1).where(valid[:, None], 0.0)
        for layer in self.layers:
            values, mask = layer(values, mask)
        share = there.mean(1, keepdim=True)
        return torch.cat([values.flatten(1), mask.flatten(1), share], dim=1)
