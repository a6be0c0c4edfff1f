"""Each parameter without each band of wavelengths, in panels that are zoomed together."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from bokeh.layouts import gridplot
from bokeh.models import BasicTicker, ColumnDataSource, Range1d

from starsieve.data.labels import get_label, plain_symbol
from starsieve.data.spectrum import FloatArray
from starsieve.plots.explanations import Occlusion
from starsieve.plots.interactive.style import Theme, add_hover, as_json, new_figure, palette
from starsieve.plots.interactive.templates import Filled, Template

PANEL, AXIS = 150, 45
"""Pixels: height of a panel, and of the axis below the last one."""

GAP = 0.14
"""Between the bars of neighbouring bands, as a share of a band."""

BAND = (
    "left",
    "right",
    "low",
    "median",
    "high",
    "influence",
    "shift",
    "widening",
    "opacity",
    "start",
    "end",
)


def explanation_figure(explained: Occlusion, theme: Theme) -> Filled:
    """Draw every parameter's 68 % interval without each band, over that of the whole spectrum.

    Bands without an effect beyond the scatter of the draws are faint, those that were not left out
    are hatched.

    Parameters
    ----------
    explained : Occlusion
    theme : "light" or "dark"

    Returns
    -------
    Filled
        For `style.as_json`.
    """
    known = np.asarray(np.isfinite(explained.without[:, :, 1]).all(axis=1))
    missing = explained.bands[~known]
    data: dict[str, dict[str, npt.NDArray[Any]]] = {
        "missing": {"low": missing[:, 0], "high": missing[:, 1]}
    }
    start, end = float(explained.bands.min()), float(explained.bands.max())
    values: dict[str, dict[str, Any]] = {"wave": _bounds(start, end)}
    for i in range(len(explained.names)):
        data[f"bands{i}"] = _columns(explained, i, known)
        low, median, high = explained.whole[i]
        data[f"whole{i}"] = {
            name: np.array([v]) for name, v in zip(BAND[2:5], (low, median, high), strict=True)
        }
        shown = np.concatenate([explained.whole[i], explained.without[known, i].ravel()])
        margin = 0.1 * float(np.ptp(shown)) or 1.0
        values[f"range{i}"] = _bounds(float(shown.min()) - margin, float(shown.max()) + margin)
    return Filled(_template(theme, explained.names), data, values)


def _bounds(start: float, end: float) -> dict[str, float]:
    return {"start": start, "end": end, "reset_start": start, "reset_end": end}


def _columns(
    explained: Occlusion, column: int, known: npt.NDArray[np.bool_]
) -> dict[str, FloatArray]:
    """Return the bars of one parameter, and what is told of each."""
    low, high = explained.bands[known].T
    q16, median, q84 = explained.without[known, column].T
    whole = explained.whole[column]
    sigma = (whole[2] - whole[0]) / 2 or np.nan
    influence = explained.influence[known, column]
    numbers = (
        *(low + GAP * (high - low), high - GAP * (high - low), q16, median, q84, influence),
        *((median - whole[1]) / sigma, (q84 - q16) / 2 / sigma),
        *(np.where(influence > explained.floor[column], 0.55, 0.2), low, high),
    )  # fmt: skip
    return dict(zip(BAND, numbers, strict=True))


@lru_cache(maxsize=16)
def _template(theme: Theme, names: tuple[str, ...]) -> Template:
    """Return the panels without their numbers."""
    wave = Range1d(name="wave")
    missing = ColumnDataSource({"low": [], "high": []}, name="missing")
    panels = [_panel(theme, names, i, wave, missing) for i in range(len(names))]
    grid = gridplot(
        [[panel] for panel in panels], sizing_mode="stretch_width", merge_tools=True,
        toolbar_location="above", toolbar_options={"logo": None},
    )  # fmt: skip
    return Template.of(as_json(grid, theme))


def _panel(
    theme: Theme, names: tuple[str, ...], number: int, wave: Range1d, missing: ColumnDataSource
) -> Any:
    colours, last = palette(theme), number == len(names) - 1
    unit = get_label(names[number]).unit.partition("(")[0]
    panel = new_figure(
        theme,
        x_label="Wavelength of the band that is left out (µm)" if last else "",
        y_label=f"{plain_symbol(names[number])} ({unit})" if unit else plain_symbol(names[number]),
        height=PANEL + (AXIS if last else 0),
        x_range=wave,
        y_range=Range1d(name=f"range{number}"),
        tools="box_zoom,reset,save",
    )
    panel.yaxis.ticker = BasicTicker(desired_num_ticks=4, num_minor_ticks=0)
    panel.xaxis.major_label_text_font_size = "12px" if last else "0px"
    whole = ColumnDataSource({key: [] for key in BAND[2:5]}, name=f"whole{number}")
    panel.hstrip("low", "high", source=whole, fill_color=colours.pale, line_color=None)
    panel.hspan("median", source=whole, line_color=colours.ink)
    panel.vstrip(
        "low", "high", source=missing, fill_color=colours.surface, line_color=None,
        hatch_pattern="right_diagonal_line", hatch_color=colours.muted, hatch_alpha=0.4,
    )  # fmt: skip
    bands = ColumnDataSource({key: [] for key in BAND}, name=f"bands{number}")
    blue = colours.series[0][0]
    bars = panel.quad(
        left="left", right="right", bottom="low", top="high", source=bands, fill_color=blue,
        fill_alpha="opacity", line_color=None,
    )  # fmt: skip
    panel.segment("left", "median", "right", "median", source=bands, line_color=blue, line_width=2)
    digits = "0." + "0" * get_label(names[number]).digits
    rows = [
        ("without", "@start{0.00} to @end{0.00} µm"),
        (plain_symbol(names[number]), f"@median{{{digits.rstrip('.')}}} {unit}".rstrip()),
        ("shift", "@shift{+0.00} σ"), ("width", "@widening{0.00} of the whole's"),
        ("influence", "@influence{0.00} σ"),
    ]  # fmt: skip
    add_hover(panel, [bars], rows)
    return panel
