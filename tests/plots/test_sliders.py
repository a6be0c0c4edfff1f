"""Strips along a latent, and maps of outliers."""

import numpy as np
import pytest

from starsieve.errors import DataError
from starsieve.plots.sliders import plot_outliers, plot_traversal

WAVE = np.linspace(0.4, 0.7, 300)


def make_strip(n=5):
    values = np.linspace(-2, 2, n)
    line = np.exp(-0.5 * ((WAVE - 0.55) / 0.01) ** 2)
    return values, 1 + values[:, None] * 0.1 * line


def test_a_strip_shows_every_spectrum_and_its_difference_from_the_middle():
    values, flux = make_strip()

    figure = plot_traversal(WAVE, values, flux, name="latent 3", title="a $ title")

    upper, lower, bar = figure.axes
    drawn = [line.get_ydata() for line in upper.lines]
    assert np.allclose(drawn, flux)
    assert np.allclose([line.get_ydata() for line in lower.lines], flux - flux[2])
    assert bar.get_ylabel() == "latent 3"
    assert [label.get_text() for label in bar.get_yticklabels()] == ["-2", "-1", "0", "1", "2"]


def test_long_spectra_are_thinned():
    wave = np.linspace(0.4, 0.7, 50_000)

    figure = plot_traversal(wave, np.arange(2.0), np.ones((2, 50_000)), name="latent 0")

    assert all(len(line.get_xdata()) <= 4000 for line in figure.axes[0].lines)


@pytest.mark.parametrize(("n_values", "n_flux"), [(1, 1), (3, 2)])
def test_what_is_no_strip_is_refused(n_values, n_flux):
    with pytest.raises(DataError, match="two or more spectra"):
        plot_traversal(WAVE, np.zeros(n_values), np.ones((n_flux, 300)), name="latent 0")


def test_outliers_are_circled_and_named():
    rng = np.random.default_rng(0)
    misfit, loneliness = rng.normal(size=(2, 100))
    misfit[7], loneliness[7] = 9.0, 8.0
    loneliness[50] = np.nan

    figure = plot_outliers(misfit, loneliness, np.array([7]), ["odd star"])

    everything, circled = figure.axes[0].lines[:2]
    assert len(everything.get_xdata()) == 99
    assert circled.get_xdata().tolist() == [8.0]
    assert figure.axes[0].texts[0].get_text() == "odd star"


def test_without_reconstructions_outliers_are_shown_by_loneliness():
    figure = plot_outliers(np.full(4, np.nan), np.arange(4.0), np.array([3]), ["far"])

    assert figure.axes[0].lines[0].get_ydata().tolist() == [0.0] * 4
