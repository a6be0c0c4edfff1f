"""Light curves with the statistics of real ones, for when no real one is at hand.

White noise by magnitude as TESS has it, noise that is correlated over hours, spots that come and go
as the star turns, the gap in the middle of each orbit, and what the spacecraft does every few days:
a jump and a ramp where it turns its wheels down.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.data.star import Star
from starsieve.errors import DataError

SECTOR_DAYS = 27.4
ORBIT_DAYS = SECTOR_DAYS / 2
DOWNLINK_DAYS = 1.0

DESATURATION_FLAG = 32
"""As in real files, of the cadences in which the wheels are turned down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """How a star varies.

    Parameters
    ----------
    rotation_days : float
    amplitude_ppm : float
        Standard deviation of its flux.
    spot_days : float
        How long spots live.
    """

    rotation_days: float
    amplitude_ppm: float
    spot_days: float = 25.0

    def __post_init__(self) -> None:
        if not (self.rotation_days > 0 and self.amplitude_ppm >= 0 and self.spot_days > 0):
            msg = f"Activity needs positive times and an amplitude of 0 or more, got {self}."
            raise DataError(msg)


def simulate_star(
    seed: int,
    *,
    star: Star | None = None,
    days: float = SECTOR_DAYS,
    start: float = 1500.0,
    cadence_seconds: float = 120.0,
    activity: Activity | None = None,
    red_noise: float = 0.3,
    dump_days: float = 3.1,
) -> LightCurve:
    """Return a made light curve without planets; `starsieve.transits.inject` puts some in.

    Parameters
    ----------
    seed : int
        The same seed gives the same light curve.
    star : Star, optional
        Its `tmag` sets the white noise; the Sun at magnitude 10 by default.
    days, start, cadence_seconds : float
        Length, first time (BJD_TDB - 2457000), and time between cadences.
    activity : Activity, optional
        A quiet star if not given.
    red_noise : float
        Correlated noise over an hour, relative to the white noise over an hour; its correlation
        time is 2.5 hours.
    dump_days : float
        Time between two momentum dumps.

    Returns
    -------
    LightCurve
        Flux in ``electron / s``, with sigma, quality flags, and `meta` as a reader gives it.

    Raises
    ------
    DataError
        If a length is not positive or the noise negative.

    Examples
    --------
    >>> curve = simulate_star(1, star=Star(tic=1, tmag=10.0, radius=1.0, teff=5772.0))
    >>> len(curve), round(float(np.median(curve.flux)))
    (18288, 23100)
    """
    if not (days > 0 and cadence_seconds > 0 and red_noise >= 0 and dump_days > 0):
        msg = (
            "A light curve needs positive days, cadence_seconds and dump_days and red_noise of 0 "
            f"or more, got {days}, {cadence_seconds}, {dump_days} and {red_noise}."
        )
        raise DataError(msg)
    rng = np.random.default_rng(seed)
    star = Star(tmag=10.0, teff=5772.0, logg=4.44, radius=1.0, mass=1.0) if star is None else star
    tmag = 10.0 if star.tmag is None else star.tmag
    step = cadence_seconds / 86_400
    time = start + (np.arange(int(days / step)) + 0.5) * step
    time = time[~_downlink(time - start)]
    white = hourly_noise_ppm(tmag) * math.sqrt(3600 / cadence_seconds) * 1e-6
    flux = 1 + white * rng.normal(size=len(time))
    flux += _red(time, red_noise * hourly_noise_ppm(tmag) * 1e-6, step, rng)
    flux += _dump_ramps(time - start, dump_days, white, rng)
    if activity is not None:
        flux *= 1 + _spots(time - start, activity, rng)
    at_dump = ((time - start) % dump_days < 1.5 * step) & (time - start > dump_days)
    level = 231.0 * 10 ** (-0.4 * (tmag - 15.0))  # electrons per second of a star of Tmag 15
    return LightCurve(
        time,
        flux * level,
        np.full(time.shape, white * level),
        ~at_dump,
        np.where(at_dump, DESATURATION_FLAG, 0),
        "electron / s",
        _meta(star, tmag, cadence_seconds, seed),
    )


def hourly_noise_ppm(tmag: float) -> float:
    """Return TESS's white noise over an hour (ppm): photons, sky and readout, and a floor.

    After Ricker et al. (2015, JATIS 1, 014003) and Sullivan et al. (2015, ApJ 809, 77), with
    the level lowered to what sectors 1 to 23 show.

    Examples
    --------
    >>> [round(hourly_noise_ppm(tmag)) for tmag in (6, 10, 13, 15)]
    [34, 180, 1126, 5928]
    """
    photons = 170 * 10 ** (0.2 * (tmag - 10))
    sky = 900 * 10 ** (0.4 * (tmag - 13))
    return math.hypot(photons, sky, 20.0)


def draw_activity(rng: np.random.Generator) -> Activity | None:
    """Return how a random star varies; None for the three of ten that are quiet.

    The faster it turns, the more it varies, with wide scatter (McQuillan et al. 2014, ApJS 211,
    24).
    """
    if rng.uniform() < 0.3:
        return None
    period = float(np.exp(rng.uniform(math.log(1.0), math.log(35.0))))
    amplitude = 4000.0 * (period / 5.0) ** -0.7 * 10 ** rng.normal(-0.3, 0.4)
    return Activity(
        rotation_days=period,
        amplitude_ppm=float(np.clip(amplitude, 50.0, 3e4)),
        spot_days=float(period * rng.uniform(1.0, 5.0)),
    )


def _downlink(days: FloatArray) -> BoolArray:
    """Return when the spacecraft sends its data home: before each new orbit."""
    return np.asarray((days % ORBIT_DAYS) > ORBIT_DAYS - DOWNLINK_DAYS)


def _red(
    time: FloatArray, hourly: float, step: float, rng: np.random.Generator, hours: float = 2.5
) -> FloatArray:
    """Return noise with an exponential correlation (Ornstein-Uhlenbeck), shape of `time`."""
    if hourly == 0:
        return np.zeros(time.shape)
    memory = math.exp(-step * 24 / hours)
    # Made without the gaps, over which it goes on.
    index = np.round((time - time[0]) / step).astype(np.int64)
    kicks = rng.normal(0.0, math.sqrt(1 - memory**2), index[-1] + 1)
    return np.asarray(hourly * lfilter([1.0], [1.0, -memory], kicks)[index])


def _dump_ramps(
    days: FloatArray, every: float, white: float, rng: np.random.Generator
) -> FloatArray:
    """Return what is left after each momentum dump: an offset that fades within half a day."""
    number = (days // every).astype(np.int64)
    height = rng.normal(0.0, 0.5 * white, number.max() + 1)
    height[0] = 0.0
    return np.asarray(height[number] * np.exp(-(days % every) / 0.25))


def _spots(days: FloatArray, activity: Activity, rng: np.random.Generator) -> FloatArray:
    """Return relative variations: two harmonics of the rotation whose strengths drift."""
    n_nodes = max(int(days[-1] / activity.spot_days) + 3, 4)
    nodes = np.arange(n_nodes) * activity.spot_days - activity.spot_days / 2
    flux = np.zeros(days.shape)
    for harmonic, weight in ((1, 1.0), (2, 0.5)):
        angle = 2 * np.pi * harmonic * days / activity.rotation_days
        for wave in (np.sin(angle), np.cos(angle)):
            flux += weight * wave * _smooth(days, nodes, rng.normal(size=n_nodes))
    flux -= flux.mean()
    return np.asarray(1e-6 * activity.amplitude_ppm * flux / max(float(flux.std()), 1e-12))


def _smooth(days: FloatArray, nodes: FloatArray, values: FloatArray) -> FloatArray:
    """Return values between nodes, moved over by a cosine, so without kinks."""
    at = np.clip(np.searchsorted(nodes, days) - 1, 0, len(nodes) - 2)
    part = np.clip((days - nodes[at]) / (nodes[at + 1] - nodes[at]), 0, 1)
    mix = 0.5 - 0.5 * np.cos(np.pi * part)
    return np.asarray(values[at] * (1 - mix) + values[at + 1] * mix)


def _meta(star: Star, tmag: float, cadence_seconds: float, seed: int) -> dict[str, object]:
    known = {
        name: getattr(star, name)
        for name in ("ra", "dec", "teff", "logg", "mh", "radius", "mass", "density")
        if getattr(star, name) is not None
    }
    named = {"target": star.tic} if star.tic is not None else {}
    name = star.name or (f"TIC {star.tic}" if star.tic else f"simulated star {seed}")
    return {
        **known,
        **named,
        "object": name,
        "tmag": tmag,
        "telescope": "TESS",
        "pipeline": "simulated",
        "flux_column": "SIMULATED",
        "cadence_seconds": cadence_seconds,
    }
