"""Where a posterior piles up at an edge of the grid, so that only a limit is known."""

from collections.abc import Mapping

import numpy as np

from starsieve.atmospheres.inference import Limit
from starsieve.atmospheres.models import AtmosphereModel
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.data.spectrum import FloatArray

EDGE, EDGE_OF_SEVERAL = 0.1, 0.02
"""A posterior piles up at an edge if it has `EDGE_MASS` within this share of the grid's range, of
the far wider range of several grids."""

EDGE_MASS = 0.5


def find_limits(model: AtmosphereModel, draws: FloatArray) -> dict[str, Limit]:
    """Return the labels whose posterior piles up at an edge of the grid, and at which.

    Parameters
    ----------
    draws : array, shape (n_draws, n_labels)
    """
    share = EDGE_OF_SEVERAL if isinstance(model, SeveralModel) else EDGE
    limits: dict[str, Limit] = {}
    for output, nodes, values in zip(model.card.outputs, model.grid.nodes, draws.T, strict=True):
        steps = np.arange(len(nodes))
        low, high = np.interp(np.array([share, 1.0 - share]) * steps[-1], steps, nodes)
        if np.mean(values < low) > EDGE_MASS:
            limits[output.name] = "upper"
        elif np.mean(values > high) > EDGE_MASS:
            limits[output.name] = "lower"
    return limits


def warn_of_limits(model: AtmosphereModel, limits: Mapping[str, Limit]) -> list[str]:
    """Return warnings that quote the edges."""
    warnings = []
    for output in model.card.outputs:
        if output.name in limits:
            edge, side = (
                (output.minimum, "lower")
                if limits[output.name] == "upper"
                else (output.maximum, "upper")
            )
            warnings.append(
                f"{output.name} piles up at the grid's {side} edge, {edge:g} {output.unit}".rstrip()
                + ": quote the limit, not the value"
            )
    return warnings
