"""Figures of model grids show what they are given."""

import numpy as np
import pytest

from starsieve.plots import (
    Ticks,
    plot_grid_ceilings,
    plot_grid_confusions,
    plot_grid_coverage,
    plot_grid_energy,
)
from starsieve.plots.files import draw

LABELS = [
    Ticks("teff", [str(t) for t in range(500, 2500, 50)]),
    Ticks("logg", ["4", "4.5", "5"]),
    Ticks("cld", ["clear", "cloudy"]),
]


def test_each_pair_of_labels_has_a_panel_with_the_values_of_both():
    filled = {
        ("teff", "logg"): np.ones((40, 3)),
        ("teff", "cld"): np.ones((40, 2)),
        ("logg", "cld"): np.tile([1.0, 0.5], (3, 1)),
    }

    figure = plot_grid_coverage(LABELS, filled)

    *panels, _bar = figure.axes
    assert len(panels) == 3
    assert panels[2].images[0].get_array().tolist() == [[1.0] * 3, [0.5] * 3]
    assert [t.get_text() for t in panels[2].get_xticklabels()] == ["4", "4.5", "5"]
    assert len(panels[1].get_xticks()) <= 8
    assert draw(figure, "svg")


def test_true_values_run_along_and_answers_up():
    table = np.array([[0.9, 0.1], [0.3, 0.7]])

    figure = plot_grid_confusions([LABELS[2]], [table])

    axes = figure.axes[0]
    assert axes.images[0].get_array().tolist() == [[0.9, 0.3], [0.1, 0.7]]
    assert axes.get_xlabel().startswith("True")


def test_ceilings_that_copies_impose_are_marked():
    snr = np.array([10.0, 50.0, 100.0])
    r2 = {"mh": np.array([0.5, 0.93, 0.935]), "teff": np.ones(3)}

    figure = plot_grid_ceilings(snr, r2, {"mh": 0.935, "teff": 1.0}, asked=50.0)

    axes = figure.axes[0]
    assert axes.lines[0].get_ydata() == pytest.approx([0.5, 0.07, 0.065])
    assert [text.get_text() for text in axes.texts] == ["copies: 0.935"]


@pytest.mark.parametrize(("least", "scale"), [(0.3, "linear"), (1e-4, "log")])
def test_the_limit_of_the_energy_is_in_view(least, scale):
    teff = np.array([500.0, 1000.0, 1500.0])
    share = np.array([least, 0.5, 0.8])

    figure = plot_grid_energy(teff, share, 0.8 * share)

    axes = figure.axes[0]
    assert axes.get_yscale() == scale
    assert axes.get_ylim()[1] > 1.0
    assert "T" in axes.get_xlabel()
