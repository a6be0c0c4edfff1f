"""One look for the figures of pages, light and dark, and the JSON that a page embeds.

A figure costs about 0.4 ms for each model that it is made of, whatever it shows: share sources,
draw many lines by one glyph (`multi_line`, `segment`, `ray`, `quad`, `text`), leave tools out. What
takes longer than 40 ms even so is built once and filled anew: `templates`. The look is a theme, so
that no figure sets colours of axes, grids, legends and titles one by one.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import bokeh
from bokeh.document import Document
from bokeh.model import Model
from bokeh.models import HoverTool, Range1d
from bokeh.plotting import figure as bokeh_figure
from bokeh.themes import Theme as BokehTheme

from starsieve.plots.interactive.templates import Filled
from starsieve.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION

Theme = Literal["light", "dark"]
Scale = Literal["linear", "log"]
Bounds = tuple[float, float]

YELLOW = "#F0E442"
FONT = "system-ui, sans-serif"
TOOLS = "box_zoom,pan,wheel_zoom,reset,save"
"""Dragging zooms; the wheel scrolls the page until a reader asks for it to zoom."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme.

    Attributes
    ----------
    surface : str
        What figures stand on; the same as of the page's panels.
    ink, muted, grid, pale : str
        Data and text; what matters less; lines of the grid; bands and other areas.
    accent : str
        What is to be compared with the data, such as a model or a query.
    series : tuple of (str, str)
        Colour and marker of each series, so that none is told by its colour alone.
    """

    surface: str
    ink: str
    muted: str
    grid: str
    pale: str
    accent: str
    series: tuple[tuple[str, str], ...]


PALETTES: Mapping[Theme, Palette] = {
    "light": Palette(
        surface="#FFFFFF", ink=BLACK, muted="#5C636E", grid="#E3E5E8", pale="#ECEEF1",
        accent=VERMILLION,
        series=(
            (BLUE, "circle"), (VERMILLION, "square"), (GREEN, "triangle"),
            (PURPLE, "diamond"), (ORANGE, "inverted_triangle"), (SKY, "plus"),
        ),
    ),
    "dark": Palette(
        surface="#14171C", ink="#E6E8EB", muted="#9BA3AF", grid="#2A2F37", pale="#22272E",
        accent=ORANGE,
        series=(
            (SKY, "circle"), (ORANGE, "square"), ("#2FC59B", "triangle"),
            (PURPLE, "diamond"), (YELLOW, "inverted_triangle"), ("#F08A4B", "plus"),
        ),
    ),
}  # fmt: skip
"""Colours after Okabe & Ito (2008); in the dark, those that stand out, and lighter ones."""


def palette(theme: Theme) -> Palette:
    """Return the colours of a theme."""
    return PALETTES[theme]


def new_figure(
    theme: Theme,
    *,
    x_label: str,
    y_label: str,
    height: int = 420,
    x_range: Bounds | Model | None = None,
    y_range: Bounds | Model | None = None,
    x_scale: Scale = "linear",
    y_scale: Scale = "linear",
    title: str = "",
    tools: str = TOOLS,
) -> Any:
    """Return an empty figure as wide as its place in the page.

    Parameters
    ----------
    theme : "light" or "dark"
        The one that `as_json` is given.
    x_label, y_label : str
        With units, as in "Wavelength (µm)".
    height : int
        Pixels.
    x_range, y_range : (float, float) or a range of another figure, optional
        First view; a range that is shared moves both figures. All the data by default.
    x_scale, y_scale : "linear" or "log"
    title : str
        Said by the page's caption as a rule, which screen readers know.
    tools : str
        Bokeh's names.

    Returns
    -------
    bokeh.plotting.figure
    """
    made = bokeh_figure(
        height=height,
        sizing_mode="stretch_width",
        x_axis_label=x_label,
        y_axis_label=y_label,
        x_axis_type=x_scale,
        y_axis_type=y_scale,
        tools=tools,
        active_drag="box_zoom" if "box_zoom" in tools else "auto",
        active_scroll=None,
        toolbar_location="above" if tools else None,
        **_range("x_range", x_range),
        **_range("y_range", y_range),
        **({"title": title} if title else {}),
    )
    made.toolbar.logo = None
    made.tags = [theme]
    made.background_fill_color = made.border_fill_color = palette(theme).surface
    return made


def _range(name: str, given: Bounds | Model | None) -> dict[str, Any]:
    if given is None:
        return {}
    return {name: given if isinstance(given, Model) else Range1d(*map(float, given))}


def add_hover(
    figure: Any, renderers: Sequence[Model], rows: Sequence[tuple[str, str]], mode: str = "mouse"
) -> None:
    """Show values of the point under the pointer.

    Parameters
    ----------
    figure : bokeh.plotting.figure
        Of `new_figure`.
    renderers : sequence of renderers
    rows : sequence of (str, str)
        What is shown and from which column, with its unit: ("Wavelength", "@wave{0.0000} µm").
    mode : "mouse" or "vline"
        "vline": of the point above or below the pointer, as is handy for a line.
    """
    text = hover_text(figure.tags[0], rows)
    figure.add_tools(HoverTool(renderers=list(renderers), tooltips=text, mode=mode))


def hover_text(theme: Theme, rows: Sequence[tuple[str, str]]) -> str:
    """Return rows as in `add_hover` as Bokeh's template, in the colours of a theme.

    Names and formats are those of programs; values from columns are escaped by Bokeh.
    """
    colours = palette(theme)
    lines = "".join(
        f'<div><span style="color:{colours.muted}">{name}</span> {value}</div>' if name
        else f"<div><b>{value}</b></div>"
        for name, value in rows
    )  # fmt: skip
    style = (
        f"margin:-5px;padding:5px 8px;background:{colours.surface};color:{colours.ink};"
        f"font:12px/1.45 {FONT};font-variant-numeric:tabular-nums"
    )
    return f'<div style="{style}">{lines}</div>'


def plain_words(text: str) -> str:
    """Return words of others, such as a unit in a file, as `hover_text` may hold them."""
    return html.escape(text).replace("@", "&#64;").replace("$", "&#36;")


def as_json(model: Model | Filled, theme: Theme) -> dict[str, Any]:
    """Return what a page embeds by ``Bokeh.embed.embed_item``.

    Parameters
    ----------
    model : bokeh.model.Model or Filled
        A figure or a layout, which belongs to no document afterwards; or a template and its
        numbers.
    theme : "light" or "dark"
        The one that the figure was made for.

    Returns
    -------
    dict
        To be written as JSON. Arrays are in it as base64.
    """
    if isinstance(model, Filled):
        return model.to_item()
    document = Document(theme=_bokeh_theme(theme))
    document.add_root(model)
    # Bokeh's json_item does the same by way of two more changes of the theme, in twice the time.
    item = {
        "target_id": None,
        "root_id": model.id,
        "doc": document.to_json(deferred=False),
        "version": bokeh.__version__,
    }
    document.clear()
    return item


def bokeh_files() -> Path:
    """Return the folder with BokehJS, as installed: ``js/bokeh.min.js`` and others."""
    return Path(bokeh.__file__).parent / "server" / "static"


@cache
def _bokeh_theme(theme: Theme) -> BokehTheme:
    colours = palette(theme)
    text = {"font": FONT, "color": colours.ink}
    return BokehTheme(
        json={
            "attrs": {
                "Plot": {
                    "outline_line_color": colours.muted,
                    "outline_line_alpha": 0.5,
                    "output_backend": "canvas",
                },
                "Axis": {
                    "axis_line_color": None,
                    "major_tick_line_color": colours.muted,
                    "minor_tick_line_color": None,
                    **_text("major_label", text, "12px"),
                    **_text("axis_label", text, "13px"),
                },
                "Grid": {"grid_line_color": colours.grid},
                "Legend": {
                    "background_fill_color": colours.surface,
                    "background_fill_alpha": 0.85,
                    "border_line_color": None,
                    "padding": 4,
                    "spacing": 2,
                    "click_policy": "hide",
                    **_text("label", text, "12px"),
                },
                "BaseColorBar": {
                    "background_fill_color": colours.surface,
                    "major_tick_line_color": colours.muted,
                    **_text("title", text, "12px"),
                    **_text("major_label", text, "12px"),
                },
                "Title": {
                    "text_color": colours.ink,
                    "text_font": text["font"],
                    "text_font_size": "14px",
                },
            }
        }
    )


def _text(of: str, text: Mapping[str, str], size: str) -> dict[str, str]:
    """Return the properties of one kind of text; no label leans."""
    return {
        f"{of}_text_color": text["color"],
        f"{of}_text_font": text["font"],
        f"{of}_text_font_size": size,
        f"{of}_text_font_style": "normal",
    }
