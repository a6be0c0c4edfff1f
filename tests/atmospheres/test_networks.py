"""Posteriors of each kind: a flow or a mixture, behind a projection or convolutions."""

import numpy as np
import pytest
import torch

from starsieve.atmospheres.evaluate import evaluate_simulated
from starsieve.atmospheres.evaluate_labelled import NETWORK
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.regressors.train import train_regressor
from starsieve.atmospheres.subjects import load_any
from starsieve.atmospheres.train import train_on
from starsieve.data import Spectrum
from starsieve.data.synthetic import observe
from starsieve.errors import DataError, ModelMismatchError
from tests.atmospheres.regressors.made import LABELS, make_grid, make_recipe

SMALL = {"n_components": 6, "hidden": 24, "blocks": 1, "context": 12}
NETWORKS = {
    "mixture": {"kind": "mixture", **SMALL, "n_gaussians": 3},
    "convolution": {
        **SMALL,
        "embedding": "convolution",
        "channels": 4,
        "flow_transforms": 1,
        "flow_hidden": 12,
    },
}
QUICK = {
    "collection": "toy",
    "labels": LABELS,
    "resolution": 120.0,
    "steps": 150,
    "batch_size": 32,
    "validate_every": 50,
    "learning_rate": 5e-3,
    "validation": {"teff": [1400]},
    "held_out": {"teff": [1600]},
    "device": "cpu",
}


LEAST_CORRELATION = {"mixture": 0.95, "convolution": 0.6}


def make_posterior(name, **changes):
    options = QUICK | {"model": name, "network": NETWORKS[name]}
    if name == "convolution":  # has more to learn
        options |= {"steps": 250}
    options |= changes
    return TrainRecipe.model_validate(options)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("posteriors")
    for name in NETWORKS:
        train_on(make_grid(hole=False), make_posterior(name), {}).save(folder / name)
    return {name: load_model(folder / name) for name in NETWORKS}


@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_infers_within_the_grid(models, name):
    grid = make_grid(hole=False)
    spectra = [
        observe(Spectrum(grid.wave, flux, resolution=120.0), 80.0, number)
        for number, flux in enumerate(grid.flux)
    ]

    found = infer(spectra, models[name], draws=200)

    medians = np.array([each.summary("teff").median for each in found])
    # A few seconds are enough for the mixture; convolutions have only begun to learn.
    assert np.corrcoef(medians, grid.labels["teff"])[0, 1] > LEAST_CORRELATION[name]
    draws = np.concatenate([each.draws for each in found])
    assert draws[:, 0].min() >= 1000
    assert draws[:, 0].max() <= 2000
    widths = [np.std(each.draws_of("teff")) for each in found]
    assert 5 < np.median(widths) < 320


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_seed_gives_the_same_network_even_after_a_kill(tmp_path, name):
    def interrupt(done, total, what):
        if done == 14:
            raise KeyboardInterrupt

    file, grid = tmp_path / "checkpoint.safetensors", make_grid(hole=False)
    recipe = make_posterior(name, steps=20, validate_every=5)
    whole = train_on(grid, recipe, {}).save(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train_on(grid, recipe, {}, interrupt, file)
    seen = []

    again = train_on(grid, recipe, {}, lambda done, *_: seen.append(done), checkpoint=file)

    assert seen[0] == 11
    assert again.save(tmp_path / "again").weights_sha256 == whole.weights_sha256


def test_posteriors_and_regressors_are_judged_side_by_side(models, tmp_path):
    train_regressor(make_grid(), make_recipe("pca-ridge"), {}).save(tmp_path / "ridge")
    beside = [models["convolution"], load_any(tmp_path / "ridge")]

    found = evaluate_simulated(
        models["mixture"], beside=beside, baselines=False, copies=1, draws=50
    )

    rows = [row for row in found.metrics if row["label"] == "teff"]
    assert {NETWORK, "convolution", "toy-pca-ridge"} < {row["method"] for row in rows}
    assert {row["n"] for row in rows} == {4}
    assert set(found.draws) == set(LABELS)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_trains_in_bfloat16_to_a_finite_loss(name):
    changes = {"precision": "bfloat16", "steps": 40, "validate_every": 20, "schedule": "cosine"}

    model = train_on(make_grid(hole=False), make_posterior(name, **changes), {})

    assert np.isfinite(model.card.metrics["validation_loss"])
    assert {value.dtype for value in model.network.parameters()} == {torch.float32}


def test_the_shipped_model_answers_as_its_parts_do():
    model = load_model("diamondback-spex")
    generator = torch.Generator().manual_seed(0)
    flux = torch.rand(3, len(model.grid.wave), generator=generator) + 0.5
    seen = Observations(flux, 0.02 * flux, flux > 0.6)
    base = 2 * torch.rand(10, 4, generator=generator) - 1
    network = model.network

    with torch.no_grad():
        context = network.embedding(network.projection(seen))
        expected = network.flow.sample(base, context), network.flow.flow(context).log_prob(base[:3])

    assert torch.equal(network.sample(base, seen), expected[0])
    with torch.no_grad():
        assert torch.equal(network.log_prob(base[:3], seen), expected[1])


def test_a_regressor_is_not_trained_as_a_posterior():
    with pytest.raises(DataError, match="nearest is no posterior"):
        train_on(make_grid(), make_recipe("nearest"), {})


def test_a_card_whose_network_is_of_another_kind_is_refused(models, tmp_path):
    folder = models["mixture"].folder
    text = (folder / "model.json").read_text()
    start = text.index('"network"')
    stop = text.index('"observing"')
    other = '"network": {"kind": "nearest"},\n'
    (tmp_path / "model.json").write_text(text[:start] + other + text[stop:])
    (tmp_path / "weights.safetensors").write_bytes((folder / "weights.safetensors").read_bytes())

    with pytest.raises(ModelMismatchError, match="the card's recipe is damaged"):
        load_model(tmp_path)
