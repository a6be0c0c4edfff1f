"""Copies never stand on both sides of a training's split."""

import logging

import numpy as np
import pytest

from starsieve.atmospheres.grids import check_grid
from starsieve.atmospheres.grids.splits import check_split, keep_together
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.train import train_on
from starsieve.data.synthetic import model_grid
from starsieve.errors import DataError
from starsieve.jobs import run_task
from starsieve.learn.library import show_card
from tests.atmospheres.conftest import SMALL
from tests.atmospheres.grids.made_grids import make_grid, make_planted

RECIPE = SMALL | {
    "labels": ["teff", "logg", "mh", "c_to_o"],
    "steps": 4,
    "validate_every": 2,
    "densify": {},
    "validation": {},
    "held_out": {},
}


def recipe(**options):
    return TrainRecipe.model_validate(RECIPE | options)


@pytest.fixture(scope="module")
def copies():
    return check_grid(make_planted(), snr=400.0).copies


@pytest.mark.parametrize(
    "options",
    [
        {"held_out": {"mh": [0.5]}},
        {"validation": {"mh": [0.5]}},
        {"held_out": {"mh": [0.5, 0.7]}, "validation": {"mh": [0.3]}},
        {"held_out": {"c_to_o": [0.5]}},
    ],
)
def test_a_split_through_copies_is_refused(copies, options):
    with pytest.raises(DataError, match='Set split_by = "groups"'):
        check_split(copies, recipe(**options))


def test_the_refusal_names_groups_and_sides(copies):
    with pytest.raises(DataError) as caught:
        check_split(copies, recipe(held_out={"mh": [0.5]}))

    message = str(caught.value)
    assert "copies of one spectrum into training and evaluation" in message
    assert "[M/H] 0.3, 0.5, 0.7 × C/O 0.25, 0.5 (at Teff 800, log g 4)" in message
    assert "groups more" in message


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"held_out": {"teff": [1400]}},
        {"held_out": {"mh": [0.3, 0.5, 0.7]}},
        {"held_out": {"mh": [1.3]}, "validation": {"mh": [1.7]}},
    ],
)
def test_a_split_between_copies_is_not_touched(copies, options):
    asked = recipe(split_by="groups", **options)

    check_split(copies, asked)

    assert keep_together(copies, asked) == asked


def test_splitting_by_groups_holds_out_whole_groups(copies):
    asked = recipe(split_by="groups", held_out={"mh": [0.5]}, validation={"mh": [0.7, 1.3]})

    widened = keep_together(copies, asked)

    assert widened.held_out == {"mh": (0.3, 0.5, 0.7)}
    assert widened.validation == {"mh": (1.3,)}
    check_split(copies, widened)


def test_groups_that_reach_the_end_of_the_grid_cannot_be_held_out(copies):
    with pytest.raises(DataError, match="mh = -1, an end of the grid"):
        keep_together(copies, recipe(split_by="groups", held_out={"mh": [-0.3]}))


def test_training_refuses_copies_on_both_sides():
    with pytest.raises(DataError, match="copies of one spectrum into training and evaluation"):
        train_on(make_planted(), recipe(held_out={"mh": [0.5]}), {})


def test_a_model_that_splits_by_groups_is_evaluated_on_whole_groups(tmp_path):
    asked = recipe(split_by="groups", held_out={"mh": [0.5]})

    train_on(make_planted(), asked, {}).save(tmp_path)

    assert load_model(tmp_path).recipe.held_out == {"mh": (0.3, 0.5, 0.7)}


def test_the_card_and_the_log_say_what_the_grid_cannot_teach(archive, caplog):
    archive.spectra.add_grid(make_planted(), "planted")
    options = RECIPE | {"collection": "planted", "held_out": {"mh": [1.3]}}

    with caplog.at_level(logging.WARNING, logger="starsieve"):
        result = run_task("atmospheres.train", options, archive)

    card = show_card("toy", archive)
    assert card["grid"]["n_distinct"] == 180
    assert "[M/H] 0.3, 0.5, 0.7 share one spectrum" in card["grid"]["tied"]
    assert card["grid"]["r2_ceilings"]["mh"]["copies"] == pytest.approx(0.935, abs=5e-4)
    assert "C/O 0.25, 0.5 share one spectrum" in card["limits"]
    assert result["warnings"] == card["grid"]["findings"]
    assert any("R2 of [M/H] 0.935" in record.getMessage() for record in caplog.records)
    [run] = archive.runs.list()
    assert "0.935" in archive.runs.log(run.number)


def test_a_sound_grid_trains_without_a_word(caplog):
    model = train_on(make_grid(teff=(800.0, 1100.0, 1400.0, 2000.0)), recipe(), {})

    assert model.card.grid["findings"] == []
    assert "can't be told apart" not in model.card.limits
    assert caplog.records == []


def test_the_grid_is_compared_where_the_recipe_looks():
    spectra = model_grid()
    masked = [[0.6, 2.3]]
    flux = spectra.flux.copy()
    first, last = flux[:4].copy(), spectra.wave > 2.3
    flux[:4, last] = first[0, last]  # the same where the recipe looks, and only there
    from dataclasses import replace

    options = SMALL | {"steps": 4, "validate_every": 2, "observing": {"masked": masked}}
    model = train_on(replace(spectra, flux=flux), TrainRecipe.model_validate(options), {})

    assert model.card.grid["n_distinct"] == len(spectra) - 3
    assert np.allclose(flux[1, ~last], spectra.flux[1, ~last])
