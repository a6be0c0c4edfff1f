"""The transit model is that of Mandel and Agol, whatever the geometry and the exposure."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starsieve.errors import DataError
from starsieve.transits.model import (
    TransitModel,
    a_rs_of_density,
    a_rs_of_duration,
    chord_days,
    n_exposure_samples,
    transit_flux,
)

SUN_AND_JUPITER = TransitModel(
    period_days=3.0, epoch_btjd=1501.0, rp_rs=0.1, impact=0.3, a_rs=8.0, u1=0.4, u2=0.25
)


def batman_flux(model, time, exposure_days=0.0):
    batman = pytest.importorskip("batman")
    parameters = batman.TransitParams()
    parameters.t0, parameters.per = model.epoch_btjd, model.period_days
    parameters.rp, parameters.a, parameters.inc = model.rp_rs, model.a_rs, model.inclination_deg
    parameters.ecc, parameters.w = 0.0, 90.0
    parameters.u, parameters.limb_dark = [model.u1, model.u2], "quadratic"
    samples = {"supersample_factor": 501, "exp_time": exposure_days} if exposure_days else {}
    return batman.TransitModel(parameters, time, **samples).light_curve(parameters)


@pytest.mark.parametrize("seed", range(20))
def test_fluxes_agree_with_batman(seed):
    rng = np.random.default_rng(seed)
    ratio = float(10 ** rng.uniform(-2.3, -0.4))
    model = TransitModel(
        period_days=float(10 ** rng.uniform(-0.3, 1.3)),
        epoch_btjd=1501.3,
        rp_rs=ratio,
        impact=float(rng.uniform(0, 0.95)) * (1 + ratio),
        a_rs=float(rng.uniform(2.5, 40.0)),
        u1=0.4,
        u2=0.25,
    )
    time = np.linspace(1500.0, 1510.0, 4000)

    np.testing.assert_allclose(transit_flux(time, model), batman_flux(model, time), atol=1e-7)


@pytest.mark.parametrize("minutes", [2, 10, 30])
@pytest.mark.parametrize("ratio", [0.01, 0.1])
def test_long_exposures_are_averages(minutes, ratio):
    model = TransitModel(period_days=3.0, epoch_btjd=1501.0, rp_rs=ratio, impact=0.5, a_rs=9.0)
    time = np.linspace(1500.0, 1510.0, 4000)
    exposure = minutes / 1440

    flux = transit_flux(time, model, exposure)

    np.testing.assert_allclose(flux, batman_flux(model, time, exposure), atol=0.01 * ratio**2)


def test_a_long_exposure_smears_the_ingress():
    instant = transit_flux(np.linspace(1500.8, 1501.2, 999), SUN_AND_JUPITER)
    smeared = transit_flux(np.linspace(1500.8, 1501.2, 999), SUN_AND_JUPITER, 30 / 1440)

    assert np.abs(np.diff(smeared)).max() < 0.7 * np.abs(np.diff(instant)).max()
    assert smeared.sum() == pytest.approx(instant.sum(), rel=1e-6)
    assert n_exposure_samples(SUN_AND_JUPITER, 30 / 1440) > n_exposure_samples(
        SUN_AND_JUPITER, 2 / 1440
    )


def test_flux_is_one_outside_and_behind_the_star():
    half_an_orbit_later = np.array([1502.5])
    beside = np.array([1501.0 + SUN_AND_JUPITER.duration_hours / 48 + 1e-6])

    assert transit_flux(half_an_orbit_later, SUN_AND_JUPITER) == 1.0
    assert transit_flux(beside, SUN_AND_JUPITER) == 1.0


@settings(deadline=None, max_examples=60)
@given(st.floats(0.4, 100.0), st.floats(0.01, 0.3), st.floats(0.0, 0.95), st.floats(0.05, 3.0))
def test_durations_and_orbits_belong_together(period, ratio, part, density):
    a_rs = a_rs_of_density(density, period)
    if a_rs < 1.05 + ratio:
        return
    impact = part * (1 + ratio)

    duration = chord_days(period, a_rs, impact, 1 + ratio)

    assert a_rs_of_duration(period, duration, impact, ratio) == pytest.approx(a_rs, rel=1e-6)


def test_kepler_s_third_law_gives_the_earth_s_orbit():
    earth = TransitModel.from_density(
        1.0, period_days=365.256, epoch_btjd=0.0, rp_rs=0.00916, impact=0.0
    )

    assert earth.a_rs == pytest.approx(215.03, rel=2e-4)  # an astronomical unit in solar radii
    assert earth.density == pytest.approx(1.0)
    assert earth.duration_hours == pytest.approx(13.1, abs=0.1)
    assert earth.depth_ppm == pytest.approx(1e6 * 0.00916**2 / (1 - 0.36 / 3 - 0.22 / 6), rel=1e-3)


def test_the_shape_is_told_in_hours():
    grazing = TransitModel(period_days=3.0, epoch_btjd=0.0, rp_rs=0.1, impact=0.95, a_rs=8.0)

    assert SUN_AND_JUPITER.full_duration_hours < SUN_AND_JUPITER.duration_hours
    assert SUN_AND_JUPITER.ephemeris.duration_hours == SUN_AND_JUPITER.duration_hours
    assert grazing.full_duration_hours == 0
    assert grazing.ingress_hours == pytest.approx(grazing.duration_hours / 2)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"period_days": 0.0}, "period_days"),
        ({"rp_rs": -0.1}, "rp_rs"),
        ({"a_rs": 1.0}, "a_rs"),
        ({"impact": 1.2}, "impact"),
        ({"epoch_btjd": float("nan")}, "epoch_btjd"),
    ],
)
def test_impossible_transits_are_refused(wrong, says):
    good = {"period_days": 3.0, "epoch_btjd": 0.0, "rp_rs": 0.1, "impact": 0.3, "a_rs": 8.0}

    with pytest.raises(DataError, match=says):
        TransitModel(**(good | wrong))


def test_a_star_without_density_and_negative_exposures_are_refused():
    with pytest.raises(DataError, match="density"):
        TransitModel.from_density(0.0, period_days=3, epoch_btjd=0, rp_rs=0.1, impact=0.3)
    with pytest.raises(DataError, match="exposure_days"):
        transit_flux(np.array([0.0]), SUN_AND_JUPITER, exposure_days=-1)
