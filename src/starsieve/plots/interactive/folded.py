"""A signal folded: the whole orbit, the transit with its model, odd and even, the secondary."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, FixedTicker, Range1d, Whisker

from starsieve.data.folded import FoldedView
from starsieve.data.spectrum import FloatArray
from starsieve.plots.interactive.light_curves import flux_scale
from starsieve.plots.interactive.style import (
    TOOLS,
    Theme,
    add_hover,
    as_json,
    new_figure,
    palette,
)
from starsieve.plots.interactive.templates import Filled, Template

HEIGHT, LOW_HEIGHT = 320, 150
HOURS = 24.0
LEFT = 74
"""Pixels beside the panels, so that they stand one below the other."""

Arrays = Mapping[str, npt.NDArray[Any]]


def orbit_figure(view: FoldedView, theme: Theme, secondary_phase: float | None = None) -> Filled:
    """Draw the whole orbit against phase; a line stands where the secondary is looked for.

    Parameters
    ----------
    view : FoldedView
        Against phase, the transit at 0.
    theme : "light" or "dark"
    secondary_phase : float, optional
    """
    guides = [] if secondary_phase is None else [(secondary_phase + 0.25) % 1 - 0.25]
    parts = [_Part(view, 0, 1.0, 0.0)]
    return _filled(parts, theme, "Phase", guides=guides, reach=(-0.25, 0.75))


def transit_figure(view: FoldedView, theme: Theme, residual: FoldedView | None = None) -> Filled:
    """Draw the folded transit with its model, and what the model leaves below it.

    Parameters
    ----------
    view : FoldedView
        Against days from mid-transit.
    theme : "light" or "dark"
    residual : FoldedView, optional
        The same around 1 without the model.
    """
    return _filled([_Part(view, 0, HOURS, 0.0)], theme, FROM_MIDDLE, residual=residual)


def secondary_figure(view: FoldedView, theme: Theme) -> Filled:
    """Draw the deepest dip elsewhere in the orbit, against days from its middle."""
    return _filled([_Part(view, 0, HOURS, 0.0)], theme, "Time from its middle (h)")


def odd_even_figure(odd: FoldedView, even: FoldedView, theme: Theme) -> Filled:
    """Draw odd and even transits side by side: those of a binary of twice the period differ.

    Parameters
    ----------
    odd, even : FoldedView
        Against days from mid-transit.
    theme : "light" or "dark"
    """
    half = HOURS * max(float(np.max(np.abs(view.x), initial=0.0)) for view in (odd, even))
    parts = [_Part(odd, 0, HOURS, -half), _Part(even, 1, HOURS, half)]
    label = f"{half:.1f} h to each side"
    return _filled(parts, theme, label, ticks=([-half, half], ["odd", "even"]))


FROM_MIDDLE = "Time from mid-transit (h)"


class _Part:
    """A view at its place in a figure: its series, and what becomes of its x."""

    def __init__(self, view: FoldedView, series: int, scale: float, shift: float) -> None:
        self.view, self.series, self._scale, self._shift = view, series, scale, shift

    def x(self, values: FloatArray) -> FloatArray:
        return np.asarray(values) * self._scale + self._shift


def _filled(
    parts: Sequence[_Part],
    theme: Theme,
    label: str,
    *,
    residual: FoldedView | None = None,
    guides: Sequence[float] = (),
    ticks: tuple[list[float], list[str]] | None = None,
    reach: tuple[float, float] | None = None,
) -> Filled:
    scale, unit = flux_scale(np.concatenate([part.view.median for part in parts]))
    medians = np.concatenate([(part.view.median - 1) * scale for part in parts])
    points = np.concatenate([(part.view.flux - 1) * scale for part in parts])
    every = np.concatenate([part.x(part.view.x) for part in parts])
    low, high = reach or (float(np.min(every)), float(np.max(every)))
    bottom, top = _limits(medians, points)
    data: dict[str, Arrays] = {
        "points": {"x": every, "y": points},
        "bins": _bins(parts, scale, theme),
        "model": _model(parts, scale),
        "levels": _levels(parts, scale, theme) if len(parts) > 1 else _nothing("x0", "x1", "y"),
        "guides": {"x": np.array(guides, dtype=np.float64)},
    }
    values: dict[str, dict[str, Any]] = {
        "x": _bounds(low, high),
        "y": _bounds(bottom, top),
        "y_axis": {"axis_label": f"Relative flux − 1 ({unit})"},
        "x_axis": {"axis_label": label},
    }
    if ticks is not None:
        values["ticks"] = {"ticks": ticks[0]}
        values["x_axis"] |= {"major_label_overrides": dict(zip(*ticks, strict=True))}
    if residual is not None:
        data |= _residual(residual, scale)
        rest = (residual.median - 1) * scale
        values["rest"] = _bounds(*_limits(rest, (residual.flux - 1) * scale))
        values["rest_axis"] = {"axis_label": f"Residual ({unit})"}
    form = (theme, residual is not None, ticks is not None, len(parts) > 1)
    return Filled(
        _template(*form), data, values, about={"n_points": sum(p.view.n_points for p in parts)}
    )


def _bounds(start: float, end: float) -> dict[str, float]:
    return {"start": start, "end": end, "reset_start": start, "reset_end": end}


def _limits(medians: FloatArray, points: FloatArray) -> tuple[float, float]:
    """Return a range that holds the medians, and most of the points unless they drown them."""
    if not len(medians):
        return -1.0, 1.0
    low, high = (float(each) for each in np.percentile(medians, [0.2, 99.8]))
    margin = 0.25 * (high - low) or 1.0
    if len(points):
        scatter = 1.4826 * float(np.median(np.abs(points - np.median(points))))
        margin = max(margin, min(2.5 * scatter, 4 * margin))
    return low - margin, high + margin


def _bins(parts: Sequence[_Part], scale: float, theme: Theme) -> Arrays:
    series = palette(theme).series
    counts = [len(part.view.centre) for part in parts]
    y = np.concatenate([(part.view.median - 1) * scale for part in parts])
    error = np.nan_to_num(np.concatenate([part.view.error for part in parts]) * scale)
    looks = [series[part.series] for part in parts]
    return {
        "x": np.concatenate([part.x(part.view.centre) for part in parts]),
        "y": y,
        "low": y - error,
        "high": y + error,
        "error": error,
        "fill": np.repeat(np.array([colour for colour, _ in looks], dtype=object), counts),
        "shape": np.repeat(np.array([shape for _, shape in looks], dtype=object), counts),
    }


def _model(parts: Sequence[_Part], scale: float) -> Arrays:
    """Return the models as one line, broken between parts."""
    x: list[FloatArray] = [np.empty(0)]
    y: list[FloatArray] = [np.empty(0)]
    for part in parts:
        if part.view.model_x is not None and part.view.model_flux is not None:
            x += [part.x(part.view.model_x), np.array([np.nan])]
            y += [(part.view.model_flux - 1) * scale, np.array([np.nan])]
    return {"x": np.concatenate(x), "y": np.concatenate(y)}


def _levels(parts: Sequence[_Part], scale: float, theme: Theme) -> Arrays:
    """Return the depth of each part as a line across it, to be compared by eye."""
    columns: dict[str, list[Any]] = {"x0": [], "x1": [], "y": [], "fill": []}
    for part in parts:
        half = float(np.max(np.abs(part.view.x), initial=1e-9))
        inner = np.abs(part.view.centre) < 0.25 * half / 3
        depths = part.view.median[inner] if inner.any() else part.view.median
        columns["x0"].append(float(part.x(np.array(-half))))
        columns["x1"].append(float(part.x(np.array(half))))
        columns["y"].append((float(np.median(depths)) - 1) * scale)
        columns["fill"].append(palette(theme).series[part.series][0])
    return {
        key: np.array(each, dtype=object if key == "fill" else float)
        for key, each in columns.items()
    }


def _residual(view: FoldedView, scale: float) -> dict[str, Arrays]:
    y = (view.median - 1) * scale
    return {
        "rest_points": {"x": view.x * HOURS, "y": (view.flux - 1) * scale},
        "rest_bins": {"x": view.centre * HOURS, "y": y},
    }


def _nothing(*names: str) -> Arrays:
    return {name: np.empty(0) for name in names}


@lru_cache(maxsize=16)
def _template(theme: Theme, residual: bool, ticks: bool, levels: bool) -> Template:
    colours = palette(theme)
    x_range = Range1d(name="x")
    figure = _panel(theme, x_range, Range1d(name="y"), HEIGHT)
    if ticks:
        figure.xaxis.ticker = FixedTicker(ticks=[], name="ticks")
    figure.vspan("x", source=_source("guides", "x"), line_color=colours.accent, line_dash="dotted")
    _draw_points(figure, theme, "points")
    bins = _source("bins", "x", "y", "low", "high", "error", "fill", "shape")
    errors = Whisker(
        base="x", lower="low", upper="high", source=bins, line_color=colours.muted,
        upper_head=None, lower_head=None, level="glyph",
    )  # fmt: skip
    figure.add_layout(errors)
    medians = figure.scatter(
        "x", "y", source=bins, size=6, marker="shape", fill_color="fill", line_width=0.5,
        line_color=colours.surface,
    )  # fmt: skip
    source = _source("levels", "x0", "x1", "y", "fill")
    figure.segment(
        "x0", "y", "x1", "y", source=source, line_color="fill" if levels else None,
        line_dash="dashed", line_width=1.4,
    )  # fmt: skip
    line = _source("model", "x", "y")
    figure.line("x", "y", source=line, line_color=colours.accent, line_width=2)
    add_hover(figure, [medians], [("median", "@y{0.00} ± @error{0.00}")])
    if not residual:
        figure.xaxis.name = "x_axis"
        return Template.of(as_json(figure, theme))
    figure.xaxis.visible = False
    below = _panel(theme, x_range, Range1d(name="rest"), LOW_HEIGHT, tools="")
    below.xaxis.name, below.yaxis.name = "x_axis", "rest_axis"
    below.yaxis.ticker.desired_num_ticks = 4
    below.hspan(0, line_color=colours.accent)
    _draw_points(below, theme, "rest_points")
    below.scatter(
        "x", "y", source=_source("rest_bins", "x", "y"), size=5, fill_color=colours.series[0][0],
        line_color=None,
    )  # fmt: skip
    layout = column(figure, below, sizing_mode="stretch_width", spacing=0)
    return Template.of(as_json(layout, theme))


def _panel(
    theme: Theme, x_range: Range1d, y_range: Range1d, height: int, tools: str = TOOLS
) -> Any:
    figure = new_figure(
        theme, x_label="", y_label="", height=height, x_range=x_range, y_range=y_range, tools=tools
    )
    figure.yaxis.name = "y_axis"
    figure.min_border_left = LEFT
    return figure


def _draw_points(figure: Any, theme: Theme, name: str) -> None:
    figure.scatter(
        "x", "y", source=_source(name, "x", "y"), size=2, fill_color=palette(theme).muted,
        fill_alpha=0.45, line_color=None,
    )  # fmt: skip


def _source(name: str, *columns: str) -> ColumnDataSource:
    return ColumnDataSource({column: [] for column in columns}, name=name)
