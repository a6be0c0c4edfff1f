"""Scores agree with scikit-learn's, and their errors with what theory says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from starsieve import stats
from starsieve.errors import DataError

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(2, 50))
def test_scores_are_those_of_scikit_learn(seed, n):
    rng = np.random.default_rng(seed)
    truth = rng.normal(1000, 300, n)
    predicted = truth + rng.normal(10, 50, n)

    found = {name: score.value for name, score in scored(predicted, truth).items()}

    assert found == {
        "r2": pytest.approx(metrics.r2_score(truth, predicted)),
        "mae": pytest.approx(metrics.mean_absolute_error(truth, predicted)),
        "medae": pytest.approx(metrics.median_absolute_error(truth, predicted)),
        "rmse": pytest.approx(metrics.root_mean_squared_error(truth, predicted)),
        "bias": pytest.approx(np.mean(predicted) - np.mean(truth)),
    }


def scored(predicted, truth):
    return stats.score_regression(predicted, truth, n_resamples=5)


@given(seeds, st.integers(4, 60))
def test_roc_auc_is_that_of_scikit_learn_with_ties_too(seed, n):
    rng = np.random.default_rng(seed)
    score = rng.integers(0, 5, n).astype(float)
    positive = np.arange(n) % 3 == 0

    assert stats.roc_auc(score, positive) == pytest.approx(metrics.roc_auc_score(positive, score))


def test_roc_auc_of_one_kind_has_no_meaning():
    assert np.isnan(stats.roc_auc(np.arange(3.0), np.ones(3, bool)))


def test_the_error_of_a_mean_is_known():
    values = np.random.default_rng(0).normal(0.0, 2.0, 400)

    mean = stats.bootstrap(lambda x: float(x.mean()), (values,))

    assert mean.error == pytest.approx(2.0 / np.sqrt(400), rel=0.15)
    assert mean.low < mean.value < mean.high


def test_spectra_of_one_object_count_once():
    per_object = np.random.default_rng(0).normal(size=100)
    repeated = np.repeat(per_object, 4)
    groups = np.repeat(np.arange(100).astype(str), 4)
    zero = np.zeros(400)

    alone = stats.bootstrap(stats.bias, (per_object, np.zeros(100)))
    naive = stats.bootstrap(stats.bias, (repeated, zero))
    grouped = stats.bootstrap(stats.bias, (repeated, zero), groups)

    assert grouped.error == pytest.approx(alone.error, rel=0.1)
    assert naive.error == pytest.approx(alone.error / 2, rel=0.1)


def test_groups_of_any_size_are_drawn_whole():
    groups = np.array(["b", "a", "b", "c", "b"])
    drawn = []

    def remember(rows):
        drawn.append(sorted(rows.tolist()))
        return float(len(rows))

    stats.bootstrap(remember, (np.arange(5),), groups, n_resamples=50)

    for rows in drawn:
        assert rows.count(0) == rows.count(2) == rows.count(4)


def test_the_same_seed_gives_the_same_error():
    rows = (np.arange(20.0), np.arange(20.0)[::-1])

    assert stats.bootstrap(stats.r2, rows) == stats.bootstrap(stats.r2, rows)
    assert stats.bootstrap(stats.r2, rows) != stats.bootstrap(stats.r2, rows, seed=1)


def test_the_auc_of_separate_kinds_is_sure_and_one_object_is_not():
    score = np.arange(40.0)

    assert stats.score_roc_auc(score, score > 19).error == 0.0
    assert np.isnan(stats.score_roc_auc(score, score > 19, np.zeros(40)).error)


def test_r2_of_one_true_value_has_no_meaning():
    assert np.isnan(stats.r2(np.array([1.0, 2.0]), np.array([3.0, 3.0])))


@pytest.mark.parametrize(
    ("predicted", "truth", "message"),
    [
        (np.ones(3), np.ones(2), r"predicted \(3,\), truth \(2,\)"),
        (np.ones(0), np.ones(0), "at least one row"),
        (np.ones((2, 2)), np.ones((2, 2)), "one number per row"),
        (np.array([1.0, np.nan]), np.ones(2), "predicted holds 1 of 2"),
    ],
)
def test_rows_that_can_not_be_scored_are_refused(predicted, truth, message):
    with pytest.raises(DataError, match=message):
        stats.mean_absolute_error(predicted, truth)


def test_the_regions_of_a_gaussian_hold_what_they_should():
    x, y = np.random.default_rng(0).normal(size=(2, 200_000))
    view = (-5.0, 5.0)

    _, _, density = stats.density_2d(x, y, view, view, n_bins=60)
    levels = stats.highest_density_levels(density, [0.68, 0.95])

    assert density.sum() == pytest.approx(1.0)
    area = [np.sum(density >= level) * (10 / 60) ** 2 for level in levels]
    np.testing.assert_allclose(area, [-2 * np.pi * np.log(1 - p) for p in (0.68, 0.95)], rtol=0.08)


def test_density_that_piles_up_at_an_edge_stays_inside():
    x = np.random.default_rng(0).exponential(0.1, 50_000)

    _, _, density = stats.density_2d(x, x, (0.0, 2.0), (0.0, 2.0))

    assert density.sum() == pytest.approx(1.0)
    assert density.argmax() == 0


@given(seeds, st.integers(1, 300), st.integers(1, 50))
def test_block_means_keep_the_mean_and_ignore_bad_values(seed, n, n_blocks):
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n))

    means = stats.block_means(values, np.isfinite(values), n_blocks)

    assert len(means) == min(n, n_blocks)
    if n % len(means) == 0:
        blocks = values.reshape(len(means), -1)
        expected = [np.mean(b[np.isfinite(b)]) if np.isfinite(b).any() else np.nan for b in blocks]
        np.testing.assert_allclose(means, expected)
