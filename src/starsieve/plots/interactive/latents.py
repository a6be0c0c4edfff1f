"""The map of a latent space: spectra one by one, or their density where they are many."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from bokeh.models import (
    BoxSelectTool,
    BoxZoomTool,
    ColorBar,
    ColumnDataSource,
    HoverTool,
    Legend,
    LegendItem,
    LinearColorMapper,
    LogColorMapper,
    Range1d,
)
from bokeh.palettes import Blues256, Cividis256, Viridis256
from bokeh.transform import transform

from starsieve.data.spectrum import FloatArray
from starsieve.plots.interactive.style import (
    Palette,
    Theme,
    as_json,
    hover_text,
    new_figure,
    palette,
)
from starsieve.plots.interactive.templates import Filled, Template, encode_columns

IntArray = npt.NDArray[np.int64]

HEIGHT = 400
TOOLS = "box_zoom,pan,wheel_zoom,reset,save"
STEPS = 2**14
"""Along a window, of a point's place and colour: finer ones cannot be seen, and take longer."""

SIZES = ((500, 8.0), (3_000, 6.0), (15_000, 4.0))
"""Up to so many points are drawn so large; more are smaller."""

SMALLEST = 3.0


@dataclass(frozen=True, slots=True)
class MapLook:
    """Axes and colour of a map.

    Parameters
    ----------
    x_label, y_label : str
        With units.
    window : (float, float, float, float)
        The first view: x low, x high, y low, y high.
    colour_label : str
        What colours, with its unit; ``""`` if nothing does.
    colour_range : (float, float)
        Values of the ends of the colour scale.
    """

    x_label: str
    y_label: str
    window: tuple[float, float, float, float]
    colour_label: str = ""
    colour_range: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class MapPoints:
    """Spectra of a window, one by one; arrays of shape (n,).

    Parameters
    ----------
    x, y : arrays
    ids : array of int
        Their numbers in the archive.
    colour : array, optional
        NaN where not known.
    """

    x: FloatArray
    y: FloatArray
    ids: IntArray
    colour: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MapDensity:
    """Spectra of a window as a density; arrays of shape (n_y, n_x).

    Parameters
    ----------
    window : (float, float, float, float)
        What it covers.
    counts : array of int
    colour : array, optional
        Mean or median of what colours in each cell; NaN where not known.
    """

    window: tuple[float, float, float, float]
    counts: IntArray
    colour: FloatArray | None = None


Shown = MapPoints | MapDensity


def map_figure(
    theme: Theme,
    look: MapLook,
    shown: Shown,
    outliers: MapPoints | None = None,
    here: tuple[float, float] | None = None,
) -> Filled:
    """Draw a map of latents.

    Parameters
    ----------
    theme : "light" or "dark"
    look : MapLook
    shown : MapPoints or MapDensity
    outliers : MapPoints, optional
        Spectra to point out.
    here : (float, float), optional
        A position to mark.

    Returns
    -------
    Filled
        For `style.as_json`. Sources are called points, density, near, outliers and here; ranges x
        and y. A page moves on by `map_patch`.
    """
    x_low, x_high, y_low, y_high = look.window
    low, high = look.colour_range
    coloured = bool(look.colour_label)
    data, values = _contents(shown, look)
    values["outliers_item"] = {"visible": outliers is not None}
    if here is not None:
        data["here"] = {"x": np.array([here[0]]), "y": np.array([here[1]])}
    if outliers is not None:
        data["outliers"] = {"x": outliers.x, "y": outliers.y, "id": outliers.ids}
    ends: dict[str, dict[str, Any]] = {
        "x": {"start": x_low, "end": x_high, "reset_start": x_low, "reset_end": x_high},
        "y": {"start": y_low, "end": y_high, "reset_start": y_low, "reset_end": y_high},
        "x_axis": {"axis_label": look.x_label},
        "y_axis": {"axis_label": look.y_label},
    }
    if coloured:
        ends["scale"] = {"low": low, "high": high}
        ends["bar"] = {"title": look.colour_label}
    for name, properties in ends.items():
        values[name] = values.get(name, {}) | properties
    return Filled(_template(theme, coloured), data, values)


def map_patch(look: MapLook, shown: Shown) -> dict[str, Any]:
    """Return what changes in a map when its window does: data of sources, values of models.

    A page hands it to BokehJS's ``Document.apply_json_patch``.
    """
    data, values = _contents(shown, look)
    return {
        "data": {name: encode_columns(columns) for name, columns in data.items()},
        "values": values,
    }


def _contents(
    shown: Shown, look: MapLook
) -> tuple[dict[str, Mapping[str, npt.NDArray[Any]]], dict[str, dict[str, Any]]]:
    """Return the data of the points and of the density, one of which is empty."""
    coloured = bool(look.colour_label)
    nothing = np.empty(0, np.float32)
    points = {"x": nothing, "y": nothing, "id": np.empty(0, np.int32), "colour": nothing}
    density = {"x": nothing, "y": nothing, "dw": nothing, "dh": nothing}
    images: list[FloatArray] = []
    counts: list[FloatArray] = []
    values: dict[str, dict[str, Any]] = {}
    if isinstance(shown, MapPoints):
        points = _points(shown, look)
        values["dots"] = {"size": _size(len(shown.x))}
    else:
        x_low, x_high, y_low, y_high = shown.window
        known = (x_low, y_low, x_high - x_low, y_high - y_low)
        density = {n: np.array([v]) for n, v in zip(density, known, strict=True)}
        counts = [np.where(shown.counts > 0, shown.counts, np.nan).astype(np.float32)]
        images = counts if shown.colour is None else [shown.colour.astype(np.float32)]
        if not coloured:
            values["scale"] = {"low": 1.0, "high": max(2.0, float(shown.counts.max()))}
    if not coloured:
        values["bar"] = {"visible": bool(images)}
    arrays = {"image": _stack(images), "count": _stack(counts)}
    return {"points": points, "density": density | arrays}, values


def _points(shown: MapPoints, look: MapLook) -> dict[str, npt.NDArray[Any]]:
    x_low, x_high, y_low, y_high = look.window
    low, high = look.colour_range
    colour = np.full(len(shown.x), np.nan) if shown.colour is None else shown.colour
    return {
        "x": _coarse(shown.x, x_high - x_low),
        "y": _coarse(shown.y, y_high - y_low),
        "id": shown.ids.astype(np.int32),
        "colour": _coarse(colour, high - low),
    }


def _coarse(values: FloatArray, width: float) -> npt.NDArray[np.float32]:
    """Return values to a part in `STEPS` of a width: short binary numbers, which compress well."""
    step = 2.0 ** np.floor(np.log2(max(width, 1e-30) / STEPS))
    return np.asarray(np.round(values / step) * step, np.float32)


def _size(n_points: int) -> float:
    return next((size for most, size in SIZES if n_points <= most), SMALLEST)


def _stack(images: list[FloatArray]) -> npt.NDArray[Any]:
    """Return images as a column of a source: an array of arrays, not one of three dimensions."""
    column = np.empty(len(images), dtype=object)
    for number, image in enumerate(images):
        column[number] = image
    return column


@lru_cache(maxsize=8)
def _template(theme: Theme, coloured: bool) -> Template:
    colours = palette(theme)
    figure = new_figure(
        theme, x_label="", y_label="", height=HEIGHT, x_range=Range1d(name="x"),
        y_range=Range1d(name="y"), tools=TOOLS,
    )  # fmt: skip
    figure.name = "map"
    figure.toolbar.active_drag = figure.select_one(BoxZoomTool)
    figure.xaxis.name, figure.yaxis.name = "x_axis", "y_axis"
    figure.lod_threshold = 20_000
    mapper = _mapper(theme, coloured)
    density = _draw_density(figure, mapper)
    dots = _draw_points(figure, mapper if coloured else None, colours)
    what = [("", "@count spectra"), *([("", "@image{0.[000]}")] * coloured)]
    _hover(figure, theme, [density], what)
    rows = [("spectrum", "@id"), *([("", "@colour{0.[000]}")] * coloured)]
    _hover(figure, theme, [dots], rows)
    _draw_marks(figure, theme, colours)
    title = {} if coloured else {"title": "Spectra in a cell"}
    bar = ColorBar(color_mapper=mapper, name="bar", width=10, padding=6, label_standoff=6, **title)
    bar.background_fill_color = colours.surface
    figure.add_layout(bar, "right")
    figure.add_tools(BoxSelectTool(name="select", renderers=[]))
    return Template.of(as_json(figure, theme))


def _mapper(theme: Theme, coloured: bool) -> LinearColorMapper | LogColorMapper:
    """Return colours of values, or of counts: the more, the further from the ground."""
    clear = "rgba(0, 0, 0, 0)"
    if coloured:
        shades = Viridis256[:240] if theme == "light" else Viridis256[16:]
        return LinearColorMapper(palette=shades, low=0, high=1, nan_color=clear, name="scale")
    shades = Blues256[:225][::-1] if theme == "light" else Cividis256[40:]
    return LogColorMapper(palette=shades, low=1, high=2, nan_color=clear, name="scale")


def _draw_density(figure: Any, mapper: Any) -> Any:
    columns = ("x", "y", "dw", "dh", "image", "count")
    source = ColumnDataSource({name: [] for name in columns}, name="density")
    return figure.image(
        image="image", x="x", y="y", dw="dw", dh="dh", source=source, color_mapper=mapper
    )


def _draw_points(figure: Any, mapper: Any, colours: Palette) -> Any:
    source = ColumnDataSource({name: [] for name in ("x", "y", "id", "colour")}, name="points")
    fill: Any = colours.series[0][0]
    if mapper is not None:
        # those of which the value is not known lie below, and are grey
        below = figure.scatter("x", "y", source=source, size=3, color=colours.muted, alpha=0.35)
        below.nonselection_glyph = None
        fill = transform("colour", mapper)
    dots = figure.scatter(
        "x", "y", source=source, size=5, fill_color=fill, fill_alpha=0.8, line_color=None
    )
    dots.glyph.name = "dots"
    dots.nonselection_glyph = None
    return dots


def _draw_marks(figure: Any, theme: Theme, colours: Palette) -> None:
    """Draw where the sliders are, the real spectra nearest to it, and outliers."""
    marks = {
        "outliers": ("triangle", 10, colours.series[3][0], "outliers"),
        "near": ("circle", 13, colours.ink, "nearest spectra"),
        "here": ("cross", 20, colours.accent, "position of the sliders"),
    }
    legend = Legend(orientation="horizontal", location="top_left", margin=0, spacing=14)
    for name, (marker, size, colour, words) in marks.items():
        # The legend is drawn once, and draws a mark only if there is one, be it nowhere.
        source = ColumnDataSource({"x": [np.nan], "y": [np.nan], "id": [-1]}, name=name)
        drawn = figure.scatter(
            "x", "y", source=source, marker=marker, size=size, line_color=colour, fill_color=None,
            line_width=3 if name == "here" else 1.6,
            level="overlay",  # a layer of its own: what moves does not draw the map again
        )  # fmt: skip
        if name != "here":
            _hover(figure, theme, [drawn], [(words, "@id")])
        legend.items.append(LegendItem(label=words, renderers=[drawn], name=f"{name}_item"))
    legend.items.reverse()
    figure.add_layout(legend, "above")


def _hover(figure: Any, theme: Theme, renderers: list[Any], rows: list[tuple[str, str]]) -> None:
    tips = hover_text(theme, rows)
    figure.add_tools(HoverTool(renderers=renderers, tooltips=tips, visible=False))
