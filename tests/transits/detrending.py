"""Made light curves of known truth, for tests of what takes trends out of them."""

import numpy as np

from starsieve.data import LightCurve
from starsieve.data.ephemeris import Ephemeris, days_from_event, in_event
from starsieve.data.spectrum import FloatArray

CADENCE = 2 / 1440
START = 1500.0


def sector(
    *,
    variation: tuple[tuple[float, float], ...] = (),
    ephemeris: Ephemeris | None = None,
    depth: float = 0.0,
    noise: float = 5e-4,
    days: float = 27.0,
    cadence: float = CADENCE,
    seed: int = 0,
) -> LightCurve:
    """Make a sector with a gap in its middle, sines (period, amplitude) and boxes."""
    rng = np.random.default_rng(seed)
    time = START + np.arange(0, days, cadence)
    time = time[np.abs(time - time.mean()) > 0.6]
    flux = np.ones(len(time))
    for period, amplitude in variation:
        flux += amplitude * np.sin(2 * np.pi * (time - START) / period + 0.7)
    if ephemeris is not None:
        flux *= 1 - depth * in_event(time, ephemeris)
    flux += rng.normal(0, noise, len(time))
    return LightCurve(time, flux, np.full(len(time), noise))


def measured_depth(flat: LightCurve, ephemeris: Ephemeris) -> float:
    """Return the mean depth of boxes, against what is beside them."""
    distance = np.abs(days_from_event(flat.time, ephemeris)) / ephemeris.duration_days
    inside = flat.usable & (distance < 0.45)
    beside = flat.usable & (distance > 0.6) & (distance < 1.5)
    return float(np.mean(flat.flux[beside]) - np.mean(flat.flux[inside]))


def turning(time: FloatArray, period: float, amplitude: float) -> FloatArray:
    """Return a spotted star's light: two groups of spots that fade and grow."""
    phase = 2 * np.pi * (time - START) / period
    growth = 1 + 0.3 * np.sin(2 * np.pi * (time - START) / 19)
    return 1 + amplitude * (growth * np.sin(phase) + 0.7 * np.sin(2 * phase + 1) / growth)
