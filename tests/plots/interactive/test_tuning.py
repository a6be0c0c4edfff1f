"""Searches for pages: stars, scales, and words that are never part of a template."""

import json

import numpy as np
import pytest
from bokeh.models import LogScale

from starsieve.plots.interactive.style import Theme, as_json
from starsieve.plots.interactive.tuning import SearchedValues, budget_figure, slices_figure

ODD = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_options_stand_beside_each_other_on_one_scale_of_values(theme: Theme) -> None:
    value = np.array([0.5, 0.2, 0.9])
    options = [
        SearchedValues("rate", np.array([1e-4, 1e-3, 1e-1]), log=True),
        SearchedValues("kind", ["b", "a", ODD]),
    ]

    grid = slices_figure([1, 2, 5], value, options, "validation_loss", 1, theme)

    rate, kind = (child[0] for child in grid.children)
    assert isinstance(rate.x_scale, LogScale)
    assert kind.xaxis[0].major_label_overrides == {0: ODD, 1: "a", 2: "b"}
    assert list(kind.renderers[0].data_source.data["place"]) == [2, 1, 0]
    assert rate.y_range is kind.y_range
    assert rate.yaxis[0].axis_label == "Validation loss"
    star = rate.renderers[1].data_source.data
    assert (list(star["x"]), list(star["y"])) == ([1e-3], [0.2])
    assert all(ODD not in tool.tooltips for panel in (rate, kind) for tool in panel.hover)
    json.dumps(as_json(grid, theme))


def test_the_budget_is_steps_or_seconds() -> None:
    spent, value = np.array([10.0, 20.0, 30.0]), np.array([3.0, np.nan, 1.0])

    figure = budget_figure(spent, value, np.fmin.accumulate(value), "s", "loss", "light")

    assert figure.xaxis[0].axis_label == "Time of all trials (s)"
    assert [item.label.value for item in figure.legend[0].items] == [
        *("best so far", "trials that went to their end")
    ]
    json.dumps(as_json(figure, "light"))
