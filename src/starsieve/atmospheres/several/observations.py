"""Observations as the network of several grids takes them."""

from collections.abc import Sequence

import numpy as np
import torch

from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.prepare import Prepared

LARGEST_SIGMA = 10.0
"""Of a pixel, relative to the mean flux: it says nothing beyond this."""


def as_observations(prepared: Sequence[Prepared]) -> Observations:
    """Return what a network takes, each spectrum with a mean of one over its valid pixels."""
    flux = np.stack([each.flux for each in prepared])
    sigma = np.stack([each.sigma for each in prepared])
    valid = np.stack([each.valid for each in prepared])
    level = np.sum(np.abs(flux) * valid, axis=1, keepdims=True) / valid.sum(axis=1, keepdims=True)
    return Observations(
        flux=torch.as_tensor(np.where(valid, flux / level, 0.0), dtype=torch.float32),
        sigma=torch.as_tensor(
            np.where(valid, np.minimum(sigma / level, LARGEST_SIGMA), 1.0), dtype=torch.float32
        ),
        valid=torch.as_tensor(valid),
    )
