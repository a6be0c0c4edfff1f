"""The forms that a figure of a spectrum can have, without its numbers."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bokeh.layouts import column
from bokeh.models import (
    BoxZoomTool,
    ColumnDataSource,
    FixedTicker,
    HoverTool,
    Legend,
    LegendItem,
    Range1d,
    Span,
)

from starsieve.plots.interactive.predicted import LEVELS
from starsieve.plots.interactive.style import (
    Palette,
    Theme,
    add_hover,
    as_json,
    new_figure,
    palette,
)
from starsieve.plots.interactive.templates import Template

HEIGHT = 420
ROW = 21
"""Pixels of a row of species."""

LEFT, RIGHT = 84, 14
"""Pixels beside the panels, so that they stand one below the other."""

N_OVERLAYS = 5
"""As many as have colours of their own beside the model's."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a figure of a spectrum consists of.

    Attributes
    ----------
    theme : "light" or "dark"
    sigma, smoothed, masked, model, bands, lanes : bool
        Whether there are errors, a line before smoothing, pixels that are not valid, a model with
        its residuals, bands of the predicted spectra, and rows that tell where species absorb.
    overlays : int
        Other spectra laid over it.
    """

    theme: Theme
    sigma: bool
    smoothed: bool
    masked: bool
    model: bool
    bands: bool
    overlays: int
    lanes: bool


@lru_cache(maxsize=64)
def template(form: Form) -> Template:
    """Return a figure that waits for its numbers.

    Sources are called observed, unsmoothed, masked, model, predicted, overlay0 ..., tellurics,
    unfitted, guides, bands and lines; the ranges x, y and rows; the axes x_axis, y_axis and
    row_axis.
    """
    colours = palette(form.theme)
    x_range = Range1d(name="x", bounds=None)
    main = _main(form, colours, x_range)
    panels = [main]
    if form.lanes:
        panels.insert(0, _lanes(form.theme, x_range))
    if form.model:
        panels.append(_residuals(form.theme, colours, x_range))
        main.xaxis.visible = False
    panels[-1].xaxis.name = "x_axis"
    layout = column(*panels, sizing_mode="stretch_width", spacing=0)
    return Template.of(as_json(layout, form.theme))


def _main(form: Form, colours: Palette, x_range: Range1d) -> Any:
    figure = _panel(form.theme, x_range, Range1d(name="y"), HEIGHT, "pan,wheel_zoom,reset,save")
    figure.yaxis.name = "y_axis"
    zoom = BoxZoomTool(dimensions="auto")
    figure.add_tools(zoom)
    figure.toolbar.active_drag = zoom
    legend = Legend(orientation="horizontal", location="top_left", margin=0, spacing=16)
    figure.add_layout(legend, "above")
    _shade(figure, colours, form.model)
    guides = ColumnDataSource({"x": []}, name="guides")
    figure.vspan("x", source=guides, line_color=colours.accent, line_alpha=0.45, line_dash="dotted")
    observed = ColumnDataSource({key: [] for key in _columns(form)}, name="observed")
    bands = _draw_bands(figure, colours) if form.bands else []
    if form.sigma:
        band = figure.varea(
            "x", "low", "high", source=observed, fill_color=colours.muted, fill_alpha=0.35
        )
        legend.items.append(LegendItem(label="±1σ", renderers=[band]))
    _draw_others(figure, legend, form, colours)
    line = figure.line("x", "y", source=observed, line_color=colours.ink, line_width=1.2)
    name = "smoothed" if form.smoothed else "observed"
    legend.items.append(LegendItem(label=name, renderers=[line]))
    if form.model:
        _draw_model(figure, legend, colours)
    if bands:
        legend.items.append(LegendItem(label="68, 95 % predicted", renderers=bands))
    hover = HoverTool(renderers=[line], mode="vline", line_policy="nearest", name="hover")
    figure.add_tools(hover)
    return figure


def _columns(form: Form) -> tuple[str, ...]:
    errors = ("low", "high", "snr") if form.sigma else ()
    return ("x", "y", *errors, *(("residual",) if form.model else ()))


def _panel(theme: Theme, x_range: Range1d, y_range: Range1d, height: int, tools: str = "") -> Any:
    figure = new_figure(
        theme, x_label="", y_label="", height=height, x_range=x_range, y_range=y_range, tools=tools
    )
    figure.min_border_left = LEFT
    figure.min_border_right = RIGHT
    figure.min_border_top = 2
    figure.min_border_bottom = 4
    return figure


def _shade(figure: Any, colours: Palette, model: bool) -> None:
    """Shade the air's bands and, hatched, what was not fitted."""
    air = ColumnDataSource({"x0": [], "x1": []}, name="tellurics")
    figure.vstrip("x0", "x1", source=air, fill_color=colours.pale, line_color=None)
    if model:
        unfitted = ColumnDataSource({"x0": [], "x1": []}, name="unfitted")
        figure.vstrip(
            "x0", "x1", source=unfitted, fill_color=None, line_color=None, hatch_alpha=0.22,
            hatch_pattern="right_diagonal_line", hatch_color=colours.muted, hatch_weight=0.5,
        )  # fmt: skip


def _draw_others(figure: Any, legend: Legend, form: Form, colours: Palette) -> None:
    """Draw what lies behind the spectrum: itself before smoothing, masked pixels, neighbours."""
    if form.smoothed:
        raw = ColumnDataSource({"x": [], "y": []}, name="unsmoothed")
        line = figure.line("x", "y", source=raw, line_color=colours.muted, line_alpha=0.55)
        legend.items.append(LegendItem(label="unsmoothed", renderers=[line]))
    if form.masked:
        masked = ColumnDataSource({"x": [], "y": []}, name="masked")
        marks = figure.scatter(
            "x", "y", source=masked, marker="x", size=5, line_color=colours.muted, line_alpha=0.7
        )
        legend.items.append(LegendItem(label="masked", renderers=[marks]))
    dashes = ("solid", "dashed", "dotdash", "dotted", "dashdot")
    shades = [colour for colour, _ in colours.series if colour != colours.accent]
    for number in range(form.overlays):
        source = ColumnDataSource({"x": [], "y": []}, name=f"overlay{number}")
        line = figure.line(
            "x", "y", source=source, line_color=shades[number], line_dash=dashes[number],
            line_width=1.2, line_alpha=0.9,
        )  # fmt: skip
        item = LegendItem(label="", renderers=[line], name=f"overlay{number}_label")
        legend.items.append(item)


def _draw_bands(figure: Any, colours: Palette) -> list[Any]:
    """Draw where predicted spectra lie, the wider band below the narrower one."""
    ends = {level: (f"low{level}", f"high{level}") for level in LEVELS}
    names = [name for pair in ends.values() for name in pair]
    source = ColumnDataSource({name: [] for name in ("x", *names)}, name="predicted")
    return [
        figure.varea(
            "x", low, high, source=source, fill_color=colours.accent, fill_alpha=LEVELS[level]
        )
        for level, (low, high) in ends.items()
    ]


def _draw_model(figure: Any, legend: Legend, colours: Palette) -> None:
    """Draw the model, faint where it was not compared with anything."""
    source = ColumnDataSource({"x": [], "y": [], "used": [], "residual": []}, name="model")
    faint = figure.line("x", "y", source=source, line_color=colours.accent, line_alpha=0.4)
    line = figure.line("x", "used", source=source, line_color=colours.accent, line_width=1.7)
    legend.items.append(LegendItem(label="best fit", renderers=[line, faint]))


def _lanes(theme: Theme, x_range: Range1d) -> Any:
    """Return rows above the spectrum, one for each species, with its bands and lines."""
    figure = _panel(theme, x_range, Range1d(name="rows"), ROW)
    figure.name = "lanes"
    figure.xaxis.visible = False
    figure.xgrid.visible = figure.ygrid.visible = False
    figure.outline_line_color = None
    figure.yaxis.ticker = FixedTicker(ticks=[], name="row_ticks")
    figure.yaxis.name = "row_axis"
    figure.yaxis.major_tick_line_color = None
    words: dict[str, list[str]] = {"title": [], "where": [], "source": [], "colour": []}
    bands = ColumnDataSource({"x0": [], "x1": [], "row": [], **words}, name="bands")
    bars = figure.hbar(
        "row", left="x0", right="x1", height=0.5, source=bands, fill_color="colour",
        fill_alpha=0.6, line_color=None,
    )  # fmt: skip
    lines = ColumnDataSource({"x": [], "row": [], **words}, name="lines")
    ticks = figure.scatter(
        "x", "row", source=lines, marker="dash", angle=1.5707963, size=14, line_width=2,
        line_color="colour",
    )  # fmt: skip
    add_hover(figure, [bars, ticks], [("", "@title"), ("at", "@where"), ("source", "@source")])
    return figure


def _residuals(theme: Theme, colours: Palette, x_range: Range1d) -> Any:
    """Return the panel below the spectrum; its source is the model's, under another name."""
    figure = _panel(theme, x_range, Range1d(name="left"), 130)
    figure.yaxis.axis_label = "Residual (σ)"
    figure.yaxis.ticker.desired_num_ticks = 4
    figure.hstrip(y0=-1, y1=1, fill_color=colours.pale, line_color=None)
    zero = Span(location=0, dimension="width", line_color=colours.accent, line_width=1)
    figure.add_layout(zero)
    source = ColumnDataSource({"x": [], "y": []}, name="residuals")
    figure.step(
        "x", "y", source=source, mode="center", line_color=colours.series[0][0], line_width=1
    )
    return figure
