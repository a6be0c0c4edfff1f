"""Spectra of a grid along a label: one line each, coloured, with units."""

import numpy as np
import pytest

from starsieve.plots.files import draw
from starsieve.plots.grid_spectra import plot_grid_spectra

WAVE = np.linspace(0.9, 2.4, 50)
TEFF = [800.0, 1000.0, 1300.0]
UNIT = "erg / (s um cm2)"


def test_every_spectrum_has_a_line_and_its_value_a_colour():
    flux = np.outer([1.0, 2.0, 3.0], 1 + 0.1 * np.sin(9 * WAVE))

    figure = plot_grid_spectra(WAVE, flux, "teff", TEFF, fixed={"logg": 5.0}, flux_unit=UNIT)

    axes, bar = figure.axes
    assert len(axes.lines) == 3
    assert len({line.get_color() for line in axes.lines}) == 3
    assert "(K)" in bar.get_ylabel()
    assert [tick.get_text() for tick in bar.get_yticklabels()] == ["800", "1000", "1300"]
    assert axes.get_xlabel() == "Vacuum wavelength (µm)"
    assert "erg" in axes.get_ylabel()
    assert "= 5" in axes.get_title(loc="left")
    assert draw(figure, "pdf")


@pytest.mark.parametrize(("spread", "scale"), [(2.0, "linear"), (1e4, "log")])
def test_fluxes_of_several_decades_have_a_logarithmic_axis(spread, scale):
    flux = np.outer([1.0, spread], np.ones(50))

    figure = plot_grid_spectra(WAVE, flux, "teff", TEFF[:2])

    assert figure.axes[0].get_yscale() == scale
    assert figure.axes[0].get_ylabel().startswith(("Normalised flux", "Flux"))


def test_words_have_a_legend_and_dashes_instead_of_a_bar():
    flux = np.outer([1.0, 1.1], np.ones(50))

    figure = plot_grid_spectra(WAVE, flux, "cld", ["clear", "cloudy"])

    [axes] = figure.axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["clear", "cloudy"]
    assert len({line.get_linestyle() for line in axes.lines}) == 2


def test_gaps_and_a_single_spectrum_are_drawn():
    flux = np.ones((1, 50))
    flux[0, :9] = np.nan

    figure = plot_grid_spectra(WAVE, flux, "mh", [-0.5])

    assert np.isnan(figure.axes[0].lines[0].get_ydata()).sum() == 9
    assert draw(figure, "svg")
