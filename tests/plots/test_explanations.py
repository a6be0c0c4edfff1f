"""The figure of an explanation shows every band that was left out, in the parameter's unit."""

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import same_color

from starsieve.plots.explanations import plot_explanation
from starsieve.plots.files import draw
from starsieve.plots.style import VERMILLION
from tests.atmospheres.made_inferences import NAMES, make_explanation, make_inference


def bars(axes):
    return [bar for container in axes.containers for bar in container]


def test_each_parameter_has_a_panel_below_the_spectrum_with_its_unit():
    inference = make_inference()

    figure = plot_explanation(make_explanation(), inference.fit, title="Object 1")

    assert [axes.get_ylabel() for axes in figure.axes] == [
        *("Relative flux", r"$T_{\rm eff}$ (K)", r"$\log g$ (cgs)", "[M/H] (dex)"),
        r"$f_{\rm sed}$",
    ]
    assert "µm" in figure.axes[-1].get_xlabel()
    assert figure.axes[0].get_title("left") == "Object 1"


def test_intervals_stand_at_their_bands_and_one_that_is_missing_has_none():
    explained = make_explanation()

    axes = plot_explanation(explained).axes[NAMES.index("logg")]

    drawn = bars(axes)
    kept = np.delete(np.arange(6), 4)
    assert len(drawn) == 5
    for bar, row in zip(drawn, kept, strict=True):
        q16, _, q84 = explained.without[row, 1]
        assert bar.get_y() == pytest.approx(q16)
        assert bar.get_height() == pytest.approx(q84 - q16)
        centre = bar.get_x() + bar.get_width() / 2
        assert centre == pytest.approx(explained.bands[row].mean())


def test_only_what_exceeds_the_floor_is_marked():
    axes = plot_explanation(make_explanation()).axes

    marked = [
        [same_color(bar.get_facecolor()[:3], VERMILLION) for bar in bars(each)] for each in axes
    ]

    assert marked[1] == [False, False, True, False, False]
    assert not any(marked[0] + marked[2] + marked[3])


def test_nothing_that_can_be_left_out_is_a_figure_too():
    none = make_explanation()
    none.without[:], none.influence[:] = np.nan, np.nan

    figure = plot_explanation(none, make_inference().fit)

    draw(figure, "png")
    assert not any(bars(axes) for axes in figure.axes)


def test_a_posterior_without_width_is_a_figure_too():
    sharp = make_explanation()
    whole = np.repeat(sharp.whole[:, 1:2], 3, axis=1)
    without = np.repeat(whole[None], 6, axis=0)

    draw(plot_explanation(replace(sharp, whole=whole, without=without)), "png")


def test_a_title_is_no_formula():
    figure = plot_explanation(make_explanation(), title="$\\frac{a")

    draw(figure, "png")
    texts = [text.get_text() for text in figure.findobj(mpl.text.Text)]
    assert r"\$\frac{a" in texts
