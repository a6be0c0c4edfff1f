"""Folding on all periods at once, against folding on one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from starsieve.transits.dips import find_dips
from starsieve.transits.fold import Grid, bin_dips, count_trials, fold
from tests.transits.searching import PLANET, make_curve


def make_grid(sums: np.ndarray) -> Grid:
    return Grid(0.0, 1.0, np.stack([sums, np.ones_like(sums)]).astype(np.float32))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(10, 60), st.integers(3, 400))
def test_pulses_of_any_period_add_up(seed: int, low: int, n_more: int):
    rng = np.random.default_rng(seed)
    n_bins = low * 2 + n_more
    period = rng.uniform(low, low * 1.8)
    times = np.arange(rng.uniform(0, period), n_bins, period)
    sums = np.zeros(n_bins)
    np.add.at(sums, times.astype(int), 1.0)

    best = 0.0
    for folded in fold(make_grid(sums), low, 2 * low, margin=4):
        near = np.abs(folded.periods - period) < 1.0
        boxes = folded.profiles[0][..., :-2] + folded.profiles[0][..., 1:-1]
        boxes += folded.profiles[0][..., 2:]
        if near.any():
            best = max(best, boxes[near][:, : folded.n_phases].max())

    # Every doubling rounds a shift to whole bins, so of many periods a few pulses drift out of the
    # three bins: none of 4,000 random cases under 26 periods lost two.
    assert best >= len(times) - 1 - len(times) // 20


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_whole_periods_are_folded_exactly(seed: int, period: int):
    rng = np.random.default_rng(seed)
    sums = rng.normal(size=rng.integers(2 * period, 12 * period))
    rows = np.pad(sums, (0, -len(sums) % period)).reshape(-1, period)

    (found,) = [
        folded.profiles[0, 0, 0, :period]
        for folded in fold(make_grid(sums), period, period, margin=1)
    ]

    np.testing.assert_allclose(found, rows.sum(axis=0), atol=1e-5)


def test_a_stride_makes_phases_of_several_bins():
    sums = np.random.default_rng(0).normal(size=1000)
    fine = [each.profiles for each in fold(make_grid(sums), 40, 44, margin=8, align=8)]
    coarse = [each.profiles for each in fold(make_grid(sums), 40, 44, 8, stride=2, align=8)]

    for one, two in zip(fine, coarse, strict=True):
        pairs = one[..., :-1:2] + one[..., 1::2]
        np.testing.assert_allclose(two[..., :20], pairs[..., :20], atol=1e-4)


def test_periods_are_closer_than_a_bin_over_the_whole_series():
    grid = make_grid(np.zeros(2000))
    periods = np.concatenate([f.periods.T.ravel() for f in fold(grid, 50, 99, margin=4)])

    assert periods[0] == 50
    assert periods[-1] < 100
    drift = np.diff(periods) * 2000 / periods[1:]
    assert np.all(drift > 0)
    assert drift.max() <= 1.1
    assert len(periods) <= count_trials(2000, 50, 99) * 1.2


def test_gaps_have_no_weight():
    dips = find_dips(make_curve(PLANET))
    grid = bin_dips(dips, 0.02)

    assert grid.sums[1].sum() == np.float32(dips.weight.sum())
    middle = int((1513.3 - grid.start) / grid.step)
    assert np.all(grid.sums[:, middle - 20 : middle + 20] == 0)
