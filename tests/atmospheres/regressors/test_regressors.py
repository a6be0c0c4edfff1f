"""Every regressor: train, store, load, predict, and be evaluated beside others."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from starsieve.atmospheres.baselines import NEAREST
from starsieve.atmospheres.evaluate import evaluate, evaluate_simulated
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.prepare import prepare
from starsieve.atmospheres.regressors.models import load_regressor
from starsieve.atmospheres.regressors.train import train_regressor
from starsieve.atmospheres.subjects import load_any
from starsieve.data import Spectrum
from starsieve.data.synthetic import observe
from starsieve.errors import DataError, FileError, ModelMismatchError, RecipeError
from starsieve.jobs import run_task
from starsieve.learn.history import read_history
from starsieve.registry import TASKS
from tests.atmospheres.regressors.made import KINDS, WAVE, make_grid, make_recipe


def train_toy(kind, *options):
    return train_regressor(make_grid(), make_recipe(kind), {"toy.h5": "0" * 64}, *options)


@pytest.fixture(scope="module")
def trained():
    return {kind: train_toy(kind) for kind in KINDS}


@pytest.fixture(scope="module")
def models(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("regressors")
    for kind, model in trained.items():
        model.save(folder / kind)
    return {kind: load_regressor(folder / kind) for kind in KINDS}


@pytest.fixture(scope="module")
def observed():
    grid = make_grid()
    return [
        observe(Spectrum(grid.wave, flux, resolution=120.0), 80.0, number)
        for number, flux in enumerate(grid.flux)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_stored_regressor_knows_the_spectra_it_was_trained_on(models, observed, kind):
    model = models[kind]

    found = model.predict([prepare(each, WAVE, model.recipe) for each in observed])

    truth = make_grid().labels["teff"]
    seen = ~np.isin(truth, (1400, 1600))
    assert np.abs(found[seen, 0] - truth[seen]).mean() < 90
    assert found.shape == (len(observed), 2)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_stored_answers_as_what_was_trained(trained, models, kind):
    flux = torch.rand(5, len(WAVE), generator=torch.Generator().manual_seed(0)) + 1
    seen = Observations(flux, 0.1 * flux, flux > 1.2)
    before, after = (found[kind].network.predict(seen) for found in (trained, models))

    assert torch.equal(before, after)
    files = {file.name for file in models[kind].folder.iterdir()}
    assert files == {"model.json", "weights.safetensors"}


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"convolutional"}))
def test_the_same_seed_gives_the_same_weights(models, tmp_path, kind):
    assert train_toy(kind).save(tmp_path).weights_sha256 == models[kind].card.weights_sha256


def test_preparation_is_learnt_from_training_rows_alone(models):
    trained = models["pca-ridge"].network
    grid = make_grid()
    far = make_grid()
    out = np.isin(grid.labels["teff"], (1400, 1600))
    far.flux[out] *= np.linspace(1, 30, len(WAVE))

    changed = train_regressor(far, make_recipe("pca-ridge"), {}).network

    for name, value in trained.preparation.state_dict().items():
        assert torch.equal(value, changed.preparation.state_dict()[name])
    for name, value in trained.targets.state_dict().items():
        assert torch.equal(value, changed.targets.state_dict()[name])


@pytest.mark.parametrize("kind", ["convolutional", "nearest"])
def test_spectra_that_were_read_backwards_are_taken_as_others(kind):
    grid = make_grid()
    back = replace(grid, wave=grid.wave[::-1].copy()[::-1], flux=grid.flux[:, ::-1].copy()[:, ::-1])
    quick = {"steps": 4, "validate_every": 2} if kind == "convolutional" else {}

    one, other = (train_regressor(each, make_recipe(kind, **quick), {}) for each in (grid, back))

    assert back.wave.strides[0] < 0
    state = other.network.state_dict()
    assert all(torch.equal(state[name], value) for name, value in one.network.state_dict().items())


def interrupt_at(step):
    def progress(done, total, what):
        if done == step:
            raise KeyboardInterrupt

    return progress


def test_a_killed_training_of_the_network_ends_with_the_same_weights(models, tmp_path):
    file, recipe = tmp_path / "checkpoint.safetensors", make_recipe("convolutional")
    with pytest.raises(KeyboardInterrupt):
        train_regressor(make_grid(), recipe, {}, interrupt_at(120), file)
    seen = []

    model = train_toy("convolutional", lambda done, *_: seen.append(done), file)

    assert seen[0] == 101
    expected = models["convolutional"].card.weights_sha256
    assert model.save(tmp_path / "again").weights_sha256 == expected


def test_the_network_trains_in_bfloat16_with_patience(tmp_path):
    changes = {"precision": "bfloat16", "patience": 1, "steps": 2000, "learning_rate": 0.01}
    recipe = make_recipe("convolutional", **changes)

    card = train_regressor(make_grid(), recipe, {}).card

    assert card.metrics["history"]["step"][-1] < 2000
    assert card.metrics["validation_loss"] < 1.0
    assert set(card.metrics["by_label"]) == {"teff", "logg"}


def test_between_the_nodes_of_a_complete_grid_regressors_are_trained_too():
    network = {"kind": "pca-ridge", **KINDS["pca-ridge"], "draw": "between"}
    recipe = make_recipe("pca-ridge", network=network, densify={"teff": 2})

    card = train_regressor(make_grid(hole=False), recipe, {}).card

    assert card.metrics["validation_loss"] < 0.5
    with pytest.raises(DataError, match="1 nodes have none"):
        train_regressor(make_grid(), recipe, {})


def test_all_are_evaluated_on_the_same_unseen_spectra(models):
    first, *others = models.values()

    found = evaluate_simulated(first, beside=others, baselines=False)

    rows = {row["method"]: row for row in found.metrics if row["label"] == "teff"}
    assert set(rows) == {NEAREST, *(f"toy-{kind}" for kind in KINDS)}
    assert {row["n"] for row in rows.values()} == {12}
    # The nearest one of those seen is 200 K off, either way.
    assert rows["toy-nearest"]["mae"] == rows[NEAREST]["mae"] == 200
    assert 0 < rows["toy-pca-ridge"]["huber"] < rows[NEAREST]["huber"]
    record = json.loads(json.dumps(found.to_record()))
    assert record["intervals"] == {}
    assert "Huber" in str(found)


def test_a_page_shows_a_regressor_without_figures_of_draws(models, tmp_path):
    page = evaluate_simulated(models["pca-ridge"], copies=1, baselines=False)

    text = page.write_report(tmp_path).read_text()

    assert "toy-pca-ridge" in text
    assert "Coverage" not in text


def test_a_model_that_saw_the_nodes_is_not_judged_on_them(models):
    card = train_regressor(make_grid(), make_recipe("nearest", held_out={"teff": [1800]}), {})
    other = type(models["nearest"])(
        card.card,
        models["nearest"].folder,
        make_recipe("nearest", held_out={}),
        card.network,
        make_grid(),
    )

    with pytest.raises(DataError, match="does not hold out teff = 1600"):
        evaluate_simulated(models["pca-ridge"], beside=[other], baselines=False)
    with pytest.raises(DataError, match="held no nodes out"):
        evaluate_simulated(other, baselines=False)


def test_real_files_with_labels_are_evaluated_too(models, observed, tmp_path):
    lines = ["file,teff,logg"]
    for number, each in enumerate(observed[:8]):
        np.savetxt(tmp_path / f"{number}.txt", np.stack([each.wave, each.flux, each.sigma], 1))
        labels = make_grid().labels
        lines.append(f"{number}.txt,{labels['teff'][number]},{labels['logg'][number]}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))

    found = evaluate(models["random-forest"], tmp_path / "labels.csv", beside=[models["nearest"]])

    rows = {(row["label"], row["method"]): row for row in found.metrics}
    assert rows["teff", "toy-random-forest"]["n"] == rows["logg", "toy-nearest"]["n"] == 8
    assert rows["teff", "toy-nearest"]["mae"] == rows["teff", NEAREST]["mae"] < 60


def test_a_collection_goes_through_tasks_to_an_evaluation(archive):
    archive.spectra.add_grid(make_grid(), "toy")
    quick = {"steps": 4, "validate_every": 2}
    recipe = make_recipe("convolutional", **quick).model_dump(mode="json")
    run_task("atmospheres.train", make_recipe("nearest").model_dump(mode="json"), archive)

    result = run_task("atmospheres.train", recipe, archive)
    options = {"model": "toy-convolutional", "beside": ["toy-nearest"], "baselines": False}
    found = run_task("atmospheres.evaluate", options | {"copies": 1}, archive)

    assert result["by_label"].keys() == {"teff", "logg"}
    curves = {
        (c.part, c.quantity) for c in read_history(archive.models.folder("toy-convolutional"))
    }
    assert ("validation", "loss") in curves
    methods = found["metrics"]["held-out nodes"]["teff"]
    assert {"toy-convolutional", "toy-nearest"} <= set(methods)
    assert found["calibration"] == {}


def test_a_regressor_is_not_asked_for_a_posterior(models):
    with pytest.raises(ModelMismatchError, match=r"a model for atmospheres\.regress, not for"):
        infer([], models["nearest"].folder)
    with pytest.raises(ModelMismatchError, match=r"atmospheres, not for atmospheres\.regress"):
        load_regressor("diamondback-spex")
    assert load_any(models["nearest"].folder).name == "toy-nearest"


def test_damaged_arrays_are_said(models, tmp_path):
    folder = models["random-forest"].folder
    for name in ("model.json", "weights.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes()[: None if "j" in name else 900])

    with pytest.raises(FileError, match="not the weights"):
        load_regressor(tmp_path)


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("nearest", {"steps": 9}, "steps is for what is trained in steps, not for nearest"),
        ("random-forest", {"patience": 2}, "patience is for what is trained in steps"),
        ("pca-ridge", {"densify": {"teff": 2}}, "draw = 'nodes' takes none of them"),
        ("nearest", {"network": {"kind": "forest"}}, "kind must be one of flow, mixture"),
    ],
)
def test_options_that_would_not_be_read_are_refused(kind, changes, message):
    options = make_recipe(kind).model_dump(mode="json") | changes

    with pytest.raises(RecipeError, match=message):
        TASKS["atmospheres.train"].read_recipe(options)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ("teff", "c_to_o")}, "no label 'c_to_o'"),
        ({"held_out": {"teff": [1700]}}, "teff = 1700 is no node"),
        ({"network": {"kind": "pca-ridge", "n_components": 90}}, "90 components need as many"),
    ],
)
def test_what_does_not_fit_the_collection_is_refused(changes, message):
    with pytest.raises(DataError, match=message):
        train_regressor(make_grid(), make_recipe("pca-ridge", **changes), {})


def test_fluxes_that_have_no_logarithm_are_refused():
    grid = make_grid()
    grid.flux[3, 5] = -1.0

    with pytest.raises(DataError, match="1 of 23 spectra have fluxes that are not finite and"):
        train_regressor(grid, make_recipe("pca-ridge"), {})
