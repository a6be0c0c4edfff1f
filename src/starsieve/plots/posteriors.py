"""Figures of posteriors."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.plots.style import BLACK, BLUE, GREY, VERMILLION, new_figure, styled
from starsieve.stats import density_2d, highest_density_levels

PROBABILITIES = (0.95, 0.68)
SHADES = ("#CFE3F2", "#7FB5DA")
"""Of the 95 and the 68 % regions: light blues that differ in print."""

Range = tuple[float, float]


@styled
def plot_corner(
    draws: FloatArray,
    names: Sequence[str],
    *,
    ranges: Mapping[str, Range] | None = None,
    best: Mapping[str, float] | None = None,
    limits: Mapping[str, str] | None = None,
) -> Figure:
    """Plot every posterior and every pair of posteriors.

    Contours hold 68 and 95 % of the draws; dashed lines stand at the 16th, 50th and 84th
    percentiles.

    Parameters
    ----------
    draws : array, shape (n_draws, n_labels)
    names : sequence of str
        Labels of the columns.
    ranges : mapping of str to (float, float), optional
        Edges of the model grid. Where they come into view, what lies beyond is hatched.
    best : mapping of str to float, optional
        Values to mark with a cross, as of the best-fitting model.
    limits : mapping of str to str, optional
        What to write over the histogram of a label that has a limit instead of a value, such
        as ``< 950``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n = len(names)
    figure = new_figure(1.2 + 1.75 * n, 0.9 + 1.75 * n)
    width, height = figure.get_size_inches()
    cells = figure.add_gridspec(
        n, n, left=0.85 / width, right=1 - 0.15 / width, bottom=0.7 / height,
        top=1 - 0.3 / height, wspace=0.06, hspace=0.06,
    )  # fmt: skip
    edges = [(ranges or {}).get(name, (-np.inf, np.inf)) for name in names]
    marks = [(best or {}).get(name, np.nan) for name in names]
    views = [_view(draws[:, i], edges[i], marks[i]) for i in range(n)]
    for row in range(n):
        for column in range(row + 1):
            axes = figure.add_subplot(cells[row, column])
            x, y = draws[:, column], draws[:, row]
            if row == column:
                _draw_histogram(axes, x, views[row], edges[row])
                title = _quote(names[row], x, (limits or {}).get(names[row]))
                axes.set_title(title, y=1.0, pad=7)
            else:
                _draw_pair(axes, x, y, (views[column], edges[column]), (views[row], edges[row]))
                axes.plot(marks[column], marks[row], "x", color=VERMILLION, ms=6, mew=1.4)
            _finish(axes, views[column], names[column] if row == n - 1 else "", column == row)
            _label_rows(axes, names[row] if column == 0 < row else "")
    _explain(figure, bool(best))
    return figure


def axis_label(name: str) -> str:
    """Return a label's symbol with its unit in parentheses."""
    return get_label(name).symbol + axis_unit(name)


def axis_unit(name: str) -> str:
    """Return a label's unit in parentheses after a space; of a logarithm, that it is of cgs."""
    unit = get_label(name).unit
    if unit.startswith("dex("):
        return " (cgs)"
    return f" ({unit})" if unit else ""


def _view(draws: FloatArray, edge: Range, mark: float) -> Range:
    """Return what to show of one label: its draws without the wildest, and the mark."""
    low, high = (float(value) for value in np.quantile(draws, (0.002, 0.998)))
    if np.isfinite(mark):
        low, high = min(low, mark), max(high, mark)
    margin = 0.07 * (high - low) or 0.05 * abs(low) or 1.0
    low, high = low - margin, high + margin
    # Where the draws reach an edge of the grid, a strip beyond it is shown, to be hatched.
    strip = 0.04 * (high - low)
    return max(low, edge[0] - strip), min(high, edge[1] + strip)


def _inside(view: Range, edge: Range) -> Range:
    return max(view[0], edge[0]), min(view[1], edge[1])


def _draw_histogram(axes: Axes, x: FloatArray, view: Range, edge: Range) -> None:
    counts, *_ = axes.hist(
        x, bins=30, range=_inside(view, edge), histtype="stepfilled", color=SHADES[0],
        edgecolor=BLUE, lw=1.0,
    )  # fmt: skip
    low, middle, high = np.quantile(x, (0.16, 0.5, 0.84))
    axes.vlines((low, high), 0, 1, BLACK, (0, (3, 2)), lw=0.8, transform=axes.get_xaxis_transform())
    axes.axvline(middle, color=BLACK, lw=1.0)
    axes.set_ylim(0, 1.1 * np.max(np.asarray(counts)))
    axes.set_yticks([])
    _hatch_beyond(axes.axvspan, view, edge)


def _quote(name: str, x: FloatArray, limit: str | None) -> str:
    """Return the limit, or the median with its distances to the 16th and 84th percentiles."""
    label = get_label(name)
    if limit:
        return f"{label.symbol} {limit}"
    low, middle, high = np.quantile(x, (0.16, 0.5, 0.84))
    above, below = f"{high - middle:.{label.digits}f}", f"{middle - low:.{label.digits}f}"
    return f"{label.symbol} = ${middle:.{label.digits}f}^{{+{above}}}_{{-{below}}}$"


def _draw_pair(
    axes: Axes, x: FloatArray, y: FloatArray, across: tuple[Range, Range], up: tuple[Range, Range]
) -> None:
    inside_x, inside_y = _inside(*across), _inside(*up)
    centres_x, centres_y, density = density_2d(x, y, inside_x, inside_y)
    levels = np.unique(highest_density_levels(density, PROBABILITIES))
    # Contours end at the outermost points, which are to be edges and not centres of bins.
    across_x = np.concatenate([inside_x[:1], centres_x, inside_x[1:]])
    up_y = np.concatenate([inside_y[:1], centres_y, inside_y[1:]])
    density = np.pad(density, 1, mode="edge")
    if len(levels) == len(PROBABILITIES):
        tops = [*levels, 1.01 * density.max()]
        axes.contourf(across_x, up_y, density, tops, colors=SHADES)
        axes.contour(across_x, up_y, density, levels, colors=BLUE, linewidths=0.8)
    else:  # all draws in one bin
        axes.plot(x, y, ".", color=BLUE, ms=3, rasterized=True)
    axes.set_ylim(up[0])
    _hatch_beyond(axes.axvspan, *across)
    _hatch_beyond(axes.axhspan, *up)


def _hatch_beyond(span: object, view: Range, edge: Range) -> None:
    for low, high in ((view[0], edge[0]), (edge[1], view[1])):
        if low < high and np.isfinite((low, high)).all():
            span(low, high, facecolor="#F1F2F4", edgecolor=GREY, hatch="/////", lw=0.6)  # type: ignore[operator]


def _finish(axes: Axes, view: Range, x_name: str, diagonal: bool) -> None:
    axes.set_xlim(view)
    axes.xaxis.set_major_locator(MaxNLocator(4, prune="both"))
    if not diagonal:
        axes.yaxis.set_major_locator(MaxNLocator(4, prune="both"))
    if x_name:
        axes.tick_params(axis="x", labelrotation=40)
        axes.set_xlabel(axis_label(x_name))
    else:
        axes.tick_params(labelbottom=False)


def _label_rows(axes: Axes, y_name: str) -> None:
    if y_name:
        axes.set_ylabel(axis_label(y_name))
    else:
        axes.tick_params(labelleft=False)


def _explain(figure: Figure, marked: bool) -> None:
    """Say in the empty corner what is drawn."""
    lines = ["contours: 68 and 95 % of the posterior", "lines: 16, 50 and 84 %"]
    lines += ["cross: best-fitting model"] * marked
    lines += ["hatched: beyond the model grid"]
    figure.text(0.985, 0.975, "\n".join(lines), ha="right", va="top", color="#555B65", fontsize=9)
