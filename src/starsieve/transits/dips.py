"""A flat light curve as the search sees it: how far below 1 each usable cadence lies."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError

MAD_TO_SIGMA = 1.4826
MIN_CADENCES = 20
BLOCK_DAYS = 0.5
LONG_GAP_DAYS = 5.0
"""As between sectors."""

CLIP = 5.0
"""In standard deviations: what lies further above 1, or below it all alone, is not used."""


@dataclass(frozen=True, slots=True, eq=False)
class Dips:
    """Usable cadences, in order of time.

    Parameters
    ----------
    time : array, shape (n,)
        BJD_TDB - 2457000.
    depth : array, shape (n,)
        1 - flux, with a median of about 0.
    weight : array, shape (n,)
        One over the variance of `depth`, larger variance where the noise is larger.
    cadence_days : float
        Time from one cadence to the next.
    sigma : float
        Standard deviation of one cadence.
    """

    time: FloatArray
    depth: FloatArray
    weight: FloatArray
    cadence_days: float
    sigma: float

    def without(self, masked: BoolArray) -> Self:
        """Return the dips without some cadences; `masked` has shape (n,)."""
        kept = ~masked
        return replace(self, time=self.time[kept], depth=self.depth[kept], weight=self.weight[kept])

    @property
    def span_days(self) -> float:
        """Days from the first to the last cadence."""
        return float(self.time[-1] - self.time[0])


def find_dips(flat: LightCurve) -> Dips:
    """Return what a search works on.

    Parameters
    ----------
    flat : LightCurve
        Detrended, relative flux around 1.

    Raises
    ------
    DataError
        If there are too few usable cadences, or they do not vary at all.
    """
    good = usable_cadences(flat)
    time, depth = flat.time[good], 1.0 - flat.flux[good]
    depth = depth - np.median(depth)
    sigma = _scatter(depth)
    if not sigma > 0:
        msg = (
            f"More than half of {good.sum()} usable cadences have the same flux: a light curve "
            "without noise can't be searched. Check which column was read."
        )
        raise DataError(msg)
    kept = ~(_above(depth, sigma) | _lone_below(depth, sigma))
    time, depth = time[kept], depth[kept]
    noise = sigma * _relative_noise(time, depth)
    return Dips(time, depth, noise**-2, cadence(time), sigma)


def usable_cadences(curve: LightCurve) -> BoolArray:
    """Return which cadences may be used, shape (n_cadences,).

    Raises
    ------
    DataError
        If they are too few.
    """
    good = curve.usable
    if (n_good := int(good.sum())) < MIN_CADENCES:
        msg = (
            f"A light curve with {n_good} usable of {len(curve)} cadences can't be searched: "
            f"at least {MIN_CADENCES} are needed. Check its quality flags."
        )
        raise DataError(msg)
    return good


def time_with_data(curve: LightCurve) -> tuple[float, float]:
    """Return days from the first usable cadence to the last, and the same without long gaps."""
    time = curve.time[usable_cadences(curve)]
    steps = np.diff(time)
    return float(steps.sum()), float(steps[steps <= LONG_GAP_DAYS].sum())


def cadence(time: FloatArray) -> float:
    """Return the usual time from one cadence to the next, in the unit of `time`."""
    return float(np.median(np.diff(time)))


def _scatter(values: FloatArray) -> float:
    return float(MAD_TO_SIGMA * np.median(np.abs(values - np.median(values))))


def _above(depth: FloatArray, sigma: float) -> BoolArray:
    return np.asarray(depth < -CLIP * sigma)


def _lone_below(depth: FloatArray, sigma: float) -> BoolArray:
    """Return where one cadence is low and both of its neighbours are not: no transit does that."""
    low = depth > CLIP * sigma
    calm = depth < 2 * sigma
    lone = np.zeros(len(depth), dtype=bool)
    lone[1:-1] = low[1:-1] & calm[:-2] & calm[2:]
    return lone


def _relative_noise(time: FloatArray, depth: FloatArray) -> FloatArray:
    """Return the noise of each cadence over the usual one, from blocks of half a day, 1 to 10."""
    block = np.floor((time - time[0]) / BLOCK_DAYS).astype(np.int64)
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    sizes = np.diff(starts, append=len(time))
    # successive differences, so that a deep transit in a block is not taken for noise
    jumps = np.abs(np.diff(depth, append=depth[-1]))
    scatter = np.array([np.median(part) for part in np.split(jumps, starts[1:])])
    usual = np.median(scatter[sizes >= np.median(sizes) / 2])
    if not usual > 0:
        return np.ones(len(time))
    relative = np.where(sizes >= MIN_CADENCES, scatter / usual, 1.0)
    return np.repeat(np.clip(relative, 1.0, 10.0), sizes)
