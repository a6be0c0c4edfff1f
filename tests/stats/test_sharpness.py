"""Scores of posteriors against known answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from starsieve.errors import DataError
from starsieve.stats import crps, expected_coverage


def test_crps_of_gaussian_draws_is_the_closed_form():
    """Gneiting & Raftery 2007, eq. 20 with the sign of a loss."""
    draws = norm.ppf((np.arange(20_000) + 0.5) / 20_000)[:, None] * 2.0 + 1.0
    truth = np.array([1.0, 3.0, -4.0])
    z = (truth - 1.0) / 2.0
    exact = 2.0 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))

    np.testing.assert_allclose(crps(np.repeat(draws, 3, axis=1), truth), exact, rtol=1e-3)


def test_crps_equals_the_sum_over_all_pairs():
    rng = np.random.default_rng(0)
    samples, truth = rng.normal(size=(30, 4)), rng.normal(size=4)
    pairs = np.abs(samples[:, None] - samples[None]).mean(axis=(0, 1))
    direct = np.abs(samples - truth).mean(axis=0) - pairs / 2

    np.testing.assert_allclose(crps(samples, truth), direct, rtol=1e-12)


@given(st.integers(0, 1000), st.floats(0.1, 10.0), st.floats(-5.0, 5.0))
def test_crps_has_the_unit_of_the_label(seed, scale, shift):
    rng = np.random.default_rng(seed)
    samples, truth = rng.normal(size=(20, 3)), rng.normal(size=3)

    moved = crps(samples * scale + shift, truth * scale + shift)

    np.testing.assert_allclose(moved, scale * crps(samples, truth), rtol=1e-9, atol=1e-12)


def correlated(n_spectra, n_draws, rho_truth, rho_draws, width=1.0, seed=0):
    """Make posteriors whose every label is right, and whose correlation may be wrong."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(1 + n_draws, n_spectra, 2))
    rho = np.r_[rho_truth, np.full(n_draws, rho_draws)][:, None]
    noise[..., 1] = rho * noise[..., 0] + np.sqrt(1 - rho**2) * noise[..., 1]
    centre = 3 * rng.normal(size=(n_spectra, 2))
    return centre + width * noise[1:], centre + noise[0]


def test_right_posteriors_cover_what_they_should():
    found = expected_coverage(*correlated(2000, 200, 0.9, 0.9))

    assert found.error < 0.02
    assert found.p_value > 0.01


def test_wrong_correlations_are_seen_though_every_label_is_right():
    found = expected_coverage(*correlated(3000, 200, 0.95, -0.95))

    assert found.p_value < 1e-3


def test_narrow_posteriors_are_seen():
    found = expected_coverage(*correlated(1000, 200, 0.0, 0.0, width=0.4))

    assert found.p_value < 1e-6
    assert found.error > 0.03


def test_levels_go_from_nothing_to_everything():
    found = expected_coverage(*correlated(50, 10, 0.0, 0.0))

    assert (found.levels[0], found.coverage[0]) == (0.0, 0.0)
    assert (found.levels[-1], found.coverage[-1]) == (1.0, 1.0)


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match="not about the same spectra"):
        crps(np.zeros((5, 3)), np.zeros(2))
    with pytest.raises(DataError, match=r"expected \(n_samples, n_spectra, n_labels\)"):
        expected_coverage(np.zeros((5, 3)), np.zeros(3))
    with pytest.raises(DataError, match="truth holds 1 of 2 numbers"):
        expected_coverage(np.zeros((5, 1, 2)), np.array([[0.0, np.nan]]))
