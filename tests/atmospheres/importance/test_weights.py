import numpy as np
import pytest

from starsieve.atmospheres.importance.weights import effective_size, log_mean, pick, temper


def test_equal_weights_count_fully_and_one_alone_as_one():
    assert effective_size(np.full(40, -3000.0)) == pytest.approx(40)
    assert effective_size(np.r_[0.0, np.full(39, -1e6)]) == pytest.approx(1)


def test_weights_are_tempered_only_as_far_as_needed():
    weights = -np.arange(100.0)

    tempered = temper(weights, 30)

    assert 1 / np.sum(tempered**2) == pytest.approx(30, rel=0.01)
    even = np.zeros(100)
    np.testing.assert_allclose(temper(even, 30), 0.01)


def test_rows_are_picked_in_proportion():
    rows = pick(np.array([0.5, 0.0, 0.3, 0.2]), 10, 0.5)

    assert np.bincount(rows, minlength=4).tolist() == [5, 0, 3, 2]


def test_the_mean_weight_is_the_evidence():
    """Of exp(-x^2 / 2) under an even prior from -5 to 5: sqrt(2 pi) / 10."""
    rng = np.random.default_rng(0)
    draws = 1.5 * rng.standard_normal(20_000)
    log_q = -0.5 * (draws / 1.5) ** 2 - np.log(1.5 * np.sqrt(2 * np.pi))
    log_target = np.where(np.abs(draws) < 5, -0.5 * draws**2 - np.log(10), -np.inf)

    assert log_mean(log_target - log_q) == pytest.approx(np.log(np.sqrt(2 * np.pi) / 10), abs=0.02)
