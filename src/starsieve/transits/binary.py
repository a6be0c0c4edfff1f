"""The light of an eclipsing binary on a circular orbit, alone or diluted by other stars."""

import math
from dataclasses import dataclass

import numpy as np
from exoplanet_core import quad_limbdark_light_curve

from starsieve.data.spectrum import FloatArray
from starsieve.data.star import Star
from starsieve.errors import DataError
from starsieve.transits.limb_darkening import Band, limb_darkening
from starsieve.transits.model import TransitModel, a_rs_of_density, event_flux
from starsieve.transits.planet import star_density

ELLIPSOIDAL = 1.3
"""Of a star of solar type: amplitude of its ellipsoidal variation over q (R/a)^3 sin^2 i."""

ALBEDO = 0.5
"""Part of the light that falls upon a convective star and leaves it again (Rucinski 1969)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """An eclipsing binary.

    Parameters
    ----------
    primary : TransitModel
        The eclipse of the brighter star; its `rp_rs` is the ratio of radii.
    surface_brightness : float
        Of the companion's disk over that of the primary.
    mass_ratio : float
        Companion over primary.
    secondary_phase : float
        When the companion is eclipsed, in periods after the primary: 0.5 on a circular orbit.
    others : float
        Light of other stars over that of the binary.

    Raises
    ------
    DataError
        If a number is impossible.
    """

    primary: TransitModel
    surface_brightness: float
    mass_ratio: float
    secondary_phase: float = 0.5
    others: float = 0.0

    def __post_init__(self) -> None:
        good = (
            self.surface_brightness >= 0
            and self.mass_ratio >= 0
            and 0 < self.secondary_phase < 1
            and self.others >= 0
        )
        if not good:
            msg = (
                "A binary needs surface_brightness, mass_ratio and others of 0 or more and a "
                f"secondary_phase between 0 and 1, got {self}."
            )
            raise DataError(msg)

    @property
    def radius_ratio(self) -> float:
        """Radius of the companion over that of the primary."""
        return self.primary.rp_rs

    @property
    def companion_share(self) -> float:
        """The companion's part of the binary's light."""
        light = self.surface_brightness * self.radius_ratio**2
        return light / (1 + light)

    @property
    def primary_depth_ppm(self) -> float:
        """Depth of the primary eclipse as observed, diluted by the companion and others."""
        return self.primary.depth_ppm * (1 - self.companion_share) / (1 + self.others)

    @property
    def secondary_depth_ppm(self) -> float:
        """Depth of the secondary eclipse as observed."""
        hidden = 1 - _companion_visible(np.array([self.primary.impact]), self.radius_ratio)[0]
        return 1e6 * float(hidden) * self.companion_share / (1 + self.others)


def binary_flux(time: FloatArray, binary: Binary, exposure_days: float = 0.0) -> FloatArray:
    """Return the light of a binary and its neighbours, shape of `time`; about 1 out of eclipse.

    Limb darkening is that of the primary; the companion's disk is even. Ellipsoidal and reflected
    light follow their leading terms (Morris 1985, ApJ 295, 143), which is good to some tenths of
    their size for detached stars.

    Parameters
    ----------
    time : array, shape (n_cadences,)
        BJD_TDB - 2457000.
    binary : Binary
    exposure_days : float
    """
    model, share = binary.primary, binary.companion_share
    phase = (time - model.epoch_btjd) / model.period_days
    days = ((phase + 0.5) % 1 - 0.5) * model.period_days
    light = (1 - share) * event_flux(days, model, exposure_days)
    late = ((phase - binary.secondary_phase + 0.5) % 1 - 0.5) * model.period_days
    light += share * _secondary(late, model, exposure_days)
    light += _waves(2 * np.pi * phase, binary)
    return np.asarray((light + binary.others) / (1 + binary.others))


def draw_binary(
    star: Star,
    period_days: float,
    start: float,
    rng: np.random.Generator,
    *,
    background: bool = False,
    band: Band = "tess",
) -> Binary:
    """Return a random eclipsing binary.

    Half of the companions are stars like the primary, half are much smaller and cooler: these are
    what passes for planets. Impact parameters are even up to grazing eclipses, which are V-shaped.
    One of four has an eccentric orbit, of which only the time of the secondary is shown.

    Parameters
    ----------
    star : Star
        The primary. The Sun's density stands for an unknown one.
    period_days, start : float
        Its first eclipse is drawn from the period after `start` (BJD_TDB - 2457000).
    rng : numpy.random.Generator
    background : bool
        Whether it is fainter by 2 to 7 magnitudes than what else is in the aperture.
    band : {"tess", "kepler"}
    """
    mass_ratio = float(rng.uniform(0.7, 1.0) if rng.uniform() < 0.5 else rng.uniform(0.1, 0.7))
    ratio = mass_ratio**0.9  # main sequence: radius about as mass, brightness steeply
    a_rs = max(a_rs_of_density((star_density(star) or 1.0) * (1 + mass_ratio), period_days), 2.2)
    dark = limb_darkening(star, band)
    eccentric = rng.uniform() < 0.25 and a_rs > 8
    return Binary(
        primary=TransitModel(
            period_days=period_days,
            epoch_btjd=start + float(rng.uniform()) * period_days,
            rp_rs=ratio,
            impact=float(rng.uniform(0, 0.98)) * (1 + 0.95 * ratio),
            a_rs=a_rs,
            u1=dark.u1,
            u2=dark.u2,
        ),
        surface_brightness=float(mass_ratio ** rng.uniform(2.0, 3.5)),
        mass_ratio=mass_ratio,
        secondary_phase=float(rng.uniform(0.3, 0.7)) if eccentric else 0.5,
        others=float(10 ** (0.4 * rng.uniform(2, 7))) if background else 0.0,
    )


def _companion_visible(apart: FloatArray, ratio: float) -> FloatArray:
    """Return the visible part of the companion's disk with the primary before it."""
    # Seen in units of the companion's radius, the primary is a disk of 1 / ratio.
    return np.asarray(1 + quad_limbdark_light_curve(0.0, 0.0, apart / ratio, 1 / ratio))


def _secondary(days: FloatArray, model: TransitModel, exposure_days: float) -> FloatArray:
    """Return the companion's light around its eclipse, so many days from its middle."""
    visible = np.ones(days.shape)
    near = np.abs(days) < (model.duration_hours / 24 + exposure_days) / 2
    # An eclipse of stars is long: five points in each exposure are enough.
    at = days[near][:, None] + exposure_days * np.linspace(-0.4, 0.4, 5)
    angle = 2 * np.pi / model.period_days * at
    apart = np.hypot(model.a_rs * np.sin(angle), model.impact * np.cos(angle))
    visible[near] = _companion_visible(apart, model.rp_rs).mean(axis=1)
    return visible


def _waves(angle: FloatArray, binary: Binary) -> FloatArray:
    """Return ellipsoidal and reflected light, 0 at the first quadrature but for its shape."""
    model = binary.primary
    share = binary.companion_share
    squared = math.sin(math.radians(model.inclination_deg)) ** 2
    ellipsoidal = ELLIPSOIDAL * squared / model.a_rs**3
    # Both stars are stretched towards each other.
    primary = (1 - share) * binary.mass_ratio
    companion = share * binary.radius_ratio**3 / max(binary.mass_ratio, 0.05)
    waves = -ellipsoidal * (primary + companion) * np.cos(2 * angle)
    lit = (1 - share) * binary.radius_ratio**2 - share
    return np.asarray(waves - 0.5 * ALBEDO * lit / model.a_rs**2 * np.cos(angle))
