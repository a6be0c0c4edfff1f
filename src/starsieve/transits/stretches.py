"""A light curve in even bins, cut where data are missing for long.

What is slow in a star is estimated on bins of ten minutes and not on every cadence: a transit lasts
for hours, and a two-minute sector has five times fewer bins than cadences. The stretches between
gaps lie one after another with empty bins between them, so that one vectorised pass serves all of
them and no window ever reaches over a gap.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import BoolArray, FloatArray

IntArray = npt.NDArray[np.int64]

GAP_DAYS = 0.5
"""What is missing for longer cuts a light curve: nobody knows what the star did meanwhile."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Mean fluxes in even bins, stretch after stretch.

    Parameters
    ----------
    flux : array, shape (n_bins,)
        NaN where a bin has no cadence, and in the margins between stretches.
    count : array, shape (n_bins,)
        Cadences in each bin.
    first, last : arrays of int, shape (n_stretches,)
        First and last bin of each stretch.
    place : array, shape (n_cadences,)
        Where each cadence lies, in bins; bin number i is from i to i + 1. A cadence in a gap is
        put at the nearer end.
    days : FloatArray, shape (n_bins,)
        Middle of each bin, on the time axis of the light curve; without meaning in the margins.
    bin_days : float
    """

    flux: FloatArray
    count: FloatArray
    first: IntArray
    last: IntArray
    place: FloatArray
    days: FloatArray
    bin_days: float

    def at_cadences(self, places: FloatArray, values: FloatArray) -> FloatArray:
        """Return values given at some places (in bins, increasing) interpolated at cadences.

        NaN in a stretch without any value: no value is carried over a gap.
        """
        known = np.isfinite(values)
        if not known.any():
            return np.full(len(self.place), np.nan)
        served = np.zeros(len(self.first), dtype=bool)
        served[self._numbers(places[known])] = True
        interpolated = np.interp(self.place, places[known], values[known])
        return np.where(served[self._numbers(self.place)], interpolated, np.nan)

    def _numbers(self, places: FloatArray) -> IntArray:
        """Return the stretch that each place lies in."""
        return np.searchsorted(self.first, places, side="right") - 1


def cadence_days(time: FloatArray) -> float:
    """Return the usual time between cadences, in days; 0 for fewer than two."""
    return float(np.median(np.diff(time))) if len(time) > 1 else 0.0


def cut(time: FloatArray, used: BoolArray, gap_days: float = GAP_DAYS) -> IntArray:
    """Return the number of the stretch that each cadence belongs to, shape of `time`.

    A cadence that is not used counts with the stretch whose used cadence is nearest.
    """
    own = time[used]
    if len(own) == 0:
        return np.zeros(len(time), dtype=np.int64)
    breaks = np.flatnonzero(np.diff(own) > gap_days)
    middles = (own[breaks] + own[breaks + 1]) / 2
    return np.searchsorted(middles, time).astype(np.int64)


def make_stretches(
    time: FloatArray,
    flux: FloatArray,
    used: BoolArray,
    *,
    masked: BoolArray,
    bin_days: float,
    margin: int,
) -> Stretches:
    """Return a light curve in even bins.

    Parameters
    ----------
    time, flux : arrays, shape (n_cadences,)
    used : array of bool, shape (n_cadences,)
        Where there are data; what is not used for longer than `GAP_DAYS` is a gap.
    masked : array of bool, shape (n_cadences,)
        Of the used ones, those which no bin may contain.
    bin_days : float
        Width of a bin.
    margin : int
        Empty bins before, between and behind stretches.
    """
    numbers = cut(time, used)
    starts, ends = _ends(time[used], numbers[used])
    lengths = np.floor((ends - starts) / bin_days).astype(np.int64) + 1
    first = margin + np.concatenate([[0], np.cumsum(lengths + margin)[:-1]])
    last = first + lengths - 1
    inside = np.clip(time, starts[numbers], ends[numbers]) - starts[numbers]
    place = first[numbers] + inside / bin_days
    total = int(last[-1]) + 1 + margin
    taken = used & ~masked
    bins = np.floor(place[taken]).astype(np.int64)
    count = np.bincount(bins, minlength=total).astype(np.float64)
    summed = np.bincount(bins, weights=flux[taken], minlength=total)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = summed / count
    of_bin = np.clip(np.searchsorted(first, np.arange(total), side="right") - 1, 0, None)
    days = starts[of_bin] + (np.arange(total) - first[of_bin] + 0.5) * bin_days
    return Stretches(means, count, first, last, place, days, bin_days)


def _ends(time: FloatArray, numbers: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return first and last time of each stretch."""
    breaks = np.flatnonzero(np.diff(numbers)) + 1
    firsts = np.concatenate([[0], breaks])
    lasts = np.concatenate([breaks, [len(time)]]) - 1
    return time[firsts], time[lasts]
