"""What latents say about labels: a map of mutual information, the model's above PCA's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.layouts import column
from bokeh.models import ColorBar, ColumnDataSource, FixedTicker, HoverTool, LinearColorMapper
from bokeh.palettes import Blues256, Cividis256

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.plots.interactive.style import Theme, hover_text, new_figure, palette

ROW = 30
"""Pixels of a label."""

AROUND = 92
"""Pixels above and below the labels."""

LEFT = 120


@dataclass(frozen=True, slots=True, eq=False)
class InformationTable:
    """Mutual information of latents and labels, in nats; arrays of shape (n_labels, n_latents).

    Parameters
    ----------
    title : str
    latents : sequence of str
        What the columns are called.
    labels : sequence of str
        What the rows are called.
    nats, error, null : arrays
        The estimate, its standard error, and what shuffled pairings give.
    sure : array of bool
        Where that is beyond chance.
    """

    title: str
    latents: Sequence[str]
    labels: Sequence[str]
    nats: FloatArray
    error: FloatArray
    null: FloatArray
    sure: BoolArray


def information_figure(theme: Theme, tables: Sequence[InformationTable]) -> Any:
    """Draw tables one above the other, with colours that mean the same in all.

    What chance may have given is crossed out.
    """
    most = max((float(table.nats.max(initial=0.0)) for table in tables), default=0.0) or 1.0
    shades = Blues256[::-1] if theme == "light" else Cividis256
    mapper = LinearColorMapper(palette=shades, low=0.0, high=most)
    panels = [_panel(theme, table, mapper) for table in tables]
    return column(*panels, sizing_mode="stretch_width", spacing=6)


def _panel(theme: Theme, table: InformationTable, mapper: LinearColorMapper) -> Any:
    colours = palette(theme)
    figure = new_figure(
        theme,
        x_label="",
        y_label="",
        height=AROUND + ROW * len(table.labels),
        x_range=(-0.5, len(table.latents) - 0.5),
        y_range=(len(table.labels) - 0.5, -0.5),
        title=table.title,
        tools="save",
    )
    figure.min_border_left = LEFT
    figure.xgrid.visible = figure.ygrid.visible = False
    figure.outline_line_color = None
    for axis, names in ((figure.xaxis, table.latents), (figure.yaxis, table.labels)):
        axis.ticker = FixedTicker(ticks=list(range(len(names))))
        axis.major_label_overrides = dict(enumerate(names))
        axis.major_tick_line_color = None
    label, latent = np.indices(table.nats.shape)
    source = ColumnDataSource(
        {
            "x": latent.ravel(),
            "y": label.ravel(),
            "latent": [table.latents[number] for number in latent.ravel().tolist()],
            "label": [table.labels[number] for number in label.ravel().tolist()],
            "nats": table.nats.ravel(),
            "error": table.error.ravel(),
            "null": table.null.ravel(),
            "hatch": np.where(table.sure.ravel(), " ", "x").tolist(),
        }
    )
    cells = figure.rect(
        "x", "y", width=0.96, height=0.94, source=source, line_color=colours.grid,
        fill_color={"field": "nats", "transform": mapper}, hatch_pattern="hatch",
        hatch_color=colours.muted, hatch_alpha=0.6, hatch_scale=8, hatch_weight=0.7,
    )  # fmt: skip
    rows = [
        ("", "@label, latent @latent"),
        ("information", "@nats{0.000} ± @error{0.000} nats"),
        ("shuffled", "@null{0.000} nats"),
    ]
    figure.add_tools(HoverTool(renderers=[cells], tooltips=hover_text(theme, rows)))
    bar = ColorBar(color_mapper=mapper, width=10, padding=4, label_standoff=6, title="nats")
    bar.background_fill_color = colours.surface
    figure.add_layout(bar, "right")
    return figure
