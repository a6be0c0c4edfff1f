"""A spectrum over another that is like it."""

import numpy as np
import pytest

from starsieve.plots.similar import plot_overlay


def make_pair(n=6000):
    wave = np.linspace(0.5, 0.6, n)
    model = 1 - 0.5 * np.exp(-0.5 * ((wave - 0.55) / 1e-3) ** 2)
    rng = np.random.default_rng(0)
    return wave, model + rng.normal(0, 0.02, n), model, np.full(n, 0.02)


def test_both_spectra_and_their_difference_are_drawn():
    wave, flux, model, sigma = make_pair()

    figure = plot_overlay(
        wave, flux, model, sigma, np.ones(6000, dtype=bool), ranges=[(0.54, 0.56)], title="pair"
    )

    main, lower = figure.axes
    assert [line.get_label() for line in main.lines] == ["query", "neighbour"]
    assert all(len(line.get_xdata()) <= 4000 for line in main.lines)
    difference = lower.lines[-1].get_ydata()
    assert 0.3 < np.nanstd(difference) < 1.3
    assert len(main.patches) == 1


def test_wild_pixels_of_no_weight_do_not_set_the_scale():
    wave, flux, model, sigma = make_pair()
    flux[100:200], sigma[100:200] = -1e17, 1e17

    figure = plot_overlay(wave, flux, model, sigma, np.ones(6000, dtype=bool))

    low, high = figure.axes[0].get_ylim()
    assert low == pytest.approx(0.45, abs=0.1)
    assert high < 1.5


def test_nothing_in_common_is_an_empty_figure():
    wave, flux, model, sigma = make_pair(100)

    figure = plot_overlay(wave, flux, model, sigma, np.zeros(100, dtype=bool))

    assert np.isnan(figure.axes[0].lines[0].get_ydata()).all()
