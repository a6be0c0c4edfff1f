"""Stretched posteriors hold what they say, on values that they were not fitted to."""

import numpy as np
import pytest

from starsieve.atmospheres.several.calibrate import (
    Stretch,
    class_label,
    fit_stretch,
    holds,
    stretch,
)

N = 1500
COLD, HOT = 1000.0, 2500.0


def made(seed=0, too_narrow=2.0, n=N):
    """Return draws, truth and classes; the draws' scatter is too small by a factor."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0.0, 3.0, n)
    centre = truth + rng.normal(0.0, 1.0, n)
    draws = centre[:, None] + rng.normal(0.0, 1.0 / too_narrow, (n, 400))
    return draws, truth, np.where(np.arange(n) % 2, HOT, COLD)


@pytest.mark.parametrize("too_narrow", [0.5, 1.0, 2.0])
def test_factors_are_what_draws_were_wrong_by(too_narrow):
    draws, truth, classes = made(too_narrow=too_narrow)

    fitted = fit_stretch(draws, truth, None, classes, [1500.0])

    np.testing.assert_allclose(fitted.inner, too_narrow, rtol=0.12)
    np.testing.assert_allclose(fitted.outer, too_narrow, rtol=0.12)


@pytest.mark.parametrize("level", [0.68, 0.95])
def test_stretched_intervals_hold_their_level_on_others(level):
    draws, truth, classes = made()
    fitted = fit_stretch(draws, truth, None, classes, [1500.0])
    others, values, theirs = made(seed=1)

    before = holds(others, values, level=level).mean()
    after = holds(fitted(others, theirs), values, level=level).mean()

    assert before < level - 0.15
    assert after == pytest.approx(level, abs=0.03)


def test_each_class_has_its_own_factor():
    rng = np.random.default_rng(2)
    draws, truth, classes = made()
    draws[classes == HOT] = truth[classes == HOT, None] + rng.normal(0, 1, (N // 2, 400))
    draws[classes == HOT] += rng.normal(0, 1, (N // 2, 1))

    fitted = fit_stretch(draws, truth, None, classes, [1500.0])

    assert fitted.inner[0] == pytest.approx(2.0, rel=0.15)
    assert fitted.inner[1] == pytest.approx(1.0, rel=0.15)


def test_with_errors_of_the_truth_no_posterior_is_narrowed():
    draws, truth, classes = made(too_narrow=0.5)
    assert fit_stretch(draws, truth, None, classes, []).inner[0] < 0.6

    fitted = fit_stretch(draws, truth, np.full(N, 5.0), classes, [])

    assert 1.0 <= fitted.inner[0] < 1.03
    assert 1.0 <= fitted.outer[0] < 1.03


def test_errors_of_the_truth_leave_less_to_the_posterior():
    rng = np.random.default_rng(3)
    draws, truth, classes = made()
    noisy = truth + rng.normal(0.0, 1.0, N)

    without = fit_stretch(draws, noisy, None, classes, []).inner[0]
    fitted = fit_stretch(draws, noisy, np.ones(N), classes, []).inner[0]

    assert without == pytest.approx(2 * 2**0.5, rel=0.12)
    assert fitted == pytest.approx(2.0, rel=0.12)


def test_a_class_without_values_and_unknown_values_change_nothing():
    draws, truth, classes = made(n=300)
    truth = np.where(classes == HOT, np.nan, truth)

    fitted = fit_stretch(draws, truth, None, classes, [1500.0])

    assert (fitted.inner[1], fitted.outer[1]) == (1.0, 1.0)
    assert fitted.inner[0] > 1.5


def test_quantiles_move_by_their_factors_and_the_median_stays():
    draws = np.random.default_rng(0).gamma(2.0, 1.0, (3, 4001))
    inner, outer = np.array([0.5, 1.0, 2.0]), np.array([1.0, 1.0, 3.0])

    found = stretch(draws, inner, outer)

    at = (0.025, 0.16, 0.5, 0.84, 0.975)
    before, after = (np.quantile(each, at, axis=1) for each in (draws, found))
    np.testing.assert_allclose(after[2], before[2])
    for number in (1, 3):
        np.testing.assert_allclose(after[number] - after[2], inner * (before[number] - before[2]))
    for number in (0, 4):
        np.testing.assert_allclose(after[number] - after[2], outer * (before[number] - before[2]))
    np.testing.assert_allclose(found[1], draws[1])


def test_stretching_keeps_the_order_of_draws():
    draws = np.random.default_rng(0).normal(size=(2, 500))

    found = stretch(draws, np.array([3.0, 0.3]), np.array([0.2, 4.0]))

    assert (np.diff(np.take_along_axis(found, np.argsort(draws), axis=1)) >= -1e-12).all()


def test_draws_that_are_all_alike_stay():
    found = stretch(np.full((1, 100), 7.0), np.array([2.0]), np.array([2.0]))

    assert np.array_equal(found, np.full((1, 100), 7.0))


def test_a_stretch_survives_its_record():
    one = Stretch((1300.0,), (1.0, 2.0), (1.5, 2.5))

    assert Stretch.from_record(one.to_record()) == one


def test_classes_are_told_by_temperature_or_else_by_the_first_label():
    assert class_label(["logg", "teff"]) == "teff"
    assert class_label(["logg", "mh"]) == "logg"
