"""Made examples of planets and others, for the tests of vetters."""

import numpy as np

from starsieve.data.ephemeris import Ephemeris, in_event
from starsieve.data.light_curve import LightCurve
from starsieve.transits.example_files import write_examples
from starsieve.transits.views import make_views

SMALL = {
    "members": 2,
    "networks": 1,
    "epochs": 6,
    "batch_size": 32,
    "network": {"channels": 4, "features_per_view": 4, "hidden": 16},
    "boosting": {"iterations": 30, "smallest_leaf": 5, "leaves": 6},
    "forest": {"trees": 12},
    "views": ["global_view", "local_view", "half_phase_view"],
    "features": ["period_days", "duration_hours", "depth_ppm", "snr", "radius"],
}
"""Options of a recipe that trains in a second."""


def made_signal(rng, kind):
    """Views and numbers of a box (planet), a V with a secondary (binary), or noise (junk)."""
    period = rng.uniform(1.5, 6.0)
    hours = 3.0 * period ** (1 / 3)
    ephemeris = Ephemeris(period_days=period, epoch_btjd=1000.7, duration_hours=hours)
    time = 1000 + np.arange(0, 27, 30 / 1440)
    flux = 1 + 3e-4 * rng.normal(size=len(time))
    depth = {"planet": 2e-3, "eclipsing binary": 2e-2}.get(kind, 0.0) * rng.uniform(0.7, 1.4)
    offset = (time - 1000.7 + period / 2) % period - period / 2
    shape = np.clip(1 - np.abs(offset) / (hours / 48), 0, 1)
    if kind == "planet":
        flux[in_event(time, ephemeris)] -= depth
    elif kind == "eclipsing binary":
        flux -= depth * shape
        second = np.abs((offset + period / 2 + period / 2) % period - period / 2)
        flux -= 0.5 * depth * np.clip(1 - second / (hours / 48), 0, 1)
    else:
        flux += 1e-3 * np.sin(2 * np.pi * time / period)
    numbers = {
        "period_days": period,
        "duration_hours": hours,
        "depth_ppm": 1e6 * max(depth, 1e-4),
        "snr": 10 + depth * 3e3,
        "radius": rng.uniform(0.8, 1.2),
    }
    return make_views(LightCurve(time, flux), ephemeris), numbers


def write_made_examples(path, n=120, seed=0):
    """Write a third each of planets, binaries and junk of open class; return their views."""
    rng = np.random.default_rng(seed)
    kinds = ["planet", "eclipsing binary", "other astrophysical|systematics"]
    labels = [kinds[number % 3] for number in range(n)]
    made = [made_signal(rng, label) for label in labels]
    views, numbers = [each for each, _ in made], [each for _, each in made]
    write_examples(path, views, numbers, labels, range(1, n + 1))
    return views, numbers, labels
