from dataclasses import replace

import numpy as np
import pytest

from starsieve.data import LightCurve
from starsieve.data.ephemeris import Ephemeris, in_event
from starsieve.transits.rotation import find_rotation
from tests.transits.detrending import sector, turning


@pytest.mark.parametrize("period", [0.3, 1.0, 2.7, 7.5])
def test_the_period_and_amplitude_of_a_sine_are_found(period):
    rotation = find_rotation(sector(variation=((period, 0.003),)))

    assert rotation is not None
    assert rotation.period_days == pytest.approx(period, rel=0.02)
    assert rotation.amplitude == pytest.approx(0.003, rel=0.05)
    assert rotation.power > 0.9


def test_two_groups_of_spots_do_not_halve_the_period():
    curve = sector()
    phase = 2 * np.pi * curve.time / 3.0
    flux = curve.flux + 0.003 * np.sin(phase) + 0.005 * np.sin(2 * phase)

    rotation = find_rotation(replace(curve, flux=flux))

    assert rotation is not None
    assert rotation.period_days == pytest.approx(3.0, rel=0.02)


def test_spots_that_come_and_go_keep_their_period():
    curve = sector()

    rotation = find_rotation(replace(curve, flux=curve.flux * turning(curve.time, 1.4, 0.01)))

    assert rotation is not None
    assert rotation.period_days == pytest.approx(1.4, rel=0.02)


def test_noise_and_eclipses_are_no_rotation():
    ephemeris = Ephemeris(period_days=2.2, epoch_btjd=1501, duration_hours=4)

    assert find_rotation(sector()) is None
    assert find_rotation(sector(ephemeris=ephemeris, depth=0.2)) is None


def test_masked_cadences_do_not_count():
    ephemeris = Ephemeris(period_days=2.2, epoch_btjd=1501, duration_hours=14)
    curve = sector(ephemeris=ephemeris, depth=0.01)

    assert find_rotation(curve, in_event(curve.time, ephemeris, 1.1)) is None


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_short_light_curves_show_none(n):
    assert find_rotation(LightCurve(1500 + np.arange(n) / 48, np.ones(n) + np.arange(n))) is None


def test_a_constant_star_shows_none():
    time = np.arange(1500, 1520, 1 / 48)

    assert find_rotation(LightCurve(time, np.ones(len(time)))) is None
