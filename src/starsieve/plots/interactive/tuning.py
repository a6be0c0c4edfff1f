"""How a search for the best options of a recipe went."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.layouts import gridplot

from starsieve.data.spectrum import FloatArray
from starsieve.plots.interactive.style import Theme, add_hover, new_figure, palette

HEIGHT, PANEL_HEIGHT = 380, 260
PANELS_IN_A_ROW = 2


@dataclass(frozen=True, slots=True, eq=False)
class SearchedValues:
    """An option and its value in each trial.

    Parameters
    ----------
    name : str
    values : array, shape (n_trials,)
        Numbers, or words for choices.
    log : bool
        Whether it is searched evenly in its logarithm.
    """

    name: str
    values: Any
    log: bool = False


def budget_figure(
    spent: FloatArray, value: FloatArray, best: FloatArray, unit: str, metric: str, theme: Theme
) -> Any:
    """Draw the best value against what was spent on all trials up to it.

    Parameters
    ----------
    spent, value, best : arrays, shape (n,)
        In the order in which trials ended; values are NaN for those that were stopped.
    unit : str
        ``steps`` or ``s``.
    metric : str
        What was tuned by.
    theme : "light" or "dark"
    """
    colours = palette(theme)
    label = "Steps of all trainings so far" if unit == "steps" else "Time of all trials (s)"
    figure = new_figure(theme, x_label=label, y_label=_words(metric), height=HEIGHT)
    source = {"spent": spent, "value": value, "best": best}
    line = figure.step(
        "spent", "best", source=source, mode="after", line_color=colours.accent, line_width=2,
        legend_label="best so far",
    )  # fmt: skip
    points = figure.scatter(
        "spent", "value", source=line.data_source, size=6, color=colours.series[0][0], alpha=0.7,
        legend_label="trials that went to their end",
    )  # fmt: skip
    rows = [("Spent", "@spent{0,0}"), ("Value", "@value{0.0000}"), ("Best", "@best{0.0000}")]
    add_hover(figure, [points], rows)
    figure.legend.location = "top_right"
    return figure


def slices_figure(
    trial: Sequence[int], value: FloatArray, options: Sequence[SearchedValues], metric: str,
    best: int, theme: Theme,
) -> Any:  # fmt: skip
    """Draw the value against each option by itself, the best trial as a star.

    Parameters
    ----------
    trial : sequence of int, shape (n,)
        Numbers of the trials that went to their end.
    value : array, shape (n,)
    options : sequence of SearchedValues
    metric : str
        What was tuned by.
    best : int
        Position of the best trial.
    theme : "light" or "dark"
    """
    panels: list[Any] = []
    for option in options:
        words = any(isinstance(each, str) for each in option.values)
        names = sorted(set(option.values)) if words else []
        places = np.array([names.index(v) for v in option.values] if words else option.values)
        panel = new_figure(
            theme,
            x_label=option.name,
            y_label=_words(metric),
            height=PANEL_HEIGHT,
            x_range=(-0.5, len(names) - 0.5) if words else None,
            y_range=panels[0].y_range if panels else None,
            x_scale="log" if option.log else "linear",
            tools="box_zoom,reset,save",
        )
        if words:
            panel.xaxis.ticker = list(range(len(names)))
            panel.xaxis.major_label_overrides = dict(enumerate(names))
        source = {"place": places, "value": value, "trial": np.asarray(trial)}
        source["option"] = np.asarray(option.values)
        colour = palette(theme).series[0][0]
        points = panel.scatter("place", "value", source=source, size=7, color=colour, alpha=0.7)
        accent = palette(theme).accent
        panel.scatter([places[best]], [value[best]], marker="star", size=18, color=accent)
        rows = [("Trial", "@trial"), ("Option", "@option"), ("Value", "@value{0.0000}")]
        add_hover(panel, [points], rows)
        panels.append(panel)
    grid = [
        list(panels[start : start + PANELS_IN_A_ROW])
        for start in range(0, len(panels), PANELS_IN_A_ROW)
    ]
    return gridplot(grid, sizing_mode="stretch_width", toolbar_options={"logo": None})


def _words(metric: str) -> str:
    return metric.replace("_", " ").capitalize()
