"""Difference images: which star is eclipsed."""

import numpy as np
import pytest

from starsieve.data.ephemeris import Ephemeris, in_event
from starsieve.errors import DataError
from starsieve.transits.centroid import difference_image

EPHEMERIS = Ephemeris(period_days=3.0, epoch_btjd=1501.0, duration_hours=4.0)


def make_cube(eclipsed: int, depth: float, noise: float = 2.0):
    """Return times and images of two stars two pixels apart, one of which is eclipsed."""
    rng = np.random.default_rng(1)
    time = np.arange(1500.0, 1527.0, 1 / 48)
    rows, columns = np.mgrid[:11, :11]
    light = np.ones((2, len(time)))
    light[eclipsed] -= depth * in_event(time, EPHEMERIS)
    stars = [
        flux * np.exp(-((rows - 5) ** 2 + (columns - at) ** 2) / (2 * 0.8**2))
        for flux, at in ((1000.0, 5.0), (400.0, 7.0))
    ]
    cube = sum(of[:, None, None] * star for of, star in zip(light, stars, strict=True))
    return time, cube + rng.normal(0, noise, cube.shape)


def test_a_planet_of_the_target_is_where_the_target_is():
    image = difference_image(*make_cube(eclipsed=0, depth=0.02), EPHEMERIS)

    assert image is not None
    assert image.offset_sigma < 3
    assert image.source == pytest.approx((5.0, 5.0), abs=0.3)


def test_an_eclipse_of_a_neighbour_is_seen_where_the_neighbour_is():
    image = difference_image(*make_cube(eclipsed=1, depth=0.3), EPHEMERIS)

    assert image is not None
    assert image.source == pytest.approx((5.0, 7.0), abs=0.3)
    assert image.offset_arcsec == pytest.approx(42.0, abs=10)
    assert image.offset_sigma > 5


def test_a_dimming_below_the_noise_has_no_centre():
    assert difference_image(*make_cube(eclipsed=0, depth=1e-5), EPHEMERIS) is None


def test_without_an_event_in_the_data_there_is_no_image():
    time, cube = make_cube(eclipsed=0, depth=0.02)
    single = Ephemeris(period_days=None, epoch_btjd=1800.0, duration_hours=4.0)

    assert difference_image(time, cube, single) is None


def test_images_of_another_number_than_times_are_refused():
    with pytest.raises(DataError, match=r"must have shape \(5, n_rows, n_columns\)"):
        difference_image(np.arange(5.0), np.ones((4, 3, 3)), EPHEMERIS)
