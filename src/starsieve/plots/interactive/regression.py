"""The regression report to look into: predicted against true values, and the residuals."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from bokeh.layouts import gridplot
from bokeh.models import BasicTicker, Title

from starsieve.data.labels import plain_symbol
from starsieve.data.spectrum import FloatArray
from starsieve.plots.interactive.style import Theme, add_hover, new_figure, palette
from starsieve.plots.posteriors import axis_unit
from starsieve.plots.regression import Pairs, describe_residuals, residual_bins
from starsieve.stats.residuals import summarise_residuals

HEIGHT = 320
LEAST = 0.7
"""Where the logarithmic axis of counts begins: bins that are empty are not drawn."""

Found = Mapping[str, tuple[FloatArray, FloatArray]]


def regression_figure(parts: Mapping[str, Pairs], theme: Theme) -> Any:
    """Draw predicted against true values, and the histogram of their differences beside it.

    Parameters
    ----------
    parts : mapping of str to mapping of str to (array, array)
        As of `starsieve.plots.regression.plot_regression`.
    theme : "light" or "dark"
    """
    names = list(dict.fromkeys(name for pairs in parts.values() for name in pairs))
    rows: list[list[Any]] = []
    for name in names:
        found = {part: pairs[name] for part, pairs in parts.items() if name in pairs}
        rows.append([_pairs(name, found, theme), _residuals(name, found, theme)])
    return gridplot(rows, sizing_mode="stretch_width", toolbar_options={"logo": None})


def _pairs(name: str, found: Found, theme: Theme) -> Any:
    unit = axis_unit(name)
    panel = new_figure(
        theme, x_label=f"True {plain_symbol(name)}{unit}",
        y_label=f"Predicted {plain_symbol(name)}{unit}", height=HEIGHT,
    )  # fmt: skip
    _few_ticks((*panel.xaxis, *panel.yaxis))
    both = np.concatenate([values for pair in found.values() for values in pair])
    ends = [float(both.min()), float(both.max())]
    panel.line(ends, ends, line_color=palette(theme).ink)
    dots = []
    for number, (part, (predicted, true)) in enumerate(found.items()):
        colour, marker = palette(theme).series[number % len(palette(theme).series)]
        source = {"true": true, "predicted": predicted, "part": np.full(len(true), part)}
        look = {"fill_color": colour, "fill_alpha": 0.6, "line_color": None, "size": 5}
        look |= {"marker": marker, "legend_label": part}
        dots.append(panel.scatter("true", "predicted", source=source, **look))
    rows = [("", "@part"), ("True", "@true{0.00}"), ("Predicted", "@predicted{0.00}")]
    add_hover(panel, dots, rows)
    panel.legend.visible = len(found) > 1
    panel.legend.location = "top_left"
    return panel


def _residuals(name: str, found: Found, theme: Theme) -> Any:
    edges = residual_bins(found)
    panel = new_figure(
        theme, x_label=f"Predicted − true {plain_symbol(name)}{axis_unit(name)}", y_label="Spectra",
        height=HEIGHT, y_scale="log",
    )  # fmt: skip
    _few_ticks(panel.xaxis)
    bars = []
    for number, (part, (predicted, true)) in enumerate(found.items()):
        counts, _ = np.histogram(predicted - true, edges)
        some = counts > 0
        colour, _ = palette(theme).series[number % len(palette(theme).series)]
        source = {
            "left": edges[:-1][some], "right": edges[1:][some], "count": counts[some],
            "part": np.full(int(some.sum()), part),
        }  # fmt: skip
        look = {"fill_color": colour, "fill_alpha": 0.35, "line_color": colour}
        ends = {"left": "left", "right": "right", "bottom": LEAST, "top": "count"}
        bars.append(panel.quad(**ends, **look, source=source))
    rows = [("", "@part"), ("Residual", "@left{0.000} to @right{0.000}"), ("Spectra", "@count")]
    add_hover(panel, bars, rows)
    for line in reversed(_lines(name, found)):  # the last one that is added stands on top
        said = Title(text=line, text_font_size="11px", text_font_style="normal", standoff=2)
        panel.add_layout(said, "above")
    return panel


def _lines(name: str, found: Found) -> list[str]:
    """Return the numbers of every part."""
    lines = []
    for part, (predicted, true) in found.items():
        said = describe_residuals(summarise_residuals(predicted, true), name).replace("\n", ", ")
        lines.append(said if len(found) == 1 else f"{part}: {said}")
    return lines


def _few_ticks(axes: Iterable[Any]) -> None:
    for axis in axes:
        axis.ticker = BasicTicker(desired_num_ticks=4)
