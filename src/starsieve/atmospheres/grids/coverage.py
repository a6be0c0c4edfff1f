"""Which nodes of a grid hold a spectrum, and which are holes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from starsieve.atmospheres.grids.axes import Axis, IntArray, plain
from starsieve.data.spectrum import FloatArray

MOST_NODES = 5_000_000
"""Of more nodes than that the holes are counted, but not named: the labels are no grid."""

MOST_LISTED = 10_000
"""Holes that go into JSON."""


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """How far the spectra fill the hypercube of their labels' values.

    Parameters
    ----------
    axes : tuple of Axis
    filled : array of int, shape (n_filled, n_labels)
        Codes of the nodes that hold a spectrum.
    counts : array of int, shape (n_filled,)
        Spectra in each of them.
    """

    axes: tuple[Axis, ...]
    filled: IntArray
    counts: IntArray

    @property
    def shape(self) -> tuple[int, ...]:
        """Values of each label."""
        return tuple(len(axis) for axis in self.axes)

    @property
    def n_nodes(self) -> int:
        """Nodes of the hypercube."""
        return int(np.prod([float(n) for n in self.shape]))

    @property
    def share(self) -> float:
        """Share of the nodes that hold a spectrum."""
        return len(self.filled) / self.n_nodes

    @property
    def n_repeated(self) -> int:
        """Nodes that hold several spectra: the labels do not tell them apart."""
        return int(np.sum(self.counts > 1))

    def missing(self) -> IntArray:
        """Return the codes of the holes, shape (n_missing, n_labels); none if there is no grid."""
        if self.n_nodes > MOST_NODES:
            return np.empty((0, len(self.axes)), dtype=np.int64)
        empty = np.ones(self.shape, dtype=bool)
        empty[tuple(self.filled.T)] = False
        return np.argwhere(empty).astype(np.int64)

    def by_value(self, name: str) -> FloatArray:
        """Return for each value of a label the share of its nodes that are filled."""
        number = [axis.name for axis in self.axes].index(name)
        counts = np.bincount(self.filled[:, number], minlength=self.shape[number])
        return np.asarray(counts * self.shape[number] / self.n_nodes)

    def by_pair(self, one: str, other: str) -> FloatArray:
        """Return the filled share for each pair of two labels' values, shape (n_one, n_other)."""
        names = [axis.name for axis in self.axes]
        i, j = names.index(one), names.index(other)
        counts = np.zeros((self.shape[i], self.shape[j]))
        np.add.at(counts, (self.filled[:, i], self.filled[:, j]), 1)
        return np.asarray(counts * self.shape[i] * self.shape[j] / self.n_nodes)

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        missing = self.missing()
        return {
            "n_nodes": self.n_nodes,
            "n_filled": len(self.filled),
            "share": self.share,
            "n_repeated": self.n_repeated,
            "labels": {axis.name: self._label(axis) for axis in self.axes},
            "missing": [
                [plain(axis.values[code]) for axis, code in zip(self.axes, node, strict=True)]
                for node in missing[:MOST_LISTED]
            ],
        }

    def _label(self, axis: Axis) -> dict[str, Any]:
        return {
            "values": [plain(value) for value in axis.values],
            "filled": self.by_value(axis.name).tolist(),
            "gaps": [[plain(low), plain(high)] for low, high in axis.gaps()],
            "doubles": [[plain(low), plain(high)] for low, high in axis.doubles()],
        }


def cover(axes: tuple[Axis, ...]) -> Coverage:
    """Return which nodes of the labels' hypercube hold a spectrum."""
    nodes = np.stack([axis.codes for axis in axes], axis=1)
    filled, counts = np.unique(nodes, axis=0, return_counts=True)
    return Coverage(axes, filled, counts.astype(np.int64))
