"""One scale for whole and for cut spectra: the median that the whole one would have.

A spectrum is divided by its median over the pixels that it has. Where a gap takes the bright half
away that is another scale than the one of a whole spectrum, and a model would see another star.
What the model makes of the rest says by how much.
"""

from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starsieve.data.spectrum import BoolArray
from starsieve.representations.prepare import Inputs

ROUNDS = 4
"""The shape hardly depends on the scale, so that few rounds are enough."""

LARGEST = 3.0
"""Largest factor between the two medians that is believed."""


COMMON = 0.5
"""Share of the spectra, relative to the largest, that must have a pixel to count for the scale."""

PIXELS = 2**22
"""Pixels worked on at a time."""


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


def common_pixels(share: npt.NDArray[Any]) -> BoolArray:
    """Return the pixels whose median makes the scale: those that most spectra have.

    Parameters
    ----------
    share : array, shape (n_pixels,)
        Of the training spectra that have each pixel.
    """
    return np.asarray(share >= COMMON * share.max())


def rescaled(network: Network, inputs: Inputs, share: npt.NDArray[Any]) -> Inputs:
    """Return spectra, all usable, on the scale that whole ones have."""
    reference = torch.as_tensor(common_pixels(share))
    scale = np.ones((len(inputs), 1), dtype=np.float32)
    step = max(1, PIXELS // inputs.flux.shape[1])
    with torch.no_grad():
        for start in range(0, len(inputs), step):
            part = inputs.take(slice(start, start + step))
            scale[start : start + step] = common_scale(network, *tensors_of(part), reference)
    if np.all(scale == 1):
        return inputs
    return replace(
        inputs,
        flux=inputs.flux / scale,
        sigma=inputs.sigma / scale,
        scale=inputs.scale * scale[:, 0],
    )


def tensors_of(inputs: Inputs) -> tuple[Tensor, Tensor, Tensor]:
    """Return flux, valid and sigma for a network."""
    return (
        torch.as_tensor(inputs.flux),
        torch.as_tensor(inputs.valid),
        torch.as_tensor(inputs.sigma),
    )


def masked_median(values: Tensor, valid: Tensor) -> Tensor:
    """Return the median over valid pixels, shape (n, 1)."""
    nothing = torch.full_like(values, torch.nan)
    return torch.where(valid, values, nothing).nanmedian(dim=1, keepdim=True).values
