"""Simulated stars of TESS for where no real one can be had: planets, binaries, spots, nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starsieve.data import LightCurve
from starsieve.data.ephemeris import Ephemeris
from starsieve.data.star import Star
from starsieve.transits.inject import inject_binary, inject_planet
from starsieve.transits.match import KnownSignal
from starsieve.transits.simulate import Activity, simulate_star

SUN = Star(teff=5772.0, logg=4.44, radius=1.0, mass=1.0)
HOT = Star(teff=6350.0, logg=4.2, radius=1.45, mass=1.3)
COOL = Star(teff=4700.0, logg=4.6, radius=0.74, mass=0.77)
DWARF = Star(teff=3500.0, logg=4.85, radius=0.42, mass=0.42)


@dataclass(frozen=True, slots=True)
class MadeStar:
    """What a simulated star is like.

    Parameters
    ----------
    kind : Star
        What stars like it have in common.
    tmag : float
    planets : sequence of (float, float)
        Period (d) and radius (Earth radii) of each.
    binary_days : float, optional
        Period of two stars that eclipse each other.
    background : bool
        Whether these are faint ones beside the star, so that they look like a planet.
    activity : Activity, optional
        Spots; the star is quiet without.
    """

    kind: Star
    tmag: float
    planets: Sequence[tuple[float, float]] = ()
    binary_days: float | None = None
    background: bool = False
    activity: Activity | None = None


STARS = (
    MadeStar(HOT, 8.9, [(4.18, 11.5)]),
    MadeStar(SUN, 10.2, binary_days=2.61),
    MadeStar(DWARF, 9.6, [(3.36, 2.4), (5.66, 3.4)]),
    MadeStar(COOL, 10.4, activity=Activity(rotation_days=7.3, amplitude_ppm=2800.0)),
    MadeStar(SUN, 7.6, [(6.27, 2.9)]),
    MadeStar(SUN, 9.1, binary_days=1.37, background=True),
    MadeStar(HOT, 8.4),
    MadeStar(SUN, 9.8, [(6.96, 9.8)], activity=Activity(rotation_days=2.4, amplitude_ppm=6000.0)),
    MadeStar(DWARF, 10.9, [(2.94, 2.2)]),
    MadeStar(HOT, 9.3, binary_days=4.85),
    MadeStar(SUN, 9.0, activity=Activity(rotation_days=14.0, amplitude_ppm=900.0)),
    MadeStar(COOL, 10.1, [(8.41, 4.6)]),
    MadeStar(SUN, 8.0, [(10.3, 1.3)]),
    MadeStar(SUN, 11.3, [(3.03, 14.2)]),
    MadeStar(COOL, 10.6, binary_days=3.12, background=True),
    MadeStar(SUN, 9.9, [(1.21, 1.9)], activity=Activity(rotation_days=11.0, amplitude_ppm=700.0)),
)
"""In this order, the first few show some of everything."""

NO_NUMBER = 0
"""In the place of a TIC number, which simulated stars have none of."""


def make_stars(number: int = len(STARS)) -> list[LightCurve]:
    """Return one sector of each of the first simulated stars, always the same.

    What was put into each stands in its metadata, under ``"injected"``.
    """
    return [_make(seed, star) for seed, star in enumerate(STARS[:number], start=1)]


def injected_signals(meta: Mapping[str, Any]) -> list[KnownSignal]:
    """Return what was put into a simulated star, by the metadata of its light curve."""
    return [
        KnownSignal(
            name=_describe(truth),
            kind="simulated",
            tic=NO_NUMBER,
            ephemeris=Ephemeris(
                period_days=truth["period_days"],
                epoch_btjd=truth["epoch_btjd"],
                duration_hours=truth["duration_hours"],
            ),
        )
        for truth in meta["injected"]
    ]


def _make(seed: int, made: MadeStar) -> LightCurve:
    star = replace(made.kind, name=f"simulated star {seed:02d}", tmag=made.tmag)
    curve = simulate_star(seed, star=star, activity=made.activity)
    truths = []
    for number, (period, radius) in enumerate(made.planets):
        # A transit along the edge would be a matter of luck.
        planet = inject_planet(
            curve, star, period_days=period, radius_earth=radius,
            impact=0.15 + 0.2 * number, seed=seed + 100 * number,
        )  # fmt: skip
        curve = planet.curve
        truths.append(planet.truth)
    if made.binary_days is not None:
        binary = inject_binary(
            curve, star=star, period_days=made.binary_days, background=made.background, seed=seed
        )
        curve = binary.curve
        truths.append(binary.truth)
    plain = [dict(truth) for truth in truths]
    return replace(curve, meta={**curve.meta, "injected": plain})


def _describe(truth: Mapping[str, Any]) -> str:
    if truth["kind"] == "planet":
        return f"planet of {truth['radius_earth']:.1f} Earth radii"
    return "eclipsing binary" if truth["kind"] == "binary" else "eclipsing binary in the background"
