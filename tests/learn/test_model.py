import json

import numpy as np
import pytest
import torch
from torch import nn

from starsieve.errors import FileError, ModelMismatchError, NotInArchiveError
from starsieve.learn.model import Model, SpectrumCard, load_weights, read_card, read_tensors


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    card = SpectrumCard(
        name="small",
        task="atmospheres",
        description="",
        outputs=(),
        wave_min_um=1.0,
        wave_max_um=2.0,
        n_pixels=3,
        resolution=100.0,
        recipe={},
    )
    Model(card, nn.Linear(3, 2), {"wave": np.array([1.0, 1.5, 2.0])}).save(tmp_path / "small")
    return tmp_path / "small"


def test_a_saved_network_gives_the_same_output(folder):
    torch.manual_seed(0)
    before, x = nn.Linear(3, 2), torch.ones(1, 3)

    state, arrays = read_tensors(folder, read_card(folder))
    after = load_weights(nn.Linear(3, 2), state)

    assert torch.equal(after(x), before(x))
    assert arrays["wave"].tolist() == [1.0, 1.5, 2.0]


def test_weights_that_are_not_the_cards_are_refused(folder):
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")

    with pytest.raises(FileError, match="not the weights that the model's card names"):
        read_tensors(folder, read_card(folder))


def test_truncated_weights_are_refused_even_without_a_hash(folder):
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:40])
    card = read_card(folder).model_copy(update={"weights_sha256": ""})

    with pytest.raises(FileError, match="can't be read"):
        read_tensors(folder, card)


def test_missing_weights_are_named(folder):
    (folder / "weights.safetensors").unlink()

    with pytest.raises(FileError, match="weights are missing"):
        read_tensors(folder, read_card(folder))


def test_a_folder_without_a_card_is_no_model(tmp_path):
    with pytest.raises(NotInArchiveError, match=r"there is no model\.json"):
        read_card(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"name": 3}', ""])
def test_a_damaged_card_is_refused(folder, text):
    (folder / "model.json").write_text(text)

    with pytest.raises(ModelMismatchError, match="card is damaged"):
        read_card(folder)


def test_a_card_of_a_later_format_says_to_upgrade(folder):
    card = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(card | {"format": 99}))

    with pytest.raises(ModelMismatchError, match=r"format 99.*upgrade starsieve"):
        read_card(folder)


def test_weights_must_fit_the_network(folder):
    state, _ = read_tensors(folder, read_card(folder))

    with pytest.raises(ModelMismatchError, match="do not fit"):
        load_weights(nn.Linear(4, 2), state)
