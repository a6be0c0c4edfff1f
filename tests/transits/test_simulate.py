"""Made light curves look like real ones, and are the same for the same seed."""

import numpy as np
import pytest

from starsieve.data.star import Star
from starsieve.errors import DataError
from starsieve.readers import read
from starsieve.transits.simulate import Activity, draw_activity, hourly_noise_ppm, simulate_star

QUIET_STARS = (
    "tess2018206045859-s0001-0000000261136679-0120-s_lc.fits",
    "tess2018206045859-s0001-0000000270501383-0120-s_lc.fits",
    "tess2018263035959-s0003-0000000003836541-0123-s_lc.fits",
    "tess2018349182459-s0006-0000000200319843-0126-s_lc.fits",
)


def scatter_ppm(curve, hours):
    """Return how much means over so many hours differ from one to the next."""
    flat = curve.normalised()
    time, flux = flat.time[flat.usable], flat.flux[flat.usable]
    _, where = np.unique(np.floor(time * 24 / hours), return_inverse=True)
    n = np.bincount(where)
    means = (np.bincount(where, flux) / n)[n > 0.5 * np.median(n)]
    steps = np.diff(means)
    return 1e6 * 1.4826 * np.median(np.abs(steps - np.median(steps))) / np.sqrt(2)


@pytest.mark.real_data
@pytest.mark.parametrize("file", QUIET_STARS)
@pytest.mark.parametrize("hours", [1 / 30, 1.0, 6.0])
def test_noise_is_that_of_real_stars(real_data, file, hours):
    real = read(real_data / "tess" / "lightcurves" / file)[0]

    made = simulate_star(1, star=Star.from_meta(real.meta))

    assert scatter_ppm(made, hours) == pytest.approx(scatter_ppm(real, hours), rel=0.5)


def test_the_same_seed_gives_the_same_star():
    first, again, other = (simulate_star(seed) for seed in (1, 1, 2))

    assert (first.flux == again.flux).all()
    assert (first.flux != other.flux).any()


def test_a_sector_has_a_gap_and_flagged_dumps():
    curve = simulate_star(1)

    assert np.diff(curve.time).max() == pytest.approx(1.0, abs=0.01)
    assert 0 < np.sum(~curve.usable) < 30
    assert (curve.quality[~curve.usable] == 32).all()
    assert curve.meta["cadence_seconds"] == 120


def test_spots_turn_with_the_star():
    spotted = Activity(rotation_days=3.0, amplitude_ppm=8000.0, spot_days=30.0)

    curve = simulate_star(5, activity=spotted, red_noise=0.0).normalised()

    assert np.std(curve.flux) == pytest.approx(8e-3, rel=0.15)
    angle = 2 * np.pi * curve.time[:, None] / np.array([3.0, 1.5, 7.7])
    strength = np.abs(np.exp(1j * angle).T @ (curve.flux - curve.flux.mean()))
    assert max(strength[:2]) > 3 * strength[2]


def test_fainter_stars_are_noisier():
    assert hourly_noise_ppm(14.0) > 3 * hourly_noise_ppm(12.0) > 9 * hourly_noise_ppm(6.0)


def test_random_stars_vary_in_many_ways():
    rng = np.random.default_rng(0)

    drawn = [draw_activity(rng) for _ in range(200)]

    active = [each for each in drawn if each is not None]
    assert 100 < len(active) < 170
    assert min(each.rotation_days for each in active) < 2
    assert max(each.amplitude_ppm for each in active) > 5000


def test_impossible_light_curves_are_refused():
    with pytest.raises(DataError, match="positive"):
        simulate_star(0, days=0)
    with pytest.raises(DataError, match="positive"):
        Activity(rotation_days=0.0, amplitude_ppm=1.0)
