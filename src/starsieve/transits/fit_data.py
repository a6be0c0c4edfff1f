"""What a transit fit works on: the data near the transits, folded into few points, and their noise.

Only cadences within some durations of an event say anything about a transit. Events are taken
together in a few groups, in the order of time, and binned by their time from mid-transit, so that
a fit costs the same for four transits and for four hundred; the groups keep what is known of the
period.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.data.ephemeris import Ephemeris, days_from_event, event_number
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

WINDOW = 2.0
"""Durations on each side of mid-transit that count."""

MAX_GROUPS = 6
BINS_PER_DURATION = 40
MAX_SINGLE = 400
"""So many cadences are fitted one by one; more are binned."""

MIN_IN_TRANSIT = 3
OUTLIER = 5.0

BETA_SCALES = (0.25, 0.5, 1.0)
"""Durations over which noise is averaged to see how correlated it is."""


@dataclass(frozen=True, slots=True, eq=False)
class NearTransits:
    """Fluxes near the transits, folded.

    Parameters
    ----------
    days : array, shape (n_points,)
        From the middle of the nearest event.
    event : array, shape (n_points,)
        Number of that event counted from the reference; a mean where events were binned.
    flux, sigma : arrays, shape (n_points,)
        Around 1.
    starts : array of int, shape (n_groups,)
        Where each group of events begins.
    basis : array, shape (n_points, 2)
        Orthonormal within each group: level and slope, weighted, which no transit is told from.
    epoch_btjd : float
        Middle of the reference event, which is near the middle of the data.
    exposure_days : float
        Time over which each flux is an average.
    n_transits : int
        Events with data in transit.
    """

    days: FloatArray
    event: FloatArray
    flux: FloatArray
    sigma: FloatArray
    starts: npt.NDArray[np.intp]
    basis: FloatArray
    epoch_btjd: float
    exposure_days: float
    n_transits: int

    def whitened(self, model: FloatArray) -> FloatArray:
        """Return residuals in units of sigma, free of each group's best level and slope."""
        residual = (self.flux - model) / self.sigma
        share = np.add.reduceat(self.basis * residual[:, None], self.starts)
        counts = np.diff(np.append(self.starts, len(residual)))
        return np.asarray(residual - np.sum(self.basis * np.repeat(share, counts, axis=0), axis=1))


def exposure_of(curve: LightCurve) -> float:
    """Return the length of an exposure in days: what the file states, or the median step."""
    stated = curve.meta.get("cadence_seconds")
    if isinstance(stated, int | float) and stated > 0:
        return float(stated) / 86_400
    return float(np.median(np.diff(curve.time))) if len(curve) > 1 else 0.0


def scatter(values: FloatArray) -> float:
    """Return the standard deviation of Gaussian noise, whatever a few outliers do."""
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def noise_of(curve: LightCurve, residual: FloatArray) -> FloatArray:
    """Return the standard deviation of each cadence, shape of the curve.

    The stated sigma says how cadences compare, the scatter of the residuals how large it is.
    """
    good = curve.usable
    shape = np.ones(len(curve)) if curve.sigma is None else curve.sigma
    return np.asarray(shape * max(scatter(residual[good] / shape[good]), 1e-9))


def near_transits(
    curve: LightCurve, ephemeris: Ephemeris, model_flux: FloatArray | None = None
) -> NearTransits:
    """Return the data that say something about the transits.

    Parameters
    ----------
    curve : LightCurve
        Flat, around 1.
    ephemeris : Ephemeris
        A single event has no period.
    model_flux : array, shape (n_cadences,), optional
        Of an earlier fit: cadences more than five sigma from it are left out.

    Raises
    ------
    DataError
        If there are fewer than three valid cadences in transit, or none outside.
    """
    residual = curve.flux - (1.0 if model_flux is None else model_flux)
    sigma = noise_of(curve, residual)
    days = days_from_event(curve.time, ephemeris)
    width = ephemeris.duration_days
    good = curve.usable & (np.abs(days) < _half_window(ephemeris))
    if model_flux is not None:
        good &= np.abs(residual - np.median(residual[curve.usable])) < OUTLIER * sigma
    inside = good & (np.abs(days) < width / 2)
    if inside.sum() < MIN_IN_TRANSIT or (good & ~inside).sum() < MIN_IN_TRANSIT:
        msg = (
            f"A fit needs {MIN_IN_TRANSIT} valid cadences in transit and outside, got "
            f"{inside.sum()} and {(good & ~inside).sum()}; check period, epoch and duration."
        )
        raise DataError(msg)
    number = event_number(curve.time, ephemeris)
    seen = np.unique(number[inside])
    # An event without a single cadence in transit says nothing.
    good &= np.isin(number, seen)
    reference = seen[len(seen) // 2]
    group = _groups(number[good], seen)
    order = np.lexsort((days[good], group))
    rows = np.flatnonzero(good)[order]
    folded = (days[rows], number[rows] - reference, curve.flux[rows], sigma[rows])
    exposure = exposure_of(curve)
    (days, event, flux, sigma), group, bin_days = _binned(
        folded, group[order], width / BINS_PER_DURATION, exposure
    )
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    return NearTransits(
        days=days,
        event=event,
        flux=flux,
        sigma=sigma,
        starts=starts,
        basis=_basis(days / width, sigma, starts),
        epoch_btjd=ephemeris.epoch_btjd + float(reference) * (ephemeris.period_days or 0.0),
        exposure_days=float(np.hypot(exposure, bin_days)) if bin_days else exposure,
        n_transits=len(seen),
    )


def noise_inflation(curve: LightCurve, model_flux: FloatArray, ephemeris: Ephemeris) -> float:
    """Return by how much correlated noise exceeds white noise over a transit; at least 1.

    The time-averaging method: means of residuals over parts of a duration scatter more than the
    square root of their number allows (Pont et al. 2006, MNRAS 373, 231; Winn et al. 2008, ApJ
    683, 1076).

    Parameters
    ----------
    curve : LightCurve
        Flat, around 1; near and far from transits.
    model_flux : array, shape (n_cadences,)
    ephemeris : Ephemeris
    """
    good = curve.usable
    time, residual = curve.time[good], (curve.flux - model_flux)[good]
    # Where the model can't follow, such as in eclipses of a companion, is no noise.
    kept = np.abs(residual - np.median(residual)) < OUTLIER * scatter(residual)
    time, residual = time[kept], residual[kept] - np.median(residual[kept])
    white, exposure = scatter(residual), exposure_of(curve)
    ratios = [1.0]
    for scale in BETA_SCALES:
        width = scale * ephemeris.duration_days
        if width < 2 * exposure:
            continue
        _, where = np.unique(np.floor((time - time[0]) / width), return_inverse=True)
        n = np.bincount(where)
        full = n >= 0.5 * width / exposure
        if full.sum() >= 10 and white > 0:
            means = np.bincount(where, residual)[full] / n[full]
            ratios.append(scatter(means * np.sqrt(n[full])) / white)
    return max(ratios)


def _half_window(ephemeris: Ephemeris) -> float:
    """Return how far from mid-transit data count, short of where another eclipse may be."""
    half = WINDOW * ephemeris.duration_days
    if ephemeris.period_days is None:
        return half
    least = 0.75 * ephemeris.duration_days
    return min(half, max(least, 0.3 * ephemeris.period_days), 0.5 * ephemeris.period_days)


def _groups(number: FloatArray, seen: FloatArray) -> npt.NDArray[np.intp]:
    """Return the group of each cadence: neighbouring events, as many in each as can be."""
    per_group = -(-len(seen) // MAX_GROUPS)
    return np.searchsorted(seen, number) // per_group


def _binned(
    folded: tuple[FloatArray, ...],
    group: npt.NDArray[np.intp],
    width: float,
    exposure: float,
) -> tuple[tuple[FloatArray, ...], npt.NDArray[np.intp], float]:
    """Return weighted means by group and time, the group of each, and the bins' width in days."""
    days, _, _, sigma = folded
    if len(days) <= MAX_SINGLE:
        return folded, group, 0.0
    width = max(width, exposure / 5)
    cell = np.floor((days - days.min()) / width).astype(np.intp)
    _, where = np.unique(group * (cell.max() + 1) + cell, return_inverse=True)
    weight = 1 / sigma**2
    total = np.bincount(where, weight)
    means = tuple(np.bincount(where, weight * values) / total for values in folded[:3])
    first = np.unique(where, return_index=True)[1]
    return (*means, 1 / np.sqrt(total)), group[first], width


def _basis(days: FloatArray, sigma: FloatArray, starts: npt.NDArray[np.intp]) -> FloatArray:
    """Return level and slope of each group, weighted and orthonormal, shape (n_points, 2)."""
    basis = np.zeros((len(days), 2))
    for low, high in zip(starts, [*starts[1:], len(days)], strict=True):
        design = np.stack([np.ones(high - low), days[low:high]], axis=1) / sigma[low:high, None]
        n = min(design.shape)
        basis[low:high, :n] = np.linalg.qr(design)[0]
    return basis
