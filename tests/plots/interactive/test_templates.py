"""Figures that are built once and filled with numbers for each request."""

import json
import time

import numpy as np
import pytest
from bokeh.models import ColumnDataSource

from starsieve.plots.interactive.style import as_json, new_figure
from starsieve.plots.interactive.templates import Filled, Template
from tests.plots.interactive.reading import array, attributes


def make_template() -> Template:
    figure = new_figure("light", x_label="x", y_label="y", x_range=(0, 1))
    figure.x_range.name = "range"
    source = ColumnDataSource({"x": [], "y": []}, name="points")
    figure.line("x", "y", source=source)
    figure.scatter("x", "y", source=source)
    return Template.of(as_json(figure, "light"))


def test_numbers_and_values_are_filled_in():
    values = {"range": {"start": 2.0, "end": float("nan")}}
    data = {"points": {"x": np.arange(3.0), "y": np.array([1.0, np.nan, 3.0])}}
    item = as_json(Filled(make_template(), data, values), "light")

    sent = dict(attributes(item, "points")["data"]["entries"])
    np.testing.assert_array_equal(array(sent["y"]), [1, np.nan, 3])
    assert sent["x"]["dtype"] == "float32"
    assert attributes(item, "range")["start"] == 2.0
    assert attributes(item, "range")["end"] == {"type": "number", "value": "nan"}
    assert "NaN" not in json.dumps(item)


def test_filling_a_template_does_not_change_it():
    template = make_template()
    before = template.text
    as_json(Filled(template, {"points": {"x": np.ones(2), "y": np.ones(2)}}), "light")
    assert template.text == before


def test_words_and_exact_columns_are_sent_as_they_are():
    data = {"points": {"x": np.array([1.0 + 1e-12]), "y": np.array(["a"])}}
    item = as_json(Filled(make_template(), data, exact=frozenset({"x"})), "light")
    sent = dict(attributes(item, "points")["data"]["entries"])
    assert array(sent["x"])[0] == 1.0 + 1e-12
    assert sent["y"]["array"] == ["a"]


def test_a_name_that_is_not_in_the_template_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        as_json(Filled(make_template(), values={"nothing": {}}), "light")


def test_filling_is_much_faster_than_building():
    template = make_template()
    data = {"points": {"x": np.linspace(0, 1, 4_000), "y": np.random.default_rng(0).random(4_000)}}
    started = time.process_time()
    for _ in range(10):
        json.dumps(as_json(Filled(template, data), "light"))
    assert (time.process_time() - started) / 10 < 0.02
