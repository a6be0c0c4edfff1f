"""The light of a star while a planet passes before it: circular orbit, quadratic limb darkening."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from exoplanet_core import quad_limbdark_light_curve

from starsieve.data.ephemeris import Ephemeris, days_from_event
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

A_RS_SUN = 4.20829
"""Semi-major axis over stellar radius, of an orbit of one day around a star as dense as the Sun."""

MAX_SAMPLES = 31
"""Points in time that an exposure is divided into, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitModel:
    """A transit: its ephemeris and shape.

    Parameters
    ----------
    period_days, epoch_btjd : float
        Time between transits, and the middle of one (BJD_TDB - 2457000).
    rp_rs : float
        Radius of the planet over that of the star.
    impact : float
        Distance of the centres at mid-transit, in stellar radii; below ``1 + rp_rs``.
    a_rs : float
        Semi-major axis over stellar radius; above ``1 + rp_rs``.
    u1, u2 : float
        Quadratic limb darkening.

    Raises
    ------
    DataError
        If a number is not finite or impossible.
    """

    period_days: float
    epoch_btjd: float
    rp_rs: float
    impact: float
    a_rs: float
    u1: float = 0.36
    u2: float = 0.22

    def __post_init__(self) -> None:
        for name in ("period_days", "epoch_btjd", "rp_rs", "impact", "a_rs", "u1", "u2"):
            if not math.isfinite(getattr(self, name)):
                msg = f"{name} of a transit must be finite, got {getattr(self, name)}."
                raise DataError(msg)
        if not (self.period_days > 0 and self.rp_rs > 0 and self.a_rs > 1 + self.rp_rs):
            msg = (
                "A transit needs period_days and rp_rs above 0 and a_rs above 1 + rp_rs, got "
                f"period_days={self.period_days}, rp_rs={self.rp_rs}, a_rs={self.a_rs}."
            )
            raise DataError(msg)
        if not 0 <= self.impact < 1 + self.rp_rs:
            msg = f"impact must be in [0, 1 + rp_rs), or nothing transits; got {self.impact}."
            raise DataError(msg)

    @classmethod
    def from_density(
        cls,
        density: float,
        *,
        period_days: float,
        epoch_btjd: float,
        rp_rs: float,
        impact: float,
        u1: float = 0.36,
        u2: float = 0.22,
    ) -> Self:
        """Return the transit of a star of this density (solar), by Kepler's third law."""
        if not density > 0:
            msg = f"The density of a star must be positive (in units of the Sun's), got {density}."
            raise DataError(msg)
        return cls(
            period_days=period_days,
            epoch_btjd=epoch_btjd,
            rp_rs=rp_rs,
            impact=impact,
            a_rs=a_rs_of_density(density, period_days),
            u1=u1,
            u2=u2,
        )

    @property
    def density(self) -> float:
        """Mean density of the star that the orbit implies, in units of the Sun's."""
        return density_of_a_rs(self.a_rs, self.period_days)

    @property
    def inclination_deg(self) -> float:
        """Inclination of the orbit; 90 is edge-on."""
        return math.degrees(math.acos(self.impact / self.a_rs))

    @property
    def duration_hours(self) -> float:
        """Time from first to last contact."""
        return 24 * chord_days(self.period_days, self.a_rs, self.impact, 1 + self.rp_rs)

    @property
    def full_duration_hours(self) -> float:
        """Time from second to third contact; 0 for a grazing transit."""
        return 24 * chord_days(self.period_days, self.a_rs, self.impact, 1 - self.rp_rs)

    @property
    def ingress_hours(self) -> float:
        """Time from first to second contact; half the transit if it is grazing."""
        return (self.duration_hours - self.full_duration_hours) / 2

    @property
    def depth_ppm(self) -> float:
        """Depth in the middle of the transit, limb darkening included."""
        blocked = -quad_limbdark_light_curve(self.u1, self.u2, self.impact, self.rp_rs)
        return 1e6 * float(np.asarray(blocked).item())

    @property
    def ephemeris(self) -> Ephemeris:
        """Period, epoch and duration."""
        return Ephemeris(
            period_days=self.period_days,
            epoch_btjd=self.epoch_btjd,
            duration_hours=self.duration_hours,
        )


def transit_flux(
    time: FloatArray,
    model: TransitModel,
    exposure_days: float = 0.0,
    n_samples: int | None = None,
) -> FloatArray:
    """Return the star's flux during its transits, 1 outside.

    Parameters
    ----------
    time : array, shape (n_cadences,)
        Middles of the exposures, BJD_TDB - 2457000.
    model : TransitModel
    exposure_days : float
        Length of an exposure, over which the flux is averaged; 0 gives the flux at each instant.
    n_samples : int, optional
        Points per exposure; by default as many as ingress and exposure ask for.

    Returns
    -------
    array, shape (n_cadences,)

    Examples
    --------
    >>> model = TransitModel(period_days=3, epoch_btjd=1, rp_rs=0.1, impact=0, a_rs=8, u1=0, u2=0)
    >>> transit_flux(np.array([0.0, 1.0, 4.0]), model).round(6).tolist()
    [1.0, 0.99, 0.99]
    """
    if exposure_days < 0 or (n_samples is not None and n_samples < 1):
        msg = f"exposure_days must be 0 or more and n_samples 1 or more, got {exposure_days}, "
        msg += f"{n_samples}."
        raise DataError(msg)
    days = days_from_event(time, model.ephemeris)
    return event_flux(days, model, exposure_days, n_samples)


def event_flux(
    days: FloatArray,
    model: TransitModel,
    exposure_days: float = 0.0,
    n_samples: int | None = None,
) -> FloatArray:
    """Return the flux at so many days from mid-transit; `transit_flux` explains the rest."""
    samples = n_samples or n_exposure_samples(model, exposure_days)
    flux = np.ones(days.shape)
    near = np.abs(days) < (model.duration_hours / 24 + exposure_days) / 2
    at = days[near][:, None] + exposure_days * _offsets(samples)
    angle = 2 * np.pi / model.period_days * at
    # On the far side of its orbit the planet hides nothing.
    sine, cosine = np.sin(angle), np.maximum(np.cos(angle), 0.0)
    apart = np.hypot(model.a_rs * sine, model.impact * cosine)
    apart[cosine == 0.0] = np.inf
    hidden = np.zeros(apart.shape)
    touching = apart < 1 + model.rp_rs
    hidden[touching] = quad_limbdark_light_curve(model.u1, model.u2, apart[touching], model.rp_rs)
    flux[near] += hidden.mean(axis=1)
    return flux


def n_exposure_samples(model: TransitModel, exposure_days: float) -> int:
    """Return into how many points an exposure is divided: three per ingress, and at least three."""
    if exposure_days == 0:
        return 1
    ingress = max(model.ingress_hours / 24, 1e-4)
    return min(max(3, math.ceil(3 * exposure_days / ingress)), MAX_SAMPLES)


def chord_days(period_days: float, a_rs: float, impact: float, reach: float) -> float:
    """Return how long the centres are nearer than `reach` stellar radii; 0 if they never are."""
    if reach <= impact:
        return 0.0
    # apart^2 = a^2 sin^2(phase) + b^2 cos^2(phase), solved for the phase where it is reach^2
    sine = math.sqrt((reach**2 - impact**2) / (a_rs**2 - impact**2))
    return period_days / math.pi * math.asin(min(sine, 1.0))


def a_rs_of_duration(
    period_days: float, duration_days: float, impact: float, rp_rs: float
) -> float:
    """Return the semi-major axis (stellar radii) of a transit of known duration; exact."""
    angle = math.pi * duration_days / period_days
    squared = (1 + rp_rs) ** 2 - (impact * math.cos(angle)) ** 2
    return math.sqrt(squared) / math.sin(angle)


def a_rs_of_density(density: float, period_days: float) -> float:
    """Return the semi-major axis (stellar radii) around a star of this density (solar)."""
    return float(A_RS_SUN * np.cbrt(density * period_days**2))


def density_of_a_rs(a_rs: float, period_days: float) -> float:
    """Return the density (solar) of a star with an orbit of this size (stellar radii)."""
    return (a_rs / A_RS_SUN) ** 3 / period_days**2


def _offsets(n_samples: int) -> FloatArray:
    """Return the middles of equal parts of an exposure, in exposures from its own middle."""
    return np.asarray((np.arange(n_samples) + 0.5) / n_samples - 0.5)
