"""One grid of a model of several, as what refines posteriors asks it."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from starsieve.atmospheres.emulators.space import Space
from starsieve.atmospheres.interpolator import count_steps
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.several.model import SeveralModel, SharedGrid
from starsieve.atmospheres.several.observations import LARGEST_SIGMA
from starsieve.data.spectrum import FloatArray

SLOPE_STEP = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class GridProposer:
    """Draws of what the network says in the name of one grid, with their densities.

    Parameters
    ----------
    model : SeveralModel
    number : int
        Of the grid.
    space : Space
        Of the grid, or of a part of it.
    """

    model: SeveralModel
    number: int
    space: Space

    @property
    def grid(self) -> SharedGrid:
        """The wavelengths, the labels that the grid varies, and their values."""
        return SharedGrid(self.model.grid.wave, self.space.names, self.space.axes)

    def propose(self, base: Tensor, seen: Observations) -> tuple[Tensor, Tensor]:
        """Return draws of one spectrum in the box of the grid's nodes, and their log densities.

        Parameters
        ----------
        base : tensor, shape (n_draws, n_labels)
            Evenly distributed over [-1, 1].
        seen : Observations
            Of one spectrum.

        Returns
        -------
        tensor, shape (n_draws, n_labels)
        tensor, shape (n_draws,)
        """
        network, box = self.model.network, self.model.box
        columns = [box.names.index(name) for name in self.space.names]
        wide = torch.zeros(len(base), 1, len(box.names))
        wide[:, 0, columns] = base
        active = torch.zeros(1, len(box.names), dtype=torch.bool)
        active[:, columns] = True
        with torch.no_grad():
            embedded = network.embedding(network.features(_cleaned(seen)))
            speaks = torch.full((1,), self.number)
            context = network.context(embedded, speaks, torch.zeros_like(speaks))
            points = network.splines.sample(wide, active, context)
            log_density = network.splines.log_prob(points, active, context)[:, 0]
        places, log_slope = self._to_nodes(points[:, 0, columns].double().numpy())
        return torch.as_tensor(places), log_density + torch.as_tensor(log_slope)

    def _to_nodes(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return points of the model's box in that of the nodes, and the logarithm of the slope."""
        box, places, slopes = self.model.box, [], []
        for column, (name, axis) in enumerate(zip(self.space.names, self.space.axes, strict=True)):
            half = (len(axis) - 1) / 2
            values = np.clip(box.unscale(name, points[:, column]), axis[0], axis[-1])
            place = count_steps((axis,), values[:, None])[:, 0] / half - 1
            ends = np.clip(place + np.array([[-SLOPE_STEP], [SLOPE_STEP]]), -1, 1)
            low, high = box.scale(name, np.interp((ends + 1) * half, np.arange(len(axis)), axis))
            slopes.append(np.log((high - low) / (ends[1] - ends[0])))
            places.append(place)
        return np.stack(places, axis=1), np.sum(slopes, axis=0)


def _cleaned(seen: Observations) -> Observations:
    """Return an observation as the network takes it: see `as_observations`."""
    sigma = torch.where(seen.valid, seen.sigma.clamp(max=LARGEST_SIGMA), 1.0)
    return Observations(seen.flux, sigma, seen.valid)
