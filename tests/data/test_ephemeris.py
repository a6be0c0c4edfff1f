"""Ephemerides: when events are."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starsieve.data.ephemeris import Ephemeris, days_from_event, event_number, in_event
from starsieve.data.star import Star
from starsieve.errors import DataError

HOURS = {"epoch_btjd": 1500.0, "duration_hours": 2.4}


@given(st.floats(0.2, 500), st.floats(1000, 3000), st.floats(1000, 4000))
def test_every_time_is_its_nearest_event_and_the_days_from_it(period, epoch, time):
    ephemeris = Ephemeris(period_days=period, epoch_btjd=epoch, duration_hours=1.0)
    times = np.array([time])

    days, number = days_from_event(times, ephemeris), event_number(times, ephemeris)

    assert abs(days[0]) <= period / 2 + 1e-9
    assert epoch + number[0] * period + days[0] == pytest.approx(time, abs=1e-7)


def test_a_single_event_does_not_recur():
    single = Ephemeris(period_days=None, **HOURS)

    inside = in_event(np.array([1499.0, 1500.0, 1500.04, 1510.0]), single)

    assert inside.tolist() == [False, True, True, False]


@pytest.mark.parametrize("wrong", [{"period_days": 0.0}, {"period_days": math.nan}])
def test_a_period_that_is_none_is_refused(wrong):
    with pytest.raises(DataError, match=r"period_days .* must be positive and finite, got"):
        Ephemeris(**HOURS, **wrong)


def test_a_star_keeps_what_its_light_curve_states_and_nothing_else():
    meta = {"target": 25155310, "object": "TIC 25155310", "teff": 6280.0, "radius": math.nan}

    star = Star.from_meta(meta)

    assert (star.tic, star.name, star.teff) == (25155310, "TIC 25155310", 6280.0)
    assert star.radius is None
    assert star.logg is None
