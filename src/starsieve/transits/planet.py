"""From a transit's shape and a star to a planet: radius, orbit, irradiation; and is it the star?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from starsieve.data.spectrum import FloatArray
from starsieve.data.star import Star
from starsieve.transits.limb_darkening import SUN_LOGG, SUN_TEFF
from starsieve.transits.model import A_RS_SUN

EARTH_RADII_PER_SUN = 109.0763
AU_PER_SOLAR_RADIUS = 0.00465047
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class StarErrors:
    """Relative standard errors of a star's values, where a catalogue states none.

    What the TESS Input Catalog has for dwarfs (Stassun et al. 2019, AJ 158, 138); `logg` in dex.
    """

    teff: float = 0.02
    radius: float = 0.06
    mass: float = 0.12
    density: float = 0.20
    logg: float = 0.09


TYPICAL_ERRORS = StarErrors()


def star_density(star: Star) -> float | None:
    """Return a star's density (solar) as stated, or by mass or surface gravity with its radius."""
    if star.density is not None and star.density > 0:
        return star.density
    if star.radius is None or star.radius <= 0:
        return None
    if star.mass is not None and star.mass > 0:
        return star.mass / star.radius**3
    return None if star.logg is None else float(10 ** (star.logg - SUN_LOGG)) / star.radius


def draw_star(
    star: Star, n_draws: int, rng: np.random.Generator, errors: StarErrors = TYPICAL_ERRORS
) -> dict[str, FloatArray]:
    """Return draws of what is known of the star: of teff, radius, mass and density those that are.

    What is not stated follows, where it can, from the others: density from mass and radius or from
    surface gravity and radius, mass from density and radius. Values that are not positive are not
    known.
    """
    known: dict[str, FloatArray] = {}
    for name in ("teff", "radius", "mass", "density"):
        value = getattr(star, name)
        if value is not None and value > 0:
            known[name] = value * np.exp(getattr(errors, name) * rng.normal(size=n_draws))
    if star.logg is not None and "radius" in known and "mass" not in known:
        gravity = 10 ** (star.logg - SUN_LOGG + errors.logg * rng.normal(size=n_draws))
        known.setdefault("density", gravity / known["radius"])
    if "mass" in known and "radius" in known:
        known.setdefault("density", known["mass"] / known["radius"] ** 3)
    if "density" in known and "radius" in known:
        known.setdefault("mass", known["density"] * known["radius"] ** 3)
    return known


def planet_draws(
    transit: Mapping[str, FloatArray], star: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """Return draws of the planet's values that transit and star give together.

    Parameters
    ----------
    transit : mapping of str to array, shape (n_draws,)
        `rp_rs`, and, unless the event is a single one, `period_days` and `a_rs`.
    star : mapping of str to array, shape (n_draws,)
        As of `draw_star`.

    Returns
    -------
    dict of str to array, shape (n_draws,)
        Those of `radius_earth`, `a_au`, `insolation_earth` and `teq_k` that can be told. The
        orbit's size is that of Kepler's third law where the star's mass is known, which is far
        better than what the transit's shape says. The equilibrium temperature is for a dark
        planet that is heated all around.
    """
    planet: dict[str, FloatArray] = {}
    radius = star.get("radius")
    if radius is None:
        return planet
    planet["radius_earth"] = transit["rp_rs"] * radius * EARTH_RADII_PER_SUN
    if "period_days" not in transit:
        return planet
    years = transit["period_days"] / DAYS_PER_YEAR
    from_shape = transit["a_rs"] * radius * AU_PER_SOLAR_RADIUS
    planet["a_au"] = np.cbrt(star["mass"] * years**2) if "mass" in star else from_shape
    if "teff" in star:
        warmth = star["teff"] / SUN_TEFF
        planet["insolation_earth"] = warmth**4 * (radius / planet["a_au"]) ** 2
        stellar_radii = planet["a_au"] / (radius * AU_PER_SOLAR_RADIUS)
        planet["teq_k"] = star["teff"] / np.sqrt(2 * stellar_radii)
    return planet


def compare_densities(transit: FloatArray, star: FloatArray) -> tuple[float, float]:
    """Return density from the transit over that of the star, and by how many sigma they differ.

    Negative where the transit takes too long: for a giant, a blended binary, or an orbit that is
    eccentric with its far end towards us.

    Parameters
    ----------
    transit, star : arrays, shape (n_draws,)
        Draws of the densities, solar.
    """
    log_ratio = np.log(transit / star)
    low, middle, high = np.quantile(log_ratio, [0.1587, 0.5, 0.8413])
    width = (high - middle) if middle < 0 else (middle - low)
    return math.exp(middle), float(middle / max(width, 1e-6))


def single_period_draws(
    duration_days: FloatArray, impact: FloatArray, rp_rs: FloatArray, density: FloatArray
) -> FloatArray:
    """Return the period (days) that a single transit's duration means on a circular orbit."""
    chord = np.sqrt(np.maximum((1 + rp_rs) ** 2 - impact**2, 1e-6))
    return np.asarray(density * (math.pi * A_RS_SUN * duration_days / chord) ** 3)
