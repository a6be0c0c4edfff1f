"""Predicted spectra and their p-value, on data of known truth."""

import numpy as np
import pytest
from scipy.stats import kstest

from starsieve.atmospheres.best_fit import Fit
from starsieve.atmospheres.predictive import find_predictive
from starsieve.errors import DataError
from tests.atmospheres.made_inferences import make_fit, make_spectrum

MODEL = 1 + 0.3 * np.sin(np.linspace(0, 6, 200))
SIGMA = np.full(200, 0.05)
EVERYWHERE = np.ones(200, dtype=bool)


def predicted(n_draws=300, spread=0.01, seed=0):
    noise = np.random.default_rng(seed).normal(1.0, spread, (n_draws, 1))
    return MODEL * noise


def test_p_values_are_even_if_the_model_and_its_errors_are_right():
    rng = np.random.default_rng(0)
    found = [
        find_predictive(predicted(3, 0.0), MODEL + rng.normal(0, SIGMA), SIGMA, EVERYWHERE).p_value
        for _ in range(300)
    ]

    assert kstest(found, "uniform").pvalue > 0.01


def test_a_model_that_is_wrong_has_a_small_p_value_and_pixels_left_out_do_not_count():
    data = MODEL + np.random.default_rng(1).normal(0, SIGMA)
    data[:20] += 1.0
    late = np.arange(200) >= 20

    assert find_predictive(predicted(), data, SIGMA, EVERYWHERE).p_value < 1e-6
    assert find_predictive(predicted(), data, SIGMA, late).p_value > 1e-3


def test_bands_are_those_of_the_draws():
    found = find_predictive(predicted(4000, 0.02), MODEL, SIGMA, EVERYWHERE)

    np.testing.assert_allclose(found.std, 0.02 * MODEL, rtol=0.05)
    np.testing.assert_allclose(found.q84 - found.q16, 2 * 0.02 * MODEL, rtol=0.06)
    np.testing.assert_allclose(found.q975 - found.q025, 3.92 * 0.02 * MODEL, rtol=0.06)


def test_the_means_confidence_interval_narrows_with_the_draws_and_the_band_does_not():
    few, many = (
        find_predictive(predicted(n, 0.02), MODEL, SIGMA, EVERYWHERE) for n in (100, 10_000)
    )

    np.testing.assert_allclose(few.standard_error / many.standard_error, 10, rtol=0.2)
    low, high = few.confidence_of_mean()
    np.testing.assert_allclose((high - low) / few.std, 2 * 0.198, rtol=0.01)
    np.testing.assert_allclose(few.std / many.std, 1, rtol=0.2)


def test_one_draw_makes_no_band():
    with pytest.raises(DataError, match="two draws or more, got 1"):
        find_predictive(predicted(1), MODEL, SIGMA, EVERYWHERE)


def test_the_best_fits_p_value_counts_degrees_of_freedom():
    """Of chi-squares as large as their degrees of freedom, about half are larger."""
    from dataclasses import replace

    fit = make_fit(make_spectrum())
    assert isinstance(fit, Fit)

    assert fit.freedom == fit.n_pixels - 5
    assert replace(fit, chi2_reduced=1.0).p_value == pytest.approx(0.5, abs=0.02)
    assert np.isnan(replace(fit, n_pixels=5).p_value)
