"""Nodes of a published grid that can't be what their labels say.

Some have the flux of another temperature, or one that never converged. Left in, each would spoil
the spectra and the errors of all its neighbours.
"""

from dataclasses import replace

import numpy as np

from starsieve.atmospheres.emulators.clean import Grid
from starsieve.atmospheres.emulators.process import Kernel, leave_out
from starsieve.data.spectrum import FloatArray

LEAST_FACTOR = 7.0
"""By which a stray's flux is off the prediction of all others, root mean square of pixels."""

LEAST_RATIO = 100.0
"""Of a stray's error to that of the median node: where all of a grid is rough there are none."""

MOST_STRAYS = 0.05
"""Share of the nodes: more are no strays, but the grid."""

MOST_NAMED = 5


def without_strays(grid: Grid, kernel: Kernel, values: FloatArray) -> Grid:
    """Return the grid without its strays, the worst first; the same grid if it has none.

    Only nodes that others surround can be told. Which ones went is said in the notes.

    Parameters
    ----------
    grid : Grid
    kernel : Kernel
        Chosen on the grid with its strays.
    values : array, shape (n_nodes, n_components)
        Log flux of the nodes in orthonormal components.
    """
    nodes, inner = grid.space.coordinates(grid.space.nodes), grid.space.inner()
    kept = np.ones(len(nodes), dtype=bool)
    strays: list[int] = []
    for _ in range(int(MOST_STRAYS * len(nodes)) + 1):
        residuals = leave_out(kernel, nodes[kept], values[kept]).residuals
        error = np.zeros(len(nodes))
        error[kept] = np.sqrt(np.sum(residuals**2, axis=1) / len(grid.wave))
        worst = int(np.argmax(np.where(inner, error, 0.0)))
        usual = float(np.median(error[kept]))
        if error[worst] < np.log(LEAST_FACTOR) or error[worst] < LEAST_RATIO * usual:
            break
        kept[worst] = False
        strays.append(worst)
    if not strays or len(strays) > MOST_STRAYS * len(nodes):
        return grid
    space = replace(grid.space, nodes=grid.space.nodes[kept])
    note = f"{len(strays)} of {len(nodes)} nodes left out: off their neighbours by a factor of "
    note += f"{LEAST_FACTOR:g} and more ({_name(grid, strays)})"
    return Grid(space, grid.wave, grid.log_flux[kept], (*grid.notes, note))


def _name(grid: Grid, strays: list[int]) -> str:
    points = [
        " ".join(f"{n} {v:g}" for n, v in zip(grid.space.names, grid.space.nodes[row], strict=True))
        for row in strays[:MOST_NAMED]
    ]
    return ", ".join(points) + ", ..." * (len(strays) > MOST_NAMED)
