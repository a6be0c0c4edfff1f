"""Many points in the cells of a plane: how many there are, and what a value of theirs is there.

Written for a million points in the time of two frames: a page asks again whenever it is moved.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError

Floats = npt.NDArray[np.floating[Any]]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]

MOST_CELLS = 2**16 - 1
"""So many can be told apart by 16 bits, by which sorting is quick."""


TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True)
class Cells:
    """A window of the plane, divided into equal cells.

    Parameters
    ----------
    x_range, y_range : (float, float)
        Low and high; what lies on the high edge is outside.
    n_x, n_y : int
    """

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    n_x: int
    n_y: int

    def __post_init__(self) -> None:
        edges = np.array([self.x_range, self.y_range])
        if not (np.isfinite(edges).all() and (edges[:, 1] > edges[:, 0]).all()):
            msg = f"A window goes from a low to a high number, got {self.x_range}, {self.y_range}."
            raise DataError(msg)
        if self.n_x < 1 or self.n_y < 1 or len(self) > MOST_CELLS:
            msg = f"A window has 1 to {MOST_CELLS} cells, got {self.n_x} x {self.n_y}."
            raise DataError(msg)

    def __len__(self) -> int:
        return self.n_x * self.n_y


def place_in_cells(x: Floats, y: Floats, cells: Cells) -> Places:
    """Return the number of the cell of each point, shape (n,): ``row * n_x + column``.

    Parameters
    ----------
    x, y : arrays, shape (n,)
        In single precision it takes a quarter of the time.
    cells : Cells

    Returns
    -------
    array of int
        ``len(cells)`` where a point is outside, or is not known.

    Examples
    --------
    >>> place_in_cells(np.array([0.1, 1.5, 9.0]), np.array([0.1, 0.6, 0.0]),
    ...                Cells((0.0, 2.0), (0.0, 1.0), 2, 2)).tolist()
    [0, 3, 4]
    """
    column = _along(x, cells.x_range, cells.n_x)
    row = _along(y, cells.y_range, cells.n_y)
    inside = (column >= 0) & (column < cells.n_x) & (row >= 0) & (row < cells.n_y)
    with np.errstate(invalid="ignore"):  # what is not known is outside
        places = row.astype(np.int32) * np.int32(cells.n_x) + column.astype(np.int32)
    places[~inside] = len(cells)
    return places


def count_in_cells(places: Places, cells: Cells) -> IntArray:
    """Return how many points each cell has, shape (n_y, n_x)."""
    counts = np.bincount(places, minlength=len(cells) + 1)
    return counts[:-1].reshape(cells.n_y, cells.n_x)


def mean_in_cells(values: FloatArray, places: Places, cells: Cells) -> FloatArray:
    """Return the mean of the known values of each cell, NaN where there are none; (n_y, n_x)."""
    known = np.isfinite(values)
    places = np.where(known, places, np.int32(len(cells)))
    counts = np.bincount(places, minlength=len(cells) + 1)[:-1]
    sums = np.bincount(places, np.where(known, values, 0.0), minlength=len(cells) + 1)[:-1]
    means = np.divide(sums, counts, out=np.full(len(cells), np.nan), where=counts > 0)
    return np.asarray(means.reshape(cells.n_y, cells.n_x))


def median_in_cells(
    values: FloatArray, places: Places, cells: Cells, order: npt.NDArray[Any] | None = None
) -> FloatArray:
    """Return the median of the known values of each cell, NaN where there are none; (n_y, n_x).

    Parameters
    ----------
    values : array, shape (n,)
    places : array of int, shape (n,)
    cells : Cells
    order : array of int, optional
        `order_of` the values: who asks again for the same ones saves the time to sort them.

    Examples
    --------
    >>> cells = Cells((0.0, 1.0), (0.0, 1.0), 1, 1)
    >>> median_in_cells(np.array([1.0, 9.0, 2.0]), np.zeros(3, np.int32), cells).tolist()
    [[2.0]]
    """
    order = order_of(values) if order is None else order
    # Values go up along `order`; sorted by cell, and stably, they go up within each cell.
    here = places[order].astype(np.uint16)
    by_cell = np.argsort(here, kind="stable")
    counts = np.bincount(here, minlength=len(cells) + 1)[:-1]
    first, last = np.cumsum(counts) - counts, len(order) - 1
    medians = np.full(len(cells), np.nan)
    if last >= 0:
        low = values[order[by_cell[(first + (counts - 1) // 2).clip(0, last)]]]
        high = values[order[by_cell[(first + counts // 2).clip(0, last)]]]
        medians = np.where(counts > 0, (low + high) / 2, np.nan)
    return np.asarray(medians.reshape(cells.n_y, cells.n_x))


def order_of(values: FloatArray) -> npt.NDArray[np.int32]:
    """Return the rows of the known values, the lowest first."""
    order = np.argsort(values, kind="stable")  # what is not known comes last
    order = order[np.isfinite(values[order])]
    return order.astype(np.int32)


def _along(values: Floats, bounds: tuple[float, float], n_cells: int) -> Floats:
    """Return positions in cells, in the precision of the values."""
    with np.errstate(all="ignore"):  # what is too far away to be a number is outside
        low = values.dtype.type(bounds[0])
        scale = values.dtype.type(n_cells / max(bounds[1] - bounds[0], TINY))
        return np.asarray((values - low) * scale)
