"""Spectra that are the same under different labels, as groups with names."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.grids.axes import Axis, IntArray, plain, show

MOST_MEMBERS = 20
"""Spectra of a group that JSON lists."""

MOST_GROUPS = 2_000

Codes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tie:
    """Values of one label under which groups of spectra are the same.

    Parameters
    ----------
    label : str
    symbol : str
        The label for people.
    values : tuple of float or str
    n_groups : int
        Groups in which the label takes just these values.
    n_spectra : int
        Spectra in them.
    share : float
        Of all spectra under these values; 1 if they are tied wherever they occur.
    """

    label: str
    symbol: str
    values: tuple[float | str, ...]
    n_groups: int
    n_spectra: int
    share: float

    def describe(self, what: str = "share one spectrum") -> str:
        """Return the tie as a sentence."""
        share = "less than 1%" if self.share < 0.01 else f"{self.share:.0%}"
        where = "" if self.share > 0.9995 else f" at {share} of their nodes"
        return f"{self.symbol} {', '.join(show(v) for v in self.values)} {what}{where}"

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "label": self.label,
            "values": [plain(value) for value in self.values],
            "n_groups": self.n_groups,
            "n_spectra": self.n_spectra,
            "share": self.share,
        }


@dataclass(frozen=True, slots=True)
class Pattern:
    """Groups in which the same labels differ in the same way.

    Parameters
    ----------
    labels : tuple of str
        Those that differ within a group.
    text : str
        Which values are tied, such as ``[M/H] 0.3, 0.5 × C/O 0.25, 0.5``; labels that change
        together are joined by ``with``.
    n_groups, n_spectra : int
    """

    labels: tuple[str, ...]
    text: str
    n_groups: int
    n_spectra: int

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "labels": list(self.labels),
            "tied": self.text,
            "n_groups": self.n_groups,
            "n_spectra": self.n_spectra,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Collisions:
    """Groups of spectra that are the same under different labels.

    Parameters
    ----------
    axes : tuple of Axis
    groups : array of int, shape (n_spectra,)
        A number for each spectrum; -1 for those that were not compared.
    members : tuple of arrays of int
        Rows of each group that holds several spectra with different labels, the largest first.
    """

    axes: tuple[Axis, ...]
    groups: IntArray
    members: tuple[IntArray, ...]

    @property
    def n_spectra(self) -> int:
        """Spectra in all groups."""
        return sum(len(rows) for rows in self.members)

    @property
    def n_distinct(self) -> int:
        """Spectra that differ, among those that were compared."""
        return len(np.unique(self.groups[self.groups >= 0]))

    def ties(self) -> tuple[Tie, ...]:
        """Return which values of which label are tied, the most frequent first by label."""
        found = []
        for axis in self.axes:
            tied: Counter[Codes] = Counter()
            spectra: Counter[Codes] = Counter()
            for rows in self.members:
                codes = tuple(np.unique(axis.codes[rows]).tolist())
                if len(codes) > 1:
                    tied[codes] += 1
                    spectra[codes] += len(rows)
            for codes, n_spectra in spectra.most_common():
                under = int(np.isin(axis.codes[self.groups >= 0], codes).sum())
                values = tuple(axis.values[code] for code in codes)
                share = n_spectra / under
                found.append(Tie(axis.name, axis.symbol, values, tied[codes], n_spectra, share))
        return tuple(found)

    def where(self) -> str:
        """Return where alone there are such groups, by labels that differ in none; or nothing."""
        rows = np.array([members[0] for members in self.members], dtype=np.int64)
        places = []
        for axis in self.axes:
            here = np.unique(axis.codes[rows])
            alike = all(np.ptp(axis.codes[members]) == 0 for members in self.members)
            if alike and len(here) < len(axis):
                joint = ", " if len(here) < 3 or np.ptp(here) >= len(here) else " to "
                ends = here if joint == ", " else here[[0, -1]]
                places.append(f"{axis.symbol} {joint.join(axis.show([code]) for code in ends)}")
        return "; ".join(places)

    def patterns(self) -> tuple[Pattern, ...]:
        """Return in which ways labels differ within groups, the most frequent first."""
        counts: Counter[tuple[tuple[str, ...], str]] = Counter()
        spectra: Counter[tuple[tuple[str, ...], str]] = Counter()
        for rows in self.members:
            key = _pattern(self.axes, rows)
            counts[key] += 1
            spectra[key] += len(rows)
        return tuple(
            Pattern(*key, counts[key], n_spectra) for key, n_spectra in spectra.most_common()
        )

    def name(self, rows: IntArray) -> str:
        """Return a group's name: what its spectra have in common, and what differs."""
        common = [
            f"{axis.symbol} {show(axis.values[axis.codes[rows[0]]])}"
            for axis in self.axes
            if len(np.unique(axis.codes[rows])) == 1
        ]
        tied = _pattern(self.axes, rows)[1]
        return f"{tied} (at {', '.join(common)})" if common else tied

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "n_groups": len(self.members),
            "n_spectra": self.n_spectra,
            "n_distinct": self.n_distinct,
            "ties": [tie.to_record() for tie in self.ties()],
            "patterns": [pattern.to_record() for pattern in self.patterns()],
            "groups": [
                {"name": self.name(rows), "n": len(rows), "rows": rows[:MOST_MEMBERS].tolist()}
                for rows in self.members[:MOST_GROUPS]
            ],
        }


def collide(axes: tuple[Axis, ...], groups: IntArray) -> Collisions:
    """Return the groups whose spectra have different labels.

    Parameters
    ----------
    axes : tuple of Axis
    groups : array of int, shape (n_spectra,)
        A number for each spectrum; -1 for those that were not compared.
    """
    compared = np.flatnonzero(groups >= 0)
    order = compared[np.argsort(groups[compared], kind="stable")]
    starts = np.flatnonzero(np.diff(groups[order])) + 1
    nodes = np.stack([axis.codes for axis in axes], axis=1)
    several = [rows for rows in np.split(order, starts) if len(rows) > 1]
    members = [rows for rows in several if np.any(nodes[rows] != nodes[rows[0]])]
    return Collisions(axes, groups, tuple(sorted(members, key=lambda rows: (-len(rows), rows[0]))))


def _pattern(axes: Sequence[Axis], rows: IntArray) -> tuple[tuple[str, ...], str]:
    """Return the labels that differ within a group, and in which way."""
    differing = [axis for axis in axes if len(np.unique(axis.codes[rows])) > 1]
    nodes = np.unique(np.stack([axis.codes[rows] for axis in differing], axis=1), axis=0)
    values = [np.unique(column) for column in nodes.T]
    names = tuple(axis.name for axis in differing)
    if len(nodes) == np.prod([len(column) for column in values]):
        parts = [f"{a.symbol} {a.show(v)}" for a, v in zip(differing, values, strict=True)]
        return names, " × ".join(parts)
    return names, " with ".join(f"{a.symbol} {a.show(c)}" for a, c in _columns(differing, nodes))


def _columns(
    axes: Sequence[Axis], nodes: npt.NDArray[np.int64]
) -> list[tuple[Axis, npt.NDArray[np.int64]]]:
    return list(zip(axes, nodes[:MOST_MEMBERS].T, strict=True))
