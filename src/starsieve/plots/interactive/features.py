"""Distributions of a network's inputs and answers after scaling, to look into."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from bokeh.layouts import gridplot
from bokeh.models import BasicTicker, ColumnDataSource

from starsieve.data.labels import LABELS, plain_symbol
from starsieve.data.spectrum import FloatArray
from starsieve.plots.features import MOST_TICKS, N_BINS
from starsieve.plots.interactive.style import Theme, add_hover, new_figure, palette

HEIGHT, PANEL_HEIGHT = 360, 220
PANELS_IN_A_ROW = 3
WHISKER = 1.5
"""Times the distance of the quartiles, as far as whiskers reach at most."""


def boxes_figure(
    values: FloatArray,
    names: Sequence[str],
    theme: Theme,
    *,
    x_label: str = "",
    y_label: str = "Scaled value",
) -> Any:
    """Draw a box for each column: quartiles and median, whiskers to the last point within reach.

    Parameters
    ----------
    values, names, x_label, y_label
        As of `starsieve.plots.features.plot_boxes`.
    theme : "light" or "dark"
    """
    n, colours = values.shape[1], palette(theme)
    figure = new_figure(
        theme, x_label=x_label, y_label=y_label, height=HEIGHT, x_range=(-0.8, n - 0.2)
    )
    shown = range(0, n, max(1, -(-n // MOST_TICKS)))
    figure.xaxis.ticker = list(shown)
    figure.xaxis.major_label_overrides = {place: _symbol(names[place]) for place in shown}
    source = ColumnDataSource(_boxes(values) | {"name": np.array([_symbol(n) for n in names])})
    figure.segment("place", "low", "place", "high", source=source, line_color=colours.muted)
    boxes = figure.vbar(
        x="place", width=0.7, bottom="q25", top="q75", source=source,
        fill_color=colours.series[0][0], fill_alpha=0.35, line_color=colours.series[0][0],
    )  # fmt: skip
    figure.segment("left", "median", "right", "median", source=source, line_color=colours.ink)
    rows = [
        ("", "@name"),
        ("Median", "@median{0.000 a}"),
        ("Quartiles", "@q25{0.000 a} to @q75{0.000 a}"),
        ("Whiskers", "@low{0.000 a} to @high{0.000 a}"),
    ]
    add_hover(figure, [boxes], rows)
    return figure


def histograms_figure(
    values: Mapping[str, FloatArray], theme: Theme, *, x_label: str = "Scaled value"
) -> Any:
    """Draw a histogram for each feature.

    Parameters
    ----------
    values, x_label
        As of `starsieve.plots.features.plot_histograms`.
    theme : "light" or "dark"
    """
    panels = []
    for name, column in values.items():
        counts, edges = np.histogram(column, bins=N_BINS)
        panel = new_figure(
            theme, x_label=x_label, y_label="Spectra", height=PANEL_HEIGHT, title=_symbol(name)
        )
        for axis in (*panel.xaxis, *panel.yaxis):
            axis.ticker = BasicTicker(desired_num_ticks=4)
        blue = palette(theme).series[0][0]
        bars = panel.quad(
            left="left", right="right", top="count", bottom=0, fill_color=blue, fill_alpha=0.45,
            line_color=blue, source={"left": edges[:-1], "right": edges[1:], "count": counts},
        )  # fmt: skip
        add_hover(panel, [bars], [("Value", "@left{0.00} to @right{0.00}"), ("Spectra", "@count")])
        panels.append(panel)
    rows = [panels[i : i + PANELS_IN_A_ROW] for i in range(0, len(panels), PANELS_IN_A_ROW)]
    return gridplot(rows, sizing_mode="stretch_width", toolbar_options={"logo": None})


def _boxes(values: FloatArray) -> dict[str, FloatArray]:
    """Return each column's quartiles, and the outermost points that whiskers reach."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    reach = WHISKER * (high - low)
    inside = (values >= low - reach) & (values <= high + reach)
    place = np.arange(values.shape[1], dtype=float)
    return {
        "place": place,
        "left": place - 0.35,
        "right": place + 0.35,
        "q25": low,
        "median": middle,
        "q75": high,
        "low": np.min(np.where(inside, values, np.inf), axis=0),
        "high": np.max(np.where(inside, values, -np.inf), axis=0),
    }


def _symbol(name: str) -> str:
    return plain_symbol(name) if name in LABELS else name
