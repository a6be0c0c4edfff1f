"""What networks are trained on: a batch of spectra, in the form that the network works with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from starsieve.representations.losses import chi_square


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Where latents are: mean and, if there is one, standard deviation; shape (n, n_latents)."""

    mean: Tensor
    deviation: Tensor | None


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """Spectra, pixel by pixel.

    Parameters
    ----------
    flux, valid, inverse_variance : Tensor, shape (n, *axes)
        Flux and inverse variance are 0 where not valid.
    """

    flux: Tensor
    valid: Tensor
    inverse_variance: Tensor

    @classmethod
    def of(cls, flux: Tensor, valid: Tensor, sigma: Tensor, floor: float) -> Self:
        """Return the pixels of spectra, with a relative error added to all others."""
        return cls(flux * valid, valid, valid / (sigma**2 + floor**2))

    def __len__(self) -> int:
        return len(self.flux)

    @property
    def n_valid(self) -> Tensor:
        """Number of valid pixels, shape (n,)."""
        return self.valid.flatten(1).sum(1)

    def chi2(self, model: Tensor) -> Tensor:
        """Return the chi-square of a model of the spectra, shape (n,)."""
        return chi_square(model, self.flux, self.inverse_variance)

    def take(self, rows: Tensor) -> "Pixels":
        """Return the given rows."""
        return Pixels(self.flux[rows], self.valid[rows], self.inverse_variance[rows])

    def to(self, device: str) -> "Pixels":
        """Return the same on a device."""
        return Pixels(self.flux.to(device), self.valid.to(device), self.inverse_variance.to(device))

    @classmethod
    def join(cls, parts: Sequence["Pixels"]) -> "Pixels":
        """Put several one after the other."""
        names = ("flux", "valid", "inverse_variance")
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in names))
