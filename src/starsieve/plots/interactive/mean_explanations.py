"""Which wavelengths drive each parameter of many spectra, with numbers under the pointer."""

from typing import Any

import numpy as np
from bokeh.layouts import gridplot
from bokeh.models import BasicTicker, ColumnDataSource, Range1d

from starsieve.data.labels import plain_symbol
from starsieve.plots.interactive.explanations import AXIS, GAP, PANEL
from starsieve.plots.interactive.style import Theme, add_hover, new_figure, palette
from starsieve.plots.mean_explanations import HALF, MeanOcclusion


def mean_explanation_figure(mean: MeanOcclusion, theme: Theme) -> Any:
    """Draw every parameter's mean influence by band, in panels that are zoomed together.

    Bars are faint where a band has an effect in less than half of the spectra.

    Parameters
    ----------
    mean : MeanOcclusion
    theme : "light" or "dark"
    """
    wave = Range1d(float(mean.bands.min()), float(mean.bands.max()))
    panels = [_panel(theme, mean, column, wave) for column in range(len(mean.names))]
    return gridplot(
        [[panel] for panel in panels], sizing_mode="stretch_width", merge_tools=True,
        toolbar_location="above", toolbar_options={"logo": None},
    )  # fmt: skip


def _panel(theme: Theme, mean: MeanOcclusion, column: int, wave: Range1d) -> Any:
    colours, last = palette(theme), column == len(mean.names) - 1
    symbol = plain_symbol(mean.names[column])
    panel = new_figure(
        theme,
        x_label="Wavelength of the band that is left out (µm)" if last else "",
        y_label=f"{symbol} (σ)",
        height=PANEL + (AXIS if last else 0),
        x_range=wave,
        tools="box_zoom,reset,save",
    )
    panel.yaxis.ticker = BasicTicker(desired_num_ticks=4, num_minor_ticks=0)
    panel.xaxis.major_label_text_font_size = "12px" if last else "0px"
    missing = mean.bands[mean.n_asked == 0]
    panel.vstrip(
        missing[:, 0], missing[:, 1], fill_color=colours.surface, line_color=None,
        hatch_pattern="right_diagonal_line", hatch_color=colours.muted, hatch_alpha=0.4,
    )  # fmt: skip
    source = _source(mean, column)
    (blue, _), (red, _) = colours.series[:2]
    bars = panel.quad(
        left="left", right="right", bottom=0, top="influence", source=source, fill_color=blue,
        fill_alpha="opacity", line_color=None,
    )  # fmt: skip
    panel.segment("middle", "low", "middle", "high", source=source, line_color=colours.ink)
    panel.scatter("middle", "shift", source=source, marker="diamond", size=7, color=red)
    rows = [
        ("without", "@start{0.00} to @end{0.00} µm"),
        ("influence", "@influence{0.00} σ, 68 % from @low{0.00} to @high{0.00}"),
        ("shift", "@shift{+0.00} σ"), ("width", "@widening{0.00} of the whole's"),
        ("with an effect", f"@share{{0%}} of @asked of {mean.n_spectra} spectra"),
    ]  # fmt: skip
    add_hover(panel, [bars], rows)
    return panel


def _source(mean: MeanOcclusion, column: int) -> ColumnDataSource:
    """Return the bars of one parameter, and what is told of each."""
    known = mean.n_asked > 0
    start, end = mean.bands[known].T
    low, high = mean.spread[known, column].T
    share = mean.share[known, column]
    return ColumnDataSource(
        {
            "start": start,
            "end": end,
            "left": start + GAP * (end - start),
            "right": end - GAP * (end - start),
            "middle": (start + end) / 2,
            "low": low,
            "high": high,
            "influence": mean.influence[known, column],
            "shift": mean.shift[known, column],
            "widening": mean.widening[known, column],
            "share": share,
            "asked": mean.n_asked[known],
            "opacity": np.where(share >= HALF, 0.6, 0.22),
        },
        name=f"bands{column}",
    )
