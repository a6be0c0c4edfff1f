"""Figures of evaluations, of predictions and of trainings."""

import json
from dataclasses import replace

import numpy as np
import pytest

from starsieve.atmospheres.evaluate import Evaluation
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.models import PosteriorModel, load_model
from starsieve.atmospheres.predicted import predict_spectra
from starsieve.atmospheres.quality import KINDS, plot_quality, quality_figure
from starsieve.atmospheres.training import read_training
from starsieve.data import Spectrum
from starsieve.errors import DataError
from starsieve.learn.library import find_model
from starsieve.plots.interactive.style import as_json
from tests.atmospheres.made_inferences import make_inference

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def model() -> PosteriorModel:
    return load_model()


def make_evaluation() -> Evaluation:
    truth = {"teff": RNG.uniform(900, 1500, 60), "mh": np.full(60, np.nan)}
    draws = {name: RNG.normal(values, 30, (80, 60)) for name, values in truth.items()}
    return Evaluation("toy", "60 spectra", (), draws, truth)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_for_print_and_for_a_browser(kind):
    evaluation = make_evaluation()

    figure = plot_quality(evaluation, kind)
    item = as_json(quality_figure(evaluation, kind, "dark"), "dark")

    assert figure.axes
    assert "Teff" in json.dumps(item)
    assert "[M/H]" not in json.dumps(item)


def test_an_evaluation_without_truth_is_refused():
    evaluation = make_evaluation()
    unknown = replace(evaluation, truth={n: np.full(60, np.nan) for n in evaluation.truth})

    with pytest.raises(DataError, match="No true value of 60 spectra"):
        plot_quality(unknown, "pairs")


def test_the_page_of_an_evaluation_has_the_report_and_the_losses(tmp_path):
    training = read_training(find_model("diamondback-spex"))
    assert training is not None

    html = replace(make_evaluation(), training=training).write_report(tmp_path).read_text()

    assert "Regression report" in html
    assert "The losses of the training" in html
    assert html.count("<svg") == 5


def test_losses_of_a_model_are_those_of_its_card():
    training = read_training(find_model("diamondback-spex"))

    assert training is not None
    steps, values = training.losses["loss"]["validation"]
    assert len(steps) == len(values) > 3
    assert training.kept_step == steps[np.argmin(values)]


def test_predicted_spectra_are_those_of_the_grid_at_draws_scaled_to_the_observation(model):
    [result] = infer(observe(model), model, draws=200)

    found = predict_spectra(result, model, n_draws=50)

    assert found.bands.draws.shape == (50, len(model.grid.wave))
    rows = np.unique(np.linspace(0, 199, 50).astype(int))
    shape = model.grid(result.draws[rows])
    ratio = found.bands.draws / shape
    np.testing.assert_allclose(ratio, ratio[:, :1] * np.ones_like(ratio), rtol=1e-9)
    fit = found.fit
    weight = fit.valid / fit.sigma**2
    left = np.where(fit.valid, fit.flux, 0.0) - found.bands.draws
    np.testing.assert_allclose((left * shape) @ weight / (shape**2 @ weight), 0.0, atol=1e-6)
    assert found.plot().axes
    assert "68 % of the predictions" in json.dumps(as_json(found.figure("light"), "light"))


def test_predictions_of_another_model_are_refused(model):
    inference = make_inference()

    with pytest.raises(DataError, match="has no fit; diamondback-spex predicts"):
        predict_spectra(replace(inference, fit=None), model)
    with pytest.raises(DataError, match="n_draws must be at least 2"):
        predict_spectra(infer(observe(model), model, draws=20)[0], model, n_draws=1)


def observe(model: PosteriorModel) -> Spectrum:
    """Return an observation of the middle of a model's grid."""
    middle = np.array([[(nodes[0] + nodes[-1]) / 2 for nodes in model.grid.nodes]])
    flux = model.grid(middle)[0]
    sigma = np.full(len(flux), flux.mean() / 50)
    noisy = flux + np.random.default_rng(3).normal(0.0, sigma)
    return Spectrum(model.grid.wave, noisy, sigma, resolution=model.card.resolution)
