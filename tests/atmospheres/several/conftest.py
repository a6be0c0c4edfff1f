"""The tiny model, trained once."""

import pytest

from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.train import train_several_on
from tests.atmospheres.several.made import GRIDS, make_recipe


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("several") / "tiny-grids"
    train_several_on(GRIDS, make_recipe(), {"bands.h5": "0" * 64}).save(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tiny_folder) -> SeveralModel:
    model = load_model(tiny_folder)
    assert isinstance(model, SeveralModel)
    return model
