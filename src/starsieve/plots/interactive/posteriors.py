"""Posteriors of several parameters at once, linked: what is chosen in one panel shows in all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import contourpy
import numpy as np
import numpy.typing as npt
from bokeh.layouts import gridplot
from bokeh.models import BasicTicker, ColumnDataSource, Range1d, Title

from starsieve.data.labels import get_label, plain_symbol
from starsieve.data.spectrum import FloatArray
from starsieve.plots.interactive.style import Palette, Theme, as_json, new_figure, palette
from starsieve.plots.interactive.templates import Filled, Template
from starsieve.stats import density_2d, highest_density_levels

PROBABILITIES = (0.95, 0.68)
MANY_DRAWS = 1_000
"""More are not drawn as points; they count for contours and histograms."""

N_BINS = 30
CELL, TITLE = 180, 24
"""Pixels: height of a panel, and of the title over the topmost ones."""

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """One parameter of a corner plot: its name, what is shown of it, and the model grid's edges."""

    name: str
    view: Range
    edge: Range

    @property
    def inside(self) -> Range:
        """What is shown within the model grid."""
        return max(self.view[0], self.edge[0]), min(self.view[1], self.edge[1])

    @property
    def beyond(self) -> list[Range]:
        """What is shown beyond the edges of the model grid."""
        sides = ((self.view[0], self.edge[0]), (self.edge[1], self.view[1]))
        return [(low, high) for low, high in sides if low < high]


def corner_figure(
    draws: FloatArray,
    names: Sequence[str],
    theme: Theme,
    *,
    ranges: Mapping[str, Range] | None = None,
    best: Mapping[str, float] | None = None,
    quoted: Mapping[str, str] | None = None,
) -> Filled:
    """Draw every posterior and every pair of posteriors.

    Contours hold 68 and 95 % of the draws; dashed lines stand at the 16th and 84th percentiles,
    a solid one at the median.

    Parameters
    ----------
    draws : array, shape (n_draws, n_labels)
    names : sequence of str
        Labels of the columns.
    theme : "light" or "dark"
    ranges : mapping of str to (float, float), optional
        Edges of the model grid; beyond them panels are hatched.
    best : mapping of str to float, optional
        Values to mark with a cross, as of the best-fitting model.
    quoted : mapping of str to str, optional
        How each label is quoted over its histogram: ``1204 +38 -41 K``, or a limit.

    Returns
    -------
    Filled
        For `style.as_json`.
    """
    axes = [
        _axis(name, draws[:, i], (ranges or {}).get(name), (best or {}).get(name, np.nan))
        for i, name in enumerate(names)
    ]
    few = draws[:: -(-len(draws) // MANY_DRAWS)]
    data: dict[str, dict[str, npt.NDArray[Any]]] = {
        "draws": {_column(i): few[:, i] for i in range(len(names))},
        "best": {
            _column(i): np.array([(best or {}).get(name, np.nan)]) for i, name in enumerate(names)
        },
    }
    values: dict[str, dict[str, Any]] = {}
    for i, axis in enumerate(axes):
        start, end = axis.view
        bounds = {"start": start, "end": end, "reset_start": start, "reset_end": end}
        values[f"range{i}"] = bounds
        values[f"title{i}"] = {
            "text": f"{plain_symbol(axis.name)}  {(quoted or {}).get(axis.name, '')}"
        }
        edges = np.array(axis.beyond).reshape(-1, 2)
        data[f"beyond{i}"] = {"low": edges[:, 0], "high": edges[:, 1]}
        data[f"histogram{i}"], top = _histogram(draws[:, i], axis)
        data[f"quantiles{i}"] = _quantiles(draws[:, i], top)
        values[f"heights{i}"] = {"end": top, "reset_end": top}
        for j in range(i):
            data[f"contours{i}_{j}"] = _contours(draws[:, j], draws[:, i], axes[j], axis)
    return Filled(_template(theme, tuple(names)), data, values)


def _axis(name: str, draws: FloatArray, edge: Range | None, mark: float) -> Axis:
    """Return what to show of one label: its draws without the wildest, and the mark."""
    low, high = (float(value) for value in np.quantile(draws, (0.002, 0.998)))
    if np.isfinite(mark):
        low, high = min(low, mark), max(high, mark)
    margin = 0.07 * (high - low) or 0.05 * abs(low) or 1.0
    low, high = low - margin, high + margin
    # Where the draws reach an edge of the grid, a strip beyond it is shown, to be hatched.
    strip = 0.04 * (high - low)
    known = edge or (-np.inf, np.inf)
    return Axis(name, (max(low, known[0] - strip), min(high, known[1] + strip)), known)


def _histogram(draws: FloatArray, axis: Axis) -> tuple[dict[str, npt.NDArray[Any]], float]:
    counts, edges = np.histogram(draws, bins=N_BINS, range=axis.inside)
    top = 1.1 * max(float(counts.max()), 1.0)
    return {"left": edges[:-1], "right": edges[1:], "count": counts.astype(np.float64)}, top


def _quantiles(draws: FloatArray, top: float) -> dict[str, npt.NDArray[Any]]:
    low, middle, high = np.quantile(draws, (0.16, 0.5, 0.84))
    return {
        "x": np.array([low, middle, high]),
        "zero": np.zeros(3),
        "top": np.full(3, top),
        "dash": np.array(["dashed", "solid", "dashed"]),
    }


def _contours(
    x: FloatArray, y: FloatArray, across: Axis, up: Axis
) -> dict[str, npt.NDArray[np.float64]]:
    """Return the outlines of the regions as one line with gaps."""
    centres_x, centres_y, density = density_2d(x, y, across.inside, up.inside)
    # Contours close within the outermost points, where there is nothing.
    step_x, step_y = centres_x[1] - centres_x[0], centres_y[1] - centres_y[0]
    grid_x = np.concatenate([[centres_x[0] - step_x], centres_x, [centres_x[-1] + step_x]])
    grid_y = np.concatenate([[centres_y[0] - step_y], centres_y, [centres_y[-1] + step_y]])
    made = contourpy.contour_generator(grid_x, grid_y, np.pad(density, 1))
    gap = np.full((1, 2), np.nan)
    pieces = [gap]
    for level in np.unique(highest_density_levels(density, PROBABILITIES)):
        for line in made.lines(float(level)):
            pieces += [np.asarray(line, dtype=np.float64), gap]
    outline = np.concatenate(pieces)
    inside_x, inside_y = across.inside, up.inside
    return {"x": np.clip(outline[:, 0], *inside_x), "y": np.clip(outline[:, 1], *inside_y)}


def _column(number: int) -> str:
    return f"label{number}"


@lru_cache(maxsize=32)
def _template(theme: Theme, names: tuple[str, ...]) -> Template:
    """Return the panels without their numbers."""
    n, colours = len(names), palette(theme)
    ranges = [Range1d(name=f"range{i}") for i in range(n)]
    columns: dict[str, list[float]] = {_column(i): [] for i in range(n)}
    draws = ColumnDataSource(columns, name="draws")
    best = ColumnDataSource(dict(columns), name="best")
    beyond = [ColumnDataSource({"low": [], "high": []}, name=f"beyond{i}") for i in range(n)]
    rows: list[list[Any]] = []
    for i in range(n):
        rows.append([None] * n)
        for j in range(i + 1):
            height = Range1d(start=0, end=1, name=f"heights{i}") if i == j else ranges[i]
            panel = _panel(theme, names, (i, j), ranges[j], height)
            panel.vstrip("low", "high", source=beyond[j], **_hatch(colours))
            if i == j:
                _draw_histogram(panel, i, colours)
            else:
                panel.hstrip("low", "high", source=beyond[i], **_hatch(colours))
                _draw_pair(panel, (i, j), draws, best, colours)
            rows[-1][j] = panel
    grid = gridplot(
        rows, sizing_mode="stretch_width", merge_tools=True, toolbar_location="above",
        toolbar_options={"logo": None},
    )  # fmt: skip
    return Template.of(as_json(grid, theme))


def _panel(
    theme: Theme, names: Sequence[str], place: tuple[int, int], x_range: Range1d, y_range: Range1d
) -> Any:
    row, column = place
    last, first = row == len(names) - 1, column == 0 < row
    panel = new_figure(
        theme,
        x_label=_label(names[column]) if last else "",
        y_label=_label(names[row]) if first else "",
        height=CELL + (45 if last else 0),
        x_range=x_range,
        y_range=y_range,
        tools="box_select,box_zoom,reset,save",
    )
    panel.toolbar_location = None
    for axis in (panel.xaxis[0], panel.yaxis[0]):
        axis.ticker = BasicTicker(desired_num_ticks=3, num_minor_ticks=0)
        axis.major_label_text_font_size = "11px"
    panel.xaxis.major_label_orientation = 0.7
    panel.xaxis.major_label_text_font_size = "11px" if last else "0px"
    panel.yaxis.visible = first
    panel.xaxis.visible = last
    panel.min_border = 3
    panel.min_border_top = TITLE
    panel.grid.visible = False
    if row == column:
        panel.add_layout(Title(text="", name=f"title{row}", text_font_size="12px"), "above")
    return panel


def _label(name: str) -> str:
    unit = get_label(name).unit
    shown = {"": "", "dex(cm / s2)": " (cgs)"}.get(unit, f" ({unit})")
    return plain_symbol(name) + shown


def _hatch(colours: Palette) -> dict[str, Any]:
    return {
        "fill_color": colours.pale, "line_color": None, "hatch_pattern": "right_diagonal_line",
        "hatch_color": colours.muted, "hatch_alpha": 0.4, "hatch_weight": 0.5,
    }  # fmt: skip


def _draw_histogram(panel: Any, number: int, colours: Palette) -> None:
    blue = colours.series[0][0]
    empty: dict[str, list[float]] = {"left": [], "right": [], "count": []}
    counts = ColumnDataSource(empty, name=f"histogram{number}")
    panel.quad(
        left="left", right="right", bottom=0, top="count", source=counts, fill_color=blue,
        fill_alpha=0.35, line_color=blue, line_alpha=0.6,
    )  # fmt: skip
    lines: dict[str, list[float]] = {"x": [], "zero": [], "top": [], "dash": []}
    at = ColumnDataSource(lines, name=f"quantiles{number}")
    panel.segment("x", "zero", "x", "top", source=at, line_color=colours.ink, line_dash="dash")


def _draw_pair(panel: Any, place: tuple[int, int], draws: Any, best: Any, colours: Palette) -> None:
    row, column = place
    blue = colours.series[0][0]
    panel.scatter(
        _column(column), _column(row), source=draws, size=3, fill_color=blue, fill_alpha=0.3,
        line_color=None, selection_fill_color=colours.accent, selection_fill_alpha=0.9,
        nonselection_fill_alpha=0.12,
    )  # fmt: skip
    empty: dict[str, list[float]] = {"x": [], "y": []}
    outline = ColumnDataSource(empty, name=f"contours{row}_{column}")
    panel.line("x", "y", source=outline, line_color=colours.ink, line_width=1)
    panel.scatter(
        _column(column), _column(row), source=best, marker="x", size=10, line_width=2,
        line_color=colours.accent,
    )  # fmt: skip
