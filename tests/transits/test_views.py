"""Views hold what is in the light curve, in the places and units that they state."""

import numpy as np
import pytest

from starsieve.data.ephemeris import Ephemeris, days_from_event, in_event
from starsieve.data.light_curve import LightCurve
from starsieve.errors import DataError
from starsieve.transits.views import Views, find_secondary, make_views, scale_view

TRANSIT = Ephemeris(period_days=3.3, epoch_btjd=1001.2, duration_hours=2.5)
SHAPES = {
    "global_view": (201,),
    "local_view": (61,),
    "odd_view": (61,),
    "even_view": (61,),
    "secondary_view": (61,),
    "half_phase_view": (61,),
    "unfolded_view": (8, 31),
    "periodogram_view": (101,),
}


def made_curve(
    depth=1e-3, secondary=0.0, at=0.5, noise=0.0, cadence_min=2.0, even=1.0, ephemeris=TRANSIT
):
    """A sector with boxes as primary and secondary; `even` scales every second dip."""
    time = 1000 + np.arange(0, 27, cadence_min / 1440)
    time = time[(time < 1012.5) | (time > 1013.5)]
    flux = 1 + noise * np.random.default_rng(1).normal(size=len(time))
    number = np.floor((time - ephemeris.epoch_btjd) / ephemeris.period_days + 0.5)
    inside = in_event(time, ephemeris)
    flux[inside] -= depth * np.where(number[inside] % 2 == 0, even, 1.0)
    if secondary:
        moved = Ephemeris(
            period_days=ephemeris.period_days,
            epoch_btjd=ephemeris.epoch_btjd + at * ephemeris.period_days,
            duration_hours=ephemeris.duration_hours,
        )
        flux[in_event(time, moved)] -= secondary
    return LightCurve(time, flux)


def test_all_views_are_made_of_a_sector():
    views = make_views(made_curve(noise=3e-4), TRANSIT).arrays()
    assert {name: view.shape for name, view in views.items()} == SHAPES
    assert all(view.dtype == np.float32 and np.isfinite(view).all() for view in views.values())


def test_the_dip_is_in_the_middle_and_one_deep():
    views = make_views(made_curve(), TRANSIT)
    inside = np.abs(np.linspace(-2, 2, 123)[1::2]) < 0.4
    np.testing.assert_allclose(views.local_view[inside], -1, atol=1e-6)
    np.testing.assert_allclose(views.local_view[:15], 0, atol=1e-6)
    assert views.global_view[100] == -1
    assert np.median(views.global_view) == 0


def test_odd_and_even_events_are_in_units_of_the_dip_of_both():
    views = make_views(made_curve(even=0.5), TRANSIT)
    ratio = views.even_view[30] / views.odd_view[30]
    assert ratio == pytest.approx(0.5, abs=0.02)


def test_the_secondary_is_found_and_its_relative_depth_kept_at_half_phase():
    curve = made_curve(depth=2e-3, secondary=5e-4)
    views = make_views(curve, TRANSIT)
    assert views.half_phase_view[30] == pytest.approx(-0.25, abs=0.02)
    assert views.secondary_view[25:36].max() < -0.9


@pytest.mark.parametrize("at", [0.2, 0.35, 0.5, 0.81])
def test_the_phase_of_the_secondary_is_found(at):
    curve = made_curve(secondary=5e-4, at=at, noise=2e-4)
    offset = days_from_event(curve.time, TRANSIT)
    width = TRANSIT.duration_days / TRANSIT.period_days
    assert find_secondary(offset, curve.flux, TRANSIT) == pytest.approx(at, abs=width / 4)


def test_a_given_secondary_phase_is_used():
    curve = made_curve(secondary=5e-4, at=0.3)
    assert make_views(curve, TRANSIT, 0.3).secondary_view[30] == -1
    assert make_views(curve, TRANSIT, 0.6).secondary_view.min() > -1e-3


def test_unfolded_events_show_which_one_is_deep():
    curve = made_curve()
    third = np.abs(curve.time - TRANSIT.epoch_btjd - 2 * TRANSIT.period_days) < 0.06
    flux = np.where(third, 1 - 3e-3, curve.flux)
    views = make_views(LightCurve(curve.time, flux), TRANSIT)
    assert np.argmin(views.unfolded_view[:, 15]) == 2


def test_the_periodogram_shows_what_varies_and_how_much():
    curve = made_curve(depth=1e-3)
    wave = 5e-4 * np.sin(2 * np.pi * curve.time / (2 * TRANSIT.period_days))
    views = make_views(LightCurve(curve.time, curve.flux + wave), TRANSIT)
    peak = int(np.argmax(views.periodogram_view))
    assert np.geomspace(0.1, 10, 102)[peak] <= 0.5 <= np.geomspace(0.1, 10, 102)[peak + 1] * 1.05
    dip = 1e-3 + 5e-4  # the wave moves the bottom of the local view by about its amplitude
    assert views.periodogram_view[peak] == pytest.approx(5e-4 / dip, rel=0.5)


def test_a_single_event_has_a_local_and_an_unfolded_view():
    single = Ephemeris(period_days=None, epoch_btjd=1001.2, duration_hours=2.5)
    views = make_views(made_curve(), single)
    assert set(views.arrays()) == {"local_view", "unfolded_view"}
    assert views.local_view[30] == -1


@pytest.mark.parametrize("keep", [3, 10, 40, 200])
def test_few_points_give_finite_views_or_none(keep):
    curve = made_curve(noise=3e-4, cadence_min=30)
    chosen = np.sort(np.random.default_rng(keep).choice(len(curve), keep, replace=False))
    few = LightCurve(curve.time[chosen], curve.flux[chosen])
    for view in make_views(few, TRANSIT).arrays().values():
        assert np.isfinite(view).all()


def test_half_hour_cadence_and_the_shortest_periods_work():
    ephemeris = Ephemeris(period_days=0.3, epoch_btjd=1000.1, duration_hours=3.0)
    views = make_views(made_curve(cadence_min=30, ephemeris=ephemeris), ephemeris)
    assert views.local_view is not None
    assert all(np.isfinite(view).all() for view in views.arrays().values())


def test_a_flat_light_curve_stays_flat():
    curve = made_curve(depth=0.0)
    views = make_views(curve, TRANSIT)
    assert all(np.abs(view).max() < 1e-6 for view in views.arrays().values())


def test_cadences_that_are_not_valid_do_not_count():
    curve = made_curve()
    flux = curve.flux.copy()
    flux[::7] = 5.0
    valid = np.ones(len(flux), bool)
    valid[::7] = False
    views = make_views(LightCurve(curve.time, flux, valid=valid), TRANSIT)
    assert views.global_view.max() < 1e-3


def test_the_same_curve_gives_the_same_views():
    first, second = (make_views(made_curve(noise=1e-3), TRANSIT).arrays() for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_a_light_curve_without_valid_cadences_is_refused():
    curve = made_curve()
    with pytest.raises(DataError, match="no cadence"):
        make_views(LightCurve(curve.time, np.full(len(curve), np.nan)), TRANSIT)


def test_scaling_twice_changes_nothing():
    view = np.random.default_rng(2).normal(size=61)
    once = scale_view(view)
    np.testing.assert_allclose(scale_view(once), once, atol=1e-6)


def test_absent_views_are_left_out():
    assert Views(local_view=np.zeros(61, np.float32)).arrays().keys() == {"local_view"}
