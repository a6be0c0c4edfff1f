"""A star's light against time, with its trend and the transits of its candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from bokeh.models import ColumnDataSource, FixedTicker, LinearAxis, Range1d

from starsieve.data.spectrum import FloatArray
from starsieve.plots.interactive.style import Theme, add_hover, as_json, new_figure, palette
from starsieve.plots.interactive.templates import Filled, Template
from starsieve.stats import envelope

HEIGHT = 380
EXTREMES, EVEN = 3500, 4500
"""Points that are sent: the lowest and highest of neighbours, and some as they come."""

MOST_TREND_POINTS = 3000

GAP_DAYS = 4.0
"""Longer gaps are drawn shorter: years may lie between two sectors."""

BREAK_DAYS = 0.5
"""Gaps over which no trend is drawn."""

MOST_TICKS = 14
ROW = 0.065
"""Height of a row of marks, of that of the light curve."""

MOST_ROWS = 8

X_LABEL = "BJD_TDB − 2457000 (d)"


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """When a candidate's events are, BJD_TDB - 2457000, and what it is called."""

    name: str
    times: FloatArray


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a light curve that has a name, as a sector has."""

    name: str
    start: float
    stop: float


def light_curve_figure(
    time: FloatArray,
    flux: FloatArray,
    theme: Theme,
    *,
    trend: tuple[FloatArray, FloatArray] | None = None,
    marks: Sequence[Marks] = (),
    stretches: Sequence[Stretch] = (),
) -> Filled:
    """Draw a light curve: of too many points some, with the lowest and highest of neighbours.

    Parameters
    ----------
    time, flux : arrays, shape (n_cadences,)
        BJD_TDB - 2457000, increasing, and relative flux around 1; finite.
    theme : "light" or "dark"
    trend : pair of arrays, shape (n_points,), optional
        Times, within those of the light curve, and relative flux.
    marks : sequence of Marks
        At most `MOST_ROWS` are drawn, each in a row of its own below the light curve.
    stretches : sequence of Stretch
        Whose names stand above it.

    Returns
    -------
    Filled
        For `style.as_json`. Long gaps are shorter than they are where there are any, which the
        axis says.
    """
    axis = TimeAxis.of(time)
    some = _some(flux)
    scale, unit = flux_scale(flux)
    y = (flux[some] - 1) * scale
    low, high = _limits((flux - 1) * scale)
    drawn = marks[:MOST_ROWS]
    heights = [low - (high - low) * ROW * (number + 0.5) for number in range(len(drawn))]
    bottom = low - (high - low) * ROW * (len(drawn) + 0.5) * bool(drawn)
    data: dict[str, Mapping[str, npt.NDArray[Any]]] = {
        "points": {"x": axis.place(time[some]), "y": y, "time": time[some]},
        "trend": _trend(trend, axis, scale),
        "stretches": _stretches(stretches, time, axis, high),
        "marks": _marks(drawn, heights, axis, theme),
    }
    first, last = axis.place(time[[0, -1]]) if len(time) else (0.0, 1.0)
    margin = 0.01 * (last - first or 1.0)
    start, end = float(first - margin), float(last + margin)
    values: dict[str, dict[str, Any]] = {
        "x": {"start": start, "end": end, "reset_start": start, "reset_end": end},
        "y": {"start": bottom, "end": high, "reset_start": bottom, "reset_end": high},
        "y_axis": {"axis_label": f"Relative flux − 1 ({unit})"},
        "mark_ticks": {"ticks": heights},
        "mark_axis": {
            "major_label_overrides": dict(zip(heights, (m.name for m in drawn), strict=True))
        },
    }
    if axis.shortened:
        ticks, labels = axis.ticks()
        values["ticks"] = {"ticks": ticks}
        values["x_axis"] = {"major_label_overrides": dict(zip(ticks, labels, strict=True))}
    exact = frozenset({"time"})
    return Filled(_template(theme, axis.shortened), data, values, exact, {"shown": len(some)})


def flux_scale(flux: FloatArray) -> tuple[float, str]:
    """Return by what a relative flux is multiplied for an axis, and the unit then.

    Examples
    --------
    >>> flux_scale(np.array([0.9995, 1.0, 1.0005])), flux_scale(np.array([0.98, 1.0, 1.02]))
    ((1000000.0, 'ppm'), (1000.0, 'ppt'))
    """
    reach = float(np.percentile(np.abs(flux - 1), 99.9)) if len(flux) else 0.0
    return (1e6, "ppm") if reach < 2e-3 else (1e3, "ppt")


@dataclass(frozen=True, slots=True, eq=False)
class TimeAxis:
    """An axis of time on which long gaps are shorter than they are.

    Parameters
    ----------
    starts, shifts : arrays, shape (n_stretches,)
        Where data begin after a long gap, and how much earlier than they are they are drawn.
    stops : array, shape (n_stretches,)
        Where they end.
    """

    starts: FloatArray
    stops: FloatArray
    shifts: FloatArray

    @classmethod
    def of(cls, time: FloatArray) -> "TimeAxis":
        """Return the axis for some times, in order."""
        if not len(time):
            return cls(np.zeros(1), np.ones(1), np.zeros(1))
        gaps = np.diff(time)
        after = np.flatnonzero(gaps > GAP_DAYS) + 1
        shifts = np.concatenate([[0.0], np.cumsum(gaps[after - 1] - GAP_DAYS / 2)])
        stops = np.append(time[after - 1], time[-1])
        return cls(np.concatenate([time[:1], time[after]]), stops, shifts)

    @property
    def shortened(self) -> bool:
        """Whether any gap is."""
        return len(self.starts) > 1

    def place(self, time: FloatArray) -> FloatArray:
        """Return where times are drawn."""
        part = np.searchsorted(self.starts, time, side="right") - 1
        return np.asarray(time - self.shifts[np.clip(part, 0, None)])

    def ticks(self) -> tuple[list[float], list[str]]:
        """Return where the axis has ticks, and which times they tell."""
        length = float(np.sum(self.stops - self.starts))
        steps = [step for step in (1, 2, 5, 10, 20, 50, 100, 200) if length / step <= MOST_TICKS]
        step = steps[0] if steps else 500
        times = [
            np.arange(np.ceil(start / step), np.floor(stop / step) + 1) * step
            for start, stop in zip(self.starts, self.stops, strict=True)
        ]
        if not sum(map(len, times)):
            times = [self.starts]
        every = np.concatenate(times)
        return self.place(every).tolist(), [f"{each:.0f}" for each in every]


def _some(flux: FloatArray) -> npt.NDArray[np.int64]:
    """Return which points are drawn: extremes, so that no dip is lost, and the bulk between."""
    extremes = envelope(flux, np.ones(len(flux), dtype=bool), EXTREMES)
    even = np.linspace(0, len(flux) - 1, min(len(flux), EVEN)).astype(np.int64)
    return np.union1d(extremes, even)


def _limits(values: FloatArray) -> tuple[float, float]:
    """Return the range that is shown: nearly all, but no single point presses the others flat."""
    if not len(values):
        return -1.0, 1.0
    low, high = np.percentile(values, [0.03, 99.97])
    margin = 0.12 * float(high - low) or 1.0
    return float(low) - margin, float(high) + margin


def _trend(
    trend: tuple[FloatArray, FloatArray] | None, axis: TimeAxis, scale: float
) -> dict[str, FloatArray]:
    """Return the trend as one line that is broken in gaps."""
    if trend is None or not len(trend[0]):
        return {"x": np.empty(0), "y": np.empty(0)}
    time, flux = trend
    some = np.linspace(0, len(time) - 1, min(len(time), MOST_TREND_POINTS)).astype(np.int64)
    breaks = np.flatnonzero(np.diff(time) > BREAK_DAYS) + 1
    some = np.unique(np.concatenate([some, breaks, np.clip(breaks - 1, 0, None)]))
    time, flux = time[some], flux[some]
    gaps = np.flatnonzero(np.diff(time) > BREAK_DAYS) + 1
    return {
        "x": np.insert(axis.place(time), gaps, np.nan),
        "y": np.insert((flux - 1) * scale, gaps, np.nan),
    }


def _stretches(
    stretches: Sequence[Stretch], time: FloatArray, axis: TimeAxis, high: float
) -> dict[str, npt.NDArray[Any]]:
    """Return the names of stretches where their first point is."""
    firsts = np.searchsorted(time, [each.start for each in stretches])
    there = [n for n, first in enumerate(firsts) if first < len(time)]
    return {
        "x": axis.place(time[firsts[there]]) if there else np.empty(0),
        "y": np.full(len(there), high),
        "text": np.array([stretches[n].name for n in there], dtype=object),
    }


def _marks(
    marks: Sequence[Marks], heights: Sequence[float], axis: TimeAxis, theme: Theme
) -> dict[str, npt.NDArray[Any]]:
    """Return marks under the light curve, a row for each candidate."""
    series = palette(theme).series
    times = [each.times for each in marks]
    every = np.concatenate([np.empty(0), *times])
    counts = [len(each) for each in times]
    colours = [series[number % len(series)] for number in range(len(marks))]
    words = {
        "name": [each.name for each in marks],
        "fill": [colour for colour, _ in colours],
        "shape": [shape for _, shape in colours],
    }
    return {
        "x": axis.place(every) if len(every) else every,
        "y": np.repeat(np.array(heights, dtype=np.float64), counts),
        "time": every,
        **{key: np.repeat(np.array(each, dtype=object), counts) for key, each in words.items()},
    }


@lru_cache(maxsize=8)
def _template(theme: Theme, shortened: bool) -> Template:
    colours = palette(theme)
    label = f"{X_LABEL}; long gaps are drawn shorter" if shortened else X_LABEL
    figure = new_figure(
        theme, x_label=label, y_label="", height=HEIGHT,
        x_range=Range1d(name="x"), y_range=Range1d(name="y"),
    )  # fmt: skip
    figure.yaxis.name, figure.xaxis.name = "y_axis", "x_axis"
    if shortened:
        figure.xaxis.ticker = FixedTicker(ticks=[], name="ticks")
    points = figure.scatter(
        "x", "y", source=_source("points", "x", "y", "time"), size=2.5, line_color=None,
        fill_color=colours.ink, fill_alpha=0.55,
    )  # fmt: skip
    figure.line(
        "x", "y", source=_source("trend", "x", "y"), line_color=colours.accent, line_width=1.6
    )
    marks = figure.scatter(
        "x", "y", source=_source("marks", "x", "y", "time", "name", "fill", "shape"), size=9,
        marker="shape", fill_color="fill", line_color=colours.surface, line_width=0.5,
    )  # fmt: skip
    figure.text(
        "x", "y", "text", source=_source("stretches", "x", "y", "text"), text_color=colours.muted,
        text_font_size="11px", text_baseline="top", x_offset=2, y_offset=3,
    )  # fmt: skip
    names = LinearAxis(
        ticker=FixedTicker(ticks=[], name="mark_ticks"), name="mark_axis",
        major_tick_line_color=None,
    )  # fmt: skip
    figure.add_layout(names, "right")
    add_hover(figure, [points], [("time", "@time{0.0000} d"), ("flux − 1", "@y{0.00}")])
    add_hover(figure, [marks], [("", "@name"), ("middle", "@time{0.0000} d")])
    return Template.of(as_json(figure, theme))


def _source(name: str, *columns: str) -> ColumnDataSource:
    return ColumnDataSource({column: [] for column in columns}, name=name)
