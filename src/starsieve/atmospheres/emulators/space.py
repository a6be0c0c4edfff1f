"""Where the nodes of a model grid lie, and what counts as inside of it.

A published grid is a lattice with holes: most combinations of its labels' values were computed,
some were not, and some labels only repeat what others say. A point is inside if all nodes of the
cell around it are there; a single missing node counts as there where its two neighbours along one
label are. A convex hull would be kinder, and wrong: where C/O was varied at one gravity only, the
hull bridges all the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Self

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.emulators.steps import Steps
from starsieve.data.labels import LABELS
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError, ModelMismatchError

LARGEST_LATTICE = 20_000_000
ON_NODE = 1e-6
"""A value this close to a node's, in steps, is the node's: files hold single precision."""


@dataclass(frozen=True, slots=True, eq=False)
class Follower:
    """A label that a grid does not vary freely.

    Parameters
    ----------
    name : str
    to : str
        The label that sets it; ``""`` if it has one value only.
    at, values : arrays, shape (n_values,)
        Values of `to`, increasing, and its own at them.
    """

    name: str
    to: str
    at: FloatArray
    values: FloatArray

    def value_at(self, other: FloatArray) -> FloatArray:
        """Return the label where the one that sets it has these values."""
        return np.interp(other, self.at, self.values)


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """The free labels of a grid, and its nodes in them.

    Parameters
    ----------
    names : tuple of str
        Labels that vary freely.
    nodes : array, shape (n_nodes, n_labels)
        In the labels' units; no node is there twice.
    followers : tuple of Follower
        Labels that follow a free one, or have one value.
    """

    names: tuple[str, ...]
    nodes: FloatArray
    followers: tuple[Follower, ...] = ()

    @classmethod
    def from_labels(cls, labels: Mapping[str, FloatArray]) -> Self:
        """Tell a grid's free labels from those that follow others.

        Raises
        ------
        DataError
            If there is no label, a value is not finite, or the values form no lattice.
        """
        if not labels:
            msg = "The spectra have no labels: an emulator needs each one's parameters."
            raise DataError(msg)
        columns = {name: np.asarray(labels[name], dtype=np.float64) for name in _in_order(labels)}
        for name, column in columns.items():
            if not np.all(np.isfinite(column)):
                msg = f"{name} is not known for {np.sum(~np.isfinite(column))} of the spectra."
                raise DataError(msg)
        free: dict[str, FloatArray] = {}
        followers: list[Follower] = []
        for name, column in columns.items():
            found = _find_follower(name, column, free)
            if found is None:
                free[name] = column
            else:
                followers.append(found)
        n = len(next(iter(columns.values())))
        nodes = np.stack(list(free.values()), axis=1) if free else np.zeros((n, 0))
        space = cls(tuple(free), nodes, tuple(followers))
        size = int(np.prod([float(len(axis)) for axis in space.axes]))
        if size > LARGEST_LATTICE:
            msg = (
                f"The nodes form no lattice: {n} spectra have "
                f"{' x '.join(str(len(axis)) for axis in space.axes)} values of "
                f"{', '.join(space.names)}."
            )
            raise DataError(msg)
        return space

    @property
    def axes(self) -> tuple[npt.NDArray[np.float64], ...]:
        """The values that each free label takes, increasing."""
        return tuple(np.unique(column) for column in self.nodes.T)

    def coordinates(self, parameters: FloatArray) -> npt.NDArray[np.float64]:
        """Return parameters, shape (n, n_labels), with typical steps between nodes as units."""
        steps = _steps_of(self)
        columns = [step(values) for step, values in zip(steps, parameters.T, strict=True)]
        return np.stack(columns, axis=1).astype(np.float64)

    def to_parameters(self, given: Mapping[str, float | npt.ArrayLike]) -> npt.NDArray[np.float64]:
        """Return values by label, which may be arrays, as parameters, shape (n, n_labels).

        Labels that are not free may be left out; where they are given, they have to agree.

        Raises
        ------
        ModelMismatchError
            If a label is unknown or missing, or differs from what follows from the others.
        DataError
            If values are not finite, or their numbers differ.
        """
        known = (*self.names, *(follower.name for follower in self.followers))
        if unknown := [name for name in given if name not in known]:
            msg = f"The grid has no label {unknown[0]!r}. It has: {', '.join(known)}."
            raise ModelMismatchError(msg)
        if missing := [name for name in self.names if name not in given]:
            msg = f"{missing[0]} is missing: the grid varies {', '.join(self.names)}."
            raise ModelMismatchError(msg)
        columns = _columns(given)
        parameters = np.stack([columns[name] for name in self.names], axis=1)
        for follower in self.followers:
            if follower.name in columns:
                self._check_follower(follower, parameters, columns[follower.name])
        return parameters

    def all_labels(self, parameters: FloatArray) -> dict[str, npt.NDArray[np.float64]]:
        """Return every label, followers included, at parameters, shape (n, n_labels)."""
        labels = {n: np.asarray(c) for n, c in zip(self.names, parameters.T, strict=True)}
        for follower in self.followers:
            labels[follower.name] = np.asarray(self._values_of(follower, parameters))
        return labels

    def contains(self, parameters: FloatArray) -> npt.NDArray[np.bool_]:
        """Return whether parameters, shape (n, n_labels), are inside, shape (n,)."""
        there = self.filled()
        low, far, inside = self._cells(parameters)
        for side in product((0, 1), repeat=len(self.names)):
            at = low + np.array(side) * far
            inside &= there[tuple(at.T)]
        return inside

    def filled(self) -> npt.NDArray[np.bool_]:
        """Return where the lattice has a node, or a single gap between two, along the axes."""
        there = np.zeros([len(axis) for axis in self.axes], dtype=bool)
        there[tuple(self.places(self.nodes).T)] = True
        return there | _bracketed(there)

    def inner(self) -> npt.NDArray[np.bool_]:
        """Return which nodes would still be inside if they were missing, shape (n_nodes,)."""
        there = np.zeros([len(axis) for axis in self.axes], dtype=bool)
        places = tuple(self.places(self.nodes).T)
        there[places] = True
        return np.asarray(_bracketed(there)[places])

    def covered(self) -> float:
        """Return the share of the combinations of its labels' values that are filled."""
        return float(self.filled().mean())

    def places(self, parameters: FloatArray) -> npt.NDArray[np.int64]:
        """Return the numbers of nodes' values along each axis, shape (n, n_labels)."""
        columns = [np.searchsorted(a, v) for a, v in zip(self.axes, parameters.T, strict=True)]
        return np.stack(columns, axis=1).astype(np.int64)

    def why_outside(self, parameters: FloatArray) -> str:
        """Say why one point, shape (n_labels,), is not inside."""
        for name, axis, value in zip(self.names, self.axes, parameters, strict=True):
            if not axis[0] <= value <= axis[-1]:
                return (
                    f"{name} = {value:g} is outside of the grid, "
                    f"which goes from {axis[0]:g} to {axis[-1]:g}"
                )
        point = ", ".join(f"{n} = {v:g}" for n, v in zip(self.names, parameters, strict=True))
        return f"{point} is in a hole of the grid: not all nodes around it were computed"

    def _cells(
        self, parameters: FloatArray
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return lower corners, steps to the upper (0 on a node), and what is in range at all."""
        lows, fars = [], []
        inside = np.ones(len(parameters), dtype=bool)
        for axis, values in zip(self.axes, parameters.T, strict=True):
            steps = np.interp(values, axis, np.arange(len(axis)))
            margin = ON_NODE * np.min(np.diff(axis))
            inside &= (values >= axis[0] - margin) & (values <= axis[-1] + margin)
            on_node = np.abs(steps - np.rint(steps)) < ON_NODE
            low = np.where(on_node, np.rint(steps), np.floor(steps)).astype(np.int64)
            lows.append(low)
            fars.append(np.where(on_node, 0, 1))
        return np.stack(lows, axis=1), np.stack(fars, axis=1), inside

    def _values_of(self, follower: Follower, parameters: FloatArray) -> FloatArray:
        if not follower.to:
            return np.full(len(parameters), follower.values[0])
        return follower.value_at(parameters[:, self.names.index(follower.to)])

    def _check_follower(
        self, follower: Follower, parameters: FloatArray, values: FloatArray
    ) -> None:
        due = self._values_of(follower, parameters)
        wrong = np.abs(values - due) > 1e-4 * np.maximum(1.0, np.abs(due))
        if not np.any(wrong):
            return
        where = "has that value only"
        if follower.to:
            other = parameters[wrong, self.names.index(follower.to)][0]
            where = f"follows {follower.to}, here {other:g}"
        msg = (
            f"In this grid {follower.name} is {due[wrong][0]:g}, got {values[wrong][0]:g}: "
            f"it {where}. Leave it out, or take another grid."
        )
        raise ModelMismatchError(msg)


def _in_order(labels: Mapping[str, FloatArray]) -> list[str]:
    """Return names as the vocabulary orders them: of two that go together the first is free."""
    known = [name for name in LABELS if name in labels]
    return known + sorted(name for name in labels if name not in LABELS)


def _find_follower(
    name: str, column: FloatArray, free: Mapping[str, FloatArray]
) -> Follower | None:
    """Return how a label follows an earlier one, if each value of that has one value of it."""
    own = np.unique(column)
    if len(own) == 1:
        return Follower(name, "", np.zeros(1), own)
    for to, other in free.items():
        at, first, rows = np.unique(other, return_index=True, return_inverse=True)
        if len(at) < len(column) and np.array_equal(column[first][rows], column):
            return Follower(name, to, at, column[first])
    return None


def _bracketed(there: BoolArray) -> BoolArray:
    """Return where a place lies right between two that are there, along any one axis."""
    found = np.zeros_like(there)
    for axis in range(there.ndim):
        middle = np.moveaxis(found, axis, 0)
        ends = np.moveaxis(there, axis, 0)
        middle[1:-1] |= ends[:-2] & ends[2:]
    return found


def _columns(given: Mapping[str, float | npt.ArrayLike]) -> dict[str, npt.NDArray[np.float64]]:
    columns = {name: np.atleast_1d(np.asarray(v, dtype=np.float64)) for name, v in given.items()}
    for name, column in columns.items():
        if column.ndim != 1 or not np.all(np.isfinite(column)):
            msg = f"{name} must be a finite number, or one for each spectrum."
            raise DataError(msg)
    numbers = {len(column) for column in columns.values()} - {1}
    if len(numbers) > 1:
        sizes = ", ".join(f"{name} {len(column)}" for name, column in columns.items())
        msg = f"Labels need one value, or as many as each other; got {sizes}."
        raise DataError(msg)
    n = max(numbers, default=1)
    return {name: np.broadcast_to(column, n).copy() for name, column in columns.items()}


@lru_cache(maxsize=32)
def _steps_of(space: Space) -> tuple[Steps, ...]:
    return tuple(Steps.of(name, axis) for name, axis in zip(space.names, space.axes, strict=True))
