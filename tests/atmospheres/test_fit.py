import numpy as np
import pytest

from starsieve.atmospheres.fit import fit_grid
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.data.synthetic import model_grid

GRID = GridInterpolator.from_spectra(model_grid(), ("teff", "logg", "mh", "fsed"))
TRUTH = np.array([[1130.0, 4.3, 0.2, 3.0], [1777.0, 5.2, -0.3, 1.4], [1000.0, 5.5, 0.5, 10.0]])
SCALE = np.array([1e-20, 3.0, 1e9])


@pytest.fixture
def observed():
    flux = GRID(TRUTH) * SCALE[:, None]
    sigma = 0.005 * flux.mean(axis=1, keepdims=True) * np.ones_like(flux)
    noise = np.random.default_rng(0).normal(size=flux.shape)
    return flux + sigma * noise, sigma, np.ones(flux.shape, dtype=bool)


def test_parameters_between_nodes_and_the_scale_are_found(observed):
    fit = fit_grid(GRID, *observed)

    np.testing.assert_allclose(fit.parameters[:, 0], TRUTH[:, 0], atol=15)
    np.testing.assert_allclose(fit.scale, SCALE, rtol=0.1)


def test_chi_square_is_one_per_degree_of_freedom_for_right_errors(observed):
    fit = fit_grid(GRID, *observed)

    np.testing.assert_allclose(fit.chi2_reduced, 1.0, atol=0.2)
    assert fit.n_free == 5


def test_going_on_between_the_nodes_never_makes_it_worse(observed):
    nearest, best = fit_grid(GRID, *observed, refine=False), fit_grid(GRID, *observed)

    assert np.all(best.chi2 <= nearest.chi2 * (1 + 1e-12))


def test_the_nearest_node_is_the_one_of_least_chi_square(observed):
    flux, sigma, valid = observed
    nodes = GRID.flat()

    fit = fit_grid(GRID, flux, sigma, valid, refine=False)

    for row in range(len(flux)):
        scale = (flux[row] @ nodes.flux.T) / (nodes.flux**2).sum(axis=1)
        chi2 = (((flux[row] - scale[:, None] * nodes.flux) / sigma[row]) ** 2).sum(axis=1)
        assert fit.parameters[row, 0] == nodes.labels["teff"][chi2.argmin()]
        np.testing.assert_allclose(fit.chi2[row], chi2.min(), rtol=1e-6)


def test_pixels_that_are_not_valid_count_for_nothing(observed):
    flux, sigma, valid = observed
    valid = valid.copy()
    valid[:, 100:200] = False
    spoilt, no_error = flux.copy(), sigma.copy()
    spoilt[:, 100:200], no_error[:, 100:200] = np.nan, 0.0

    fit = fit_grid(GRID, spoilt, no_error, valid)

    np.testing.assert_allclose(fit.chi2, fit_grid(GRID, flux, sigma, valid).chi2)
    assert fit.n_pixels.tolist() == [463] * 3


def test_fits_stay_inside_the_grid(observed):
    flux, sigma, valid = observed
    steeper = flux * GRID.wave**3

    fit = fit_grid(GRID, steeper, sigma * GRID.wave**3, valid)

    for column, nodes in enumerate(GRID.nodes):
        assert np.all(fit.parameters[:, column] >= nodes[0])
        assert np.all(fit.parameters[:, column] <= nodes[-1])
