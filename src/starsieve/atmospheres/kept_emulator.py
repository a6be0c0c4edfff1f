"""The emulator of a model's own grid: made once, and kept in the model's folder."""

import logging
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np

from starsieve.atmospheres.emulators.build import build_emulator
from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.atmospheres.emulators.stored import load_emulator, save_emulator
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.models import PosteriorModel
from starsieve.errors import StarsieveError

log = logging.getLogger(__name__)

FOLDER = "emulator"
SAME = 0.05
"""Largest mean departure of log flux, over some nodes, at which an emulator is the grid's."""

N_LOOKED_AT = 20

_MAKING = Lock()


def emulator_of(model: PosteriorModel) -> Emulator:
    """Return the emulator of a model's grid.

    It is read from the model's folder, or made of the grid that the model keeps, which takes
    seconds, and left there for the next time if the folder can be written to.

    Raises
    ------
    DataError
        If the grid has too few nodes for an emulator.
    """
    with _MAKING:  # threads that come meanwhile wait for it
        return _emulator_of(model)


@cache
def _emulator_of(model: PosteriorModel) -> Emulator:
    folder = model.folder / FOLDER
    kept = _read(folder, model.grid)
    if kept is not None:
        return kept
    made = build_emulator(model.grid.flat(), name=model.name)
    try:
        save_emulator(made, folder)
    except OSError as error:
        log.info("the emulator of %s is not kept: %s", model.name, error)
    return made


def _read(folder: Path, grid: GridInterpolator) -> Emulator | None:
    """Return what is kept, if it is whole and of this grid."""
    if not folder.is_dir():
        return None
    try:
        found = load_emulator(folder)
    except StarsieveError as error:
        log.info("the emulator in %s is made again: %s", folder, error)
        return None
    return found if _is_of(found, grid) else None


def _is_of(emulator: Emulator, grid: GridInterpolator) -> bool:
    if set(emulator.names) != set(grid.names) or not np.array_equal(emulator.wave, grid.wave):
        return False
    rows = np.linspace(0, len(emulator.space.nodes) - 1, N_LOOKED_AT).astype(int)
    order = [emulator.names.index(name) for name in grid.names]
    parameters = emulator.space.nodes[rows][:, order]
    for column, nodes in zip(parameters.T, grid.nodes, strict=True):
        if not np.all(np.isin(column, nodes)):
            return False
    there = emulator.mean + emulator.values[rows] @ emulator.components
    return bool(np.mean(np.abs(there - np.log(grid(parameters)))) < SAME)
