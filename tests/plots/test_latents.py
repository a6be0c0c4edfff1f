"""Figures of latents show what the statistics say."""

import numpy as np
import pytest

from starsieve.plots.latents import (
    Colouring,
    Panel,
    plot_bins,
    plot_information,
    plot_informative,
    plot_panels,
)
from starsieve.stats.informative import find_informative


def test_the_stems_are_cut_by_the_threshold_and_the_count_is_a_staircase():
    measure = np.array([0.6, 0.001, 0.5, 0.002])
    figure = plot_informative(find_informative(measure, 0.02), "MAD")

    stems, counts = figure.axes
    above = next(line for line in stems.get_lines() if len(line.get_xdata()) == 2)
    assert above.get_xdata().tolist() == [0, 2]
    assert [text.get_text() for text in stems.texts] == ["0", "2"]
    steps = np.asarray(counts.get_lines()[0].get_ydata())
    assert (steps[0], steps[-1]) == (4, 0)
    assert (np.diff(steps) <= 0).all()


@pytest.mark.parametrize(("n_latents", "n_numbers"), [(3, 6), (100, 0)])
def test_numbers_stand_in_the_map_where_there_is_room(n_latents, n_numbers):
    values = np.linspace(0, 1, 2 * n_latents).reshape(n_latents, 2)
    figure = plot_information(values, values / 10, ["teff", "logg"], values > 0.5)

    axes = figure.axes[0]
    assert len(axes.texts) == n_numbers
    np.testing.assert_allclose(axes.images[0].get_array(), values.T)
    if n_numbers:
        assert axes.texts[-1].get_text() == "1.00\n±0.10"


def test_each_row_of_the_published_image_is_scaled_by_itself():
    counted = np.array([[0.5, 0.1], [2.0, 1.8]])
    bias = np.array([[0.1, 0.1], [1.8, 1.8]])

    figure = plot_bins(counted, bias, (5, 160), np.array([0.4, 0.0]), "teff")

    published, corrected, neighbours = (
        axes.images[0].get_array() for axes in figure.axes if axes.images
    )
    np.testing.assert_allclose(published.max(axis=1), 1)
    np.testing.assert_allclose(corrected, [[0.4, 0.0], [0.2, 0.0]], atol=1e-12)
    np.testing.assert_allclose(neighbours, [[0.4, 0.0]])


def panel(n=50):
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    x[3] = np.nan
    return Panel(x, rng.normal(size=n), "teff", "logg")


def test_points_of_which_nothing_is_known_are_left_out():
    figure = plot_panels([panel()], Colouring("", None))

    (points,) = figure.axes[0].collections
    assert len(points.get_offsets()) == 49
    assert figure.axes[0].yaxis_inverted()


def test_classes_have_a_legend_and_numbers_a_bar():
    words = np.array(["K", "F", ""] * 16 + ["K", "F"])
    numbers = np.where(np.arange(50) < 10, np.nan, np.arange(50.0))

    by_class = plot_panels([panel()], Colouring("class", words))
    by_number = plot_panels([panel()] * 4, Colouring("feh", numbers))

    texts = [text.get_text() for text in by_class.axes[0].get_legend().get_texts()]
    assert texts == ["others", "F", "K"]
    assert len(by_number.axes) == 5
    grey, coloured = by_number.axes[0].collections
    assert (len(grey.get_offsets()), len(coloured.get_offsets())) == (9, 40)


def test_a_colour_that_nobody_knows_is_no_reason_to_fail():
    figure = plot_panels([panel()], Colouring("feh", np.full(50, np.nan)))

    assert len(figure.axes) == 1


def test_a_few_outliers_do_not_hide_the_rest():
    x = np.append(np.random.default_rng(0).normal(size=1000), 1e4)
    plain = Panel(np.arange(1001.0), x, "number", "latent")

    axes = plot_panels([plain], Colouring("", None)).axes[0]

    assert axes.get_ylim()[1] < 10
    assert axes.get_xlim()[0] < 0
    assert axes.get_xlim()[1] > 1000
