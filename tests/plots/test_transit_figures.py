"""Figures about transits show the numbers that they are given."""

import matplotlib as mpl
import numpy as np
import pytest

from starsieve.plots.files import draw
from starsieve.plots.transits import plot_completeness, plot_transit_fit


def words_of(figure):
    return [text.get_text() for text in figure.findobj(mpl.text.Text)]


def test_every_cell_with_trials_says_its_part():
    figure = plot_completeness(
        np.array([0.5, 2.0, 8.0]),
        np.array([1.0, 4.0, 16.0]),
        np.array([[4, 0], [5, 2]]),
        np.array([[1, 0], [5, 1]]),
    )

    words = words_of(figure)
    assert {"25\n1/4", "100\n5/5", "50\n1/2"} <= set(words)
    assert not any("/0" in word for word in words)
    assert draw(figure, "png")


def test_a_fit_is_drawn_in_hours_and_ppm():
    days = np.linspace(-0.2, 0.2, 400)
    model = np.where(np.abs(days) < 0.05, 1 - 5e-4, 1.0)
    noise = np.random.default_rng(0).normal(0, 1e-4, 400)

    figure = plot_transit_fit(days, model + noise, days, model, noise, "TIC 1")

    upper, lower = figure.axes
    drawn = next(line for line in upper.get_lines() if line.get_label() == "model")
    assert drawn.get_ydata().min() == pytest.approx(-500)
    assert drawn.get_xdata().max() == pytest.approx(4.8)
    assert "ppm" in upper.get_ylabel()
    assert upper.get_title(loc="left") == "TIC 1"
    assert lower.get_xlabel().startswith("Time from mid-transit")


@pytest.mark.parametrize("n", [0, 1, 5000])
def test_few_and_many_points_are_drawn(n):
    days = np.linspace(-0.1, 0.1, n)

    figure = plot_transit_fit(days, np.ones(n), np.array([-0.1, 0.1]), np.ones(2), np.zeros(n))

    assert draw(figure, "svg")
