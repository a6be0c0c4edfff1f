"""Numbers of the events one by one, and of their common shape."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from starsieve.data.ephemeris import Ephemeris, days_from_event, event_number
from starsieve.data.spectrum import FloatArray
from starsieve.transits.dips import MAD_TO_SIGMA, Dips
from starsieve.transits.trapezoid import fit_trapezoid, trapezoid

EVENT_FEATURES: Mapping[str, tuple[str, str]] = {
    "ingress_part": ("", "ingress over half the duration: 1 is a V, near 0 a box"),
    "asymmetry": ("", "first less second half of the dip, over both: 0 for a transit"),
    "asymmetry_sigma": ("", "the same over its error, without sign"),
    "shape_gain": ("", "part of the dip's chi-square that a trapezoid explains"),
    "inside_scatter": ("", "scatter around the trapezoid inside of events over that beside them"),
    "depth_scatter": ("", "what depths of events scatter beyond their errors, over the depth"),
    "depth_chi2": ("", "chi-square per degree of freedom of depths of events against one depth"),
    "strongest_part": ("", "part of the signal that its strongest event gives, 1 for one event"),
    "edge_part": ("", "part of events with a gap or an end of data nearby"),
    "noise_hour_ppm": ("ppm", "white noise of the light curve over an hour"),
}
"""Unit and meaning of what the flat light curve says of the events."""

INSIDE, NEAR, FAR = 0.4, 0.6, 2.0
"""In durations from mid-event: up to where the bottom is, and from where to where beside."""

FEWEST = 3
FULL = 0.7
"""Part of the cadences around an event that must be there for it to be away from gaps."""


@dataclass(frozen=True, slots=True, eq=False)
class _Near:
    """Cadences near events: days from the middle over duration, event, depth, weight."""

    offset: FloatArray
    number: FloatArray
    depth: FloatArray
    weight: FloatArray


def event_features(dips: Dips, ephemeris: Ephemeris, pink: float) -> dict[str, float | None]:
    """Return those features of `EVENT_FEATURES` that the data can tell.

    Parameters
    ----------
    dips : Dips
    ephemeris : Ephemeris
    pink : float
        Noise of an event over that of white noise.
    """
    offset = days_from_event(dips.time, ephemeris) / ephemeris.duration_days
    near = np.abs(offset) < FAR
    data = _Near(
        offset[near],
        event_number(dips.time[near], ephemeris),
        dips.depth[near],
        dips.weight[near],
    )
    per_hour = dips.cadence_days * 24
    known: dict[str, float | None] = {
        "noise_hour_ppm": 1e6 * dips.sigma * float(np.sqrt(per_hour)),
        "edge_part": _edge_part(data, ephemeris, dips.cadence_days),
    }
    return known | _depths(data, pink) | _asymmetry(data, pink) | _shape(dips, ephemeris, data)


def _depths(data: _Near, pink: float) -> dict[str, float | None]:
    """Return how the depths of events agree with each other."""
    depth, error = _event_depths(data)
    if not len(depth):
        return {}
    weight = error**-2
    mean = float(np.sum(weight * depth) / weight.sum())
    strength = np.maximum(depth, 0) ** 2 * weight
    total = float(strength.sum())
    known: dict[str, float | None] = {
        "strongest_part": float(strength.max()) / total if total > 0 else None
    }
    if len(depth) < 2 or mean <= 0:
        return known
    expected = error * pink
    chi2 = float(np.sum(((depth - mean) / expected) ** 2)) / (len(depth) - 1)
    beyond = max(float(np.var(depth, ddof=1)) - float(np.mean(expected**2)), 0.0)
    return known | {"depth_chi2": chi2, "depth_scatter": float(np.sqrt(beyond)) / mean}


def _event_depths(data: _Near) -> tuple[FloatArray, FloatArray]:
    """Return depth and white error of each event with enough data inside and beside."""
    inside, beside = np.abs(data.offset) < INSIDE, np.abs(data.offset) > NEAR
    _, number = np.unique(data.number, return_inverse=True)
    n_events = int(number.max(initial=-1)) + 1
    enough = np.ones(n_events, dtype=bool)
    means, variances = [], []
    for part in (inside, beside):
        own = number[part]
        enough &= np.bincount(own, minlength=n_events) >= FEWEST
        weight = np.maximum(np.bincount(own, data.weight[part], n_events), 1e-300)
        means.append(np.bincount(own, (data.weight * data.depth)[part], n_events) / weight)
        variances.append(1 / weight)
    error = np.sqrt(variances[0] + variances[1])
    return (means[0] - means[1])[enough], error[enough]


def _asymmetry(data: _Near, pink: float) -> dict[str, float | None]:
    sides = []
    for side in (-data.offset, data.offset):
        part = (side > 0) & (side < 0.5)
        weight = float(data.weight[part].sum())
        if part.sum() < FEWEST or not weight > 0:
            return {}
        sides.append((float(np.sum((data.weight * data.depth)[part])) / weight, 1 / weight))
    (first, first_var), (second, second_var) = sides
    apart, both = first - second, first + second
    error = pink * float(np.sqrt(first_var + second_var))
    return {
        "asymmetry": float(np.clip(apart / both, -1, 1)) if both > 0 else None,
        "asymmetry_sigma": abs(apart) / error,
    }


def _shape(dips: Dips, ephemeris: Ephemeris, data: _Near) -> dict[str, float | None]:
    """Return how the events agree with their common shape."""
    shape = fit_trapezoid(dips, ephemeris)
    if shape is None:
        return {}
    duration = shape.duration[0] / ephemeris.duration_days
    model = shape.depth[0] * trapezoid(data.offset, duration, shape.ingress)
    inside, beside = model > 0, np.abs(data.offset) > max(NEAR, 0.6 * duration)
    if min(inside.sum(), beside.sum()) < FEWEST:
        return {}
    scaled = np.sqrt(data.weight)
    residual = (data.depth - model) * scaled
    scatters = [_scatter(residual[part]) for part in (inside, beside)]
    with_dip = float(np.sum((data.depth[inside] * scaled[inside]) ** 2))
    without = float(np.sum(residual[inside] ** 2))
    return {
        "ingress_part": shape.ingress,
        "shape_gain": 1 - without / with_dip if with_dip > 0 else None,
        "inside_scatter": scatters[0] / scatters[1] if scatters[1] > 0 else None,
    }


def _edge_part(data: _Near, ephemeris: Ephemeris, cadence_days: float) -> float | None:
    if not len(data.number):
        return None
    _, counts = np.unique(data.number, return_counts=True)
    around = 2 * FAR * ephemeris.duration_days
    if ephemeris.period_days is not None:
        around = min(around, ephemeris.period_days)
    return float(np.mean(counts < FULL * around / cadence_days))


def _scatter(values: FloatArray) -> float:
    return float(MAD_TO_SIGMA * np.median(np.abs(values - np.median(values))))
