"""The prior: even in the steps of a grid's nodes, as networks are trained; and its logit space."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.atmospheres.emulators.steps import Steps
from starsieve.data.spectrum import FloatArray
from starsieve.errors import ModelMismatchError

FURTHEST = 14.0
"""Of logits: beyond, a point is on the edge of the box in double precision's eyes, or nearly."""


class Lattice(Protocol):
    """A grid as far as its labels go: their names, and the values that nodes have."""

    @property
    def wave(self) -> FloatArray:
        """Wavelengths of its spectra."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the labels."""

    @property
    def nodes(self) -> tuple[FloatArray, ...]:
        """Values of each label."""


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """The box [-1, 1]^d of a grid's labels, over which the prior is even.

    Parameters
    ----------
    nodes : tuple of arrays
        The values that each label takes.
    order : tuple of int
        Where each of the emulator's labels is among them.
    steps : tuple of Steps
        How the emulator's labels become its coordinates.
    """

    nodes: tuple[FloatArray, ...]
    order: tuple[int, ...]
    steps: tuple[Steps, ...]

    @classmethod
    def of(cls, grid: Lattice, emulator: Emulator) -> Self:
        """Return the box of a grid, for an emulator of the same labels.

        Raises
        ------
        ModelMismatchError
            If their labels differ.
        """
        space = emulator.space
        if set(space.names) != set(grid.names):
            msg = (
                f"The emulator varies {', '.join(space.names)}, the model "
                f"{', '.join(grid.names)}: they are not of one grid."
            )
            raise ModelMismatchError(msg)
        steps = [Steps.of(name, axis) for name, axis in zip(space.names, space.axes, strict=True)]
        order = tuple(grid.names.index(name) for name in space.names)
        return cls(grid.nodes, order, tuple(steps))

    @property
    def n_labels(self) -> int:
        """Dimensions."""
        return len(self.nodes)

    def parameters(self, points: FloatArray) -> npt.NDArray[np.float64]:
        """Return labels, shape (..., d), at points of the box."""
        columns: Sequence[FloatArray] = [
            np.interp((points[..., i] + 1) / 2 * (len(n) - 1), np.arange(len(n)), n)
            for i, n in enumerate(self.nodes)
        ]
        return np.stack(columns, axis=-1)

    def coordinates(self, points: FloatArray) -> npt.NDArray[np.float64]:
        """Return the emulator's coordinates, shape (n, d), at points of the box."""
        labels = self.parameters(points)
        columns = [step(labels[:, i]) for i, step in zip(self.order, self.steps, strict=True)]
        return np.stack(columns, axis=1)


def from_logit(logits: FloatArray) -> npt.NDArray[np.float64]:
    """Return points of the box at logits, which go from minus to plus infinity."""
    return np.asarray(np.tanh(logits / 2))


def to_logit(points: FloatArray) -> npt.NDArray[np.float64]:
    """Return the logits of points of the box; of its edges, large ones."""
    edge = np.tanh(FURTHEST / 2)
    inside = np.clip(points, -edge, edge)
    return np.asarray(np.log1p(inside) - np.log1p(-inside))


def log_prior(logits: FloatArray) -> npt.NDArray[np.float64]:
    """Return the log density, over logits, of the even prior over the box, shape (..., )."""
    # The logistic density of each: exp(-|z|) / (1 + exp(-|z|))^2.
    size = np.abs(logits)
    return np.asarray(np.sum(-size - 2 * np.log1p(np.exp(-size)), axis=-1))
