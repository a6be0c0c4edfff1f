"""Whether a model's probabilities and errors mean what they say."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from bokeh.layouts import gridplot
from bokeh.models import BasicTicker, NumeralTickFormatter

from starsieve.data.labels import get_label, plain_symbol
from starsieve.data.spectrum import FloatArray
from starsieve.plots.interactive.style import (
    Theme,
    add_hover,
    new_figure,
    palette,
)
from starsieve.stats import ReliabilityBin, mean_absolute_error

Numbers = npt.NDArray[Any]

HEIGHT, PANEL_HEIGHT = 415, 250
PANELS_IN_A_ROW = 2
EDGE = (-0.02, 1.02)


def coverage_figure(coverage: Mapping[str, tuple[FloatArray, FloatArray]], theme: Theme) -> Any:
    """Draw how often central intervals hold the truth against how often they should.

    Below the diagonal errors are too small, above it too large.

    Parameters
    ----------
    coverage : mapping of str to pair of arrays, shape (n_levels,)
        By label: probabilities of intervals, and the share of them that hold the truth.
    theme : "light" or "dark"
    """
    figure = _unit_square(theme, "Probability of the interval", "Share that holds the truth")
    for (name, (levels, shares)), (colour, marker) in zip(
        coverage.items(), _series(theme, len(coverage)), strict=True
    ):
        title = plain_symbol(name)
        source = {"level": levels, "share": shares, "name": _repeat(title, levels)}
        line = figure.line("level", "share", source=source, line_color=colour, legend_label=title)
        points = figure.scatter(
            "level",
            "share",
            source=line.data_source,
            marker=marker,
            size=6,
            color=colour,
            legend_label=title,
        )
        rows = [("", "@name"), ("Interval", "@level{0 %}"), ("Holds the truth", "@share{0.0 %}")]
        add_hover(figure, [points], rows)
    figure.legend.location = "top_left"
    return figure


def ranks_figure(ranks: Mapping[str, Mapping[str, Numbers]], theme: Theme) -> Any:
    """Draw where the truth ranks among the draws, evenly if posteriors are calibrated.

    The band is where 99 % of the bins of calibrated posteriors lie. A hump says that they are too
    wide, a bowl too narrow, a slope shifted.

    Parameters
    ----------
    ranks : mapping of str to mapping
        By label: ``edges``, shape (n_bins + 1,), and ``counts``, ``expected``, ``low`` and
        ``high``, shape (n_bins,).
    theme : "light" or "dark"
    """
    return _grid([_rank_panel(name, found, theme) for name, found in ranks.items()])


def pairs_figure(pairs: Mapping[str, Mapping[str, FloatArray]], theme: Theme) -> Any:
    """Draw inferred against true values, with errors.

    Parameters
    ----------
    pairs : mapping of str to mapping
        By label: ``true``, ``median``, ``q16`` and ``q84``, shape (n,).
    theme : "light" or "dark"
    """
    return _grid([_pair_panel(name, found, theme) for name, found in pairs.items()])


def reliability_figure(bins: Mapping[str, Sequence[ReliabilityBin]], theme: Theme) -> Any:
    """Draw how often probabilities came true.

    Parameters
    ----------
    bins : mapping of str to sequence of ReliabilityBin
        By what was judged.
    theme : "light" or "dark"
    """
    figure = _unit_square(theme, "Probability of a planet", "Share that is one")
    for (name, found), (colour, marker) in zip(
        bins.items(), _series(theme, len(bins)), strict=True
    ):
        source = {
            "probability": np.array([each.probability for each in found]),
            "share": np.array([each.share for each in found]),
            "low": np.array([max(0.0, each.share - each.error) for each in found]),
            "high": np.array([min(1.0, each.share + each.error) for each in found]),
            "n": np.array([each.n for each in found]),
            "name": _repeat(name, found),
        }
        line = figure.line("probability", "share", source=source, line_color=colour)
        same = line.data_source
        figure.segment("probability", "low", "probability", "high", source=same, color=colour)
        points = figure.scatter(
            "probability",
            "share",
            source=same,
            marker=marker,
            size=8,
            color=colour,
            legend_label=name,
        )
        rows = [
            ("", "@name"),
            ("Probability", "@probability{0.0 %}"),
            ("Planets", "@share{0.0 %}"),
            ("Signals", "@n{0,0}"),
        ]
        add_hover(figure, [points], rows)
    figure.legend.location = "top_left"
    return figure


def precision_recall_figure(
    curves: Mapping[str, tuple[FloatArray, FloatArray]], theme: Theme
) -> Any:
    """Draw what every cut in a probability gives.

    Parameters
    ----------
    curves : mapping of str to pair of arrays, shape (n_cuts,)
        By what was judged: recall and precision.
    theme : "light" or "dark"
    """
    figure = _unit_square(theme, "Recall: share of planets kept", "Precision: planets among them")
    figure.renderers.clear()
    for (name, (recall, precision)), (colour, _) in zip(
        curves.items(), _series(theme, len(curves)), strict=True
    ):
        source = {"recall": recall, "precision": precision, "name": _repeat(name, recall)}
        line = figure.step(
            "recall",
            "precision",
            source=source,
            mode="before",
            line_color=colour,
            line_width=1.8,
            legend_label=name,
        )
        rows = [("", "@name"), ("Recall", "@recall{0.0 %}"), ("Precision", "@precision{0.0 %}")]
        add_hover(figure, [line], rows)
    figure.legend.location = "bottom_left"
    return figure


def _rank_panel(name: str, found: Mapping[str, Numbers], theme: Theme) -> Any:
    colours = palette(theme)
    panel = new_figure(
        theme,
        x_label=f"Rank of the true {plain_symbol(name)}",
        y_label="Spectra",
        height=PANEL_HEIGHT,
        x_range=(0, 1),
        y_range=(0, 1.15 * float(max(np.max(found["counts"]), np.max(found["high"]), 1))),
        tools="reset,save",
    )
    panel.xaxis.formatter = NumeralTickFormatter(format="0 %")
    _few_ticks(panel)
    left, right = found["edges"][:-1], found["edges"][1:]
    bars = panel.quad(
        left="left",
        right="right",
        top="count",
        bottom=0,
        source={"left": left, "right": right, "count": found["counts"]},
        fill_color=colours.series[0][0],
        fill_alpha=0.55,
        line_color=colours.surface,
    )
    panel.quad(
        left=left,
        right=right,
        bottom=found["low"],
        top=found["high"],
        fill_color=colours.muted,
        fill_alpha=0.18,
        line_color=None,
    )
    middle = np.repeat(found["expected"], 2)
    ends = np.stack([left, right], axis=1).ravel()
    panel.line(ends, middle, line_color=colours.ink, line_dash="dashed")
    add_hover(panel, [bars], [("Rank", "@left{0 %} to @right{0 %}"), ("Spectra", "@count")])
    return panel


def _pair_panel(name: str, found: Mapping[str, FloatArray], theme: Theme) -> Any:
    colours, label = palette(theme), get_label(name)
    unit = {"": "", "dex(cm / s2)": " (cgs)"}.get(label.unit, f" ({label.unit})")
    both = np.concatenate([found["true"], found["q16"], found["q84"]])
    low, high = float(np.min(both)), float(np.max(both))
    margin = 0.04 * (high - low) or 1.0
    view = (low - margin, high + margin)
    error = mean_absolute_error(found["median"], found["true"])
    panel = new_figure(
        theme,
        x_label=f"True {plain_symbol(name)}{unit}",
        y_label=f"Inferred {plain_symbol(name)}{unit}",
        height=PANEL_HEIGHT + 60,
        x_range=view,
        y_range=view,
        title=f"mean absolute error {error:.{label.digits}f}",
    )
    _few_ticks(panel)
    panel.line(view, view, line_color=colours.ink, line_dash="dashed")
    colour, marker = colours.series[0]
    source = dict(found)
    bars = panel.segment("true", "q16", "true", "q84", source=source, color=colour, alpha=0.35)
    points = panel.scatter(
        "true",
        "median",
        source=bars.data_source,
        marker=marker,
        size=5,
        fill_color=colour,
        fill_alpha=0.7,
        line_color=None,
    )
    form = f"{{{'0.' + '0' * label.digits if label.digits else '0'}}}"
    rows = [
        ("True", f"@true{form}"),
        ("Inferred", f"@median{form}"),
        ("68 %", f"@q16{form} to @q84{form}"),
    ]
    add_hover(panel, [points], rows)
    return panel


def _unit_square(theme: Theme, x_label: str, y_label: str) -> Any:
    """Return a figure from 0 to 1 on both axes, with its diagonal."""
    figure = new_figure(
        theme, x_label=x_label, y_label=y_label, height=HEIGHT, x_range=EDGE, y_range=EDGE
    )
    for axis in (*figure.xaxis, *figure.yaxis):
        axis.formatter = NumeralTickFormatter(format="0 %")
    figure.line([0, 1], [0, 1], line_color=palette(theme).muted, line_dash="dashed")
    return figure


def _grid(panels: Sequence[Any]) -> Any:
    rows = [
        list(panels[start : start + PANELS_IN_A_ROW])
        for start in range(0, len(panels), PANELS_IN_A_ROW)
    ]
    return gridplot(rows, sizing_mode="stretch_width", toolbar_options={"logo": None})


def _few_ticks(panel: Any) -> None:
    """Leave room between the numbers of a panel that may be narrow."""
    for axis in (*panel.xaxis, *panel.yaxis):
        axis.ticker = BasicTicker(desired_num_ticks=4)


def _repeat(name: str, points: Sequence[Any] | Numbers) -> Numbers:
    """Return a name as a column: Bokeh escapes what comes from columns."""
    return np.full(len(points), name)


def _series(theme: Theme, n: int) -> list[tuple[str, str]]:
    series = palette(theme).series
    return [series[number % len(series)] for number in range(n)]
