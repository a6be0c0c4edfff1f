"""Light curves of known truth, to be searched."""

import numpy as np

from starsieve.data.light_curve import LightCurve

SECTOR = ((0.0, 12.6), (14.0, 27.0))
"""Stretches with data, in days from the start."""

PLANET = {"period": 3.7, "epoch": 1501.3, "hours": 3.0, "depth": 1500e-6}


def make_curve(
    *planets: dict[str, float],
    stretches: tuple[tuple[float, float], ...] = SECTOR,
    minutes: float = 10.0,
    noise: float = 500e-6,
    trend: float = 0.0,
    start: float = 1500.0,
    seed: int = 0,
) -> LightCurve:
    """Make white noise with trapezoids in it; `noise` is that of ten minutes.

    A planet has a period and an epoch in days, a duration in hours, a depth, and if its second,
    fourth, ... event is of another depth, that one as "other".
    """
    rng = np.random.default_rng(seed)
    step = minutes / 1440
    time = np.concatenate([start + np.arange(low, high, step) for low, high in stretches])
    flux = 1 + rng.normal(0, noise * np.sqrt(10 / minutes), len(time))
    for planet in planets:
        number = np.round((time - planet["epoch"]) / planet["period"])
        away = np.abs(time - planet["epoch"] - number * planet["period"])
        half = planet["hours"] / 48
        shape = np.clip((half - away) / (0.2 * half), 0, 1)
        depth = np.where(number % 2 == 1, planet.get("other", planet["depth"]), planet["depth"])
        flux -= depth * shape
    flux *= 1 + trend * np.sin(2 * np.pi * (time - start) / 9.1)
    return LightCurve(time, flux, meta={"telescope": "TESS"})
