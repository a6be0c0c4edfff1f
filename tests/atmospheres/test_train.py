import tomllib
from importlib import resources

import numpy as np
import pytest
import torch

from starsieve.archive.check import check
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.recipes import FineTuneRecipe, SeveralRecipe
from starsieve.atmospheres.train import LOG_FLUX_TOLERANCE, train_on, without_held_out
from starsieve.data.synthetic import model_grid
from starsieve.errors import DataError, ModelMismatchError, NotInArchiveError, RecipeError
from starsieve.jobs import resume, run_task
from starsieve.learn.history import read_history
from starsieve.learn.library import list_models, show_card
from tests.atmospheres.conftest import SMALL

QUICK = SMALL | {"steps": 6, "validate_every": 3}


def test_training_sees_no_node_that_is_for_validation_or_evaluation(toy_model):
    seen, validation = without_held_out(toy_model.grid, toy_model.recipe)

    assert seen.nodes[0].tolist() == [1000, 1200, 1800, 2000]
    assert validation is not None
    assert validation.nodes[0].tolist() == [1400]


def test_a_model_keeps_its_grid_within_the_tolerance(toy_model):
    spectra = model_grid()
    labels = np.stack([spectra.labels[name] for name in toy_model.grid.names], axis=1)

    kept = toy_model.grid(labels)

    assert np.abs(np.log(kept / spectra.flux)).max() < LOG_FLUX_TOLERANCE


def test_a_model_is_shown_as_one_short_line(toy_model):
    assert repr(toy_model) == "PosteriorModel('toy': teff, logg, mh, fsed; 563 pixels)"


def test_the_card_says_on_what_and_with_what_result(toy_folder):
    card = show_card(toy_folder)

    assert card["training_files"] == {"toy.h5": "0" * 64}
    history = card["metrics"]["history"]
    assert card["metrics"]["validation_loss"] == min(history["validation"])
    assert card["metrics"]["best_step"] in history["step"]
    assert card["recipe"]["held_out"] == {"teff": [1600]}
    assert [output["name"] for output in card["outputs"]] == ["teff", "logg", "mh", "fsed"]
    assert "teff 1000 to 2000" in card["limits"]


def test_the_same_seed_gives_the_same_weights(tmp_path):
    recipe = TrainRecipe.model_validate(QUICK)

    cards = [train_on(model_grid(), recipe, {}).save(tmp_path / str(i)) for i in range(2)]

    assert cards[0].weights_sha256 == cards[1].weights_sha256


def interrupt_at(step):
    def progress(done, total, what):
        if done == step:
            raise KeyboardInterrupt

    return progress


def test_an_interrupted_training_ends_with_the_same_weights(archive, tmp_path):
    archive.spectra.add_grid(model_grid(), "toy-grid")
    whole = train_on(model_grid(), TrainRecipe.model_validate(QUICK), {}).save(tmp_path / "whole")
    file = archive.models.folder("toy") / "checkpoint.safetensors"
    with pytest.raises(KeyboardInterrupt):
        run_task("atmospheres.train", QUICK, archive, interrupt_at(5))
    assert file.is_file()
    assert check(archive).clean
    [run] = archive.runs.list()
    seen = []

    resume(run.number, archive, lambda done, total, what: seen.append(done))

    assert seen == [4, 5, 6]
    assert not file.exists()
    card = show_card("toy", archive)
    assert load_model("toy", archive).card.metrics["history"] == whole.metrics["history"]
    expected = load_model(tmp_path / "whole").network.state_dict()
    found = load_model("toy", archive).network.state_dict()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert card["weights_sha256"] == whole.weights_sha256


@pytest.mark.parametrize("change", [{"seed": 1}, {"learning_rate": 1e-4}, None])
def test_the_state_of_another_training_is_not_used(tmp_path, change):
    recipe, file = TrainRecipe.model_validate(QUICK), tmp_path / "checkpoint.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train_on(model_grid(), recipe, {}, interrupt_at(4), file)
    if change is None:
        file.write_bytes(file.read_bytes()[:5000])
    seen = []

    other = TrainRecipe.model_validate(QUICK | (change or {}))
    train_on(model_grid(), other, {}, lambda done, total, what: seen.append(done), file)

    assert seen[0] == 1


def test_a_grid_goes_from_the_archive_to_a_model_that_infers(archive):
    archive.spectra.add_grid(model_grid(), "toy-grid")

    result = run_task("atmospheres.train", QUICK, archive)

    assert [m.name for m in archive.models.list()] == ["toy"]
    curves = {(c.part, c.quantity): c for c in read_history(archive.models.folder("toy"))}
    assert set(curves) == {
        *(("training", "loss"), ("training", "learning_rate"), ("validation", "loss"))
    }
    assert curves["training", "loss"].steps == tuple(range(1, 7))
    model = load_model("toy", archive)
    assert model.card.weights_sha256 == result["weights_sha256"]
    archive.spectra.add(list(model_grid().take(slice(0, 4))), "observed")
    done = run_task(
        "atmospheres.infer", {"collection": "observed", "model": "toy", "draws": 20}, archive
    )
    assert (done["n_inferred"], done["n_failed"]) == (4, 0)
    rows = archive.predictions.read("observed", "toy")
    assert {"teff", "logg", "mh", "fsed"} == set(rows[0].parameters)
    assert {row.run for row in rows} == {2}
    assert [run.status for run in archive.runs.list()] == ["done", "done"]


def test_spectra_that_cannot_be_used_are_listed_and_the_others_kept(archive, toy_folder):
    grid = model_grid().take(slice(0, 3))
    archive.spectra.add([*grid, type(next(iter(grid)))(grid.wave, np.full(563, np.nan))], "mixed")

    options = {"collection": "mixed", "model": "toy", "draws": 20}
    archive.spectra.add_grid(model_grid(), "toy-grid")
    run_task("atmospheres.train", QUICK, archive)
    done = run_task("atmospheres.infer", options, archive)

    assert (done["n_inferred"], done["n_failed"]) == (3, 1)
    assert "no usable pixel" in done["failed"][0]["error"]


def test_more_components_than_spectra_are_refused():
    recipe = TrainRecipe.model_validate(QUICK | {"network": {"n_components": 250}})

    with pytest.raises(DataError, match="250 components need more spectra than the 192"):
        train_on(model_grid(), recipe, {})


def test_misspelt_options_are_refused(archive):
    with pytest.raises(RecipeError, match="unknown option 'step', did you mean 'steps'"):
        run_task("atmospheres.train", QUICK | {"step": 3}, archive)


def test_validation_and_evaluation_must_share_a_label(archive):
    with pytest.raises(RecipeError, match="nodes of the same label"):
        run_task("atmospheres.train", QUICK | {"held_out": {"logg": [4.5]}}, archive)


def test_an_unknown_model_names_the_known_ones(archive):
    with pytest.raises(
        NotInArchiveError, match=r"No model 'diamond'.*There are:.* diamondback-spex"
    ):
        load_model("diamond", archive)


def shipped_recipe(name):
    return tomllib.loads(resources.files("starsieve").joinpath(f"recipes/{name}.toml").read_text())


def test_the_recipe_of_a_shipped_model_ships_too():
    shipped = [info for info in list_models() if info.task == "atmospheres"]

    assert shipped
    for info in shipped:
        model = load_model(info.name)
        tuned = model.card.metrics.get("tuned")
        if tuned is not None:
            recipe = FineTuneRecipe.model_validate(shipped_recipe(info.name))
            assert recipe == FineTuneRecipe.model_validate(tuned["recipe"])
        kind = SeveralRecipe if isinstance(model, SeveralModel) else TrainRecipe
        assert kind.model_validate(shipped_recipe(model.recipe.model)) == model.recipe


def test_a_model_of_another_task_is_refused(toy_folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    card = (toy_folder / "model.json").read_text().replace('"atmospheres"', '"transits"', 1)
    (other / "model.json").write_text(card)

    with pytest.raises(ModelMismatchError, match="a model for transits"):
        infer([], other)
