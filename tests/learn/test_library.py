"""The shipped models, whatever their task."""

from importlib import resources

import pytest

from starsieve.errors import ModelMismatchError, NotInArchiveError
from starsieve.learn.library import find_by_name, find_model, list_models
from starsieve.learn.model import read_card, read_tensors

SHIPPED = [info.name for info in list_models()]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_model_is_whole_small_and_says_where_it_comes_from(name):
    folder = find_model(name)
    card = read_card(folder)

    tensors, _ = read_tensors(folder, card)

    assert tensors or card.weights_sha256
    assert card.weights_sha256
    assert card.training_files
    assert card.sources
    assert card.licence
    assert card.limits
    assert sum(file.stat().st_size for file in folder.iterdir()) < 12e6
    assert resources.files("starsieve").joinpath(f"recipes/{name}.toml").is_file()


def test_all_shipped_models_together_stay_small():
    assert SHIPPED
    sizes = [file.stat().st_size for name in SHIPPED for file in find_model(name).iterdir()]
    assert sum(sizes) < 40e6


def test_strangers_find_models_by_name_alone(tmp_path, monkeypatch):
    source = find_model("toi-ranker")
    monkeypatch.chdir(source.parent)

    assert find_by_name("toi-ranker") == (source, "shipped")
    for name in (".", str(source), "toi-ranker/", "../pretrained/toi-ranker"):
        with pytest.raises(NotInArchiveError):
            find_by_name(name)


def test_a_model_for_something_else_is_refused_by_name():
    with pytest.raises(ModelMismatchError, match=r"is a model for atmospheres, not for transits"):
        find_model("diamondback-spex", task="transits")
