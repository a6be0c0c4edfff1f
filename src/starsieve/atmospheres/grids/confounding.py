"""Labels that a grid can't tell apart because of its design, whatever its spectra look like."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from scipy.stats import spearmanr

from starsieve.atmospheres.grids.axes import Axis, IntArray

MOST_CAUSES = 2
"""Labels that another one is looked for as a function of."""

FEW = 0.5
"""A label that varies on less than this share of the spectra is hardly varied."""

CORRELATED = 0.3
DEPENDENT = 0.15
"""Rank correlation, and shared information, from which on two labels are named."""

FEWEST = 5
"""Spectra that a value of a label needs, on average, to be counted by itself."""

Kind = Literal["constant", "function", "only at", "dependent"]


@dataclass(frozen=True, slots=True)
class Confounding:
    """A label that the grid's design ties to others.

    Parameters
    ----------
    label : str
    kind : {"constant", "function", "only at", "dependent"}
        It has one value; others determine it; it varies only where others have certain values; or
        it goes with another one.
    others : tuple of str
    strength : float
        Share of the label's information that the others hold: 1 if they determine it. For
        ``"only at"`` the share of spectra among which it does not vary.
    text : str
        One sentence.
    """

    label: str
    kind: Kind
    others: tuple[str, ...]
    strength: float
    text: str

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "label": self.label,
            "kind": self.kind,
            "others": list(self.others),
            "strength": self.strength,
            "text": self.text,
        }


def find_confounded(axes: tuple[Axis, ...]) -> tuple[Confounding, ...]:
    """Return which labels the design of a grid ties to others.

    The values of a complete hypercube are tied to nothing.
    """
    found = [_constant(axis) for axis in axes if len(axis) == 1]
    varied = tuple(axis for axis in axes if len(axis) > 1)
    found += _functions(varied)
    found += [each for axis in varied if (each := _only_at(axis, varied)) is not None]
    said = {frozenset((each.label, other)) for each in found for other in each.others}
    pairs = _dependent(varied)
    return (*found, *(each for each in pairs if frozenset((each.label, *each.others)) not in said))


def _constant(axis: Axis) -> Confounding:
    text = f"{axis.symbol} is {axis.show([0])} everywhere: nothing can be learnt of it."
    return Confounding(axis.name, "constant", (), 1.0, text)


def _functions(axes: tuple[Axis, ...]) -> list[Confounding]:
    """Return the labels that follow from others; of two that follow from each other, one."""
    causes = {axis.name: others for axis in axes if (others := _causes(axis, axes))}
    said: set[frozenset[str]] = set()
    found = []
    for axis in axes:
        names = _names(causes.get(axis.name, ()))
        if not names or frozenset((axis.name, *names)) in said:
            continue
        symbols = " and ".join(cause.symbol for cause in causes[axis.name])
        if len(names) == 1 and _names(causes.get(names[0], ())) == (axis.name,):
            text = f"{axis.symbol} and {symbols} determine each other: the grid has one of both."
        else:
            text = f"{axis.symbol} follows from {symbols}: nothing can be learnt of it alone."
        said.add(frozenset((axis.name, *names)))
        found.append(Confounding(axis.name, "function", names, 1.0, text))
    return found


def _causes(axis: Axis, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """Return the fewest other labels that determine this one; none if none do."""
    others = [other for other in axes if other is not axis]
    for n_causes in range(1, min(MOST_CAUSES, len(others)) + 1):
        for causes in combinations(others, n_causes):
            cells = _joint(causes)
            n_cells = cells.max() + 1
            # Where nearly each spectrum has a cell of its own, everything is a function of it.
            if 2 * n_cells > len(cells):
                continue
            if len(np.unique(cells * len(axis) + axis.codes)) == n_cells:
                return causes
    return ()


def _only_at(axis: Axis, axes: tuple[Axis, ...]) -> Confounding | None:
    """Return where alone a label varies, if that is on a small part of the grid."""
    others = tuple(other for other in axes if other is not axis)
    if not others:
        return None
    cells = _joint(others)
    lowest = np.full(cells.max() + 1, len(axis))
    highest = np.full(cells.max() + 1, -1)
    np.minimum.at(lowest, cells, axis.codes)
    np.maximum.at(highest, cells, axis.codes)
    varies = (highest > lowest)[cells]
    if not varies.any() or varies.mean() >= FEW:
        return None
    places, names = [], []
    for other in others:
        there = np.unique(other.codes[varies])
        if len(there) < len(other):
            ends = there if len(there) <= 3 else there[[0, -1]]
            joint = " to " if len(there) > 3 else ", "
            places.append(f"{other.symbol} {joint.join(other.show([code]) for code in ends)}")
            names.append(other.name)
    where = f" (only at {'; '.join(places)})" if places else ""
    text = (
        f"{axis.symbol} varies, at fixed other labels, among {varies.mean():.0%} of the spectra "
        f"only{where}; elsewhere it follows from them."
    )
    return Confounding(axis.name, "only at", tuple(names), float(1 - varies.mean()), text)


def _dependent(axes: tuple[Axis, ...]) -> Iterator[Confounding]:
    """Yield pairs of labels that go together."""
    for one, other in combinations(axes, 2):
        shared = shared_information(_coarse(one), _coarse(other))
        rank = float(spearmanr(one.codes, other.codes).statistic)
        if abs(rank) >= CORRELATED or shared >= DEPENDENT:
            how = f"rank correlation {rank:+.2f}, " if one.is_number and other.is_number else ""
            text = (
                f"{one.symbol} and {other.symbol} go together ({how}{shared:.0%} of the "
                "information of the simpler one shared)."
            )
            yield Confounding(one.name, "dependent", (other.name,), shared, text)


def _coarse(axis: Axis) -> IntArray:
    """Return the codes of a label; in fewer bins where its values hold few spectra each."""
    n = len(axis.codes)
    if len(axis) * FEWEST <= n:
        return axis.codes
    n_bins = max(2, int(np.sqrt(n / FEWEST)))
    order = np.argsort(np.argsort(axis.codes, kind="stable"), kind="stable")
    return np.asarray(order * n_bins // n)


def shared_information(one: IntArray, other: IntArray) -> float:
    """Return mutual information over the smaller entropy: 0 by chance alone, 1 if one determines.

    The bias of the plug-in estimate is subtracted to first order (Miller 1955).

    Parameters
    ----------
    one, other : arrays of int, shape (n,)
        Codes from 0.

    Examples
    --------
    >>> codes = np.array([0, 0, 1, 1] * 50)
    >>> shared_information(codes, codes), shared_information(codes, np.array([0, 1] * 100))
    (1.0, 0.0)
    """
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    n = len(one)
    bias = (table.shape[0] - 1) * (table.shape[1] - 1) / (2 * n)
    entropies = [_entropy(table.sum(axis=1)), _entropy(table.sum(axis=0))]
    information = sum(entropies) - _entropy(table.ravel())
    least = min(entropies)
    if information >= least * (1 - 1e-9):
        return 1.0
    return max(0.0, information - bias) / least if least > 0 else 0.0


def _entropy(counts: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-np.sum(shares * np.log(shares)))


def _joint(axes: tuple[Axis, ...]) -> IntArray:
    """Return a number from 0 for each combination of values that occurs, shape (n_spectra,)."""
    nodes = np.stack([axis.codes for axis in axes], axis=1)
    _, cells = np.unique(nodes, axis=0, return_inverse=True)
    return np.asarray(cells).ravel()


def _names(axes: tuple[Axis, ...]) -> tuple[str, ...]:
    return tuple(axis.name for axis in axes)
