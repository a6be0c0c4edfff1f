"""What spoke for a planet and what against it, as bars."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, Range1d

from starsieve.plots.interactive.style import Theme, add_hover, as_json, new_figure, palette
from starsieve.plots.interactive.templates import Filled, Template

ROW, AROUND = 38, 64
"""Pixels of a bar with its name above, and of the axis below."""

MOST = 12
ABOVE = 0.34
"""How far above its bar a name stands, in rows."""


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
    places = np.arange(len(shown), dtype=np.float64)
    fills = [colours.series[0][0] if weight > 0 else colours.accent for weight in weights]
    data = {
        "bars": {
            "y": places,
            "above": places + ABOVE,
            "left": np.full(len(shown), -reach),
            "weight": weights,
            "name": np.array([what for what, _ in shown], dtype=object),
            "fill": np.array(fills, dtype=object),
            "hatch": np.array([" " if weight > 0 else "/" for weight in weights], dtype=object),
        }
    }
    values: dict[str, dict[str, Any]] = {
        "x": {"start": -reach, "end": reach, "reset_start": -reach, "reset_end": reach},
        "y": {"start": -0.5, "end": len(shown) - 0.3},
        "plot": {"height": AROUND + ROW * max(len(shown), 1)},
    }
    return Filled(_template(theme), data, values)


@lru_cache(maxsize=4)
def _template(theme: Theme) -> Template:
    colours = palette(theme)
    figure = new_figure(
        theme, x_label="Weight (log odds): + for a planet", y_label="",
        x_range=Range1d(name="x"), y_range=Range1d(name="y"), tools="",
    )  # fmt: skip
    figure.name, figure.yaxis.visible = "plot", False
    columns = ("y", "above", "left", "weight", "name", "fill", "hatch")
    bars = ColumnDataSource({key: [] for key in columns}, name="bars")
    drawn = figure.hbar(
        y="y", left=0, right="weight", height=0.34, source=bars, fill_color="fill", line_color=None,
        hatch_pattern="hatch", hatch_color=colours.surface, hatch_alpha=0.5,
    )  # fmt: skip
    figure.text(
        "left", "above", "name", source=bars, text_color=colours.ink, text_font_size="12px",
        text_baseline="middle", x_offset=6,
    )  # fmt: skip
    figure.vspan(0, line_color=colours.muted)
    figure.ygrid.visible = False
    add_hover(figure, [drawn], [("", "@name"), ("weight", "@weight{+0.00}")])
    return Template.of(as_json(figure, theme))
