"""One scale for whole and for cut spectra: the median that the whole one would have.

A spectrum is divided by its median over the pixels that it has. Where a gap takes the bright half
away that is another scale than the one of a whole spectrum, and a model would see another star.
What the model makes of the rest says by how much.
"""

from typing import Any, Protocol

import torch
from torch import Tensor

ROUNDS = 4
"""The shape hardly depends on the scale, so that few rounds are enough."""

LARGEST = 3.0
"""Largest factor between the two medians that is believed."""


class Network(Protocol):
    """Anything that turns spectra into latents, whose `mean` it decodes."""

    def encode(self, flux: Tensor, valid: Tensor, sigma: Tensor) -> Any: ...

    def decode(self, latents: Tensor) -> Tensor: ...


def common_scale(
    network: Network, flux: Tensor, valid: Tensor, sigma: Tensor, reference: Tensor
) -> Tensor:
    """Return what to divide spectra by to have them on the scale of whole ones, shape (n, 1).

    Parameters
    ----------
    flux, valid, sigma : Tensor, shape (n, n_pixels)
        Spectra on any scale.
    reference : Tensor of bool, shape (n_pixels,)
        The pixels whose median is 1 in a whole spectrum.
    """
    scale = flux.new_ones(len(flux), 1)
    cut = (reference & ~valid).any(dim=1)
    if not cut.any():
        return scale
    flux, valid, sigma = flux[cut], valid[cut], sigma[cut]
    median = masked_median(flux, valid)
    own = median
    for _ in range(ROUNDS):
        model = network.decode(network.encode(flux / own, valid, sigma / own).mean)
        ratio = masked_median(model, reference.expand_as(valid)) / masked_median(model, valid)
        own = median * torch.where(ratio > 0, ratio, 1.0).clamp(1 / LARGEST, LARGEST)
    scale[cut] = own
    return scale


def masked_median(values: Tensor, valid: Tensor) -> Tensor:
    """Return the median over valid pixels, shape (n, 1)."""
    nothing = torch.full_like(values, torch.nan)
    return torch.where(valid, values, nothing).nanmedian(dim=1, keepdim=True).values
