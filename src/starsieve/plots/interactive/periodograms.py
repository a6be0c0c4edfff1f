"""How strong a periodic signal is at each period, with the periods of a star's candidates."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, LogTicker, Range1d

from starsieve.data.spectrum import FloatArray
from starsieve.plots.interactive.style import Theme, add_hover, as_json, new_figure, palette
from starsieve.plots.interactive.templates import Filled, Template

HEIGHT = 280
HARMONICS = (0.5, 2.0)
"""Of a candidate's period, where a wrong one would have its power, too."""

ROOM = 0.18
"""Part of the height above the highest peak, for names."""


@dataclass(frozen=True, slots=True)
class MarkedPeriod:
    """A period that is marked: whose it is, in days."""

    name: str
    period_days: float


def periodogram_figure(
    periods: FloatArray,
    power: FloatArray,
    theme: Theme,
    *,
    y_label: str,
    marked: Sequence[MarkedPeriod] = (),
) -> Filled:
    """Draw power against period, on a logarithmic axis.

    Parameters
    ----------
    periods, power : arrays, shape (n_periods,)
        Days, increasing.
    theme : "light" or "dark"
    y_label : str
        What power is, with its unit.
    marked : sequence of MarkedPeriod
        Dashed where the period is, dotted where half and twice of it are.

    Returns
    -------
    Filled
        For `style.as_json`.
    """
    low, high = (periods[0], periods[-1]) if len(periods) else (0.1, 10.0)
    bottom, top = _limits(power)
    series = palette(theme).series
    shown = [each for each in marked if low <= each.period_days <= high]
    whole = np.array([each.period_days for each in shown])
    parts = np.array([each.period_days * f for each in shown for f in HARMONICS])
    colours = np.array(
        [series[marked.index(each) % len(series)][0] for each in shown], dtype=object
    )
    late = whole > np.sqrt(low * high)  # names go where there is room
    heights = top - (top - bottom) * ROOM * (np.arange(len(shown)) % 3) / 3
    values: dict[str, dict[str, Any]] = {
        "x": {"start": low, "end": high, "reset_start": low, "reset_end": high},
        "y": {"start": bottom, "end": top, "reset_start": bottom, "reset_end": top},
        "y_axis": {"axis_label": y_label},
    }
    data = {
        "power": {"x": periods, "y": power},
        "marked": {
            "x": whole,
            "y": heights,
            "text": np.array([each.name for each in shown], dtype=object),
            "stroke": colours,
            "align": np.where(late, "right", "left").astype(object),
            "aside": np.where(late, -4.0, 4.0),
        },
        "harmonics": {"x": parts, "stroke": np.repeat(colours, len(HARMONICS))},
    }
    return Filled(_template(theme), data, values, frozenset({"x"}))


def _limits(power: FloatArray) -> tuple[float, float]:
    if not len(power):
        return 0.0, 1.0
    low, high = float(np.min(power)), float(np.max(power))
    return low, high + ROOM * ((high - low) or 1.0)


@lru_cache(maxsize=4)
def _template(theme: Theme) -> Template:
    colours = palette(theme)
    figure = new_figure(
        theme, x_label="Period (d)", y_label="", height=HEIGHT, x_scale="log",
        x_range=Range1d(name="x"), y_range=Range1d(name="y"),
    )  # fmt: skip
    figure.yaxis.name = "y_axis"
    figure.xaxis.ticker = LogTicker(mantissas=[1, 2, 3, 5, 7], desired_num_ticks=6)
    names = ("x", "y", "text", "stroke", "align", "aside")
    marked = ColumnDataSource({name: [] for name in names}, name="marked")
    harmonics = ColumnDataSource({"x": [], "stroke": []}, name="harmonics")
    figure.vspan("x", source=harmonics, line_color="stroke", line_dash="dotted", line_alpha=0.7)
    figure.vspan("x", source=marked, line_color="stroke", line_dash="dashed", line_width=1.4)
    power = ColumnDataSource({"x": [], "y": []}, name="power")
    line = figure.line("x", "y", source=power, line_color=colours.ink, line_width=1)
    figure.text(
        "x", "y", "text", source=marked, text_color="stroke", text_font_size="11px",
        text_baseline="top", text_align="align", x_offset="aside", y_offset=2,
        background_fill_color=colours.surface, background_fill_alpha=0.8,
    )  # fmt: skip
    add_hover(figure, [line], [("period", "@x{0.00000} d"), ("power", "@y{0.000}")], "vline")
    return Template.of(as_json(figure, theme))
