"""Spectra at draws of several grids: whose they are, and what is made of them."""

import numpy as np
import pytest

from starsieve.atmospheres.several.posterior import infer_several
from starsieve.atmospheres.several.spectra import complete
from starsieve.atmospheres.several.tries import share_out
from tests.atmospheres.several.made import observe

N = 300


@pytest.fixture(scope="module")
def seen():
    return observe("bands", 1150.0, 4.8)


@pytest.fixture(scope="module")
def found(tiny_model, seen):
    return infer_several(tiny_model, [seen], N, 0)


def complete_by(model, seen, draws, weights, seed=0):
    return complete(model, seen, draws, np.asarray(weights), seed)


def test_draws_of_grids_get_back_their_own_grid(tiny_model, seen, found):
    weights = np.array([0.6, 0.4])
    mixed = complete_by(tiny_model, seen, found.draws[0], weights)
    again = complete_by(tiny_model, seen, mixed.parameters[:, :2], weights)

    assert np.array_equal(mixed.grid, again.grid)
    np.testing.assert_allclose(mixed.parameters, again.parameters)


def test_quoted_draws_of_the_mixture_come_with_the_labels_drawn_beside_them(tiny_model, seen):
    found = infer_several(tiny_model, [seen], N, 5)
    weights = np.array([each.weight for each in found.grids[0].values()])

    whole = complete_by(tiny_model, seen, found.draws[0], weights, seed=5)

    edges = share_out(weights, N)
    assert np.array_equal(whole.grid, np.repeat([0, 1], np.diff(edges)))
    c_to_o = whole.parameters[whole.grid == 0, 2]
    assert 0.3 <= c_to_o.min() < c_to_o.max() <= 0.9
    assert np.isnan(whole.parameters[whole.grid == 1, 2]).all()


def test_spectra_are_those_of_each_draws_grid(tiny_model, seen, found):
    whole = complete_by(tiny_model, seen, found.draws[0], [0.5, 0.5])
    rows = np.array([0, N - 1])

    spectra = whole.render(rows)

    first, second = tiny_model.members
    np.testing.assert_allclose(spectra[0], np.exp(first.log_flux(whole.parameters[[0]]))[0])
    last = whole.parameters[[N - 1], :2]
    np.testing.assert_allclose(spectra[1], np.exp(second.log_flux(last))[0])


def test_draws_beyond_a_grid_are_brought_to_its_edge(tiny_model, seen):
    draws = np.array([[3000.0, 7.0]] * 20)

    whole = complete_by(tiny_model, seen, draws, [0.5, 0.5])

    assert (whole.parameters[:, 0] == 1800.0).all()
    assert (whole.parameters[:, 1] == 5.5).all()
    assert np.isfinite(whole.render(slice(None))).all()
