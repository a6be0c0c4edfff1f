import math
from dataclasses import replace

import numpy as np
import pytest

from starsieve.data import LightCurve
from starsieve.data.ephemeris import Ephemeris, days_from_event, event_number
from starsieve.data.star import Star
from starsieve.errors import DataError
from starsieve.transits.candidate import Candidate
from starsieve.transits.detrend import Detrended
from starsieve.transits.features import FEATURES, features
from starsieve.transits.trapezoid import trapezoid
from tests.architecture.paths import DOCS
from tests.transits.detrending import sector

EPHEMERIS = Ephemeris(period_days=3.1, epoch_btjd=1501.3, duration_hours=4.0)
SUN = Star(tmag=9.0, teff=5772.0, logg=4.438, radius=1.0, mass=1.0)


def candidate(depth: float, ephemeris: Ephemeris = EPHEMERIS, **changes: float) -> Candidate:
    made = Candidate(
        ephemeris=ephemeris,
        depth_ppm=1e6 * depth,
        depth_err_ppm=10.0,
        snr=100.0,
        snr_pink=80.0,
        n_transits=8,
    )
    return replace(made, **changes)


def dipped(depth: float = 0.004, ingress: float = 0.2, seed: int = 1) -> LightCurve:
    curve = sector(seed=seed)
    away = days_from_event(curve.time, EPHEMERIS)
    dip = depth * trapezoid(away, EPHEMERIS.duration_days, ingress)
    return replace(curve, flux=curve.flux - dip)


def test_every_feature_is_there_and_unknown_ones_are_nan():
    single = Ephemeris(period_days=None, epoch_btjd=1504.4, duration_hours=4.0)

    numbers = features(dipped(), candidate(0.004, single), Star())

    assert tuple(numbers) == tuple(FEATURES)
    assert all(isinstance(value, float) for value in numbers.values())
    for name in ("period_days", "radius_earth", "rotation_days", "teff", "impact", "duty"):
        assert math.isnan(numbers[name]), name
    assert numbers["strongest_part"] == 1
    assert numbers["ingress_part"] == pytest.approx(0.2, abs=0.1)


def test_a_regular_transit_has_the_numbers_of_one():
    numbers = features(dipped(), candidate(0.004), SUN)

    assert numbers["ingress_part"] == pytest.approx(0.2, abs=0.05)
    assert numbers["asymmetry_sigma"] < 3
    assert abs(numbers["asymmetry"]) < 0.03
    assert numbers["depth_chi2"] < 2.5
    assert numbers["depth_scatter"] < 0.05
    assert numbers["inside_scatter"] == pytest.approx(1, abs=0.1)
    assert numbers["shape_gain"] > 0.9
    assert numbers["strongest_part"] < 0.25
    assert numbers["noise_hour_ppm"] == pytest.approx(500 / math.sqrt(30), rel=0.1)


def test_star_and_depth_give_size_and_expected_duration():
    numbers = features(dipped(), candidate(0.01), SUN)

    assert numbers["rp_rs"] == pytest.approx(0.1)
    assert numbers["radius_earth"] == pytest.approx(10.9, abs=0.05)
    assert numbers["density"] == pytest.approx(1)
    # 13 h at a year (Winn 2010), times the cube root of the period, and a tenth for the planet
    assert numbers["expected_hours"] == pytest.approx(
        13 * (3.1 / 365.25) ** (1 / 3) * 1.1, rel=0.02
    )
    assert numbers["duration_ratio"] == pytest.approx(4.0 / numbers["expected_hours"])


def test_a_v_is_told_from_a_box():
    box, vee = (
        features(dipped(depth=0.01, ingress=each), candidate(0.01), SUN)["ingress_part"]
        for each in (0.1, 1.0)
    )

    assert box < 0.2
    assert vee > 0.8


def test_a_slanted_dip_is_not_symmetric():
    curve = sector()
    away = days_from_event(curve.time, EPHEMERIS) / EPHEMERIS.duration_days
    slanted = 0.01 * np.clip(0.5 - away, 0, 1) * (np.abs(away) < 0.5)

    numbers = features(replace(curve, flux=curve.flux - slanted), candidate(0.005), SUN)

    assert numbers["asymmetry"] > 0.3
    assert numbers["asymmetry_sigma"] > 10


def test_unequal_events_are_noticed():
    curve = sector()
    away = days_from_event(curve.time, EPHEMERIS)
    factor = np.where(event_number(curve.time, EPHEMERIS) % 2 == 0, 1.5, 0.5)
    dip = 0.004 * factor * trapezoid(away, EPHEMERIS.duration_days, 0.2)
    signal = candidate(0.004, odd_depth_ppm=2000.0, even_depth_ppm=6000.0, odd_even_sigma=40.0)

    numbers = features(replace(curve, flux=curve.flux - dip), signal, SUN)

    assert numbers["depth_chi2"] > 20
    assert numbers["depth_scatter"] > 0.3
    assert numbers["odd_even_part"] == pytest.approx(1.0)


def test_events_at_gaps_are_counted():
    curve = dipped()
    whole = features(curve, candidate(0.004), SUN)["edge_part"]
    cut = np.abs(days_from_event(curve.time, EPHEMERIS) - 0.2) > 0.15

    assert whole < 0.3
    assert features(replace(curve, valid=cut), candidate(0.004), SUN)["edge_part"] > 0.9


def test_rotation_is_related_to_the_orbit():
    curve = dipped()
    wave = 1 + 0.002 * np.cos(4 * np.pi * curve.time / 3.1)
    detrended = Detrended(curve, wave, "biweight", 1.0, 6.2, 0.002, ())

    numbers = features(curve, candidate(0.004), SUN, detrended=detrended)

    assert numbers["rotation_ratio"] == pytest.approx(0.5)
    assert numbers["rotation_distance"] == pytest.approx(0, abs=1e-9)
    assert numbers["rotation_amplitude_ppm"] == pytest.approx(2000)
    assert numbers["ellipsoidal_ppm"] == pytest.approx(2000, rel=0.02)
    assert numbers["wave_ppm"] < 50


def test_a_light_curve_with_hardly_a_point_left_has_no_events():
    curve = dipped()

    numbers = features(replace(curve, valid=np.arange(len(curve)) < 3), candidate(0.004), SUN)

    assert math.isnan(numbers["ingress_part"])
    assert numbers["depth_ppm"] == 4000


def test_a_trend_of_another_light_curve_is_refused():
    curve = dipped()
    detrended = Detrended(curve, np.ones(5), "biweight", 1.0, None, None, ())

    with pytest.raises(DataError, match="The trend has 5 cadences"):
        features(curve, candidate(0.004), SUN, detrended=detrended)


def test_every_feature_is_documented_with_its_unit():
    page = (DOCS / "reference" / "features.md").read_text(encoding="utf-8")

    lines = [f"| `{name}` | {unit} | {text} |" for name, (unit, text) in FEATURES.items()]
    assert [line for line in lines if line not in page] == []
