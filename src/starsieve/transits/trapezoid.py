"""A trapezoid fitted to every cadence near the events: numbers with errors."""

from dataclasses import dataclass

import numpy as np

from starsieve.data.ephemeris import Ephemeris, days_from_event, event_number
from starsieve.data.spectrum import FloatArray
from starsieve.transits.dips import Dips

N_STEPS = 30
AROUND = 3.0
"""Durations around the middle of an event that are fitted, centred on it."""


@dataclass(frozen=True, slots=True)
class Trapezoid:
    """Best values, each with its standard error from white noise.

    Parameters
    ----------
    period, epoch, duration : pair of float
        Days; the epoch is BJD_TDB - 2457000. None for the period of a single event.
    depth : pair of float
        Part of the star's flux, at the bottom.
    ingress : float
        Part of half the duration that the flux takes to fall: 1 is a V.
    """

    period: tuple[float, float] | None
    epoch: tuple[float, float]
    duration: tuple[float, float]
    depth: tuple[float, float]
    ingress: float


def fit_trapezoid(dips: Dips, ephemeris: Ephemeris) -> Trapezoid | None:
    """Fit a trapezoid near an ephemeris by damped least squares.

    Parameters
    ----------
    dips : Dips
    ephemeris : Ephemeris
        Where to start; without a period, one event is fitted.

    Returns
    -------
    Trapezoid or None
        None where the data near the events don't fix a shape: too few, or no dip.
    """
    offset = days_from_event(dips.time, ephemeris)
    near = np.abs(offset) <= AROUND / 2 * ephemeris.duration_days
    if near.sum() < 8:
        return None
    single = ephemeris.period_days is None
    number = event_number(dips.time[near], ephemeris)
    data = (offset[near], number, dips.depth[near], np.sqrt(dips.weight[near]))
    inside = np.abs(data[0]) < ephemeris.duration_days / 3
    depth = float(np.mean(data[2][inside])) if inside.any() else 0.0
    start = np.array([0.0, 0.0, ephemeris.duration_days, 0.3, depth, 0.0])
    values, covariance = _least_squares(start, data, single)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    sane = 0.3 < values[2] / ephemeris.duration_days < 3 and values[4] > 0
    if not (np.all(np.isfinite(values)) and sane):
        return None
    period = ephemeris.period_days
    return Trapezoid(
        period=None if period is None else (period + float(values[1]), float(errors[1])),
        epoch=(ephemeris.epoch_btjd + float(values[0]), float(errors[0])),
        duration=(float(values[2]), float(errors[2])),
        depth=(float(values[4]), float(errors[4])),
        ingress=float(values[3]),
    )


def trapezoid(offset: FloatArray, duration: float, ingress: float) -> FloatArray:
    """Return the depth of a trapezoid of depth 1 at times from its middle, shape of `offset`.

    Examples
    --------
    >>> trapezoid(np.array([0.0, 0.75, 2.0]), duration=2.0, ingress=0.5).tolist()
    [1.0, 0.5, 0.0]
    """
    half = duration / 2
    return np.clip((half - np.abs(offset)) / (ingress * half), 0.0, 1.0)


def _least_squares(
    start: FloatArray, data: tuple[FloatArray, ...], single: bool
) -> tuple[FloatArray, FloatArray]:
    """Return values (epoch shift, period shift, duration, ingress, depth, level), covariance."""
    free = np.array([True, not single, True, True, True, True])
    low = np.array([-np.inf, -np.inf, 1e-6, 0.05, -np.inf, -np.inf])
    high = np.array([np.inf, np.inf, np.inf, 1.0, np.inf, np.inf])
    values, damping = start, 1e-3
    residual, jacobian = _residuals(values, data)
    cost = residual @ residual
    for _ in range(N_STEPS):
        columns = jacobian[:, free]
        normal = columns.T @ columns
        damped = normal + damping * np.diag(np.diag(normal) + 1e-300)
        step = np.zeros(len(values))
        step[free] = np.linalg.lstsq(damped, columns.T @ residual, rcond=None)[0]
        tried = np.clip(values + step, low, high)
        new_residual, new_jacobian = _residuals(tried, data)
        new_cost = new_residual @ new_residual
        if new_cost < cost:
            gain = cost - new_cost
            values, residual, jacobian, cost = tried, new_residual, new_jacobian, new_cost
            damping = max(damping / 5, 1e-9)
            if gain < 1e-3:
                break
        else:
            damping *= 5
            if damping > 1e6:
                break
    covariance = np.zeros((6, 6))
    columns = jacobian[:, free]
    covariance[np.ix_(free, free)] = np.linalg.pinv(columns.T @ columns, hermitian=True)
    return values, covariance


def _residuals(values: FloatArray, data: tuple[FloatArray, ...]) -> tuple[FloatArray, FloatArray]:
    """Return residuals in standard deviations, and the model's derivatives."""
    shift, drift, duration, ingress, depth, level = values
    offset, number, dip, scale = data
    away = offset - shift - drift * number
    half = duration / 2
    shape = trapezoid(away, duration, ingress)
    edge = (shape > 0) & (shape < 1)
    slope = depth * edge / (ingress * half)
    moved = slope * np.sign(away)
    jacobian = np.stack(
        [
            moved,
            moved * number,
            # d/dD of (half - |t|) / (ingress * half)
            0.5 * slope * np.abs(away) / half,
            -depth * edge * shape / ingress,
            shape,
            np.ones(len(away)),
        ],
        axis=1,
    )
    residual = (dip - depth * shape - level) * scale
    return residual, jacobian * scale[:, None]
