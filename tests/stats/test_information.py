"""Mutual information is what theory says it is, and its errors and null mean what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starsieve.errors import DataError
from starsieve.stats import histogram_information as bins
from starsieve.stats import information as info

seeds = st.integers(0, 2**32 - 1)


def correlated(rho, n, seed):
    rng = np.random.default_rng(seed)
    x, noise = rng.normal(size=(2, n))
    return x, rho * x + np.sqrt(1 - rho**2) * noise


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, 0.99])
def test_the_information_of_a_gaussian_is_the_analytic_one(rho):
    expected = -0.5 * np.log(1 - rho**2)

    values = [info.mutual_information(*correlated(rho, 2000, seed), seed=seed) for seed in range(4)]

    assert np.mean(values) == pytest.approx(expected, abs=0.06)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_no_monotone_scale_changes_information(seed):
    x, y = correlated(0.7, 300, seed)

    plain = info.mutual_information(x, y)
    scaled = info.mutual_information(1e6 + 300 * x, -np.exp(y))

    assert scaled == pytest.approx(plain, abs=1e-6)


def test_a_fold_hides_from_correlation_but_not_from_information():
    x = np.random.default_rng(0).uniform(-1, 1, 2000)
    folded = np.abs(x) + 0.05 * np.random.default_rng(1).normal(size=x.size)

    assert abs(np.corrcoef(x, folded)[0, 1]) < 0.1
    assert info.mutual_information(x, folded) > 1


def test_classes_tell_as_much_as_there_are_of_them():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 4, 3000).astype(float)
    latent = label + 0.01 * rng.normal(size=label.size)

    assert info.mutual_information(label, latent) == pytest.approx(np.log(4), abs=0.1)
    assert abs(info.mutual_information(label, rng.permutation(latent))) < 0.1


@pytest.mark.parametrize("rho", [0.3, 0.9])
def test_the_error_is_the_scatter_of_repetitions(rho):
    found = [info.measure_information(*correlated(rho, 400, seed)) for seed in range(20)]

    scatter = np.std([each.value for each in found], ddof=1)

    assert 0.5 < np.mean([each.error for each in found]) / scatter < 2


def test_rows_drawn_twice_would_pretend_information():
    x, y = correlated(0.0, 1000, 0)
    rows = np.random.default_rng(1).integers(1000, size=1000)

    assert abs(info.mutual_information(x, y)) < 0.1
    assert info.mutual_information(x[rows], y[rows]) > 0.3


def test_p_values_of_independent_variables_are_even():
    null = info.information_null(300, seed=99)

    p = [info.measure_information(*correlated(0, 300, s), null=null).p_value for s in range(60)]

    assert 0.3 < np.mean(p) < 0.7
    assert np.mean(np.array(p) < 0.05) < 0.2


def test_a_relation_is_beyond_every_shuffle():
    found = info.measure_information(*correlated(0.6, 1000, 0))

    assert found.p_value == pytest.approx(1 / (info.N_SHUFFLES + 1))
    assert found.value > found.null_mean + 5 * found.null_scatter
    assert str(found) == f"{found.value:.3f} ± {found.error:.3f}"


def test_the_best_of_many_is_large_by_chance():
    null = info.information_null(300, n_shuffles=400)
    plain = info.Information(
        float(np.quantile(null, 0.99)), 0.1, null.mean(), null.std(), 0.01, 300
    )

    assert plain.chance_of_best(1) == pytest.approx(0.01, abs=0.02)
    assert plain.chance_of_best(100) > 0.2
    assert info.measure_information(*correlated(0.6, 300, 0)).chance_of_best(100) < 1e-3


def test_what_a_condition_explains_is_taken_off():
    rng = np.random.default_rng(0)
    teff = rng.normal(size=1500)
    latent, logg = (teff + 0.3 * rng.normal(size=teff.size) for _ in range(2))

    through = info.conditional_information(latent, logg, teff)
    beyond = info.conditional_information(latent, logg + latent, teff)

    assert info.mutual_information(latent, logg) > 0.7
    assert abs(through.value - through.null_mean) < 0.06
    assert through.p_value > 0.02
    assert beyond.value - beyond.null_mean > 0.3
    assert beyond.p_value < 0.05


def test_conditional_information_of_a_gaussian_is_the_analytic_one():
    rng = np.random.default_rng(3)
    z, a, b = rng.normal(size=(3, 3000))
    x, y = z + a, z + 0.8 * a + 0.6 * b

    found = info.conditional_information(x, y, z, n_shuffles=5)

    assert found.value == pytest.approx(-0.5 * np.log(1 - 0.8**2), abs=0.08)


def test_bins_of_the_original_are_biased_and_the_bias_is_measured():
    x, y = np.random.default_rng(0).uniform(size=(2, 4061))

    few = bins.measure_histogram_information(x, y, 5)
    many = bins.measure_histogram_information(x, y, 160)

    assert many.first_order == pytest.approx(3.11, abs=0.01)
    # Bins this sparse hold one point each, so that the bias can't exceed log(160**2 / 4061).
    assert many.bias == pytest.approx(np.log(160**2 / 4061), abs=0.15)
    assert many.value == pytest.approx(many.bias, abs=0.05)
    assert few.value == pytest.approx(few.first_order, abs=0.003)
    assert abs(info.mutual_information(x, y)) < 0.06


def test_counting_finds_all_there_is_to_know_of_bins():
    x = np.arange(1000.0)

    assert bins.histogram_information(x, x, 10) == pytest.approx(np.log(10))
    assert bins.histogram_information(x, np.ones(1000), 10) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: info.mutual_information(np.ones(3), np.ones(2)), "one number per row"),
        (lambda: info.mutual_information(np.array([1.0, np.nan]), np.ones(2), 1), "not finite"),
        (lambda: info.mutual_information(np.ones(3), np.ones(3)), "1 to 2 neighbours .* got 3"),
        (lambda: info.measure_information(np.ones(40), np.ones(40)), "Can't say: 40 rows"),
        (lambda: bins.histogram_information(np.ones(3), np.ones(3), 1), "at least 2 bins"),
    ],
)
def test_what_has_no_information_is_refused(call, message):
    with pytest.raises(DataError, match=message):
        call()
