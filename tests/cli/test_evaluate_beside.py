"""``starsieve evaluate --beside``: several models of spectra's parameters on the same spectra."""

import json

import pytest

from starsieve.atmospheres.regressors.train import train_regressor
from tests.atmospheres.regressors.made import make_grid, make_recipe
from tests.cli.terminal import Terminal


@pytest.fixture
def folders(terminal: Terminal):
    for kind in ("pca-ridge", "nearest"):
        train_regressor(make_grid(), make_recipe(kind), {}).save(terminal.folder / kind)
    return terminal.folder


def test_others_are_judged_beside_a_model(terminal: Terminal, folders):
    outcome = terminal("evaluate", "pca-ridge", "--beside", "nearest", "--json")

    assert outcome.code == 0
    methods = json.loads(outcome.out)["metrics"]["held-out nodes"]["teff"]
    assert {"toy-pca-ridge", "toy-nearest", "nearest grid point"} <= set(methods)
    assert methods["toy-pca-ridge"]["huber"] < methods["toy-nearest"]["huber"]


def test_a_model_that_saw_the_nodes_is_refused_in_words(terminal: Terminal, folders):
    outcome = terminal("evaluate", "diamondback-spex", "--beside", "nearest")

    assert outcome.code != 0
    assert "does not hold out teff = 1100" in outcome.err


def test_beside_is_for_models_of_spectra(terminal: Terminal, folders):
    outcome = terminal("evaluate", "toi-ranker", "toi.csv", "--beside", "nearest")

    assert outcome.code == 2
    assert "--beside is for models of spectra's parameters" in outcome.err
