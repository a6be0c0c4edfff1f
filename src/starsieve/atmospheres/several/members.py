"""A grid among several: its spectra at any parameters, small enough to be kept in a model."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.emulators.build import TASK
from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.atmospheres.emulators.process import TREND_VARIANCE, Kernel, leave_out
from starsieve.atmospheres.emulators.space import Space
from starsieve.atmospheres.several.blocks import Block
from starsieve.data.labels import get_label
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.learn.model import EmulatorCard, Output

PLAIN = ("weights", "slopes", "mean", "components", "rest")
"""Arrays that are kept as they are."""

SPECTRA_PER_BLOCK = 64
"""Few enough that what is computed of them stays in a processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A grid's emulator, reduced to what can't be computed again.

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
    rest : array, shape (n_pixels,)
        Standard deviation of log flux that the components leave.
    calibration : float
        Factor that brings the errors where nodes are left out to what they should be.
    """

    name: str
    space: Space
    kernel: Kernel
    weights: FloatArray
    slopes: FloatArray
    mean: FloatArray
    components: FloatArray
    rest: FloatArray
    calibration: float

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
            rest=emulator.rest.astype(np.float32),
            calibration=float(emulator.card.metrics["calibration_factor"]),
        )

    def to_emulator(self, wave: FloatArray, block: Block | None = None) -> Emulator:
        """Return the emulator that this was reduced from, to single precision.

        Parameters
        ----------
        wave : array, shape (n_pixels,)
            Vacuum micron, of all grids of a model.
        block : Block, optional
            Of this part of the grid only.
        """
        nodes = self.space.coordinates(self.space.nodes)
        weights = self.weights.astype(np.float64)
        # Of the trend, slopes are kept: a sum over weights would make more of their last digits.
        values = (self.kernel.correlate(nodes, nodes) + self.kernel.noise * np.eye(len(nodes))) @ (
            weights
        ) + self.kernel.trend(nodes) @ self.slopes
        space, kernel = self.space, self.kernel
        if block is not None and block.fixed:
            columns = [self.names.index(name) for name in block.space.names]
            others = [self.names.index(name) for name in block.fixed]
            values = values[np.all(self.space.nodes[:, others] == [*block.fixed.values()], axis=1)]
            space, kernel = block.space, kernel.of_labels(columns)
        out = leave_out(kernel, space.coordinates(space.nodes), values)
        return Emulator(
            card=_card(self.name, self.calibration, space, wave, len(self.components)),
            space=space,
            wave=wave,
            kernel=kernel,
            inverse=out.inverse,
            mean=self.mean.astype(np.float64),
            components=self.components.astype(np.float64),
            values=values,
            misses=self.calibration * out.residuals / np.sqrt(out.variance)[:, None],
            rest=self.rest.astype(np.float64),
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
        nodes, kernel = _in_single_precision(self)
        found = np.empty((len(points), len(self.mean)), dtype=np.float32)
        for start in range(0, len(points), SPECTRA_PER_BLOCK):
            here = points[start : start + SPECTRA_PER_BLOCK]
            values = kernel.correlate(here, nodes) @ self.weights
            values += kernel.trend(here) @ self.slopes
            np.matmul(values, self.components, out=found[start : start + SPECTRA_PER_BLOCK])
        found += self.mean
        return found

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
        plain = {name: arrays[name] for name in PLAIN}
        return cls(about["name"], space, kernel, calibration=about["calibration"], **plain)

    def about(self) -> dict[str, Any]:
        """Return what goes into the model's card."""
        return {
            "name": self.name,
            "labels": list(self.names),
            "smoothness": self.kernel.smoothness,
            "noise": self.kernel.noise,
            "calibration": self.calibration,
        }


def _card(
    name: str, calibration: float, space: Space, wave: FloatArray, n_components: int
) -> EmulatorCard:
    """Return the card of a member's emulator, which is part of a model and has none of its own."""
    return EmulatorCard(
        name=name,
        task=TASK,
        description=f"Emulator of {len(space.nodes)} spectra of one of a model's several grids.",
        outputs=tuple(
            Output(name=label, unit=get_label(label).unit, minimum=axis[0], maximum=axis[-1])
            for label, axis in zip(space.names, space.axes, strict=True)
        ),
        recipe={},
        metrics={"calibration_factor": calibration},
        wave_min_um=float(wave[0]),
        wave_max_um=float(wave[-1]),
        n_pixels=len(wave),
        resolution=None,
        flux_unit="",
        n_nodes=len(space.nodes),
        n_components=n_components,
    )


@lru_cache(maxsize=32)
def _in_single_precision(member: Member) -> tuple[FloatArray, Kernel]:
    """Return the nodes' coordinates and the kernel."""
    nodes = member.space.coordinates(member.space.nodes).astype(np.float32)
    return nodes, member.kernel.as_type(np.dtype(np.float32))


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
        return self.draw_free(n, rng)[0]

    def draw_free(
        self, n: int, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.float64], BoolArray]:
        """Return parameters, and which labels the grid varies there, both (n, n_labels)."""
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
        return np.stack(columns, axis=1), open_moves != 0

    def _has_cell(self, start: npt.NDArray[np.int64], move: npt.NDArray[np.int64]) -> BoolArray:
        found = np.ones(len(start), dtype=bool)
        for corner in product((0, 1), repeat=start.shape[1]):
            at = start + move * np.array(corner) + 1
            found &= self._there[tuple(np.clip(at, 0, np.array(self._there.shape) - 1).T)]
        return found
