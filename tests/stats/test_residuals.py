"""Residuals and scaling against known cases and other people's code."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skew
from sklearn.metrics import r2_score
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from starsieve.errors import DataError
from starsieve.stats.residuals import summarise_residuals
from starsieve.stats.scaling import normalise, standardise

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS)
def test_the_numbers_of_a_report_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    true = rng.normal(size=40)
    predicted = true + rng.gamma(1.0, size=40)

    found = summarise_residuals(predicted, true)

    assert found.r2 == pytest.approx(r2_score(true, predicted))  # the truth first, there
    assert found.rmse == pytest.approx(np.sqrt(np.mean((predicted - true) ** 2)))
    assert found.skewness == pytest.approx(skew(predicted - true))
    assert found.rmse**2 == pytest.approx(found.mean**2 + found.std**2)


def test_residuals_that_never_vary_have_no_skewness():
    assert np.isnan(summarise_residuals(np.ones(3) * 2, np.ones(3)).skewness)


@given(SEEDS)
def test_scaling_by_column_is_that_of_scikit_learn(seed):
    values = np.random.default_rng(seed).normal(3.0, 2.0, (12, 4))

    np.testing.assert_allclose(standardise(values, 0), StandardScaler().fit_transform(values))
    np.testing.assert_allclose(normalise(values, 0), MinMaxScaler().fit_transform(values))
    np.testing.assert_allclose(standardise(values, 1), standardise(values.T, 0).T)


@given(SEEDS, st.floats(0.1, 1e6))
def test_scaling_by_row_leaves_the_shape_alone(seed, factor):
    values = np.random.default_rng(seed).uniform(1.0, 2.0, (5, 30))

    np.testing.assert_allclose(standardise(factor * values, 1), standardise(values, 1), atol=1e-6)


def test_constants_become_zero_and_gaps_are_refused():
    assert not standardise(np.ones((3, 2)), 0).any()
    assert not normalise(np.ones((3, 2)), 1).any()
    with pytest.raises(DataError, match="not finite"):
        standardise(np.array([[np.nan, 1.0]]), 1)
