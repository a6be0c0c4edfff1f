"""Conformal quantiles promise what they hold."""

import numpy as np
import pytest

from starsieve.errors import DataError
from starsieve.stats.conformal import conformal_quantile


@pytest.mark.parametrize("coverage", [0.5, 0.68, 0.9, 0.95])
def test_new_items_stay_below_as_often_as_promised(coverage):
    rng = np.random.default_rng(1)
    below = [
        rng.standard_cauchy() <= conformal_quantile(rng.standard_cauchy(40), coverage)
        for _ in range(4000)
    ]

    assert coverage - 0.03 < np.mean(below) < coverage + 0.05


def test_new_groups_are_covered_where_some_have_many_items():
    rng = np.random.default_rng(2)
    sizes = np.where(np.arange(60) % 6 == 0, 200, 1)
    groups = np.repeat(np.arange(60), sizes)
    below = []
    for _ in range(1500):
        wild = rng.exponential(size=60)
        below.append(rng.exponential() <= conformal_quantile(wild[groups], 0.8, groups))

    assert 0.76 < np.mean(below) < 0.87


def test_too_few_groups_promise_nothing():
    groups = np.repeat(np.arange(5), 100)

    assert conformal_quantile(np.arange(500.0), 0.95) < np.inf
    assert conformal_quantile(np.arange(500.0), 0.95, groups) == np.inf


def test_the_order_of_the_scores_does_not_matter():
    rng = np.random.default_rng(3)
    scores, groups = rng.normal(size=50), rng.integers(0, 20, 50)
    order = rng.permutation(50)

    first = conformal_quantile(scores, 0.7, groups)

    assert conformal_quantile(scores[order], 0.7, groups[order]) == first


@pytest.mark.parametrize(
    ("scores", "coverage", "message"),
    [
        ([], 0.9, "finite"),
        ([1.0, np.nan], 0.9, "finite"),
        ([1.0, 2.0], 1.0, "between 0 and 1"),
        ([1.0, 2.0], 0.0, "between 0 and 1"),
    ],
)
def test_impossible_input_is_refused(scores, coverage, message):
    with pytest.raises(DataError, match=message):
        conformal_quantile(scores, coverage)


def test_every_score_needs_its_group():
    with pytest.raises(DataError, match="one for each of 3"):
        conformal_quantile([1.0, 2.0, 3.0], 0.5, [1, 2])
