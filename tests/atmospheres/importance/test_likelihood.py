import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal

from starsieve.atmospheres.importance.box import from_logit, log_prior, to_logit
from starsieve.atmospheres.importance.likelihood import (
    CORRELATED,
    Observation,
    Precision,
    explains,
    leading,
    likely_inflations,
    marginal,
    smooth_modes,
)
from starsieve.atmospheres.importance.render import Renderer
from starsieve.errors import ModelMismatchError
from tests.atmospheres.importance.conftest import TRUTH


def test_coordinates_and_spectra_are_the_emulators_own(planted_box, planted_emulator):
    points = np.random.default_rng(0).uniform(-1, 1, (20, 3))
    labels = planted_box.parameters(points)[:, [1, 2, 0]]
    pixels = np.arange(40) % 3 == 0

    coordinates = planted_box.coordinates(points)

    expected = planted_emulator.space.coordinates(labels)
    np.testing.assert_allclose(coordinates, expected, rtol=1e-9, atol=1e-9)
    exact = Renderer.of(planted_emulator, np.float64).take(pixels)(coordinates)
    np.testing.assert_allclose(exact, planted_emulator(labels)[:, pixels], rtol=1e-8)
    quick = Renderer.of(planted_emulator).take(pixels)(coordinates)
    np.testing.assert_allclose(quick, exact, rtol=3e-3)


def test_another_grids_labels_are_refused(planted_grid, planted_emulator):
    from starsieve.atmospheres.importance.box import Box

    odd = planted_grid.take("mh", np.array([True, True, True]))
    odd = type(odd)(odd.wave, ("mh", "teff", "c_to_o"), odd.nodes, odd.log_flux)
    with pytest.raises(ModelMismatchError, match="not of one grid"):
        Box.of(odd, planted_emulator)


def test_logits_come_back_and_the_prior_is_a_density():
    points = np.array([[-0.99, 0.0, 0.5], [0.2, 0.9999, -0.3]])

    np.testing.assert_allclose(from_logit(to_logit(points)), points, rtol=1e-12)
    whole = quad(lambda z: float(np.exp(log_prior(np.array([z])))), -40, 40)[0]
    assert whole == pytest.approx(1.0, rel=1e-6)


def dense(likelihood, inflation, k):
    """Return the covariance of one inflation, written out, from its inverse's parts."""
    precision = likelihood.precision
    inverse = np.diag(precision.plain[k]) - precision.shared[k].T @ precision.shared[k]
    assert precision.inflations[k] == inflation
    return np.linalg.inv(inverse)


def test_the_scale_is_integrated_out_as_quadrature_does(likelihood):
    """Under a prior even in its logarithm, with the covariance written out."""
    models = likelihood.models(np.stack([TRUTH, TRUTH + 0.1]))
    flux, k = likelihood.seen.flux, 2
    covariance = dense(likelihood, likelihood.precision.inflations[k], k)
    found = marginal(likelihood.precision, models)[:, k]

    for model, value in zip(models, found, strict=True):
        best = float(flux @ model / (model @ model))
        normal = multivariate_normal(flux, covariance)
        peak = normal.logpdf(best * model)
        integral = quad(
            lambda log_scale, m=model, b=best, n=normal, p=peak: np.exp(
                n.logpdf(b * np.exp(log_scale) * m) - p
            ),
            -0.2,
            0.2,
            points=[0.0],
        )[0]
        assert value == pytest.approx(peak + np.log(integral), abs=0.01)


def test_the_covariance_is_noise_inflation_and_modes():
    rng = np.random.default_rng(1)
    seen = Observation(np.ones(6), rng.uniform(0.1, 0.2, 6))
    modes, rest = rng.normal(size=(2, 6)), np.full(6, 0.05)

    found = Precision.of(seen, modes, rest, np.array([0.3]), np.zeros(1))

    inverse = np.diag(found.plain[0]) - found.shared[0].T @ found.shared[0]
    covariance = np.diag(seen.sigma**2 + 0.3**2 + rest**2) + modes.T @ modes
    np.testing.assert_allclose(np.linalg.inv(inverse), covariance, rtol=1e-9)
    assert found.log_determinant[0] == pytest.approx(np.linalg.slogdet(covariance)[1])


def test_an_inflation_that_is_there_is_found():
    rng = np.random.default_rng(2)
    model = 1 + 0.5 * np.sin(np.linspace(0, 9, 300))
    seen = Observation(model + rng.normal(0, np.hypot(0.01, 0.05), 300), np.full(300, 0.01))
    none = np.zeros((0, 300))

    inflations, log_weights = likely_inflations(seen, none, np.zeros(300), model)
    found = Precision.of(seen, none, np.zeros(300), inflations, log_weights)
    log_shares = marginal(found, model[None])[0] + log_weights
    shares = np.exp(log_shares - np.logaddexp.reduce(log_shares))

    assert shares @ inflations == pytest.approx(0.05, rel=0.1)
    assert np.sum(shares > 0.02) >= 3


def test_modes_that_noise_hides_are_left_out():
    rng = np.random.default_rng(3)
    sigma = np.full(50, 0.1)
    strong = rng.normal(size=(2, 50))
    modes = np.concatenate([strong, 1e-4 * rng.normal(size=(5, 50))])

    kept = leading(modes, sigma)

    assert kept.shape == (2, 50)
    np.testing.assert_allclose(kept.T @ kept, strong.T @ strong, atol=1e-3)


def test_departures_that_neighbours_share_are_in_the_covariance():
    wave = np.linspace(1.0, 2.4, 60)
    smooth = smooth_modes(wave)
    seen = Observation(np.ones(60), np.full(60, 0.05))
    none = np.zeros((0, 60))

    found = Precision.of(seen, none, np.zeros(60), np.array([0.2]), np.zeros(1), smooth)

    inverse = np.diag(found.plain[0]) - found.shared[0].T @ found.shared[0]
    variance = np.eye(60) * (0.05**2 + (1 - CORRELATED) * 0.04)
    covariance = variance + CORRELATED * 0.04 * smooth.T @ smooth
    np.testing.assert_allclose(np.linalg.inv(inverse), covariance, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(np.diag(smooth.T @ smooth), 1.0, atol=0.06)


def test_a_model_within_the_errors_explains_and_one_beyond_does_not():
    rng = np.random.default_rng(5)
    model = 1 + 0.5 * np.sin(np.linspace(0, 9, 300))
    none, rest = np.zeros((0, 300)), np.zeros(300)
    seen = Observation(3 * (model + rng.normal(0, 0.02, 300)), np.full(300, 0.06))

    assert explains(seen, none, rest, model)
    assert not explains(seen, none, rest, model * (1 + 0.05 * np.cos(np.linspace(0, 40, 300))))
