"""A grid among several: its spectra at any parameters, small enough to be kept in a model."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.atmospheres.emulators.process import TREND_VARIANCE, Kernel
from starsieve.atmospheres.emulators.space import Space
from starsieve.data.spectrum import BoolArray, FloatArray

PLAIN = ("weights", "slopes", "mean", "components")
"""Arrays that are kept as they are."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A grid's emulator, reduced to what predicts its mean spectrum.

    Parameters
    ----------
    name : str
        Of the grid.
    space : Space
        Its free labels and its nodes.
    kernel : Kernel
    weights : array, shape (n_nodes, n_components)
        Of the nodes' kernels.
    slopes : array, shape (1 + n_labels, n_components)
        Of the trend's terms.
    mean : array, shape (n_pixels,)
        Mean logarithm of flux.
    components : array, shape (n_components, n_pixels)
    """

    name: str
    space: Space
    kernel: Kernel
    weights: FloatArray
    slopes: FloatArray
    mean: FloatArray
    components: FloatArray

    @classmethod
    def from_emulator(cls, emulator: Emulator, name: str) -> Self:
        """Reduce an emulator; its spectra stay as they are, to single precision."""
        nodes = emulator.space.coordinates(emulator.space.nodes)
        weights = emulator.inverse @ emulator.values
        return cls(
            name=name,
            space=emulator.space,
            kernel=emulator.kernel,
            weights=weights.astype(np.float32),
            slopes=(TREND_VARIANCE * (emulator.kernel.trend(nodes).T @ weights)).astype(np.float32),
            mean=emulator.mean.astype(np.float32),
            components=emulator.components.astype(np.float32),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The labels that the grid varies freely."""
        return self.space.names

    def log_flux(self, parameters: FloatArray) -> npt.NDArray[np.float32]:
        """Return the logarithm of flux, shape (n, n_pixels), at parameters, shape (n, n_labels).

        Parameters lie inside of the grid; nobody checks that here.
        """
        points = self.space.coordinates(parameters).astype(np.float32)
        nodes = self.space.coordinates(self.space.nodes).astype(np.float32)
        kernel = Kernel(
            self.kernel.smoothness,
            self.kernel.lengths.astype(np.float32),
            self.kernel.noise,
            self.kernel.centre.astype(np.float32),
            self.kernel.spread.astype(np.float32),
        )
        values = kernel.correlate(points, nodes) @ self.weights + kernel.trend(points) @ self.slopes
        return np.asarray(values @ self.components + self.mean, dtype=np.float32)

    def to_arrays(self) -> dict[str, FloatArray]:
        """Return what has to be kept, by name."""
        kernel = self.kernel
        arrays = {name: getattr(self, name) for name in PLAIN}
        arrays |= {"nodes": self.space.nodes, "lengths": kernel.lengths}
        return arrays | {"centre": kernel.centre, "spread": kernel.spread}

    @classmethod
    def from_arrays(cls, about: Mapping[str, Any], arrays: Mapping[str, FloatArray]) -> Self:
        """Return the grid that `to_arrays` and `about` told of.

        Raises
        ------
        KeyError
            If something is missing.
        """
        kernel = Kernel(
            smoothness=about["smoothness"],
            lengths=arrays["lengths"],
            noise=float(about["noise"]),
            centre=arrays["centre"],
            spread=arrays["spread"],
        )
        space = Space(tuple(about["labels"]), arrays["nodes"])
        return cls(about["name"], space, kernel, **{name: arrays[name] for name in PLAIN})

    def about(self) -> dict[str, Any]:
        """Return what goes into the model's card."""
        return {
            "name": self.name,
            "labels": list(self.names),
            "smoothness": self.kernel.smoothness,
            "noise": self.kernel.noise,
        }


class PointSampler:
    """Draws parameters evenly over the cells of a grid that may have holes.

    From a random node one moves a random part of the way to a neighbour along each label, if all
    corners of the cell that this opens are there. So slices that a grid has of a label, as of C/O
    at one gravity only, get their share. Cells at an end of a label come half as often again.
    """

    def __init__(self, space: Space) -> None:
        self._axes = space.axes
        self._places = space.places(space.nodes)
        self._there = np.pad(space.filled(), 1)

    def draw(self, n: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """Return parameters, shape (n, n_labels)."""
        start = self._places[rng.integers(len(self._places), size=n)]
        n_labels = start.shape[1]
        top = np.array([len(axis) - 1 for axis in self._axes])
        move = np.where(rng.random((n, n_labels)) < 0.5, -1, 1)
        outside = (start + move < 0) | (start + move > top)
        move = np.where(outside, -move, move)
        open_moves = np.zeros_like(move)
        for label in rng.permutation(n_labels):
            tried = open_moves.copy()
            tried[:, label] = move[:, label]
            open_moves = np.where(self._has_cell(start, tried)[:, None], tried, open_moves)
        steps = start + open_moves * rng.random((n, n_labels))
        columns = [
            np.interp(s, np.arange(len(axis)), axis)
            for s, axis in zip(steps.T, self._axes, strict=True)
        ]
        return np.stack(columns, axis=1)

    def _has_cell(self, start: npt.NDArray[np.int64], move: npt.NDArray[np.int64]) -> BoolArray:
        found = np.ones(len(start), dtype=bool)
        for corner in product((0, 1), repeat=start.shape[1]):
            at = start + move * np.array(corner) + 1
            found &= self._there[tuple(np.clip(at, 0, np.array(self._there.shape) - 1).T)]
        return found
