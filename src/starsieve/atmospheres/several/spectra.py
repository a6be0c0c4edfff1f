"""Spectra at draws: each by one of the grids, with all of the labels that this grid varies."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.several.draws import compute_features, draw_grid
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.observations import as_observations
from starsieve.atmospheres.several.tries import active_labels, share_out
from starsieve.data.spectrum import FloatArray

LARGEST_POOL = 4000
"""Draws of the grids, from which the labels that are not quoted are taken."""

LEAST_UNIT = 1e-9
"""Of a label that all draws have the same value of."""


@dataclass(frozen=True, slots=True, eq=False)
class GridDraws:
    """Draws from a posterior, each with a grid that it is of.

    Parameters
    ----------
    model : SeveralModel
    grid : array of int, shape (n_draws,)
        Numbers of grids.
    parameters : array, shape (n_draws, n_labels)
        All labels of the model's box, in their units; NaN where the grid does not vary one.
    """

    model: SeveralModel
    grid: npt.NDArray[np.int64]
    parameters: FloatArray

    def render(self, rows: slice | npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return flux densities at the surface, shape (n_rows, n_pixels), in the grids' unit."""
        grid, parameters = self.grid[rows], self.parameters[rows]
        names = self.model.box.names
        out = np.empty((len(grid), len(self.model.grid.wave)))
        for number in np.unique(grid):
            member, mine = self.model.members[number], grid == number
            columns = [names.index(name) for name in member.names]
            out[mine] = np.exp(member.log_flux(parameters[mine][:, columns]))
        return out


def complete(
    model: SeveralModel, prepared: Prepared, draws: FloatArray, weights: FloatArray, seed: int
) -> GridDraws:
    """Give quoted draws a grid each, by the grids' weights, and the labels that they lack.

    These are of the draw that is most like it, of those of its grid. Draws from the grids
    themselves get their own back; such as labelled spectra moved come at random to a grid, whose
    range they are brought into.

    Parameters
    ----------
    model : SeveralModel
    prepared : Prepared
        What the draws were inferred from.
    draws : array, shape (n_draws, n_outputs)
    weights : array, shape (n_grids,)
        They sum to one.
    seed : int
    """
    grid, pool = _pool(model, prepared, weights, min(len(draws), LARGEST_POOL), seed)
    outputs = [model.box.names.index(name) for name in model.grid.names]
    unit = np.maximum(pool[:, outputs].std(axis=0), LEAST_UNIT)
    places, wanted = pool[:, outputs] / unit, draws / unit
    if model.tuned is None:
        nearest = cKDTree(places).query(wanted)[1]
    else:
        drawn = grid[np.random.default_rng((seed, 3)).integers(len(grid), size=len(draws))]
        nearest = np.empty(len(draws), dtype=np.int64)
        for number in np.unique(drawn):
            own, mine = np.flatnonzero(grid == number), drawn == number
            nearest[mine] = own[cKDTree(places[own]).query(wanted[mine])[1]]
    found = pool[nearest]
    found[:, outputs] = draws
    return GridDraws(model, grid[nearest], _inside(model, grid[nearest], found))


def _pool(
    model: SeveralModel, prepared: Prepared, weights: FloatArray, n: int, seed: int
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Return n draws of the grids, as many of each as it weighs: their numbers, and all labels."""
    features = compute_features(model.network, as_observations([prepared]))
    counts = np.diff(share_out(weights, n))
    parts = []
    for number in np.flatnonzero(counts).tolist():
        active = active_labels(model, number)
        points = draw_grid(model.network, number, active, features, int(counts[number]), seed)[0]
        parts.append(np.where(active, model.box.from_box(points), np.nan))
    return np.repeat(np.arange(len(counts)), counts), np.concatenate(parts)


def _inside(model: SeveralModel, grid: npt.NDArray[np.int64], parameters: FloatArray) -> FloatArray:
    """Return parameters, none beyond the ends of its grid."""
    out = parameters.copy()
    for number in np.unique(grid):
        member, mine = model.members[number], grid == number
        for name, axis in zip(member.names, member.space.axes, strict=True):
            column = model.box.names.index(name)
            out[mine, column] = np.clip(out[mine, column], axis[0], axis[-1])
    return out
