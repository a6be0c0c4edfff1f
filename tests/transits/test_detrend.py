import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starsieve.data import LightCurve
from starsieve.data.ephemeris import Ephemeris, in_event
from starsieve.errors import DataError
from starsieve.readers import read
from starsieve.transits.detrend import METHODS, detrend
from tests.transits.detrending import measured_depth, sector, turning

SLIDING = ("biweight", "median", "spline")
SLOW = ((9.0, 0.001), (4.0, 0.0005))


def boxes(hours: float, period: float = 4.1) -> Ephemeris:
    return Ephemeris(period_days=period, epoch_btjd=1501.7, duration_hours=hours)


def real_curve(real_data: Path, name: str) -> LightCurve:
    [curve] = read(real_data / "tess" / "lightcurves" / name).contents
    return curve


@pytest.mark.parametrize("method", ["auto", *SLIDING])
@pytest.mark.parametrize("hours", [2.0, 4.0, 6.0, 8.0])
def test_transits_up_to_a_third_of_the_window_keep_their_depth(method, hours):
    curve = sector(variation=SLOW, ephemeris=boxes(hours), depth=0.004)

    flat = detrend(curve, method, window_days=1.0).curve

    assert measured_depth(flat, boxes(hours)) > 0.95 * 0.004


@pytest.mark.parametrize("method", SLIDING)
@pytest.mark.parametrize("hours", [2.0, 4.0, 6.0])
def test_shallow_transits_keep_their_depth_once_they_are_masked(method, hours):
    depth = 4e-4
    curve = sector(variation=SLOW, ephemeris=boxes(hours), depth=depth, noise=2e-4)
    masked = in_event(curve.time, boxes(hours), 1.3)

    flat = detrend(curve, method, window_days=1.0, masked=masked).curve

    assert measured_depth(flat, boxes(hours)) == pytest.approx(depth, rel=0.05)


@pytest.mark.parametrize("method", SLIDING)
def test_slow_variation_is_gone(method):
    curve = sector(variation=((9.0, 0.004), (6.0, 0.002)), noise=1e-5)

    flat = detrend(curve, method, window_days=0.75).curve

    assert np.std(flat.flux) < 2e-4
    assert np.median(flat.flux) == pytest.approx(1, abs=2e-5)


def test_a_trend_is_right_up_to_the_ends_and_gaps():
    slope = sector(noise=1e-5)
    curve = replace(slope, flux=slope.flux + 0.002 * (slope.time - slope.time[0]))

    flat = detrend(curve, "biweight").curve

    assert np.max(np.abs(flat.flux - 1)) < 1e-4


def test_no_window_reaches_over_a_gap():
    curve = sector(noise=1e-5)
    jump = np.where(curve.time > curve.time.mean(), 1.02, 1.0)

    for method in METHODS:
        flat = detrend(replace(curve, flux=curve.flux * jump), method).curve

        assert np.max(np.abs(flat.flux - 1)) < 1e-3, method


def test_short_gaps_do_not_cut_a_light_curve():
    curve = sector(variation=SLOW)
    valid = np.abs(curve.time - 1505) > 0.15

    whole, gapped = detrend(curve, "biweight"), detrend(replace(curve, valid=valid), "biweight")

    assert np.max(np.abs(whole.trend - gapped.trend)) < 3e-4


@pytest.mark.parametrize("period", [0.6, 1.4, 3.1])
def test_transits_of_a_fast_rotator_survive(period):
    ephemeris = boxes(4.0, period=5.3)
    curve = sector(noise=4e-4)
    spotted = turning(curve.time, period, 0.01) * (1 - 0.004 * in_event(curve.time, ephemeris))
    curve = replace(curve, flux=curve.flux * spotted)

    result = detrend(curve)

    assert result.method == "rotation"
    assert result.rotation_days == pytest.approx(period, rel=0.03)
    assert measured_depth(result.curve, ephemeris) > 0.8 * 0.004
    quiet = ~in_event(curve.time, ephemeris, 1.5)
    assert np.std(result.curve.flux[quiet]) < 1.3 * 4e-4


def test_a_quiet_star_gets_the_wide_window():
    result = detrend(sector())

    assert (result.method, result.window_days, result.rotation_days) == ("biweight", 1.0, None)


def test_slow_rotation_narrows_the_window():
    result = detrend(sector(variation=((12.0, 0.0011),)))

    assert result.method == "biweight"
    assert 0.75 <= result.window_days < 1.0
    assert result.rotation_days == pytest.approx(12, rel=0.1)


def test_flares_are_left_out_and_dips_never():
    curve = sector()
    flux = curve.flux.copy()
    flux[5000:5010] += 0.02 * np.exp(-np.arange(10) / 3)
    flux[8000:8003] -= 0.02

    result = detrend(replace(curve, flux=flux))

    assert not result.curve.usable[5000:5006].any()
    assert result.curve.usable[8000:8003].all()
    assert any("upward" in step for step in result.steps)


def test_unrealistic_errors_are_replaced_and_said():
    curve = sector(noise=5e-4)

    for stated in (None, curve.sigma / 10, curve.sigma * 3):
        result = detrend(replace(curve, sigma=stated))

        assert np.median(result.curve.sigma) == pytest.approx(5e-4, rel=0.05)
        assert any("rrors" in step and "point-to-point" in step for step in result.steps)


def test_errors_grow_where_the_telescope_trembles():
    curve = sector(noise=5e-4)
    rough = (curve.time > 1520) & (curve.time < 1522)
    shaken = np.random.default_rng(1).normal(0, 2e-3, len(curve)) * rough

    result = detrend(replace(curve, flux=curve.flux + shaken))

    middle = (curve.time > 1520.5) & (curve.time < 1521.5)
    assert np.median(result.curve.sigma[middle]) > 1.5e-3
    assert np.median(result.curve.sigma[curve.time < 1515]) == pytest.approx(5e-4, rel=0.1)


@settings(max_examples=10, deadline=None)
@given(st.floats(1e-3, 1e6), st.integers(0, 100))
def test_the_unit_of_flux_makes_no_difference(scale, seed):
    curve = sector(variation=SLOW, days=6, cadence=10 / 1440, seed=seed)
    scaled = replace(curve, flux=curve.flux * scale, sigma=curve.sigma * scale, flux_unit="adu")

    first, second = detrend(curve), detrend(scaled)

    np.testing.assert_allclose(first.curve.flux, second.curve.flux, rtol=1e-9)
    assert second.curve.flux_unit == ""


@pytest.mark.parametrize("cadence", [20 / 86400, 10 / 1440, 30 / 1440])
@pytest.mark.parametrize("method", METHODS)
def test_every_cadence_is_served(method, cadence):
    ephemeris = boxes(5.0, period=4.3)
    curve = sector(
        variation=((1.7, 0.005),), ephemeris=ephemeris, depth=0.01, cadence=cadence, days=14
    )

    result = detrend(curve, method, window_days=None if method == "auto" else 0.7)

    assert len(result.curve) == len(curve)
    assert np.isfinite(result.curve.flux).all()
    if method in ("auto", "rotation"):
        assert measured_depth(result.curve, ephemeris) > 0.9 * 0.01


def test_a_light_curve_of_years_is_cut_and_served():
    parts = [sector(days=10, cadence=30 / 1440, seed=n) for n in range(4)]
    time = np.concatenate([part.time + 300 * n for n, part in enumerate(parts)])
    curve = LightCurve(time, np.concatenate([p.flux * (1 + n) for n, p in enumerate(parts)]))

    result = detrend(curve)

    assert np.std(result.curve.flux) < 1e-3


@pytest.mark.parametrize("n_usable", [0, 1, 5])
def test_too_few_cadences_are_said(n_usable):
    curve = sector()

    with pytest.raises(DataError, match=f"at least 20 usable cadences, got {n_usable} of"):
        detrend(replace(curve, valid=np.arange(len(curve)) < n_usable))


def test_a_flux_around_zero_is_said():
    curve = sector()

    with pytest.raises(DataError, match="positive median"):
        detrend(replace(curve, flux=curve.flux - 2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "fourier"}, "no detrending method 'fourier'; there are: auto"),
        ({"window_days": 0.0}, "window_days must be positive"),
        ({"window_days": np.nan}, "window_days must be positive"),
        ({"masked": np.zeros(3, dtype=bool)}, "masked must have shape"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(DataError, match=message):
        detrend(sector(), **options)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["pulsation", "spike", "negative", "steps", "slope"])
def test_strange_light_curves_are_served(method, kind):
    time = np.arange(1500, 1512, 10 / 1440)
    rng = np.random.default_rng(3)
    flux = {
        "pulsation": 1 + 0.4 * np.sin(2 * np.pi * time / 0.85),
        "spike": np.where(np.arange(len(time)) == 700, 1e6, 1.0),
        "negative": np.where(np.arange(len(time)) % 90 < 9, -0.5, 1.0),
        "steps": 1 + 0.3 * (np.floor(time) % 2),
        "slope": 0.01 + (time - 1500),
    }[kind]

    result = detrend(LightCurve(time, flux + rng.normal(0, 1e-4, len(time))), method, 0.3)

    assert result.curve.usable.sum() > 0.5 * len(time)
    assert np.median(result.curve.flux[result.curve.usable]) == pytest.approx(1, abs=0.1)


def test_stretches_too_short_for_a_trend_are_not_valid():
    curve = sector(days=14)
    alone = np.abs(curve.time - 1506) < 0.02
    apart = np.abs(curve.time - 1506) > 0.7

    result = detrend(replace(curve, valid=alone | apart), "biweight")

    assert not result.curve.usable[alone].any()
    assert result.curve.usable[apart].mean() > 0.99
    assert any("have no trend" in step for step in result.steps)


def test_nothing_but_snippets_is_said():
    curve = sector(days=14)
    snippets = (curve.time % 1) < 0.01

    with pytest.raises(DataError, match="all stretches between gaps are too short"):
        detrend(replace(curve, valid=snippets), "biweight")


def test_a_constant_light_curve_stays_constant():
    time = np.arange(1500, 1510, 10 / 1440)

    result = detrend(LightCurve(time, np.full(len(time), 7.0)))

    np.testing.assert_allclose(result.curve.flux, 1)


@pytest.mark.real_data
def test_transits_of_a_young_star_stand_out(real_data):
    """HIP 67522: it turns in 1.418 days (Rizzuto et al. 2020, AJ 160, 33)."""
    curve = real_curve(real_data, "tess2019112060037-s0011-0000000166527623-0143-s_lc.fits")
    ephemeris = Ephemeris(period_days=6.9593972, epoch_btjd=3044.634922, duration_hours=4.855)

    result = detrend(curve)

    assert result.method == "rotation"
    assert result.rotation_days == pytest.approx(1.418, abs=0.02)
    assert measured_depth(result.curve, ephemeris) > 0.6 * 4827e-6
    elsewhere = [
        measured_depth(result.curve, replace(ephemeris, epoch_btjd=ephemeris.epoch_btjd + days))
        for days in np.arange(0.5, 6.5, 0.1)
    ]
    assert measured_depth(result.curve, ephemeris) > 4 * np.nanmax(elsewhere)


@pytest.mark.real_data
def test_depths_of_known_planets_survive(real_data):
    folder = real_data / "tess" / "lightcurves"
    with (folder / "index.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["toi"] in ("123.01", "1946.01")]
    for row in rows:
        ephemeris = Ephemeris(
            period_days=float(row["pl_orbper"]),
            epoch_btjd=float(row["pl_tranmid"]) - 2_457_000,
            duration_hours=float(row["pl_trandurh"]),
        )
        curve = real_curve(real_data, row["file"])
        blind = detrend(curve)
        again = detrend(curve, masked=in_event(curve.time, ephemeris, 1.3))

        ratio = measured_depth(blind.curve, ephemeris) / measured_depth(again.curve, ephemeris)
        assert ratio > 0.95, row["toi"]


@pytest.mark.slow
def test_the_biweight_agrees_with_that_of_wotan():
    wotan = pytest.importorskip("wotan")
    curve = sector(variation=SLOW, ephemeris=boxes(4.0), depth=0.004)

    ours = detrend(curve, "biweight", window_days=1.0).trend
    theirs = wotan.flatten(
        curve.time, curve.flux, method="biweight", window_length=1.0, return_trend=True
    )[1]

    inner = np.isfinite(theirs) & (np.abs(curve.time - 1507) < 5)
    assert np.std((ours * np.median(curve.flux) - theirs)[inner]) < 5e-5
