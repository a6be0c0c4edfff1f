"""The fast folding algorithm: a regular series folded on very many periods at once.

Folding n bins on each of the periods between p and p + 1 bins takes n log2(n / p) additions
instead of n * n / p, because the sums of two neighbouring rows serve all periods that shift them
alike (Staelin 1969). Rows are read where they lie in the series, not turned within a period: then
one addition serves many neighbouring p, and NumPy does nearly all of its work in long loops.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.transits.dips import Dips

Floats32 = npt.NDArray[np.float32]

CHUNK = 90_000
"""Phase bins folded at a time: they have to stay in the processor's second-level cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Dips summed in regular bins.

    Parameters
    ----------
    start, step : float
        Edge of the first bin, and width of all, in days.
    sums : array, shape (2, n_bins)
        Sum of weighted depths, and sum of weights: 0 where there are no data.
    """

    start: float
    step: float
    sums: Floats32


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Profiles of neighbouring trial periods.

    Parameters
    ----------
    periods : array, shape (n_shifts, n_bases)
        In bins.
    profiles : array, shape (2, n_shifts, n_bases, n_phases)
        Sum of weighted depths and of weights by phase. It goes on beyond one period, so that
        boxes may start at every phase; a longer period's phases are all there.
    n_phases : int
        Phases at which a box may start.
    """

    periods: npt.NDArray[np.float64]
    profiles: Floats32
    n_phases: int


def bin_dips(dips: Dips, step: float) -> Grid:
    """Return dips summed in bins of `step` days."""
    start = float(dips.time[0]) - 0.5 * dips.cadence_days
    number = np.floor((dips.time - start) / step).astype(np.int64)
    n_bins = int(number[-1]) + 1
    sums = np.empty((2, n_bins), dtype=np.float32)
    sums[0] = np.bincount(number, dips.weight * dips.depth, n_bins)
    sums[1] = np.bincount(number, dips.weight, n_bins)
    return Grid(start, step, sums)


def fold(
    grid: Grid, low: int, high: int, margin: int, stride: int = 1, align: int = 1
) -> Iterator[Folded]:
    """Yield the profiles of all periods from `low` to `high` bins.

    Parameters
    ----------
    grid : Grid
    low, high : int
        Shortest and longest period in bins, at least 1.
    margin : int
        How many bins beyond one period are wanted: the longest box.
    stride : int
        Bins that make one phase. Profiles have this many times fewer phases than a period has
        bins, while the periods are as close as the bins allow.
    align : int
        The number of bins in a profile is a multiple of this; so is this of `stride`.
    """
    n_bins = grid.sums.shape[1]
    length = 2 * n_bins + 10 * high + 4 * (margin + align)
    series = np.zeros((2, length), dtype=np.float32)
    for shift in range(stride):
        series[:, : n_bins - shift] += grid.sums[:, shift:]
    base = low
    while base <= high:
        n_rows = max(-(-n_bins // base), 2)
        room = CHUNK // (n_rows * (base + n_rows // 2 + margin))
        n_bases = max(1, min(room, base // 8, high - base + 1))
        n_phases = -(-(base + n_bases + margin) // align) * align
        profiles = _fold_rows(series, (0, n_rows), base, (n_bases, n_phases), n_rows - 1, stride)
        shifts = np.arange(n_rows - 1)  # the last one is the next base's first
        periods = base + np.arange(n_bases) + (shifts / (n_rows - 1))[:, None]
        yield Folded(periods, profiles, (base + n_bases) // stride + 1)
        base += n_bases


def count_trials(n_bins: int, low: int, high: int) -> int:
    """Return about how many periods `fold` goes through."""
    return int(n_bins * np.log((high + 1) / low)) + 1


def _fold_rows(
    series: Floats32,
    rows: tuple[int, int],
    base: int,
    shape: tuple[int, int],
    n_shifts: int,
    stride: int = 1,
) -> Floats32:
    """Sum rows at every shift of the last against the first.

    Parameters
    ----------
    rows : pair of int
        The first one, and how many.
    shape : pair of int
        Periods that begin with `base` bins, and phases, of which every `stride`-th is returned.
    n_shifts : int
        How many shifts, at most the number of rows.

    Returns
    -------
    array, shape (2, n_shifts, n_bases, n_phases / stride)
        Shift s moves the last row by s bins.
    """
    first, n_rows = rows
    n_bases, n_phases = shape
    if n_rows == 1:
        item = series.itemsize
        strides = (series.strides[0], 0, first * item, item)
        where = first * base * item
        return np.ndarray((2, 1, n_bases, n_phases), np.float32, series, where, strides)
    n_head = n_rows // 2
    n_tail = n_rows - n_head
    head = _fold_rows(series, (first, n_head), base, shape, n_head)[..., ::stride]
    wider = (n_bases, n_phases + n_head)
    tail = _fold_rows(series, (first + n_head, n_tail), base, wider, n_tail)
    sums = np.empty((2, n_shifts, n_bases, head.shape[-1]), dtype=np.float32)
    for shift in range(n_shifts):
        of_head = _share(shift, n_head - 1, n_rows - 1)
        of_tail = _share(shift, n_tail - 1, n_rows - 1)
        start = _share(shift, n_head, n_rows - 1)
        moved = tail[:, of_tail, :, start : start + n_phases : stride]
        np.add(head[:, of_head], moved, out=sums[:, shift])
    return sums


def _share(shift: int, part: int, whole: int) -> int:
    """Return shift * part / whole, rounded to a whole bin."""
    return (2 * shift * part + whole) // (2 * whole)
