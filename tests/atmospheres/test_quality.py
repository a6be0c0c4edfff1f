"""Figures of evaluations, of predictions and of trainings."""

import json
from dataclasses import replace

import numpy as np
import pytest

from starsieve.atmospheres.evaluation import Evaluation
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.models import PosteriorModel, load_model
from starsieve.atmospheres.predicted import plot_prediction, prediction_figure
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
    return load_model("diamondback-spex")


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


def test_what_a_posterior_predicts_is_drawn_over_the_observation(model):
    [result] = infer(observe(model), model, draws=60, predict=True)

    figure = plot_prediction(result, "a title")

    assert figure.axes[0].get_title(loc="left") == "a title"
    item = as_json(prediction_figure(result, "light"), "light")
    assert "68 % of the predictions" in json.dumps(item)


def test_without_predictions_nothing_is_drawn():
    with pytest.raises(DataError, match="infer it with predict=True"):
        plot_prediction(make_inference())


def observe(model: PosteriorModel) -> Spectrum:
    """Return an observation of the middle of a model's grid."""
    middle = np.array([[(nodes[0] + nodes[-1]) / 2 for nodes in model.grid.nodes]])
    flux = model.grid(middle)[0]
    sigma = np.full(len(flux), flux.mean() / 50)
    noisy = flux + np.random.default_rng(3).normal(0.0, sigma)
    return Spectrum(model.grid.wave, noisy, sigma, resolution=model.card.resolution)
