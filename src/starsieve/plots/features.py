"""What a network sees: the distributions of its inputs and answers after scaling."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starsieve.data.labels import LABELS, get_label
from starsieve.data.spectrum import FloatArray
from starsieve.plots.spectra import plain
from starsieve.plots.style import BLACK, BLUE, GREY, new_figure, styled

N_BINS = 31
MOST_TICKS = 12
PANELS_IN_A_ROW = 4
BOX = "#A9CFE8"


@styled
def plot_boxes(
    values: FloatArray, names: Sequence[str], *, x_label: str = "", y_label: str = "Scaled value"
) -> Figure:
    """Plot a box for each column: quartiles and median, whiskers up to 1.5 times their distance.

    Points beyond the whiskers are not drawn.

    Parameters
    ----------
    values : array, shape (n_rows, n_columns)
    names : sequence of str
        Of the columns, in their order. Of many, some are written; of labels, the symbols.
    x_label, y_label : str
        With units.

    Returns
    -------
    matplotlib.figure.Figure
        With one box for each column.
    """
    n = values.shape[1]
    wide = 1.05 if n <= MOST_TICKS else 0.35  # inches, so that every name has room
    figure = new_figure(float(np.clip(wide * n + 1.5, 4.2, 10.5)), 3.8)
    width = figure.get_figwidth()
    axes = figure.add_axes((0.75 / width, 0.17, 1 - 0.9 / width, 0.79))
    places = np.arange(n)
    axes.boxplot(
        values, positions=places, widths=0.7, showfliers=False, patch_artist=True,
        boxprops={"facecolor": BOX, "edgecolor": BLUE, "linewidth": 0.6},
        medianprops={"color": BLACK, "linewidth": 1.0},
        whiskerprops={"color": GREY, "linewidth": 0.6}, capprops={"color": GREY, "linewidth": 0.6},
    )  # fmt: skip
    shown = places[:: max(1, ceil(n / MOST_TICKS))]
    axes.set_xticks(shown, [_symbol(names[place]) for place in shown])
    axes.set_xlim(-0.8, n - 0.2)
    axes.grid(visible=True, axis="y")
    axes.set(xlabel=x_label, ylabel=y_label)
    return figure


@styled
def plot_histograms(values: Mapping[str, FloatArray], *, x_label: str = "Scaled value") -> Figure:
    """Plot a histogram of `N_BINS` bins for each feature.

    Parameters
    ----------
    values : mapping of str to array, shape (n_rows,)
        By name; of labels, the symbols are written.
    x_label : str
        With the unit.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n = len(values)
    columns = min(n, PANELS_IN_A_ROW)
    rows = ceil(n / columns)
    figure = new_figure(1.0 + 2.3 * columns, 0.6 + 2.1 * rows)
    width, height = figure.get_size_inches()
    cells = figure.add_gridspec(
        rows, columns, left=0.75 / width, right=1 - 0.15 / width, bottom=0.55 / height,
        top=1 - 0.3 / height, wspace=0.3, hspace=0.42,
    )  # fmt: skip
    for number, (name, column) in enumerate(values.items()):
        axes = figure.add_subplot(cells[number // columns, number % columns])
        _draw_histogram(axes, column)
        axes.set_title(_symbol(name), loc="left")
        if number % columns == 0:
            axes.set_ylabel("Spectra")
        if number >= n - columns:
            axes.set_xlabel(x_label)
    return figure


def _draw_histogram(axes: Axes, column: FloatArray) -> None:
    axes.hist(column, bins=N_BINS, histtype="stepfilled", color=BOX, edgecolor=BLUE, lw=0.9)
    axes.locator_params(nbins=4)


def _symbol(name: str) -> str:
    return get_label(name).symbol if name in LABELS else plain(name)
