"""The spectra of a model grid along one label, all others fixed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from starsieve.atmospheres.grids.axes import Axis, IntArray, axes_of, show
from starsieve.data import SpectrumSet
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

SAME = 1e-6
"""Relative difference below which two values are the same: files hold single precision."""


@dataclass(frozen=True, slots=True, eq=False)
class GridSlice:
    """Spectra that differ in one label only.

    Parameters
    ----------
    by : str
        The label.
    values : tuple of float or str
        Of each spectrum, increasing.
    fixed : mapping of str to float or str
        What the other labels are.
    wave : array, shape (n_pixels,)
        Vacuum micron.
    flux : array, shape (n_values, n_pixels)
    flux_unit : str
    follows : tuple of str
        Labels that the grid ties to `by`: they vary with it.
    """

    by: str
    values: tuple[float, ...] | tuple[str, ...]
    fixed: Mapping[str, float | str]
    wave: FloatArray
    flux: FloatArray
    flux_unit: str
    follows: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)


def slice_grid(
    spectra: SpectrumSet, by: str, at: Mapping[str, float | str] | None = None
) -> GridSlice:
    """Return the spectra of a grid along one label.

    Parameters
    ----------
    spectra : SpectrumSet
        Models with labels.
    by : str
        The label that varies.
    at : mapping of str to float or str, optional
        Values of others. Those that are not given are chosen: where most values of `by` have a
        spectrum, and of several such places the one nearest to the middle of the grid. Labels
        that have one value for each of `by` can't be fixed, and follow it.

    Raises
    ------
    DataError
        If the grid has no such label or value, or no spectrum there.
    """
    axes = axes_of(spectra)
    along = _find(axes, by)
    follows = tuple(axis for axis in axes if axis is not along and _follows(axis, along))
    others = tuple(axis for axis in axes if axis is not along and axis not in follows)
    rows = np.arange(len(spectra))
    for name, value in (at or {}).items():
        axis = _find(axes, name)
        if axis is along:
            msg = f"{by} is what varies; it can't be fixed at {value}, too."
            raise DataError(msg)
        rows = rows[axis.codes[rows] == _code(axis, value)]
    if not len(rows):
        fixed = ", ".join(f"{name} {value}" for name, value in (at or {}).items())
        msg = f"The grid has no spectrum at {fixed}; starsieve evaluate --grid says what it holds."
        raise DataError(msg)
    rows = _best(others, along, rows)
    codes, first = np.unique(along.codes[rows], return_index=True)
    rows = rows[first]
    chosen = [along.values[code] for code in codes]
    return GridSlice(
        by=by,
        values=tuple(chosen),
        fixed={axis.name: axis.values[axis.codes[rows[0]]] for axis in others},
        wave=spectra.wave,
        flux=spectra.flux[rows],
        flux_unit=spectra.flux_unit,
        follows=tuple(axis.name for axis in follows),
    )


def _find(axes: Sequence[Axis], name: str) -> Axis:
    for axis in axes:
        if axis.name == name:
            return axis
    msg = f"The grid has no label {name!r}. It has: {', '.join(axis.name for axis in axes)}."
    raise DataError(msg)


def _follows(axis: Axis, along: Axis) -> bool:
    """Return whether a label that varies has one value for each of another's."""
    pairs = np.unique(np.stack([along.codes, axis.codes]), axis=1)
    return len(axis) > 1 and pairs.shape[1] == len(along)


def _code(axis: Axis, value: float | str) -> int:
    """Return which of a label's values is meant."""
    if axis.is_number:
        try:
            number = float(value)
        except ValueError:
            number = np.nan
        close = np.isclose(axis.numbers, number, rtol=SAME, atol=SAME)
    else:
        close = np.array([str(value) == word for word in axis.values])
    if not close.any():
        known = ", ".join(show(each) for each in axis.values)
        msg = f"The grid has no {axis.name} {value}. It has: {known}."
        raise DataError(msg)
    return int(np.argmax(close))


def _best(others: Sequence[Axis], along: Axis, rows: IntArray) -> IntArray:
    """Return the rows of one place in the other labels: the fullest, then the most central."""
    if not others:
        return rows
    places = np.stack([axis.codes[rows] for axis in others], axis=1)
    distinct, which = np.unique(places, axis=0, return_inverse=True)
    which = which.ravel()
    n_values = np.array([len(set(along.codes[rows[which == n]])) for n in range(len(distinct))])
    middle = np.array([(len(axis) - 1) / 2 for axis in others])
    away = np.abs((distinct - middle) / np.maximum(middle, 1)).sum(axis=1)
    return np.asarray(rows[which == np.lexsort((away, -n_values))[0]])
