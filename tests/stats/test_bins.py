"""Medians in bins."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from starsieve.stats.bins import bin_medians


@given(st.integers(0, 2**32 - 1), st.integers(1, 200))
def test_medians_are_those_of_numpy_bin_by_bin(seed, number):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-1, 5, number), rng.normal(size=number)
    edges = np.linspace(0, 4, 9)

    binned = bin_medians(x, y, edges)

    place = np.digitize(x, edges) - 1
    filled = [k for k in range(8) if np.any(place == k)]
    np.testing.assert_allclose(binned.median, [np.median(y[place == k]) for k in filled])
    np.testing.assert_array_equal(binned.count, [np.sum(place == k) for k in filled])


def test_the_error_is_that_of_a_median():
    rng = np.random.default_rng(0)
    y = rng.normal(0, 2.0, 40_000)

    binned = bin_medians(np.repeat(np.arange(400.0), 100), y, np.arange(-0.5, 400))

    assert np.isclose(np.median(binned.error), np.std(binned.median), rtol=0.1)


def test_points_that_are_no_numbers_count_nowhere():
    binned = bin_medians(np.zeros(3), np.array([np.nan, 1.0, np.inf]), np.array([-1.0, 1.0]))

    assert binned.median.tolist() == [1.0]
