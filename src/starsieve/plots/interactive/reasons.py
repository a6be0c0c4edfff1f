"""What spoke for a planet and what against it, as bars."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, FixedTicker, Range1d

from starsieve.plots.interactive.style import Theme, add_hover, as_json, new_figure, palette
from starsieve.plots.interactive.templates import Filled, Template

ROW, AROUND = 26, 70
"""Pixels of a bar with its space, and of the axis below."""

MOST = 12
LONGEST = 36
"""Letters of a name beside its bar; all of it is shown under the pointer."""


def reasons_figure(reasons: Sequence[tuple[str, float]], theme: Theme) -> Filled:
    """Draw by how much each reason moves the log odds of a planet.

    Parameters
    ----------
    reasons : sequence of (str, float)
        What, and its weight; the first `MOST` are drawn.
    theme : "light" or "dark"

    Returns
    -------
    Filled
        For `style.as_json`.
    """
    colours = palette(theme)
    shown = list(reasons[:MOST])[::-1]  # so that the first is on top
    weights = np.array([weight for _, weight in shown])
    reach = 1.15 * float(np.max(np.abs(weights), initial=0.1))
    places = [float(row) for row in range(len(shown))]
    names = [what if len(what) <= LONGEST else f"{what[: LONGEST - 1]}…" for what, _ in shown]
    fills = [colours.series[0][0] if weight > 0 else colours.accent for weight in weights]
    data = {
        "bars": {
            "y": np.array(places),
            "weight": weights,
            "name": np.array([what for what, _ in shown], dtype=object),
            "fill": np.array(fills, dtype=object),
            "hatch": np.array([" " if weight > 0 else "/" for weight in weights], dtype=object),
        }
    }
    values: dict[str, dict[str, Any]] = {
        "x": {"start": -reach, "end": reach, "reset_start": -reach, "reset_end": reach},
        "y": {"start": -0.6, "end": len(shown) - 0.4},
        "ticks": {"ticks": places},
        "y_axis": {"major_label_overrides": dict(zip(places, names, strict=True))},
        "plot": {"height": AROUND + ROW * max(len(shown), 1)},
    }
    return Filled(_template(theme), data, values)


@lru_cache(maxsize=4)
def _template(theme: Theme) -> Template:
    colours = palette(theme)
    figure = new_figure(
        theme, x_label="← against · weight (log odds of a planet) · for →", y_label="",
        x_range=Range1d(name="x"), y_range=Range1d(name="y"), tools="",
    )  # fmt: skip
    figure.name, figure.yaxis.name = "plot", "y_axis"
    figure.yaxis.ticker = FixedTicker(ticks=[], name="ticks")
    bars = ColumnDataSource(
        {key: [] for key in ("y", "weight", "name", "fill", "hatch")}, name="bars"
    )
    drawn = figure.hbar(
        y="y", left=0, right="weight", height=0.7, source=bars, fill_color="fill", line_color=None,
        hatch_pattern="hatch", hatch_color=colours.surface, hatch_alpha=0.5,
    )  # fmt: skip
    figure.vspan(0, line_color=colours.muted)
    figure.ygrid.visible = False
    add_hover(figure, [drawn], [("", "@name"), ("weight", "@weight{+0.00}")])
    return Template.of(as_json(figure, theme))
