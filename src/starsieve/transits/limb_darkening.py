"""How much darker a star is towards its limb, in the bands of TESS and Kepler."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from starsieve.data.spectrum import FloatArray
from starsieve.data.star import Star

Band = Literal["tess", "kepler"]

SUN_TEFF, SUN_LOGG = 5772.0, 4.438
"""What is taken where a star's own are not known (IAU 2015 resolution B3)."""

MODEL_SIGMA = 0.1
"""Standard error of u1 and u2 of a star that is known: about as much do tables from different model
atmospheres, and models and observed transits, differ (Maxted 2023, MNRAS 519, 3723)."""

UNKNOWN_SIGMA = 0.2
"""The same for a star of unknown temperature: how much u1 and u2 differ between F, G and K."""

DARKEST_LIMB = 0.99
"""Of u1 + u2: beyond 1 the limb would take light away."""

_KNOTS = (2500.0, 2800.0, 3200.0, 3600.0, 4000.0, 4400.0, 4800.0, 5500.0, 6500.0, 7500.0, 8500.0,
          10_000.0)  # fmt: skip
_COEFFICIENTS: dict[str, dict[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "tess": {
        "u1": (
            (0.412, 0.209, 0.163, 0.223, 0.344, 0.487, 0.468, 0.379, 0.307, 0.258, 0.200, 0.155),
            (0.110, 0.019, -0.049, -0.161, -0.252, -0.042, 0.017, -0.008, -0.024, 0.007, 0.013,
             -0.007),
        ),
        "u2": (
            (0.464, 0.543, 0.472, 0.391, 0.291, 0.181, 0.180, 0.215, 0.231, 0.238, 0.238, 0.235),
            (-0.052, 0.040, -0.006, 0.091, 0.175, 0.019, -0.025, -0.004, 0.001, -0.023, -0.026,
             -0.040),
        ),
    },
    "kepler": {
        "u1": (
            (1.020, 0.851, 0.454, 0.421, 0.511, 0.675, 0.652, 0.524, 0.403, 0.302, 0.180, 0.226),
            (-0.031, -0.010, -0.140, -0.240, -0.303, -0.069, 0.010, -0.026, -0.043, 0.037, -0.002,
             0.143),
        ),
        "u2": (
            (-0.076, 0.160, 0.334, 0.289, 0.195, 0.072, 0.085, 0.165, 0.232, 0.327, 0.395, 0.316),
            (-0.029, -0.028, 0.075, 0.160, 0.205, 0.034, -0.023, 0.019, 0.013, -0.078, -0.106,
             -0.326),
        ),
    },
}  # fmt: skip
"""Values at `_KNOTS` (K) for log g = 4.5, and their change per dex of log g: a least-squares fit to
Claret (2017, A&A 600, A30) for TESS, and to Claret, Hauschildt & Witte (2012, A&A 546, A14; 2013,
A&A 552, A16) for Kepler, over log g 3.5 to 5 and 2500 to 10000 K."""


@dataclass(frozen=True, slots=True)
class LimbDarkening:
    """Coefficients of ``I(mu) = 1 - u1 (1 - mu) - u2 (1 - mu)^2``, and how well they are known."""

    u1: float
    u2: float
    sigma: float


def limb_darkening(star: Star, band: Band = "tess") -> LimbDarkening:
    """Return quadratic limb darkening of a star of solar composition.

    Good to 0.01 (TESS) and 0.03 to 0.04 (Kepler) of the tables that it approximates. Beyond 2500
    to 10000 K and log g of 3.5 to 5 the values of that limit are given.

    Parameters
    ----------
    star : Star
        Its `teff` and `logg` count; the Sun's stand for those not known.
    band : {"tess", "kepler"}

    Examples
    --------
    >>> sun = limb_darkening(Star(teff=5772, logg=4.44))
    >>> round(sun.u1, 2), round(sun.u2, 2)
    (0.36, 0.22)
    """
    teff = SUN_TEFF if star.teff is None else star.teff
    logg = min(max(SUN_LOGG if star.logg is None else star.logg, 3.5), 5.0)

    def value(name: str) -> float:
        at_45, slope = _COEFFICIENTS[band][name]
        return float(np.interp(teff, _KNOTS, at_45) + (logg - 4.5) * np.interp(teff, _KNOTS, slope))

    u2 = value("u2")
    u1 = min(value("u1"), DARKEST_LIMB - u2)
    return LimbDarkening(u1, u2, UNKNOWN_SIGMA if star.teff is None else MODEL_SIGMA)


def band_of(telescope: object) -> Band:
    """Return the band of a telescope by its name in a light curve's `meta`; TESS if unknown."""
    return "kepler" if str(telescope).strip().upper() in ("KEPLER", "K2") else "tess"


def to_u(q1: float, q2: float) -> tuple[float, float]:
    """Return u1, u2 of Kipping's q1, q2 in [0, 1], which allow what is physical and no more.

    Kipping 2013, MNRAS 435, 2152.
    """
    root = math.sqrt(q1)
    return 2 * root * q2, root * (1 - 2 * q2)


def to_q(u1: float, u2: float) -> tuple[float, float]:
    """Return Kipping's q1, q2 of u1, u2."""
    total = u1 + u2
    return total**2, (0.5 * u1 / total if total else 0.0)


def profile(mu: FloatArray, u1: float, u2: float) -> FloatArray:
    """Return the brightness of the disk relative to its centre, shape of `mu` = cos(angle)."""
    return np.asarray(1 - u1 * (1 - mu) - u2 * (1 - mu) ** 2)
