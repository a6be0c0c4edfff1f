import numpy as np
import pytest
from scipy.stats import multivariate_t

from starsieve.atmospheres.importance.mixtures import FREEDOM, Mixture, fit_mixture

TWO = Mixture(
    np.array([0.3, 0.7]),
    np.array([[0.0, 0.0], [4.0, -1.0]]),
    np.array([[[1.0, 0.0], [0.5, 0.4]], [[0.3, 0.0], [0.0, 2.0]]]),
)


def test_densities_are_those_of_multivariate_t_distributions():
    points = np.random.default_rng(0).normal(size=(20, 2)) * 3
    expected = sum(
        share * multivariate_t(centre, factor @ factor.T, df=FREEDOM).pdf(points)
        for share, centre, factor in zip(TWO.shares, TWO.centres, TWO.factors, strict=True)
    )

    np.testing.assert_allclose(np.exp(TWO.log_density(points)), expected, rtol=1e-10)


def test_draws_are_of_the_density():
    """The mean over draws of a density's ratio is one, whatever the other density is."""
    other = Mixture(np.ones(1), np.array([[4.0, -1.0]]), np.diag([0.25, 1.5])[None])
    draws = TWO.draw(50_000, np.random.default_rng(1))

    ratio = np.exp(other.log_density(draws) - TWO.log_density(draws))

    assert np.mean(ratio) == pytest.approx(1.0, abs=0.03)
    assert np.mean(draws[:, 0] > 2.5) == pytest.approx(0.7 + 0.3 * 0.03, abs=0.02)


def test_parts_are_found_where_weighted_points_lie():
    rng = np.random.default_rng(2)
    points = np.concatenate([rng.normal(size=(300, 2)), 0.2 * rng.normal(size=(300, 2)) + 8])
    weights = np.r_[np.full(300, 3.0), np.full(300, 1.0)] / 1200

    found = fit_mixture(points, weights, 2, widened=1.0)

    first, second = np.argsort(found.centres[:, 0])
    np.testing.assert_allclose(found.shares[[first, second]], [0.75, 0.25], atol=0.02)
    np.testing.assert_allclose(found.centres[[first, second]], [[0, 0], [8, 8]], atol=0.2)
    assert found.factors[second, 0, 0] == pytest.approx(0.3, abs=0.15)


def test_a_single_point_that_matters_still_makes_a_mixture():
    points = np.random.default_rng(3).normal(size=(50, 4))
    weights = np.zeros(50)
    weights[7] = 1.0

    found = fit_mixture(points, weights, 4, widened=1.5)

    assert np.all(np.isfinite(found.log_density(points)))


def test_beside_another_both_keep_their_draws():
    far = Mixture(np.ones(1), np.array([[50.0, 50.0]]), np.eye(2)[None])

    draws = TWO.beside(far, 0.25).draw(400, np.random.default_rng(4))

    assert np.sum(draws[:, 0] > 30) == pytest.approx(100, abs=2)
