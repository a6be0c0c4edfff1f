"""Many pixels as few."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from starsieve.stats.blocks import block_means, envelope


@given(st.integers(0, 2**32 - 1), st.integers(1, 3_000), st.integers(2, 500))
def test_an_envelope_keeps_extremes_and_is_no_longer_than_asked_for(seed, n, n_points):
    rng = np.random.default_rng(seed)
    values, good = rng.normal(size=n), rng.random(n) > 0.2
    values[~good] = np.nan
    chosen = envelope(values, good, n_points)
    assert len(chosen) <= max(n_points, 2)
    assert np.all(np.diff(chosen) > 0)
    if good.any():
        kept = chosen[good[chosen]]
        assert values[kept].min() == np.nanmin(values)
        assert values[kept].max() == np.nanmax(values)


def test_a_line_one_pixel_wide_survives_among_a_million():
    values = np.ones(1_000_000)
    values[765_432] = 0.1
    chosen = envelope(values, np.ones(len(values), bool), 2_000)
    assert 765_432 in chosen
    assert block_means(values, np.ones(len(values), bool), 2_000).min() > 0.99


def test_a_gap_longer_than_a_block_is_seen_in_an_envelope():
    good = np.ones(10_000, bool)
    good[4_000:6_000] = False
    chosen = envelope(np.ones(10_000), good, 100)
    assert 9 <= np.sum(~good[chosen]) <= 11


def test_few_values_stay_as_they_are():
    assert envelope(np.array([3.0, 1.0]), np.array([True, False]), 10).tolist() == [0, 1]
