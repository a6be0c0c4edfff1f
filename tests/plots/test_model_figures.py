"""Figures of models: losses, regression reports, predicted spectra."""

import numpy as np
import pytest

from starsieve.plots import plot_losses, plot_predicted, plot_regression
from starsieve.plots.files import draw
from tests.plots.made_bands import bands_of

RNG = np.random.default_rng(1)
STEPS = np.arange(10.0)


def test_losses_have_a_line_for_each_part_and_a_logarithmic_axis_where_they_fall_far():
    falling = {"training": (STEPS, np.exp(-STEPS)), "validation": (STEPS, np.exp(-STEPS) + 0.01)}
    posterior = {"training": (STEPS, -STEPS), "validation": (STEPS, -STEPS / 2)}

    figure = plot_losses({"loss": falling, "teff_loss": posterior}, kept_step=7)

    upper, lower = figure.axes
    assert (upper.get_yscale(), lower.get_yscale()) == ("log", "linear")
    names = [text.get_text() for text in upper.get_legend().get_texts()]
    assert names == ["training", "validation", "weights kept"]
    assert len({line.get_linestyle() for line in upper.lines[:2]}) == 2
    assert (upper.get_ylabel(), lower.get_xlabel()) == ("Loss", "Step")
    assert "eff" in lower.get_ylabel()


def test_the_report_tells_the_numbers_of_each_part_apart():
    true = RNG.uniform(900, 1500, 400)
    parts = {
        "training": {"teff": (true + RNG.normal(0, 5, 400), true)},
        "held-out nodes": {"teff": (true + RNG.normal(20, 40, 400), true)},
    }

    figure = plot_regression(parts)

    pairs, residuals = figure.axes
    title = residuals.get_title(loc="left")
    train, held = title.split("held-out nodes")
    assert "RMSE = 5" in train or "RMSE = 4" in train
    assert "± 41" in held
    assert "skewness" in held
    assert residuals.get_yscale() == "log"
    assert "(K)" in pairs.get_xlabel()
    assert "Predicted − true" in residuals.get_xlabel()
    assert draw(figure, "png")


def test_a_label_that_never_varies_has_a_report_without_r2():
    figure = plot_regression({"": {"mh": (RNG.normal(0, 0.1, 50), np.zeros(50))}})

    assert "R²" not in figure.axes[1].get_title(loc="left")


def test_bands_lie_around_the_median_and_residuals_below():
    wave = np.linspace(1.0, 2.0, 40)
    bands = bands_of(1.0 + RNG.normal(0, 0.1, (500, 40)))
    valid = np.ones(40, dtype=bool)
    valid[:5] = False

    figure = plot_predicted(wave, np.ones(40), np.full(40, 0.05), valid, bands, title="a $star$")

    main, lower = figure.axes
    names = [text.get_text() for text in main.get_legend().get_texts()]
    assert "68 % of the predictions" in names
    assert "95 % of the predictions" in names
    residual = lower.lines[-1].get_ydata()
    assert np.isnan(residual[:5]).all()
    assert np.abs(residual[5:]).max() < 1
    wide, narrow = (poly.get_paths()[0].vertices[:, 1] for poly in main.collections[:2])
    assert np.ptp(wide) > np.ptp(narrow)
    assert main.get_xlim()[0] > wave[3]
    assert draw(figure, "svg")


@pytest.mark.parametrize("unit", ["", "erg / (s um cm2)"])
def test_fluxes_have_a_unit_or_are_said_to_be_normalised(unit):
    wave = np.linspace(1.0, 2.0, 10)
    bands = bands_of(np.ones((3, 10)))

    figure = plot_predicted(
        wave, np.ones(10), np.ones(10), np.ones(10, dtype=bool), bands, flux_unit=unit
    )

    assert ("erg" in figure.axes[0].get_ylabel()) == bool(unit)
