"""The mean of explanations is that of their numbers, and what one lacks does not count."""

import json
from dataclasses import replace

import numpy as np
import pytest

from starsieve.atmospheres.inferences import Inferences
from starsieve.atmospheres.mean_explanation import average_explanations
from starsieve.atmospheres.report import write_index
from starsieve.errors import DataError
from starsieve.plots.files import draw
from starsieve.plots.interactive.style import as_json
from starsieve.plots.mean_explanations import plot_mean_explanation
from starsieve.plots.style import BLUE
from tests.atmospheres.made_inferences import NAMES, make_explanation, make_inference
from tests.plots.interactive.reading import columns, models


def three():
    """Make three: the third band drives log g of two, the first band mh of one."""
    one, two, last = make_explanation(), make_explanation(), make_explanation()
    two.influence[2, 1] = 1.2
    last.influence[2, 1] = np.nan
    last.without[2, 1] = np.nan
    last.influence[0, 2] = 0.6
    return [one, two, last]


def test_means_are_over_the_spectra_that_have_the_band():
    mean = average_explanations(three())

    assert mean.n_spectra == 3
    assert mean.n_asked.tolist() == [3, 3, 3, 3, 0, 3]
    assert mean.influence[2, 1] == pytest.approx((2.4 + 1.2) / 2)
    assert mean.influence[0, 2] == pytest.approx((0.6 + 0.02 + 0.02) / 3)
    assert mean.shift[2, 1] == pytest.approx(-2.0)
    assert mean.widening[2, 1] == pytest.approx(2.5)
    assert np.isnan(mean.influence[4]).all()
    low, high = mean.spread[2, 1]
    assert 1.2 < low < high < 2.4


def test_shares_and_the_strongest_are_counted():
    mean = average_explanations(three())

    assert mean.share[0, 2] == pytest.approx(1 / 3)
    assert mean.strongest[2, 1] == 2
    assert mean.strongest[0, 2] == 1
    assert mean.strongest.sum() == 3


def test_drivers_are_those_of_half_of_the_spectra():
    mean = average_explanations(three())

    assert mean.drivers("logg") == [2]
    assert mean.drivers("mh") == []
    assert list(mean.sentences())[1] == "logg: 1.35-1.62 micron (1.80 sigma, in 67%)"
    with pytest.raises(DataError, match="no label 'c_to_o'"):
        mean.drivers("c_to_o")


def test_the_mean_of_one_is_itself():
    one = make_explanation()

    mean = average_explanations([one])

    np.testing.assert_allclose(mean.influence, one.influence)
    np.testing.assert_allclose(mean.shift, one.shift)


def test_what_can_not_be_averaged_is_refused():
    one = make_explanation()
    with pytest.raises(DataError, match="no explanation to average"):
        average_explanations([])
    with pytest.raises(DataError, match="different models or bands"):
        average_explanations([one, replace(one, bands=one.bands + 0.1)])


def test_the_record_is_json_with_nothing_for_what_is_missing():
    record = average_explanations(three()).to_record()

    json.dumps(record, allow_nan=False)
    assert record["parameters"]["logg"]["influence"][4] is None
    assert record["parameters"]["logg"]["drivers_um"] == [pytest.approx([1.35, 1.625])]


def test_the_figure_has_a_panel_for_each_parameter_in_sigma():
    figure = plot_mean_explanation(average_explanations(three()), title="Night $1")

    assert [axes.get_ylabel()[-3:] for axes in figure.axes] == ["(σ)"] * len(NAMES)
    assert "µm" in figure.axes[-1].get_xlabel()
    bars = [bar for container in figure.axes[1].containers for bar in container]
    assert [bar.get_height() for bar in bars][2] == pytest.approx(1.8)
    dark = [bar.get_facecolor()[:3] == pytest.approx(to_rgb(BLUE)) for bar in bars]
    assert dark == [False, False, True, False, False]
    draw(figure, "png")


def to_rgb(colour):
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_interactive_figure_has_the_same_numbers(theme):
    mean = average_explanations(three())

    item = as_json(mean.figure(theme), theme)

    bars = columns(item, "bands1")
    np.testing.assert_allclose(bars["influence"][2], 1.8)
    assert (bars["opacity"] > 0.5).tolist() == [False, False, True, False, False]
    assert len({m["id"] for m in models(item) if m["name"] == "Plot"}) <= len(NAMES)


def test_a_report_of_several_says_what_drives_them_all(tmp_path):
    results = tuple(make_inference(i, explanation=e) for i, e in enumerate(three()))

    several = write_index(Inferences(results), [None] * 3, tmp_path / "several").read_text()
    single = write_index(Inferences(results[:1]), [None], tmp_path / "one").read_text()

    assert "What drives the parameters of 3 spectra" in several
    assert "67% of 3" in several
    assert "What drives the parameters" not in single
