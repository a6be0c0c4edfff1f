"""A small model, trained once for all tests of this folder."""

import pytest

from starsieve.atmospheres.models import PosteriorModel, load_model
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.train import train_on
from starsieve.data.synthetic import model_grid

SMALL = {
    "collection": "toy-grid",
    "model": "toy",
    "labels": ["teff", "logg", "mh", "fsed"],
    "resolution": 120.0,
    "steps": 1400,
    "batch_size": 128,
    "validate_every": 175,
    "densify": {"teff": 2},
    "validation": {"teff": [1400]},
    "held_out": {"teff": [1600]},
    "network": {
        "n_components": 16,
        "hidden": 64,
        "blocks": 1,
        "context": 32,
        "flow_transforms": 2,
        "flow_hidden": 32,
    },
}


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory):
    recipe = TrainRecipe.model_validate(SMALL)
    folder = tmp_path_factory.mktemp("models") / "toy"
    train_on(model_grid(), recipe, {"toy.h5": "0" * 64}).save(folder)
    return folder


@pytest.fixture(scope="session")
def toy_model(toy_folder) -> PosteriorModel:
    return load_model(toy_folder)
