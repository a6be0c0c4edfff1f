"""The part of a grid in which its labels vary freely together.

A grid may have a label at single values of the others only, as Sonora Bobcat has C/O at one
gravity and metallicity. No volume is there to be integrated over; that label is kept at the value
that most of the nodes have.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from starsieve.atmospheres.emulators.space import Space
from starsieve.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Nodes that form a lattice, which may have holes.

    Parameters
    ----------
    space : Space
        The labels that vary, and the nodes.
    fixed : mapping of str to float
        Labels that do not, and their values.
    volume : float
        Share of the lattice's cells all corners of which are there.
    """

    space: Space
    fixed: Mapping[str, float]
    volume: float


def find_block(space: Space) -> Block:
    """Return the largest block of a grid that has a volume.

    Raises
    ------
    DataError
        If no two labels, or one, vary freely.
    """
    fixed: dict[str, float] = {}
    while not (volume := measure_volume(space)):
        if len(space.names) == 1:
            msg = "No labels of the grid vary freely together: nodes are too few or too scattered."
            raise DataError(msg)
        name, value, space = max(
            (_without(space, name) for name in space.names),
            key=lambda found: (measure_volume(found[2]) > 0, len(found[2].nodes)),
        )
        fixed[name] = value
    return Block(space, fixed, volume)


def measure_volume(space: Space) -> float:
    """Return the share of the lattice's cells all corners of which are there."""
    there = space.filled()
    for axis in range(there.ndim):
        ends = np.moveaxis(there, axis, 0)
        there = np.moveaxis(ends[:-1] & ends[1:], 0, axis)
    return float(there.mean()) if there.size else 0.0


def _without(space: Space, name: str) -> tuple[str, float, Space]:
    """Return a label, its commonest value, and the nodes that have it."""
    column = space.names.index(name)
    values, counts = np.unique(space.nodes[:, column], return_counts=True)
    value = values[np.argmax(counts)]
    nodes = np.delete(space.nodes[space.nodes[:, column] == value], column, axis=1)
    return name, float(value), Space(tuple(n for n in space.names if n != name), nodes)
