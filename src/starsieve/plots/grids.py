"""Figures of what is known of a model grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.plots.posteriors import axis_label
from starsieve.plots.style import BLACK, BLUE, GREY, PALE, SERIES, VERMILLION, new_figure, styled

MOST_TICKS = 8
LEAST_LOST = 1e-6
"""Where the axis of lost shares ends: less is nothing."""

MANY_COLOURS = len(SERIES)


@dataclass(frozen=True, slots=True)
class Ticks:
    """A label and its values as people write them."""

    name: str
    values: Sequence[str]


@styled
def plot_grid_coverage(
    labels: Sequence[Ticks], filled: Mapping[tuple[str, str], FloatArray]
) -> Figure:
    """Plot for each pair of labels which share of the nodes holds a spectrum.

    Parameters
    ----------
    labels : sequence of Ticks
    filled : mapping of (name, name) to array, shape (n_one, n_other)
        Share by values, for each pair of labels in their order.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n = max(len(labels) - 1, 1)
    figure = new_figure(1.7 + 1.9 * n, 1.2 + 1.9 * n)
    width, height = figure.get_size_inches()
    cells = figure.add_gridspec(
        n, n, left=0.95 / width, right=1 - 0.7 / width, bottom=0.9 / height, top=1 - 0.25 / height,
        wspace=0.1, hspace=0.1,
    )  # fmt: skip
    image = None
    for row in range(1, len(labels)):
        for column in range(row):
            axes = figure.add_subplot(cells[row - 1, column])
            across, up = labels[column], labels[row]
            image = _draw_table(axes, filled[across.name, up.name].T, "viridis")
            _name_values(axes, across if row == n else None, up if column == 0 else None)
    if image is not None:
        _draw_bar(figure, image, "Share of the nodes that hold a spectrum")
    return figure


@styled
def plot_grid_confusions(
    labels: Sequence[Ticks], tables: Sequence[FloatArray], *, title: str = ""
) -> Figure:
    """Plot for each label what the best method answers, by the true value.

    Parameters
    ----------
    labels : sequence of Ticks
    tables : sequence of arrays, shape (n_values, n_values)
        Rows: true values. Columns: mean posterior probability of each value.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_across = min(len(labels), 3)
    n_down = -(-len(labels) // n_across)
    figure = new_figure(0.9 + 2.9 * n_across, 0.7 + 3.0 * n_down)
    width, height = figure.get_size_inches()
    panels = figure.subplots(n_down, n_across, squeeze=False).ravel()
    image = None
    for axes, label, table in zip(panels, labels, tables, strict=False):
        image = _draw_table(axes, np.nan_to_num(table).T, "cividis")
        _name_values(axes, label, label)
        axes.set_xlabel(f"True {axis_label(label.name)}")
        axes.set_ylabel(f"Answered {get_label(label.name).symbol}")
    for axes in panels[len(labels) :]:
        axes.set_axis_off()
    panels[0].set_title(title, loc="left")
    figure.subplots_adjust(
        left=0.85 / width, right=1 - 0.85 / width, bottom=0.85 / height, top=1 - 0.35 / height,
        wspace=0.55, hspace=0.55,
    )  # fmt: skip
    if image is not None:
        _draw_bar(figure, image, "Mean posterior probability")
    return figure


@styled
def plot_grid_ceilings(
    snr: FloatArray, r2: Mapping[str, FloatArray], copies: Mapping[str, float], *, asked: float
) -> Figure:
    """Plot what noise, and copies, leave of each label.

    Parameters
    ----------
    snr : array, shape (n,)
        Increasing, per pixel.
    r2 : mapping of str to array, shape (n,)
        Ceiling of R2 by label.
    copies : mapping of str to float
        Ceiling of R2 that copies alone impose.
    asked : float
        The signal-to-noise to mark.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(6.4, 4.2)
    axes = figure.subplots()
    for number, (name, values) in enumerate(r2.items()):
        colour, marker = SERIES[number % MANY_COLOURS]
        style = "-" if number < MANY_COLOURS else "--"
        lost = np.maximum(1 - np.asarray(values), LEAST_LOST)
        symbol = get_label(name).symbol
        axes.plot(snr, lost, style, marker=marker, ms=4.5, color=colour, label=symbol)
        if copies[name] < 1 - LEAST_LOST:
            axes.axhline(1 - copies[name], color=colour, lw=0.9, ls=(0, (2, 2)))
            place = (1.01, 1 - copies[name])
            text = f"copies: {copies[name]:.3f}"
            axes.annotate(text, place, xycoords=axes.get_yaxis_transform(), va="center", fontsize=8)
    axes.axvline(asked, color=GREY, lw=0.8, ls=(0, (4, 3)))
    axes.set(xscale="log", yscale="log", ylim=(0.7 * LEAST_LOST, 1.5))
    axes.set_xticks(snr, [f"{value:g}" for value in snr])
    axes.minorticks_off()
    axes.grid(visible=True)
    axes.set_xlabel("Signal-to-noise per pixel (root-mean-square flux over noise)")
    axes.set_ylabel("What the best method loses: 1 − R²")
    axes.legend(loc="upper right", ncols=2)
    figure.subplots_adjust(left=0.12, right=0.84, top=0.97, bottom=0.13)
    return figure


@styled
def plot_grid_energy(teff: FloatArray, share: FloatArray, black: FloatArray) -> Figure:
    """Plot the energy of each spectrum beside that of black bodies at the same wavelengths.

    Parameters
    ----------
    teff : array, shape (n,)
        K.
    share, black : arrays, shape (n,)
        Integral over sigma Teff^4, of the spectra and of black bodies.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(6.4, 3.9)
    axes = figure.subplots()
    shown = np.maximum(share, np.min(share[share > 0], initial=1.0))
    axes.plot(teff, shown, "o", ms=3.2, color=BLUE, alpha=0.45, mew=0, label="spectra")
    order = np.argsort(teff, kind="stable")
    axes.plot(teff[order], black[order], color=BLACK, lw=1.1, label="black bodies")
    axes.axhline(1.0, color=VERMILLION, lw=1.1, ls=(0, (5, 3)), label="all there can be")
    least = float(min(shown.min(), np.median(black)))
    axes.set(ylim=(0, 1.15 * max(1.0, float(shown.max()))))
    if least < 0.02:
        axes.set(yscale="log", ylim=(0.5 * max(least, 1e-6), 2.0 * max(1.0, float(shown.max()))))
    axes.set_xlabel(axis_label("teff"))
    axes.set_ylabel(r"Integral of the flux / $\sigma T_{\rm eff}^4$")
    axes.grid(visible=True)
    axes.legend(loc="lower right")
    figure.subplots_adjust(left=0.12, right=0.98, top=0.97, bottom=0.14)
    return figure


def _draw_table(axes: Axes, values: FloatArray, colours: str) -> AxesImage:
    axes.set_facecolor(PALE)
    return axes.imshow(
        values, origin="lower", aspect="auto", cmap=colours, vmin=0, vmax=1, interpolation="none"
    )


def _name_values(axes: Axes, across: Ticks | None, up: Ticks | None) -> None:
    """Write the values of labels on the axes; where there is none, no ticks."""
    axes.tick_params(top=False, right=False, length=2)
    for ticks, axis in ((across, axes.xaxis), (up, axes.yaxis)):
        if ticks is None:
            axis.set_ticks([])
            continue
        step = -(-len(ticks.values) // MOST_TICKS)
        places = range(0, len(ticks.values), step)
        axis.set_ticks(places, [ticks.values[place] for place in places], fontsize=8)
        axis.set_label_text(axis_label(ticks.name))
    axes.tick_params(axis="x", labelrotation=60)


def _draw_bar(figure: Figure, image: AxesImage, text: str) -> None:
    """Draw the bar of colours at the right edge."""
    width, height = figure.get_size_inches()
    place = figure.add_axes((1 - 0.6 / width, 0.9 / height, 0.12 / width, 1 - 1.25 / height))
    bar = figure.colorbar(image, cax=place)
    bar.set_label(text, fontsize=8.5)
    bar.ax.tick_params(labelsize=8)
