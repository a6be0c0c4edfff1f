"""What is put into a light curve is there, as deep and as often as the truth says."""

import numpy as np
import pytest

from starsieve.data.ephemeris import Ephemeris, days_from_event, in_event
from starsieve.data.light_curve import LightCurve
from starsieve.data.star import Star
from starsieve.errors import DataError
from starsieve.transits.binary import Binary, binary_flux, draw_binary
from starsieve.transits.inject import inject_binary, inject_planet
from starsieve.transits.model import TransitModel
from starsieve.transits.simulate import simulate_star

SUN = Star(teff=5772.0, logg=4.44, radius=1.0, mass=1.0)
DWARF = Star(teff=3300.0, logg=4.9, radius=0.3, mass=0.3)


def constant(days=27.0, level=1.0):
    time = np.arange(1500.0, 1500.0 + days, 2 / 1440)
    return LightCurve(time, np.full(len(time), level), meta={"cadence_seconds": 120.0})


def eclipse_of(truth, phase=0.0):
    return Ephemeris(
        period_days=truth["period_days"],
        epoch_btjd=truth["epoch_btjd"] + phase * truth["period_days"],
        duration_hours=truth["duration_hours"],
    )


def a_binary(**changes):
    primary = {"period_days": 2.0, "epoch_btjd": 1501.0, "rp_rs": 0.5, "impact": 0.1, "a_rs": 8.0}
    shape = {"surface_brightness": 0.4, "mass_ratio": 0.5}
    own = {name: changes.pop(name) for name in list(changes) if name in primary}
    return Binary(primary=TransitModel(**(primary | own)), **(shape | changes))


def test_a_planet_is_as_deep_and_long_as_said():
    made = inject_planet(constant(), SUN, period_days=5.0, radius_earth=10.0, impact=0.0)

    inside = in_event(made.curve.time, eclipse_of(made.truth), 0.02)
    outside = ~in_event(made.curve.time, eclipse_of(made.truth), 1.02)
    assert 1e6 * (1 - made.curve.flux[inside].mean()) == pytest.approx(
        made.truth["depth_ppm"], rel=1e-3
    )
    assert (made.curve.flux[outside] == 1).all()
    assert made.truth["rp_rs"] == pytest.approx(10 / 109.0763)
    assert made.curve.meta["injected"] == made.truth


def test_planets_multiply_whatever_is_there():
    raw = simulate_star(1, star=SUN)

    made = inject_planet(raw, SUN, period_days=3.0, radius_earth=5.0)

    np.testing.assert_allclose(made.curve.flux, raw.flux * made.model_flux)
    assert made.curve.flux_unit == raw.flux_unit
    assert (made.curve.valid == raw.valid).all()


def test_transits_in_gaps_are_not_counted():
    curve = constant()
    hidden = in_event(
        curve.time, Ephemeris(period_days=5.0, epoch_btjd=1501.0, duration_hours=9.0)
    ) & (curve.time > 1510)
    gappy = LightCurve(curve.time, curve.flux, valid=~hidden)

    made = inject_planet(gappy, SUN, period_days=5.0, radius_earth=5.0, epoch_btjd=1501.0)

    assert made.truth["n_transits"] == 2


def test_small_stars_show_planets_better_and_neighbours_hide_them():
    options = {"period_days": 5.0, "radius_earth": 2.0, "impact": 0.0}
    sun, dwarf, blended = (
        inject_planet(constant(), star, **options, contamination=others).truth["depth_ppm"]
        for star, others in ((SUN, 0.0), (DWARF, 0.0), (SUN, 1.0))
    )

    assert dwarf > 9 * sun
    assert blended == pytest.approx(sun / 2)


def test_the_same_seed_puts_in_the_same():
    first, again, other = (
        inject_planet(constant(), SUN, period_days=5.0, radius_earth=2.0, seed=seed).truth
        for seed in (3, 3, 4)
    )

    assert first == again
    assert first["impact"] != other["impact"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"period_days": 0.0},
        {"radius_earth": -1.0},
        {"period_days": float("nan")},
        {"contamination": -0.1},
        {"period_days": 0.05},
    ],
)
def test_impossible_planets_are_refused(wrong):
    with pytest.raises(DataError):
        inject_planet(constant(), SUN, **({"period_days": 5.0, "radius_earth": 2.0} | wrong))


def test_a_binary_has_two_eclipses_of_different_depth():
    binary = a_binary()

    made = inject_binary(constant(), binary)

    for depth, phase in (("depth_ppm", 0.0), ("secondary_depth_ppm", 0.5)):
        near = days_from_event(made.curve.time, eclipse_of(made.truth, phase))
        middle = made.curve.flux[np.abs(near) < 0.01].mean()
        beside = made.curve.flux[(np.abs(near) > 0.1) & (np.abs(near) < 0.12)].mean()
        assert 1e6 * (beside - middle) == pytest.approx(made.truth[depth], rel=0.05)
    assert made.truth["depth_ppm"] > 1.5 * made.truth["secondary_depth_ppm"]
    assert made.truth["kind"] == "binary"


def test_all_of_a_companion_can_be_hidden():
    binary = a_binary(surface_brightness=0.4)

    share = 0.4 * 0.25 / (1 + 0.4 * 0.25)
    assert binary.secondary_depth_ppm == pytest.approx(1e6 * share)


def test_secondaries_of_eccentric_orbits_come_early_or_late():
    curve = constant()

    flux = binary_flux(curve.time, a_binary(secondary_phase=0.38))

    late = Ephemeris(period_days=2.0, epoch_btjd=1501.0 + 0.76, duration_hours=1.0)
    half = Ephemeris(period_days=2.0, epoch_btjd=1502.0, duration_hours=1.0)
    assert flux[in_event(curve.time, late)].max() < 0.95
    assert flux[in_event(curve.time, half)].min() > 0.99


def test_grazing_eclipses_are_v_shaped():
    grazing = a_binary(impact=1.2).primary

    assert grazing.full_duration_hours == 0


def test_close_stars_are_stretched_and_heated():
    curve = constant()
    close, wide = (binary_flux(curve.time, a_binary(a_rs=a_rs, impact=0.0)) for a_rs in (3.0, 12.0))
    period = Ephemeris(period_days=1.0, epoch_btjd=1500.5, duration_hours=4.0)
    quadrature = in_event(curve.time, period)

    assert close[quadrature].mean() - 1 > 20 * (wide[quadrature].mean() - 1) > 0


def test_others_light_makes_an_eclipse_pass_for_a_transit():
    alone, diluted = a_binary(), a_binary(others=50.0)

    assert diluted.primary_depth_ppm == pytest.approx(alone.primary_depth_ppm / 51)
    assert inject_binary(constant(), diluted).truth["kind"] == "background binary"


@pytest.mark.parametrize("background", [False, True])
def test_drawn_binaries_are_possible_and_of_many_kinds(background):
    truths = [
        inject_binary(constant(), star=SUN, background=background, seed=seed).truth
        for seed in range(60)
    ]

    depths = np.array([truth["depth_ppm"] for truth in truths])
    ratios = np.array([truth["secondary_depth_ppm"] for truth in truths]) / depths
    assert {truth["kind"] for truth in truths} == {"background binary" if background else "binary"}
    assert (depths > 0).all()
    assert np.median(depths) < (2e4 if background else 4e5)
    assert ratios.min() < 0.1 < 0.5 < ratios.max()
    assert any(truth["secondary_phase"] != 0.5 for truth in truths)
    assert any(truth["impact"] > 1 - truth["rp_rs"] for truth in truths)


def test_drawn_binaries_follow_their_seed():
    first, again = (draw_binary(SUN, 2.0, 1500.0, np.random.default_rng(1)) for _ in range(2))

    assert first == again


@pytest.mark.parametrize("wrong", [{"others": -1.0}, {"secondary_phase": 1.0}])
def test_impossible_binaries_are_refused(wrong):
    with pytest.raises(DataError):
        a_binary(**wrong)
