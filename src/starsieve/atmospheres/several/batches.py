"""Batches of simulated spectra, each of one of several grids."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from starsieve.atmospheres.several.box import Box
from starsieve.atmospheres.several.members import Member, PointSampler
from starsieve.data.spectrum import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Batch:
    """Simulated spectra with their parameters.

    Parameters
    ----------
    points : tensor, shape (n, n_labels)
        In the box [-1, 1]; zero where not active.
    active : tensor of bool, shape (n, n_labels)
        Labels that the spectrum's grid varies.
    grid : tensor of int, shape (n,)
        Which grid it is of.
    flux : tensor, shape (n, n_pixels)
        Clean, with a mean of one.
    """

    points: Tensor
    active: Tensor
    grid: Tensor
    flux: Tensor


class SeveralSampler:
    """Draws spectra of several grids.

    Parameters
    ----------
    members : sequence of Member
    box : Box
    generator : torch.Generator
    shares : sequence of float
        How often each is drawn, relative to the others.
    tied_width : float
        See `SeveralRecipe`.
    """

    def __init__(
        self,
        members: Sequence[Member],
        box: Box,
        generator: torch.Generator,
        shares: Sequence[float],
        tied_width: float = 0.0,
    ) -> None:
        self._members = tuple(members)
        self._edges = np.concatenate([[0.0], np.cumsum(shares) / np.sum(shares)])
        self._samplers = [PointSampler(member.space) for member in members]
        self._box, self._generator = box, generator
        self._tied_width = tied_width

    def draw(self, n: int) -> Batch:
        """Return n spectra, ordered by grid."""
        # Seeded anew each time, so that a training's state is that of its one generator.
        seed = int(torch.randint(2**62, (1,), generator=self._generator))
        rng = np.random.default_rng(seed)
        counts = np.diff(np.rint(self._edges * n).astype(int))
        parts = [self._draw_of(number, int(count), rng) for number, count in enumerate(counts)]
        return Batch(*(torch.cat([getattr(p, name) for p in parts]) for name in Batch.__slots__))

    def _draw_of(self, number: int, n: int, rng: np.random.Generator) -> Batch:
        member, names = self._members[number], self._box.names
        parameters, free = self._samplers[number].draw_free(n, rng)
        points, active = np.zeros((n, len(names))), np.zeros((n, len(names)), dtype=bool)
        for column, name in enumerate(member.names):
            if name in names:
                places = self._box.scale(name, parameters[:, column])
                points[:, names.index(name)] = self._spread(places, ~free[:, column], rng)
                active[:, names.index(name)] = True
        log_flux = member.log_flux(parameters)
        # Clouds and temperatures change fluxes by orders of magnitude; only shapes are used.
        flux = np.exp(log_flux - log_flux.max(axis=1, keepdims=True))
        flux /= flux.mean(axis=1, keepdims=True)
        return Batch(
            torch.as_tensor(points, dtype=torch.float32),
            torch.as_tensor(active),
            torch.full((n,), number),
            torch.as_tensor(flux),
        )

    def _spread(self, places: FloatArray, tied: BoolArray, rng: np.random.Generator) -> FloatArray:
        """Return places in the box, those that are tied to single values a little off."""
        if not self._tied_width:
            return places
        off = 2 * self._tied_width * (rng.random(len(places)) - 0.5)
        return np.clip(places + np.where(tied, off, 0.0), -1.0, 1.0)
