import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from starsieve.atmospheres.emulators.build import build_emulator
from starsieve.atmospheres.emulators.stored import load_emulator, save_emulator
from starsieve.atmospheres.models import load_model
from starsieve.errors import FileError, ModelMismatchError, NotInArchiveError
from starsieve.learn.model import CARD, WEIGHTS, read_card
from tests.atmospheres.emulators.planted import NODES, as_set

POINTS = np.array([[1050.0, 4.75], [1623.4, 5.1]])


@pytest.fixture
def emulator():
    flat = NODES[NODES[:, 2] == 0]
    return build_emulator(as_set(flat, log_kzz=8 - flat[:, 1]), name="kept")


@pytest.fixture
def folder(emulator, tmp_path):
    save_emulator(emulator, tmp_path / "kept")
    return tmp_path / "kept"


def test_what_was_saved_gives_the_same_numbers(emulator, folder):
    back = load_emulator(folder)

    np.testing.assert_array_equal(back(POINTS), emulator(POINTS))
    np.testing.assert_array_equal(back.sigma(POINTS), emulator.sigma(POINTS))
    np.testing.assert_array_equal(
        back.error_at(POINTS[0]).covariance, emulator.error_at(POINTS[0]).covariance
    )
    assert back.names == emulator.names == ("teff", "logg")
    assert [(t.name, t.to) for t in back.space.followers] == [("mh", ""), ("log_kzz", "logg")]


def test_the_card_is_readable_and_holds_what_was_measured(emulator, folder):
    card = json.loads((folder / CARD).read_text())

    assert card["task"] == "atmospheres.emulator"
    assert card["metrics"]["left_out"]["median"] == emulator.card.metrics["left_out"]["median"]
    assert card["recipe"]["kernel"].startswith("matern-")
    assert read_card(folder) == load_emulator(folder).card


def test_it_is_no_model_for_inference(folder):
    with pytest.raises(ModelMismatchError, match=r"for atmospheres\.emulator, not"):
        load_model(folder)


def test_an_absent_emulator_is_said(tmp_path):
    with pytest.raises(NotInArchiveError, match="No model"):
        load_emulator(tmp_path)


def test_damage_is_noticed(folder):
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)

    with pytest.raises(FileError, match="not the weights"):
        load_emulator(folder)


def test_a_missing_array_is_said(folder):
    tensors = load_file(folder / WEIGHTS)
    tensors.pop("arrays.misses")
    save_file(tensors, folder / WEIGHTS)
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**card, "weights_sha256": ""}))

    with pytest.raises(ModelMismatchError, match="missing or damaged"):
        load_emulator(folder)
