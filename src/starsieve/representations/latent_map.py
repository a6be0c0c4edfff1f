"""A map of a latent space: any two of its axes, windows of it, and what labels are there."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError
from starsieve.representations.map_axes import (
    OUTERMOST,
    Axis,
    Components,
    find_components,
    make_axis,
)
from starsieve.representations.space import LatentSpace
from starsieve.stats.cells import (
    Cells,
    Places,
    count_in_cells,
    mean_in_cells,
    median_in_cells,
    order_of,
    place_in_cells,
)

FloatArray = npt.NDArray[np.float64]
Single = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
Window = tuple[float, float, float, float]
Statistic = Literal["median", "mean"]

MOST_POINTS = 50_000
"""Of more, a window shows the density."""

BINS = (240, 180)
"""Most cells along x and y; both can be divided by `COARSER`."""

COARSER = ((8.0, 1), (2.0, 2), (0.0, 3))
"""With so many spectra for each of the cells, or more, cells are that many times as wide."""

MARGIN = 0.15
"""Of a first view, beyond what holds nearly all spectra, as a share of that."""

COLOUR_ENDS = 0.02
"""Share of the values at either end that have the colour of the end."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a window of a map shows: points, or the density where there are many.

    Parameters
    ----------
    cells : Cells
        The window.
    n_inside : int
        Spectra in it.
    rows : array of int, optional
        Of these, where they are few enough to show each.
    counts : array, shape (n_y, n_x), optional
        Else how many each cell holds,
    values : array, shape (n_y, n_x), optional
        and the median or mean of what colours them, NaN where it is not known.
    """

    cells: Cells
    n_inside: int
    rows: IntArray | None = None
    counts: IntArray | None = None
    values: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LatentMap:
    """A latent space and its principal axes; made by `make_map`.

    Parameters
    ----------
    space : LatentSpace
    components : Components
    """

    space: LatentSpace
    components: Components
    _axes: dict[str, Axis] = field(default_factory=dict)
    _single: dict[str, Single] = field(default_factory=dict)
    _orders: dict[str, npt.NDArray[np.int32]] = field(default_factory=dict)
    _bounds: dict[tuple[str, float], tuple[float, float]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<LatentMap of {self.space!r}>"

    def axis(self, name: str) -> Axis:
        """Return an axis; it is made once.

        Raises
        ------
        DataError
            If there is none of that name.
        """
        if name not in self._axes:
            self._axes[name] = make_axis(self.space, self.components, name)
        return self._axes[name]

    def window(self, x: str, y: str) -> Window:
        """Return a first view, (x low, x high, y low, y high): nearly all spectra."""
        found: list[float] = []
        for name in (x, y):
            low, high = self._ends(name, OUTERMOST)
            margin = MARGIN * (high - low)
            found += [low - margin, high + margin]
        return (found[0], found[1], found[2], found[3])

    def scale(self, colour: str) -> tuple[float, float]:
        """Return the values that the ends of a colour scale stand for."""
        return self._ends(colour, COLOUR_ENDS)

    def look(
        self,
        x: str,
        y: str,
        window: Window | None = None,
        colour: str | None = None,
        *,
        statistic: Statistic = "median",
        bins: tuple[int, int] | None = None,
        most_points: int = MOST_POINTS,
    ) -> View:
        """Return what a window shows.

        Parameters
        ----------
        x, y : str
            Names of axes.
        window : (x low, x high, y low, y high), optional
            By default nearly all.
        colour : str, optional
            Name of an axis that colours; without, the density does.
        statistic : {"median", "mean"}
            Of the colour in a cell.
        bins : (int, int), optional
            Cells along x and y; by default as many as have some spectra each.
        most_points : int
            Of more, the density is shown.

        Raises
        ------
        DataError
            If there is no such axis, or the window is none.
        """
        if statistic not in get_args(Statistic):
            msg = f"statistic must be one of {', '.join(get_args(Statistic))}, got {statistic!r}."
            raise DataError(msg)
        cells, places, counts = self._count(x, y, window, bins or BINS)
        n_inside = int(counts.sum())
        if n_inside <= most_points:
            return View(cells, n_inside, rows=np.flatnonzero(places < len(cells)))
        if bins is None and (wider := coarser(n_inside / len(cells))) > 1:
            fewer = (BINS[0] // wider, BINS[1] // wider)
            cells, places, counts = self._count(x, y, window, fewer)
        values = None
        if colour is not None:
            known = self.axis(colour).values
            if statistic == "mean":
                values = mean_in_cells(known, places, cells)
            else:
                values = median_in_cells(known, places, cells, self._order(colour))
        return View(cells, n_inside, counts=counts, values=values)

    def rows_within(self, x: str, y: str, window: Window) -> IntArray:
        """Return the rows of the spectra in a window."""
        cells = self._cells(x, y, window, (1, 1))
        return np.flatnonzero(place_in_cells(self._in_single(x), self._in_single(y), cells) == 0)

    def nearest_row(self, x: str, y: str, at: tuple[float, float], window: Window) -> int:
        """Return the row of the spectrum that a map shows nearest to a point.

        Raises
        ------
        DataError
            If the window is none, or no spectrum has both axes.
        """
        cells = self._cells(x, y, window, (1, 1))
        across = (self._in_single(x) - np.float32(at[0])) / np.float32(np.diff(cells.x_range)[0])
        along = (self._in_single(y) - np.float32(at[1])) / np.float32(np.diff(cells.y_range)[0])
        apart = across**2 + along**2
        if not np.isfinite(apart).any():
            msg = f"No spectrum has both {x} and {y}."
            raise DataError(msg)
        return int(np.nanargmin(apart))

    def _cells(self, x: str, y: str, window: Window | None, bins: tuple[int, int]) -> Cells:
        x_low, x_high, y_low, y_high = window or self.window(x, y)
        return Cells((x_low, x_high), (y_low, y_high), *bins)

    def _count(
        self, x: str, y: str, window: Window | None, bins: tuple[int, int]
    ) -> tuple[Cells, Places, IntArray]:
        cells = self._cells(x, y, window, bins)
        places = place_in_cells(self._in_single(x), self._in_single(y), cells)
        return cells, places, count_in_cells(places, cells)

    def _ends(self, name: str, share: float) -> tuple[float, float]:
        if (name, share) not in self._bounds:
            self._bounds[name, share] = self.axis(name).bounds(share)
        return self._bounds[name, share]

    def _in_single(self, name: str) -> Single:
        if name not in self._single:
            self._single[name] = self.axis(name).values.astype(np.float32)
        return self._single[name]

    def _order(self, name: str) -> npt.NDArray[np.int32]:
        if name not in self._orders:
            self._orders[name] = order_of(self.axis(name).values)
        return self._orders[name]


def coarser(per_cell: float) -> int:
    """Return how many times as wide as the finest cells are, with so many spectra for each.

    Examples
    --------
    >>> coarser(20.0), coarser(3.0), coarser(1.2)
    (1, 2, 3)
    """
    return next(times for least, times in COARSER if per_cell >= least)


def make_map(space: LatentSpace) -> LatentMap:
    """Return a map of a space, with the principal axes of its latents."""
    return LatentMap(space, find_components(space))
