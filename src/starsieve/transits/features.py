"""What speaks for a planet or against it, in numbers: of the signal, its events, and its star."""

from collections.abc import Mapping

import numpy as np

from starsieve.data.light_curve import LightCurve
from starsieve.data.star import Star
from starsieve.errors import DataError
from starsieve.transits.candidate import Candidate
from starsieve.transits.detrend import Detrended
from starsieve.transits.dips import Dips, find_dips
from starsieve.transits.event_features import EVENT_FEATURES, event_features
from starsieve.transits.fit import TransitFit
from starsieve.transits.model import a_rs_of_density, chord_days
from starsieve.transits.planet import EARTH_RADII_PER_SUN, star_density

CANDIDATE_FEATURES: Mapping[str, tuple[str, str]] = {
    "period_days": ("d", "period"),
    "duration_hours": ("h", "duration, first to last contact"),
    "depth_ppm": ("ppm", "mean depth"),
    "snr": ("", "depth over its error from white noise"),
    "snr_pink": ("", "the same with correlated noise"),
    "n_transits": ("", "events with data inside"),
    "coverage": ("", "part of the expected in-event cadences that were observed"),
    "duty": ("", "duration over period"),
    "odd_even_part": ("", "difference of odd and even depths, over the depth"),
    "odd_even_sigma": ("", "the same difference over its error"),
    "secondary_part": ("", "depth of the secondary over that of the primary"),
    "secondary_snr": ("", "signal-to-noise of the secondary"),
    "secondary_phase": ("", "its phase, 0.5 is half an orbit later"),
}
"""Unit and meaning of what the search measured."""

ROTATION_FEATURES: Mapping[str, tuple[str, str]] = {
    "rotation_days": ("d", "rotation period of the star, by its light curve"),
    "rotation_amplitude_ppm": ("ppm", "half of the range of its sinusoid"),
    "rotation_ratio": ("", "orbital over rotation period"),
    "rotation_distance": (
        "",
        "how far, relatively, the orbital period is from the rotation period, half or twice of it",
    ),
    "wave_ppm": ("ppm", "amplitude of the trend at the orbital period"),
    "ellipsoidal_ppm": ("ppm", "amplitude of the trend at half the orbital period"),
}
"""Unit and meaning of what detrending took out."""

STAR_FEATURES: Mapping[str, tuple[str, str]] = {
    "tmag": ("mag", "TESS magnitude"),
    "teff": ("K", "effective temperature of the star"),
    "logg": ("dex(cm/s2)", "its surface gravity"),
    "mh": ("dex", "its metallicity"),
    "radius": ("solRad", "its radius"),
    "mass": ("solMass", "its mass"),
    "density": ("solar", "its density, stated, or of mass or gravity and radius"),
    "distance_pc": ("pc", "its distance"),
    "contamination": ("", "flux of neighbours over that of the star"),
}
"""Unit and meaning of what is known of the star."""

PLANET_FEATURES: Mapping[str, tuple[str, str]] = {
    "radius_earth": ("earthRad", "radius of the planet; of the fit, else of depth and star"),
    "rp_rs": ("", "radius of the planet over that of the star, likewise"),
    "expected_hours": ("h", "duration of a central transit on a circular orbit of this star"),
    "duration_ratio": ("", "measured over expected duration; above 1 is too long for this star"),
    "impact": ("", "impact parameter of the fit"),
    "a_rs": ("", "semi-major axis of the fit over the star's radius"),
    "density_ratio": ("", "density of the star by the transit's shape over that by the catalogue"),
    "density_sigma": ("", "by how many errors they differ"),
    "insolation_earth": ("", "light that the planet gets, in that of the Earth"),
    "teq_k": ("K", "its equilibrium temperature"),
    "fit_chi2_reduced": ("", "chi-square of the fit per degree of freedom"),
}
"""Unit and meaning of what signal, fit and star say together."""

FEATURES: Mapping[str, tuple[str, str]] = {
    **CANDIDATE_FEATURES,
    **EVENT_FEATURES,
    **ROTATION_FEATURES,
    **STAR_FEATURES,
    **PLANET_FEATURES,
}
"""Unit and meaning of every feature, in the order in which `features` returns them."""

PPM = 1e6
FITTED = ("impact", "a_rs", "insolation_earth", "teq_k")
MIN_ORBITS = 2.0
"""That a light curve must last to show what varies with the orbit."""


def features(
    flat: LightCurve,
    candidate: Candidate,
    star: Star,
    fit: TransitFit | None = None,
    detrended: Detrended | None = None,
) -> dict[str, float]:
    """Return the numbers of a candidate by the names of `FEATURES`, NaN where unknown.

    Parameters
    ----------
    flat : LightCurve
        Detrended, around 1; events of other candidates not valid.
    candidate : Candidate
    star : Star
    fit : TransitFit, optional
    detrended : Detrended, optional
        What knows of the star's rotation, and of its trend.

    Raises
    ------
    DataError
        If the trend has another length than the light curve.
    """
    if detrended is not None and len(detrended.trend) != len(flat):
        msg = (
            f"The trend has {len(detrended.trend)} cadences and the flat light curve {len(flat)}: "
            "give the light curve that was detrended."
        )
        raise DataError(msg)
    known: dict[str, float | None] = {
        **_of_candidate(candidate),
        **_of_events(flat, candidate),
        **_of_rotation(flat, candidate, detrended),
        **_of_star(star),
        **_of_planet(candidate, star, fit),
    }
    return {name: _number(known.get(name)) for name in FEATURES}


def _number(value: float | None) -> float:
    return float("nan") if value is None or not np.isfinite(value) else float(value)


def _part(value: float | None, whole: float | None) -> float | None:
    return None if value is None or not whole or whole < 0 else value / whole


def _of_candidate(candidate: Candidate) -> dict[str, float | None]:
    ephemeris, depth = candidate.ephemeris, candidate.depth_ppm
    odd, even = candidate.odd_depth_ppm, candidate.even_depth_ppm
    apart = None if odd is None or even is None else abs(odd - even)
    return {
        "period_days": ephemeris.period_days,
        "duration_hours": ephemeris.duration_hours,
        "depth_ppm": depth,
        "snr": candidate.snr,
        "snr_pink": candidate.snr_pink,
        "n_transits": candidate.n_transits,
        "coverage": candidate.coverage,
        "duty": _part(ephemeris.duration_days, ephemeris.period_days),
        "odd_even_part": _part(apart, depth),
        "odd_even_sigma": candidate.odd_even_sigma,
        "secondary_part": _part(candidate.secondary_depth_ppm, depth),
        "secondary_snr": candidate.secondary_snr,
        "secondary_phase": candidate.secondary_phase,
    }


def _of_events(flat: LightCurve, candidate: Candidate) -> dict[str, float | None]:
    try:
        dips: Dips = find_dips(flat)
    except DataError:  # hardly anything is left beside other candidates' events
        return {}
    pink = candidate.snr / candidate.snr_pink if candidate.snr_pink > 0 else 1.0
    return event_features(dips, candidate.ephemeris, max(pink, 1.0))


def _of_rotation(
    flat: LightCurve, candidate: Candidate, detrended: Detrended | None
) -> dict[str, float | None]:
    if detrended is None:
        return {}
    period, rotation = candidate.ephemeris.period_days, detrended.rotation_days
    ratio = _part(period, rotation)
    amplitude = detrended.amplitude
    return {
        "rotation_days": rotation,
        "rotation_amplitude_ppm": None if amplitude is None else amplitude * PPM,
        "rotation_ratio": ratio,
        "rotation_distance": (
            None if ratio is None else min(abs(ratio / whole - 1) for whole in (0.5, 1.0, 2.0))
        ),
        **_waves(flat, detrended, period),
    }


def _waves(flat: LightCurve, detrended: Detrended, period: float | None) -> dict[str, float | None]:
    """Return how much the trend varies with the orbit: tides and reflected light of a binary."""
    time = flat.time[flat.usable]
    if period is None or len(time) < 10 or time[-1] - time[0] < MIN_ORBITS * period:
        return {}
    some = slice(None, None, max(len(time) // 2000, 1))  # a trend is smooth
    angle = 2 * np.pi * (time[some] - time[0]) / period
    terms = [np.ones_like(angle), *(f(n * angle) for n in (1, 2) for f in (np.cos, np.sin))]
    solved = np.linalg.lstsq(np.stack(terms, axis=1), detrended.trend[flat.usable][some])[0]
    return {
        "wave_ppm": float(np.hypot(*solved[1:3])) * PPM,
        "ellipsoidal_ppm": float(np.hypot(*solved[3:5])) * PPM,
    }


def _of_star(star: Star) -> dict[str, float | None]:
    stated = {name: getattr(star, name) for name in STAR_FEATURES}
    return stated | {"density": star_density(star)}


def _of_planet(candidate: Candidate, star: Star, fit: TransitFit | None) -> dict[str, float | None]:
    fitted = {} if fit is None else {name: each.value for name, each in fit.measured.items()}
    ephemeris = candidate.ephemeris
    by_depth = float(np.sqrt(max(candidate.depth_ppm, 0.0) / PPM))
    rp_rs = fitted.get("rp_rs", by_depth)
    by_star = None if star.radius is None else rp_rs * star.radius * EARTH_RADII_PER_SUN
    expected = None
    density = star_density(star)
    if density is not None and ephemeris.period_days is not None:
        a_rs = a_rs_of_density(density, ephemeris.period_days)
        if a_rs > 1 + rp_rs:
            expected = 24 * chord_days(ephemeris.period_days, a_rs, 0.0, 1 + rp_rs)
    return {
        "radius_earth": fitted.get("radius_earth", by_star),
        "rp_rs": rp_rs,
        "expected_hours": expected,
        "duration_ratio": _part(ephemeris.duration_hours, expected),
        **{name: fitted.get(name) for name in FITTED},
        "density_ratio": None if fit is None else fit.density_ratio,
        "density_sigma": None if fit is None else fit.density_sigma,
        "fit_chi2_reduced": None if fit is None else fit.chi2_reduced,
    }
