"""How a training went: losses and what they are made of, step by step."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from bokeh.layouts import column
from bokeh.models import Span

from starsieve.data.spectrum import FloatArray
from starsieve.plots.interactive.style import Scale, Theme, add_hover, new_figure, palette

Curves = Mapping[str, Mapping[str, tuple[FloatArray, FloatArray]]]
"""Steps and values, shape (n,) each, by quantity and by the part of the training they are of."""

HEIGHT, LOW_HEIGHT = 320, 190
"""Pixels: of the first quantity, and of those below it."""

MOST_PANELS = 5
DECADE = 10.0
"""Losses that fall by more than this factor are drawn on a logarithmic axis."""

DASHES = ("solid", "dashed", "dotted", "dotdash")
FEW_POINTS = 60
"""Up to so many, points are marked; of more, a running mean is drawn as well."""

SMOOTHED = 25
"""Windows of the running mean that a curve has room for."""


def training_figure(curves: Curves, theme: Theme, kept_step: int | None = None) -> Any:
    """Draw every quantity of a training against the step, below each other and linked.

    Parameters
    ----------
    curves : mapping
        See `Curves`; at most the first `MOST_PANELS` quantities are drawn.
    theme : "light" or "dark"
    kept_step : int, optional
        Whose weights the model has; a line stands there.

    Returns
    -------
    bokeh.model.Model
    """
    panels: list[Any] = []
    shown = list(curves.items())[:MOST_PANELS]
    for place, (quantity, parts) in enumerate(shown):
        last = place == len(shown) - 1
        panel = new_figure(
            theme,
            x_label="Step" if last else "",
            y_label=quantity.replace("_", " "),
            height=(LOW_HEIGHT if panels else HEIGHT) + (30 if last else 0),
            x_range=panels[0].x_range if panels else None,
            y_scale=_scale(parts),
            tools="box_zoom,reset,save",
        )
        panel.min_border_left = 74  # so that the panels' axes stand above each other
        if panels:
            panel.toolbar_location = None
        _draw_parts(panel, parts, theme)
        if kept_step is not None:
            line = Span(location=kept_step, dimension="height", line_dash="dashed")
            line.line_color = palette(theme).muted
            panel.add_layout(line)
        panels.append(panel)
    return column(panels, sizing_mode="stretch_width")


def _draw_parts(
    panel: Any, parts: Mapping[str, tuple[FloatArray, FloatArray]], theme: Theme
) -> None:
    series, lines = palette(theme).series, []
    for number, (part, (steps, values)) in enumerate(parts.items()):
        colour, marker = series[number % len(series)]
        source = {"step": steps, "value": values, "part": np.full(len(steps), part)}
        look = {
            "line_color": colour,
            "line_dash": DASHES[number // len(series) % len(DASHES)],
            "legend_label": part,
        }
        if len(steps) > FEW_POINTS:
            lines.append(panel.line("step", "value", source=source, line_alpha=0.3, **look))
            panel.line(steps, _smooth(values), line_width=2, **look)
        else:
            lines.append(panel.line("step", "value", source=source, line_width=1.6, **look))
            panel.scatter(
                "step",
                "value",
                source=lines[-1].data_source,
                marker=marker,
                size=5,
                color=colour,
                legend_label=part,
            )
    # One tool for all lines: each costs as much as a line.
    add_hover(panel, lines, [("", "@part"), ("Step", "@step{0,0}"), ("Value", "@value{0.0000 a}")])
    panel.legend.visible = len(parts) > 1
    panel.legend.location = "top_right"


def _smooth(values: FloatArray) -> FloatArray:
    """Return running means, for the eye: at the ends over as many points as there are."""
    width = max(1, len(values) // SMOOTHED)
    window = np.ones(width)
    known = np.isfinite(values)
    total = np.convolve(np.where(known, values, 0.0), window, mode="same")
    count = np.convolve(known.astype(float), window, mode="same")
    return np.asarray(total / np.where(count > 0, count, np.nan))


def _scale(parts: Mapping[str, tuple[FloatArray, FloatArray]]) -> Scale:
    values = np.concatenate([each for _, each in parts.values()])
    values = values[np.isfinite(values)]
    positive = len(values) > 0 and values.min() > 0
    return "log" if positive and values.max() > DECADE * values.min() else "linear"
