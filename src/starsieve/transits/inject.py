"""Put planets and eclipsing binaries of known truth into light curves, before any detrending."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import FloatArray
from starsieve.data.star import Star
from starsieve.errors import DataError
from starsieve.transits.binary import Binary, binary_flux, draw_binary
from starsieve.transits.fit_data import exposure_of
from starsieve.transits.limb_darkening import band_of, limb_darkening
from starsieve.transits.model import TransitModel, a_rs_of_density, transit_flux
from starsieve.transits.planet import EARTH_RADII_PER_SUN, star_density

MIN_A_RS = 1.5
"""Nearer to the star's centre, in stellar radii, no orbit is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Injected:
    """A light curve with something put in, and what that is.

    Parameters
    ----------
    curve : LightCurve
        As the one before, its flux multiplied; `meta` holds the truth under ``"injected"``.
    model_flux : array, shape (n_cadences,)
        What it was multiplied with.
    truth : mapping
        `kind` ("planet", "binary" or "background binary"), `period_days`, `epoch_btjd`,
        `duration_hours`, `depth_ppm`, `n_transits` (events with valid data inside), and what else
        makes such a thing.
    """

    curve: LightCurve
    model_flux: FloatArray
    truth: Mapping[str, Any] = field(default_factory=dict)


def inject_planet(
    curve: LightCurve,
    star: Star | None = None,
    *,
    period_days: float,
    radius_earth: float,
    impact: float | None = None,
    epoch_btjd: float | None = None,
    contamination: float = 0.0,
    seed: int = 0,
) -> Injected:
    """Put a transiting planet on a circular orbit into a light curve.

    Parameters
    ----------
    curve : LightCurve
        In any unit, with its trends and gaps.
    star : Star, optional
        By default what `curve.meta` says. The Sun's radius and density stand for unknown ones;
        `truth` says which were taken.
    period_days, radius_earth : float
    impact : float, optional
        Drawn evenly from 0 to 1 if not given.
    epoch_btjd : float, optional
        Drawn evenly from the first period if not given.
    contamination : float
        Light of other stars over that of the star, which makes transits shallower.
    seed : int

    Raises
    ------
    DataError
        If a value is impossible, or the orbit lies within the star.

    Examples
    --------
    >>> quiet = LightCurve(np.linspace(0, 27, 4000), np.ones(4000))
    >>> made = inject_planet(quiet, period_days=5, radius_earth=10.0, impact=0, epoch_btjd=1)
    >>> made.truth["n_transits"], round(made.truth["rp_rs"], 4)
    (6, 0.0917)
    """
    _check_positive(period_days=period_days, radius_earth=radius_earth)
    if contamination < 0:
        msg = f"contamination must be 0 or more, got {contamination}."
        raise DataError(msg)
    rng = np.random.default_rng(seed)
    star = Star.from_meta(curve.meta) if star is None else star
    radius = star.radius or 1.0
    density = star_density(star) or 1.0
    drawn_impact, drawn_phase = rng.uniform(size=2)  # both always: one given changes not the other
    dark = limb_darkening(star, band_of(curve.meta.get("telescope")))
    start = float(curve.time[0]) if len(curve) else 0.0
    model = TransitModel(
        period_days=period_days,
        epoch_btjd=start + drawn_phase * period_days if epoch_btjd is None else epoch_btjd,
        rp_rs=radius_earth / (radius * EARTH_RADII_PER_SUN),
        impact=float(drawn_impact) if impact is None else impact,
        a_rs=_orbit(density, period_days),
        u1=dark.u1,
        u2=dark.u2,
    )
    flux = transit_flux(curve.time, model, exposure_of(curve))
    flux = (flux + contamination) / (1 + contamination)
    truth = {
        "kind": "planet",
        **_transit_truth(model),
        "radius_earth": radius_earth,
        "star_radius": radius,
        "star_density": density,
        "depth_ppm": model.depth_ppm / (1 + contamination),
        "contamination": contamination,
    }
    return _injected(curve, flux, truth)


def inject_binary(
    curve: LightCurve,
    binary: Binary | None = None,
    star: Star | None = None,
    *,
    period_days: float | None = None,
    background: bool = False,
    seed: int = 0,
) -> Injected:
    """Put an eclipsing binary into a light curve: eclipses, and the waves between them.

    Parameters
    ----------
    curve : LightCurve
    binary : Binary, optional
        Drawn by `draw_binary` if not given.
    star : Star, optional
        The primary of a drawn binary; by default what `curve.meta` says.
    period_days : float, optional
        Of a drawn binary; by default drawn, too, from 0.4 days to half of what was observed.
    background : bool
        Whether a drawn binary is a faint one in the aperture, so that its eclipses are as shallow
        as a planet's transits.
    seed : int

    Raises
    ------
    DataError
        If a value is impossible.
    """
    rng = np.random.default_rng(seed)
    if binary is None:
        star = Star.from_meta(curve.meta) if star is None else star
        span = float(np.ptp(curve.time)) if len(curve) > 1 else 27.0
        drawn = math.exp(rng.uniform(math.log(0.4), math.log(max(span / 2, 0.8))))
        period = drawn if period_days is None else period_days
        _check_positive(period_days=period)
        start = float(curve.time[0]) if len(curve) else 0.0
        band = band_of(curve.meta.get("telescope"))
        binary = draw_binary(star, period, start, rng, background=background, band=band)
    flux = binary_flux(curve.time, binary, exposure_of(curve))
    faint = binary.others > 1
    truth = {
        "kind": "background binary" if faint else "binary",
        **_transit_truth(binary.primary),
        "depth_ppm": binary.primary_depth_ppm,
        "secondary_depth_ppm": binary.secondary_depth_ppm,
        "secondary_phase": binary.secondary_phase,
        "radius_ratio": binary.radius_ratio,
        "mass_ratio": binary.mass_ratio,
        "surface_brightness": binary.surface_brightness,
        "contamination": binary.others,
    }
    return _injected(curve, flux, truth)


def _transit_truth(model: TransitModel) -> dict[str, float]:
    names = ("period_days", "epoch_btjd", "duration_hours", "rp_rs", "impact", "a_rs", "u1", "u2")
    return {name: float(getattr(model, name)) for name in names}


def _injected(curve: LightCurve, flux: FloatArray, truth: dict[str, Any]) -> Injected:
    """Return the curve with its flux multiplied, and the truth with what was seen of it."""
    phase = (curve.time - truth["epoch_btjd"]) / truth["period_days"]
    event = np.floor(phase + 0.5)
    inside = np.abs(phase - event) * truth["period_days"] < truth["duration_hours"] / 48
    seen = np.unique(event[inside & curve.usable])
    truth = truth | {"n_transits": len(seen)}
    changed = replace(curve, flux=curve.flux * flux, meta={**curve.meta, "injected": truth})
    return Injected(changed, flux, truth)


def _orbit(density: float, period_days: float) -> float:
    a_rs = a_rs_of_density(density, period_days)
    if a_rs < MIN_A_RS:
        msg = (
            f"A period of {period_days:.4g} d around a star of {density:.4g} solar densities is an "
            f"orbit of {a_rs:.3g} stellar radii: it needs {MIN_A_RS} or more."
        )
        raise DataError(msg)
    return a_rs


def _check_positive(**values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            msg = f"{name} must be positive and finite, got {value}."
            raise DataError(msg)
