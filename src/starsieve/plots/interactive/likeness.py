"""A spectrum and one that is like it, as they were compared, and what is left between them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from bokeh.core.properties import value
from bokeh.layouts import column
from bokeh.models import (
    BasicTicker,
    BoxZoomTool,
    ColumnDataSource,
    HoverTool,
    Legend,
    LegendItem,
    Range1d,
    Span,
)

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.plots.interactive.decoded import flux_limits
from starsieve.plots.interactive.style import (
    Palette,
    Theme,
    as_json,
    hover_text,
    new_figure,
    palette,
)
from starsieve.plots.interactive.templates import Filled, Template
from starsieve.stats import envelope

HEIGHT, REST_HEIGHT = 200, 90
LEFT, RIGHT = 62, 12
"""Pixels beside the panels, so that they stand one below the other."""

MANY = 4_000
MAX_TITLE = 40
LEAST_REST = 3.5
"""Sigma that the panel of differences shows at least."""

MOST_REST = 12.0


class Compared(Protocol):
    """A query and a neighbour on one grid; arrays of shape (n_pixels,)."""

    @property
    def wave(self) -> FloatArray: ...
    @property
    def flux(self) -> FloatArray: ...
    @property
    def model(self) -> FloatArray: ...
    @property
    def weight(self) -> FloatArray: ...
    @property
    def valid(self) -> BoolArray: ...


def likeness_figure(
    compared: Compared,
    theme: Theme,
    names: tuple[str, str],
    ranges: Sequence[tuple[float, float]] = (),
) -> Filled:
    """Draw a query and a neighbour, normalised, and their difference over what is expected of it.

    Parameters
    ----------
    compared : Compared
        As `representations.differences.Overlay`.
    theme : "light" or "dark"
    names : (str, str)
        Of the query and of the neighbour.
    ranges : sequence of (float, float)
        Vacuum micron: where the two differ most.

    Returns
    -------
    Filled
        For `style.as_json`.
    """
    good = compared.valid
    flux = np.where(good, compared.flux, np.nan)
    model = np.where(good, compared.model, np.nan)
    rest = np.where(good, (compared.flux - compared.model) * np.sqrt(compared.weight), np.nan)
    shown = np.union1d(envelope(compared.flux, good, MANY), envelope(compared.model, good, MANY))
    inside = compared.wave[good] if good.any() else compared.wave
    low, high = flux_limits([flux, model])
    sizes = np.abs(rest[good])
    limit = 1.1 * float(np.clip(sizes.max(initial=0.0), LEAST_REST, MOST_REST))
    edges = np.array(ranges, dtype=np.float64).reshape(-1, 2)
    data = {
        "compared": {
            "x": compared.wave[shown],
            "query": flux[shown],
            "neighbour": model[shown],
            "rest": rest[shown],
        },
        "differing": {"x0": edges[:, 0], "x1": edges[:, 1]},
    }
    values: dict[str, dict[str, Any]] = {
        "x": _range(float(inside[0]), float(inside[-1])),
        "y": _range(low, high),
        "rest_y": _range(-limit, limit),
    }
    for place, name in zip(("query_label", "neighbour_label"), names, strict=True):
        values[place] = {"label": value(" ".join(name.split())[:MAX_TITLE])}
    return Filled(_template(theme), data, values)


def _range(low: float, high: float) -> dict[str, float]:
    return {"start": low, "end": high, "reset_start": low, "reset_end": high}


@lru_cache(maxsize=2)
def _template(theme: Theme) -> Template:
    colours = palette(theme)
    x_range = Range1d(name="x")
    source = ColumnDataSource({"x": [], "query": [], "neighbour": [], "rest": []}, name="compared")
    differing = ColumnDataSource({"x0": [], "x1": []}, name="differing")
    main = _panel(theme, x_range, "y", "Flux (normalised)", HEIGHT, "pan,wheel_zoom,reset,save")
    zoom = BoxZoomTool(dimensions="auto")
    main.add_tools(zoom)
    main.toolbar.active_drag = zoom
    main.xaxis.visible = False
    rest = _panel(theme, x_range, "rest_y", "Rest (σ)", REST_HEIGHT, "")
    rest.xaxis.axis_label = "Wavelength in vacuum (µm)"
    rest.yaxis.ticker = BasicTicker(desired_num_ticks=3)
    rest.ygrid.ticker = rest.yaxis[0].ticker
    for figure in (main, rest):
        figure.vstrip(
            "x0", "x1", source=differing, fill_color=colours.accent, fill_alpha=0.13,
            line_color=None,
        )  # fmt: skip
    _draw(main, source, theme, colours)
    rest.line("x", "rest", source=source, line_color=colours.muted, line_width=1)
    rest.add_layout(Span(location=0, dimension="width", line_color=colours.ink, line_width=0.8))
    layout = column(main, rest, sizing_mode="stretch_width", spacing=0)
    return Template.of(as_json(layout, theme))


def _draw(figure: Any, source: ColumnDataSource, theme: Theme, colours: Palette) -> None:
    legend = Legend(orientation="horizontal", location="top_left", margin=0, spacing=16)
    figure.add_layout(legend, "above")
    query = figure.line("x", "query", source=source, line_color=colours.ink, line_width=1.3)
    other = figure.line(
        "x", "neighbour", source=source, line_color=colours.accent, line_width=1.3, line_alpha=0.9
    )
    for name, line in (("query", query), ("neighbour", other)):
        legend.items.append(LegendItem(label="", renderers=[line], name=f"{name}_label"))
    rows = [
        ("wavelength", "@x{0.0000} µm"),
        ("query", "@query{0.000}"),
        ("neighbour", "@neighbour{0.000}"),
        ("difference", "@rest{0.0} σ"),
    ]
    tips = hover_text(theme, rows)
    figure.add_tools(HoverTool(renderers=[query], tooltips=tips, mode="vline"))


def _panel(theme: Theme, x_range: Range1d, y_name: str, label: str, height: int, tools: str) -> Any:
    figure = new_figure(
        theme, x_label="", y_label=label, height=height, x_range=x_range,
        y_range=Range1d(name=y_name), tools=tools,
    )  # fmt: skip
    figure.min_border_left, figure.min_border_right = LEFT, RIGHT
    figure.min_border_top, figure.min_border_bottom = 2, 4
    return figure
