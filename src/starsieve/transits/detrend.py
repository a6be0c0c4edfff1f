"""Take out of a light curve what varies slowly, and leave the transits in."""

from dataclasses import dataclass, replace

import numpy as np

from starsieve.data import LightCurve
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.transits.cleaning import clean, scatter
from starsieve.transits.process import length_days, process_bin_days, rotation_trend
from starsieve.transits.rotation import Rotation, find_rotation
from starsieve.transits.sliding import sliding_trend, window_bins
from starsieve.transits.splines import spline_trend
from starsieve.transits.stretches import cadence_days, make_stretches

METHODS = ("auto", "biweight", "median", "spline", "rotation")

WINDOW_DAYS = 1.0
"""Three times the longest transit that is looked for, eight hours."""

MIN_WINDOW_DAYS = 0.75
"""Below it a window would take up transits; a star that needs one is for ``"rotation"``."""

MIN_CADENCES = 20

BIN_DAYS = 10 / 1440
BINS_PER_WINDOW = 144
"""At most: a longer window has wider bins."""

NOISE_HOURS = 2.0
"""What rotation leaves behind a window may be half of the noise over that time."""


@dataclass(frozen=True, slots=True, eq=False)
class Detrended:
    """A light curve without its slow variation.

    Parameters
    ----------
    curve : LightCurve
        Flux over trend, around 1 and without a unit, at every cadence of the original. Its errors
        are those of the file if they agree with the scatter; flares are not valid.
    trend : array, shape (n_cadences,)
        Relative to the median flux; interpolated in gaps.
    method : str
        What was used: ``"auto"`` is resolved to one of the others.
    window_days : float
        Of the window; for ``"spline"`` the distance of knots, for ``"rotation"`` the time within
        which the process forgets.
    rotation_days, amplitude : float, optional
        The star's rotation period, and half of the range of its sinusoid; None where none is seen.
    steps : tuple of str
        What was done, and what was noticed.
    """

    curve: LightCurve
    trend: FloatArray
    method: str
    window_days: float
    rotation_days: float | None
    amplitude: float | None
    steps: tuple[str, ...]


def detrend(
    curve: LightCurve,
    method: str = "auto",
    window_days: float | None = None,
    masked: BoolArray | None = None,
) -> Detrended:
    """Return a light curve divided by its trend.

    Parameters
    ----------
    curve : LightCurve
        Of any flux unit.
    method : {"auto", "biweight", "median", "spline", "rotation"}
        A sliding biweight or median, a spline with outliers left out, or a Gaussian process
        with the star's rotation period, for young active stars. ``"auto"`` takes the biweight
        and narrows its window as far as rotation asks for it; where that would take up transits,
        ``"rotation"``.
    window_days : float, optional
        Width of the window (knots of the spline are half of it apart). Transits up to a third of
        it are kept. By default 1 day, or what ``"auto"`` finds.
    masked : array of bool, shape (n_cadences,), optional
        Cadences, as known transits, that must not shape the trend.

    Returns
    -------
    Detrended

    Raises
    ------
    DataError
        If the method is unknown, the window not positive, `masked` of another shape, fewer than
        20 cadences are usable, or the median flux is not positive.

    Examples
    --------
    >>> from starsieve.data.synthetic import Transit, light_curve
    >>> curve = light_curve([Transit(3.0, 1501.0, 0.1, 0.01)], seed=0, variability=0.002)
    >>> flat = detrend(curve)
    >>> flat.method, round(float(np.min(flat.curve.flux)), 2)
    ('rotation', 0.99)
    """
    _check(curve, method, window_days, masked)
    normalised = curve.normalised()
    hidden = np.zeros(len(curve), dtype=bool) if masked is None else np.asarray(masked)
    rotation = find_rotation(normalised, hidden)
    chosen, window, steps = _choose(normalised, method, window_days, rotation)
    if chosen == "rotation" and rotation is not None:
        trend, note = _process(normalised, hidden, rotation, window)
        steps.append(note)
    else:
        trend = _windowed(normalised, hidden, chosen, window)
    flat, cleaned = _divided(normalised, trend)
    return Detrended(
        curve=flat,
        trend=trend,
        method=chosen,
        window_days=window,
        rotation_days=rotation.period_days if rotation else None,
        amplitude=rotation.amplitude if rotation else None,
        steps=(*steps, *cleaned),
    )


def _check(
    curve: LightCurve, method: str, window_days: float | None, masked: BoolArray | None
) -> None:
    if method not in METHODS:
        msg = f"There is no detrending method {method!r}; there are: {', '.join(METHODS)}."
        raise DataError(msg)
    if window_days is not None and not (np.isfinite(window_days) and window_days > 0):
        msg = f"window_days must be positive, or None to choose it by the star, got {window_days}."
        raise DataError(msg)
    if masked is not None and np.shape(masked) != curve.time.shape:
        msg = (
            f"masked must have shape {curve.time.shape} as the light curve, got {np.shape(masked)}."
        )
        raise DataError(msg)
    n_used = int(curve.usable.sum() if masked is None else (curve.usable & ~masked).sum())
    if n_used < MIN_CADENCES:
        msg = (
            f"A trend needs at least {MIN_CADENCES} usable cadences, got {n_used} of {len(curve)}: "
            "the others are flagged, masked or not finite."
        )
        raise DataError(msg)


def _choose(
    curve: LightCurve, method: str, window_days: float | None, rotation: Rotation | None
) -> tuple[str, float, list[str]]:
    """Return method, window (days), and why."""
    if rotation is None:
        seen = "No rotation seen"
        widest = WINDOW_DAYS
    else:
        widest = _widest_window(curve, rotation)
        seen = (
            f"Rotation of {rotation.period_days:.2f} d with an amplitude of "
            f"{1e6 * rotation.amplitude:.0f} ppm"
        )
    if method == "auto" and rotation is not None and widest < MIN_WINDOW_DAYS:
        method = "rotation"
    elif method == "auto" or (method == "rotation" and rotation is None):
        method = "biweight"
    if method == "rotation" and rotation is not None:
        window = window_days or 3 * length_days(rotation.period_days)
        return method, window, [f"{seen}: Gaussian process."]
    window = window_days or float(np.clip(widest, MIN_WINDOW_DAYS, WINDOW_DAYS))
    return method, window, [f"{seen}: {method}, window of {window:.2f} d."]


def _widest_window(curve: LightCurve, rotation: Rotation) -> float:
    """Return the window (days) that leaves of rotation no more than half of the noise.

    A window w takes a part of (pi w / P)^2 / 6 off the top of a sine of period P. Two spots make
    it half of the rotation period.
    """
    used = curve.usable
    per_cadence = scatter(curve.flux[used])
    noise = per_cadence * np.sqrt(cadence_days(curve.time[used]) * 24 / NOISE_HOURS)
    period = rotation.period_days / 2
    return float(period / np.pi * np.sqrt(3 * noise / rotation.amplitude))


def _windowed(curve: LightCurve, masked: BoolArray, method: str, window: float) -> FloatArray:
    cadence = cadence_days(curve.time[curve.usable])
    bin_days = max(BIN_DAYS, cadence, window / BINS_PER_WINDOW)
    stretches = make_stretches(
        curve.time,
        curve.flux,
        curve.usable,
        masked=masked,
        bin_days=bin_days,
        margin=window_bins(window, bin_days),
    )
    if method == "spline":
        return spline_trend(stretches, window)
    return sliding_trend(stretches, window, method)


def _process(
    curve: LightCurve, masked: BoolArray, rotation: Rotation, window: float
) -> tuple[FloatArray, str]:
    used = curve.usable
    bin_days = process_bin_days(rotation.period_days, cadence_days(curve.time[used]))
    stretches = make_stretches(
        curve.time, curve.flux, used, masked=masked, bin_days=bin_days, margin=1
    )
    noise = scatter(curve.flux[used])
    trend, n_dips = rotation_trend(stretches, rotation.period_days, noise, window / 3)
    return trend, f"Dips kept from shaping the process: {n_dips}."


def _divided(curve: LightCurve, trend: FloatArray) -> tuple[LightCurve, tuple[str, ...]]:
    """Return flux over trend with honest errors and without flares, and what was done."""
    positive = np.isfinite(trend) & (trend > 0)
    used = curve.usable
    if not (lost := used & ~positive).any():
        note: tuple[str, ...] = ()
    elif lost.sum() == used.sum():
        msg = (
            f"No trend can be told of {int(used.sum())} usable cadences: all stretches between "
            "gaps are too short for the window, or the flux is not positive."
        )
        raise DataError(msg)
    else:
        note = (
            f"{int(lost.sum())} of {int(used.sum())} cadences have no trend (a stretch too short, "
            "or masked as a whole) and are not valid.",
        )
    divisor = np.where(positive, trend, np.nan)
    flat = curve.flux / divisor
    sigma = None if curve.sigma is None else curve.sigma / divisor
    cleaned = clean(curve.time, flat, sigma, used & positive)
    return replace(curve, flux=flat, sigma=cleaned.sigma, valid=cleaned.valid), (
        *note,
        *cleaned.steps,
    )
