"""The spectrum that a model makes of a point among its latents, and how it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.layouts import column
from bokeh.models import BoxZoomTool, ColumnDataSource, HoverTool, Legend, LegendItem, Range1d, Span
from bokeh.palettes import Viridis256

from starsieve.data.spectrum import FloatArray
from starsieve.plots.interactive.style import (
    Palette,
    Theme,
    as_json,
    hover_text,
    new_figure,
    palette,
)
from starsieve.plots.interactive.templates import Filled, Template

HEIGHT, CHANGE_HEIGHT = 300, 110
LEFT, RIGHT = 78, 14
"""Pixels beside the panels, so that they stand one below the other."""

WAVE_LABEL = "Wavelength at rest, in vacuum (µm)"
FLUX_LABEL = "Flux (median 1)"
ROOM = 0.08
"""Share of the range of the flux that is left free above and below."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedSpectra:
    """Spectra on the model's grid; arrays of shape (n_pixels,).

    Parameters
    ----------
    wave : array
        Micron.
    decoded : array
        Of the position; NaN where the model can't say.
    start : array
        Of where the sliders were at first.
    nearest : array, optional
        The nearest real spectrum.
    """

    wave: FloatArray
    decoded: FloatArray
    start: FloatArray
    nearest: FloatArray | None = None


def decoded_figure(theme: Theme, spectra: DecodedSpectra) -> Filled:
    """Draw the decoded spectrum over the one at the start and the nearest real one.

    Sources are called decoded, start, nearest and change (decoded less start); a page replaces
    their data as sliders move.
    """
    wave = spectra.wave
    nearest = np.full(len(wave), np.nan) if spectra.nearest is None else spectra.nearest
    low, high = flux_limits([spectra.decoded, spectra.start, nearest])
    change = spectra.decoded - spectra.start
    most = 0.5 * (high - low)
    edges = (float(wave[0]), float(wave[-1]))
    data = {
        "decoded": {"x": wave, "y": spectra.decoded},
        "start": {"x": wave, "y": spectra.start},
        "nearest": {"x": wave, "y": nearest},
        "change": {"x": wave, "y": change},
    }
    values = {
        "x": {"start": edges[0], "end": edges[1], "reset_start": edges[0], "reset_end": edges[1]},
        "y": {"start": low, "end": high, "reset_start": low, "reset_end": high},
        "change_y": {"start": -most, "end": most, "reset_start": -most, "reset_end": most},
    }
    return Filled(_template(theme), data, values)


def flux_limits(spectra: Sequence[FloatArray]) -> tuple[float, float]:
    """Return what an axis must show of spectra, with some room; 0 and 1 if nothing is known."""
    known = np.concatenate([each[np.isfinite(each)] for each in spectra])
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    room = ROOM * max(high - low, 1e-6)
    return low - room, high + room


def traversal_figure(
    theme: Theme, wave: FloatArray, values: FloatArray, flux: FloatArray, latent: str
) -> Filled:
    """Draw what one latent does while all others stay.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Micron.
    values : array, shape (n_steps,)
        Of the latent.
    flux : array, shape (n_steps, n_pixels)
    latent : str
        What it is called.
    """
    shades = np.linspace(235 if theme == "light" else 255, 20, len(values)).astype(int)
    lines = {
        "x": _column([wave.astype(np.float32)] * len(values)),
        "y": _column(list(flux.astype(np.float32))),
        "colour": np.array([Viridis256[shade] for shade in shades]),
        "value": np.array([f"{latent} = {each:.3g}" for each in values]),
    }
    low, high = flux_limits([flux])
    edges = (float(wave[0]), float(wave[-1]))
    labels = {f"step{n}": {"label": value(f"{each:.2g}")} for n, each in enumerate(values.tolist())}
    named: dict[str, dict[str, Any]] = {
        "x": {"start": edges[0], "end": edges[1], "reset_start": edges[0], "reset_end": edges[1]},
        "y": {"start": low, "end": high, "reset_start": low, "reset_end": high},
        "legend": {"title": latent},
    }
    return Filled(_traversal_template(theme, len(values)), {"lines": lines}, named | labels)


def _column(arrays: Sequence[Any]) -> Any:
    """Return arrays as a column of a source: one for each line."""
    column = np.empty(len(arrays), dtype=object)
    for number, each in enumerate(arrays):
        column[number] = each
    return column


@lru_cache(maxsize=8)
def _traversal_template(theme: Theme, n_steps: int) -> Template:
    figure = new_figure(
        theme, x_label=WAVE_LABEL, y_label=FLUX_LABEL, height=HEIGHT + 40,
        x_range=Range1d(name="x"), y_range=Range1d(name="y"),
    )  # fmt: skip
    figure.toolbar.active_drag = figure.select_one(BoxZoomTool)
    columns: dict[str, Any] = {"x": [], "y": [], "colour": [], "value": []}
    source = ColumnDataSource(columns, name="lines")
    lines = figure.multi_line("x", "y", source=source, line_color="colour", line_width=1.4)
    tips = hover_text(
        theme, [("", "@value"), ("wavelength", "$x{0.000} µm"), ("flux", "$y{0.000}")]
    )
    figure.add_tools(HoverTool(renderers=[lines], tooltips=tips))
    legend = Legend(orientation="horizontal", location="top_left", margin=0, spacing=10)
    legend.name, legend.click_policy = "legend", "none"
    legend.title_text_color, legend.title_text_font_style = palette(theme).ink, "normal"
    legend.items = [
        LegendItem(label="", renderers=[lines], index=number, name=f"step{number}")
        for number in range(n_steps)
    ]
    figure.add_layout(legend, "above")
    return Template.of(as_json(figure, theme))


@lru_cache(maxsize=2)
def _template(theme: Theme) -> Template:
    colours = palette(theme)
    x_range = Range1d(name="x")
    figure = _panel(theme, x_range, Range1d(name="y"), HEIGHT, "box_zoom,pan,wheel_zoom,reset,save")
    figure.toolbar.active_drag = figure.select_one(BoxZoomTool)
    figure.xaxis.visible = False
    figure.yaxis.axis_label = FLUX_LABEL
    legend = Legend(orientation="horizontal", location="top_left", margin=0, spacing=16)
    figure.add_layout(legend, "above")
    _draw_lines(figure, legend, colours, theme)
    change = _panel(theme, x_range, Range1d(name="change_y"), CHANGE_HEIGHT, "")
    change.xaxis.axis_label = WAVE_LABEL
    change.yaxis.axis_label = "Change"
    change.yaxis.ticker.desired_num_ticks = 4
    change.add_layout(Span(location=0, dimension="width", line_color=colours.muted, line_width=1))
    source = ColumnDataSource({"x": [], "y": []}, name="change")
    change.line("x", "y", source=source, line_color=colours.accent, line_width=1.2, level="overlay")
    layout = column(figure, change, sizing_mode="stretch_width", spacing=0)
    return Template.of(as_json(layout, theme))


def _draw_lines(figure: Any, legend: Legend, colours: Palette, theme: Theme) -> None:
    looks = {
        "nearest": (colours.muted, 1.0, "solid", "nearest real spectrum"),
        "start": (colours.series[0][0], 1.1, "dashed", "start"),
        "decoded": (colours.accent, 1.8, "solid", "decoded"),
    }
    for name, (colour, width, dash, words) in looks.items():
        source = ColumnDataSource({"x": [], "y": []}, name=name)
        line = figure.line(
            "x", "y", source=source, line_color=colour, line_width=width, line_dash=dash,
            level="overlay" if name == "decoded" else "glyph",  # what moves has a layer of its own
        )  # fmt: skip
        legend.items.insert(0, LegendItem(label=words, renderers=[line]))
        if name == "decoded":
            tips = hover_text(theme, [("wavelength", "@x{0.0000} µm"), ("flux", "@y{0.000}")])
            figure.add_tools(
                HoverTool(renderers=[line], mode="vline", tooltips=tips, line_policy="nearest")
            )


def _panel(theme: Theme, x_range: Range1d, y_range: Range1d, height: int, tools: str) -> Any:
    figure = new_figure(
        theme, x_label="", y_label="", height=height, x_range=x_range, y_range=y_range, tools=tools
    )
    figure.min_border_left, figure.min_border_right = LEFT, RIGHT
    figure.min_border_top, figure.min_border_bottom = 2, 4
    return figure
