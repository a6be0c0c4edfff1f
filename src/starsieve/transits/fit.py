"""Fit a transit: shape, star and planet, with errors that hold."""

from dataclasses import replace

import numpy as np

from starsieve.data.ephemeris import Ephemeris
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import FloatArray
from starsieve.data.star import Star
from starsieve.errors import DataError
from starsieve.transits.fit_data import (
    NearTransits,
    exposure_of,
    near_transits,
    noise_inflation,
)
from starsieve.transits.fit_posterior import (
    Draws,
    Profile,
    TransitProblem,
    draw,
    fit_at,
    profile,
)
from starsieve.transits.fit_result import Measured, TransitFit, model_flux
from starsieve.transits.limb_darkening import band_of, limb_darkening
from starsieve.transits.model import TransitModel
from starsieve.transits.planet import (
    TYPICAL_ERRORS,
    StarErrors,
    compare_densities,
    draw_star,
    planet_draws,
    single_period_draws,
)

__all__ = ["Measured", "TransitFit", "fit_transit"]

N_DRAWS = 1000
FIRST_IMPACTS = (0.1, 0.6, 0.9)
"""Impact parameters, in units of their limit, that the first fit starts from."""

SINGLE_PERIOD_DURATIONS = 100.0
"""Period that stands for an unknown one, in durations; it changes nothing but what is left out."""

FEW_DRAWS = 30
"""Effective draws below which errors are only rough."""

DENSITY_LIMIT = 3.0


def fit_transit(
    flat: LightCurve,
    ephemeris: Ephemeris,
    star: Star | None = None,
    *,
    star_errors: StarErrors = TYPICAL_ERRORS,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> TransitFit:
    """Fit a transit to a flat light curve.

    Parameters
    ----------
    flat : LightCurve
        Without trend, around 1. Its `meta` tells telescope and cadence.
    ephemeris : Ephemeris
        Near the truth: the epoch to half a duration, the duration to a factor of two or three.
        Without a period it is a single event, of which no orbit is told.
    star : Star, optional
        For limb darkening and the planet's size; by default what `flat.meta` says.
    star_errors : StarErrors
        Relative errors of the star's values.
    n_draws : int
        Draws from the posterior.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    TransitFit

    Raises
    ------
    DataError
        If fewer than three valid cadences are in transit or beside it, or the flux isn't near 1.
    """
    _check(flat)
    star = Star.from_meta(flat.meta) if star is None else star
    single = ephemeris.period_days is None
    start = _first_fit(flat, ephemeris, star)
    flux = model_flux(flat.time, start, single, exposure_of(flat))
    better = replace(start.ephemeris, period_days=None if single else start.period_days)
    data = near_transits(flat, better, flux)
    problem = _problem(data, better, star, flat)
    problem = replace(problem, inflation=noise_inflation(flat, flux, better))
    found = profile(problem, problem.start_from(start))
    draws = draw(problem, found, n_draws, seed)
    model = problem.model(found.vectors[found.best], float(found.parts[found.best]))
    shape = _shape_draws(problem, draws, single)
    known = draw_star(star, n_draws, np.random.default_rng(seed + 1), star_errors)
    ratio, sigma = _density_check(shape, known)
    return TransitFit(
        model=model,
        exposure_days=exposure_of(flat),
        measured=_measure(shape, known, problem.period_step == 0 and not single),
        chi2_reduced=_chi2_reduced(problem, found),
        noise_inflation=problem.inflation,
        n_points=len(data.days),
        n_transits=data.n_transits,
        single=single,
        density_ratio=ratio,
        density_sigma=sigma,
        notes=_notes(model, data.n_transits, single, sigma, draws),
    )


def _check(flat: LightCurve) -> None:
    level = float(np.median(flat.flux[flat.usable])) if flat.usable.any() else np.nan
    if not 0.9 < level < 1.1:
        msg = (
            f"A fit needs a flat light curve around 1, got a median of {level:.6g}; detrend it "
            "first, or divide it by its median: curve.normalised()."
        )
        raise DataError(msg)


def _first_fit(flat: LightCurve, ephemeris: Ephemeris, star: Star) -> TransitModel:
    """Return a first model, from the best of some starts; the width of the window is its."""
    data = near_transits(flat, ephemeris)
    problem = _problem(data, ephemeris, star, flat)
    fits = [(fit_at(problem, problem.start, part), part) for part in FIRST_IMPACTS]
    best, part = min(fits, key=lambda fit: float(fit[0].cost))
    vector = problem.start
    vector[problem.free] = best.x
    return problem.model(vector, part)


def _problem(
    data: NearTransits, ephemeris: Ephemeris, star: Star, flat: LightCurve
) -> TransitProblem:
    """Return what is to be fitted; the period is only if two transits are there."""
    duration = ephemeris.duration_days
    span = float(np.ptp(data.event))
    return TransitProblem(
        data,
        period_days=ephemeris.period_days or SINGLE_PERIOD_DURATIONS * duration,
        duration_days=duration,
        period_step=duration / span if data.n_transits > 1 and span >= 1 else 0.0,
        dark=limb_darkening(star, band_of(flat.meta.get("telescope"))),
    )


def _shape_draws(problem: TransitProblem, draws: Draws, single: bool) -> dict[str, FloatArray]:
    """Return draws of all that the light curve alone says, by the names of `ERROR_NAMES`."""
    models = [
        problem.model(vector, float(part))
        for vector, part in zip(draws.vectors, draws.parts, strict=True)
    ]
    names = {
        "period_days": "period_days", "epoch_btjd": "epoch_btjd", "rp_rs": "rp_rs",
        "impact": "impact", "u1": "u1", "u2": "u2", "a_rs": "a_rs", "density_solar": "density",
        "duration_hours": "duration_hours", "ingress_hours": "ingress_hours",
        "depth_ppm": "depth_ppm", "inclination_deg": "inclination_deg",
    }  # fmt: skip
    if single:
        for name in ("period_days", "a_rs", "density_solar", "inclination_deg"):
            del names[name]
    return {
        name: np.array([getattr(model, attribute) for model in models])
        for name, attribute in names.items()
    }


def _measure(
    shape: dict[str, FloatArray], star: dict[str, FloatArray], period_fixed: bool
) -> dict[str, Measured]:
    """Return medians and intervals of what transit and star say."""
    drawn = shape | planet_draws(shape, star)
    if "density" in star and "period_days" not in shape:
        drawn["single_period_days"] = single_period_draws(
            shape["duration_hours"] / 24, shape["impact"], shape["rp_rs"], star["density"]
        )
    measured = {}
    for name, values in drawn.items():
        low, middle, high = (float(each) for each in np.quantile(values, [0.1587, 0.5, 0.8413]))
        measured[name] = Measured(middle, low, high)
    if period_fixed:
        measured["period_days"] = Measured(measured["period_days"].value, np.nan, np.nan)
    return measured


def _density_check(
    shape: dict[str, FloatArray], star: dict[str, FloatArray]
) -> tuple[float | None, float | None]:
    if "density" not in star or "density_solar" not in shape:
        return None, None
    return compare_densities(shape["density_solar"], star["density"])


def _chi2_reduced(problem: TransitProblem, found: Profile) -> float:
    """Return chi-square per degree of freedom, of white noise and without the prior's part."""
    data = problem.data
    residual = problem.residuals(found.vectors[found.best], float(found.parts[found.best]))[:-2]
    n_fitted = 2 * len(data.starts) + len(problem.free) + 1 - 2  # the prior pays for u1 and u2
    return float(np.sum(residual**2)) * problem.inflation**2 / max(len(residual) - n_fitted, 1)


def _notes(
    model: TransitModel, n_transits: int, single: bool, sigma: float | None, draws: Draws
) -> tuple[str, ...]:
    notes = []
    if n_transits == 1 and not single:
        notes.append("Only one transit has data: the period is as given, not fitted.")
    if model.impact > 1 - model.rp_rs:
        notes.append("The best fit is grazing: its radius is a lower limit.")
    if sigma is not None and abs(sigma) > DENSITY_LIMIT:
        notes.append(
            f"The transit is too {'long' if sigma < 0 else 'short'} for a circular orbit around "
            f"this star: their densities differ by {abs(sigma):.1f} sigma."
        )
    if draws.n_effective < FEW_DRAWS:
        notes.append("The posterior was hard to sample: errors are approximate.")
    return tuple(notes)
