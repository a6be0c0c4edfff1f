"""Chi-square over a parameter and the radius, with its value under the pointer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import ColorBar, LinearColorMapper
from bokeh.palettes import Blues256
from bokeh.plotting.contour import contour_data

from starsieve.data.labels import get_label, plain_symbol
from starsieve.data.spectrum import FloatArray
from starsieve.plots.interactive.style import Theme, add_hover, new_figure
from starsieve.plots.posteriors import axis_unit
from starsieve.plots.radius_map import DEEPEST, SHARES, ChiSquareMap, rise_words
from starsieve.plots.style import BLACK, ORANGE

HEIGHT = 460
SHADES = Blues256[30:-12]
DASHES = ("solid", "dashed")


def radius_map_figure(
    found: ChiSquareMap,
    levels: Sequence[float],
    theme: Theme,
    posterior: FloatArray | None = None,
) -> Any:
    """Draw chi-square over a parameter and the radius.

    Parameters
    ----------
    found, levels, posterior
        As of `starsieve.plots.radius_map.plot_radius_map`.
    theme : "light" or "dark"
    """
    symbol = plain_symbol(found.label)
    figure = new_figure(
        theme,
        x_label=symbol + axis_unit(found.label),
        y_label="Radius (R_Jup)",
        height=HEIGHT,
        x_range=(found.values[0], found.values[-1]),
        y_range=(found.radius[0], found.radius[-1]),
    )
    shown = _draw_cells(figure, found)
    _draw_contours(figure, found, levels)
    _draw_marks(figure, found, posterior)
    rows = [
        (symbol, f"$x{{{_digits(found.label)}}} {get_label(found.label).unit.partition('(')[0]}"),
        ("radius", "$y{0.000} R_Jup"),
        ("χ² above the least", "@image{0.0}"),
    ]
    add_hover(figure, [shown], [(name, value.rstrip()) for name, value in rows])
    figure.legend.background_fill_color, figure.legend.label_text_color = "white", BLACK
    return figure


def _digits(name: str) -> str:
    return ("0." + "0" * get_label(name).digits).rstrip(".")


def _draw_cells(figure: Any, found: ChiSquareMap) -> Any:
    """Draw how far chi-square rises, in colours."""
    figure.xgrid.visible = figure.ygrid.visible = False
    mapper = LinearColorMapper(palette=SHADES, low=0.0, high=DEEPEST)
    x, y = found.values, found.radius
    step_x, step_y = float(x[1] - x[0]), float(y[1] - y[0])
    shown = figure.image(
        image=[found.rise.T], x=x[0] - step_x / 2, y=y[0] - step_y / 2,
        dw=step_x * len(x), dh=step_y * len(y), color_mapper=mapper, level="image",
    )  # fmt: skip
    figure.add_layout(ColorBar(color_mapper=mapper, title=rise_words(found)), "right")
    return shown


def _draw_contours(figure: Any, found: ChiSquareMap, levels: Sequence[float]) -> None:
    """Draw each level's lines, to be hidden in the legend."""
    drawn = contour_data(found.values, found.radius, found.rise.T, list(levels), want_fill=False)
    lines = drawn.line_data
    for number, (dash, share) in enumerate(zip(DASHES, SHARES, strict=True)):
        if lines is None or not len(lines.xs[number]):
            continue
        figure.line(
            lines.xs[number], lines.ys[number], line_color=BLACK, line_dash=dash, line_width=1.4,
            legend_label=share,
        )  # fmt: skip


def _draw_marks(figure: Any, found: ChiSquareMap, posterior: FloatArray | None) -> None:
    """Draw a star at the least chi-square, and the posterior's medians and intervals."""
    figure.scatter(
        [found.best[0]], [found.best[1]], marker="star", size=19, fill_color=ORANGE,
        line_color=BLACK, legend_label="least χ²",
    )  # fmt: skip
    if posterior is None:
        return
    (x_low, x, x_high), (y_low, y, y_high) = np.asarray(posterior)
    look = {"line_color": ORANGE, "line_width": 2, "legend_label": "posterior, 68 %"}
    figure.segment([x_low, x], [y, y_low], [x_high, x], [y, y_high], **look)
    figure.scatter([x], [y], size=8, fill_color=ORANGE, line_color=BLACK,
                   legend_label="posterior, 68 %")  # fmt: skip
