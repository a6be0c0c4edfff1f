"""Figures about what latents mean: which are informative, and about what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.plots.style import BLACK, BLUE, GREY, PALE, SERIES, VERMILLION, new_figure, styled
from starsieve.stats.informative import Informative, count_by_threshold

MOST_POINTS = 5000
"""Of a scatter plot; more hide each other and make a page heavy."""

OUTERMOST = 0.005
"""Share of the points at either end of an axis that may lie beyond it."""

MOST_CLASSES = 6
N_COLUMNS = 3
MOST_NUMBERED = 24
"""Latents of a heat map that are still wide enough for numbers."""

Words = npt.NDArray[np.str_]


@styled
def plot_informative(found: Informative, measure: str) -> Figure:
    """Plot each latent's measure against the threshold, and the count against any threshold.

    Parameters
    ----------
    found : Informative
    measure : str
        What is measured, for the axis.
    """
    figure = new_figure(8.6, 3.4)
    left = figure.add_axes((0.08, 0.15, 0.52, 0.82))
    right = figure.add_axes((0.68, 0.15, 0.3, 0.82))
    values = np.maximum(found.measure, found.measure.max() * 1e-6 + 1e-12)
    numbers = np.arange(len(values))
    above = values > found.threshold
    for rows, colour, marker in ((above, BLUE, "o"), (~above, GREY, "v")):
        left.vlines(numbers[rows], values.min() / 2, values[rows], color=colour, lw=1.1)
        left.plot(numbers[rows], values[rows], marker, color=colour, ms=4.5)
    left.axhline(found.threshold, color=VERMILLION, lw=1.0, ls="--")
    for number in numbers[above][:MOST_NUMBERED]:
        left.annotate(
            str(number), (number, values[number]), (0, 4), textcoords="offset points", ha="center"
        )
    left.set(yscale="log", xlabel="Latent", ylabel=measure, ylim=(values.min() / 2, None))
    left.set_ylim(top=values.max() * 3)
    left.margins(x=0.03)
    low, high = min(values.min(), found.threshold) / 3, max(values.max(), found.threshold) * 3
    thresholds = np.geomspace(low, high, 400)
    right.step(thresholds, count_by_threshold(found.measure, thresholds), color=BLUE)
    edges = max(found.low, low), min(found.high, high)
    right.axvspan(*edges, color=PALE, label=f"{found.count} from here to there")
    right.axvline(found.threshold, color=VERMILLION, lw=1.0, ls="--", label="threshold")
    right.set(xscale="log", xlabel="Threshold", ylabel="Latents above", xlim=(low, high))
    right.legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none")
    return figure


@styled
def plot_information(
    values: FloatArray,
    errors: FloatArray,
    labels: Sequence[str],
    significant: npt.NDArray[np.bool_],
) -> Figure:
    """Plot mutual information as a map, with numbers where there is room for them.

    Parameters
    ----------
    values, errors : arrays, shape (n_latents, n_labels)
        In nats.
    labels : sequence of str
    significant : array of bool, shape (n_latents, n_labels)
        Where it is beyond chance; elsewhere numbers are grey.
    """
    n_latents, n_labels = values.shape
    figure = new_figure(8.6, 1.1 + 0.42 * n_labels)
    height = figure.get_figheight()
    axes = figure.add_axes((0.1, 0.6 / height, 0.78, 0.42 * n_labels / height))
    bar = figure.add_axes((0.9, 0.6 / height, 0.02, 0.42 * n_labels / height))
    top = max(float(values.max()), 0.1)
    image = axes.imshow(values.T, aspect="auto", cmap="Blues", vmin=0, vmax=top)
    axes.set_yticks(range(n_labels), [get_label(name).symbol for name in labels])
    axes.set(xlabel="Latent")
    if n_latents <= MOST_NUMBERED:
        axes.set_xticks(range(n_latents))
        size = 7.5 if n_latents <= 12 else 5.5
        for latent, label in np.ndindex(values.shape):
            value = values[latent, label]
            colour = "white" if value > 0.6 * top else BLACK
            colour = colour if significant[latent, label] else GREY
            text = f"{value:.2f}\n±{errors[latent, label]:.2f}"
            axes.text(latent, label, text, ha="center", va="center", size=size, color=colour)
    axes.tick_params(length=0)
    figure.colorbar(image, cax=bar, label="nats")
    return figure


@styled
def plot_bins(
    counted: FloatArray, bias: FloatArray, bins: Sequence[int], neighbours: FloatArray, label: str
) -> Figure:
    """Plot information by histogram as first published, with its bias taken off, and by neighbours.

    Parameters
    ----------
    counted, bias : arrays, shape (n_bins, n_latents)
        In nats.
    bins : sequence of int
    neighbours : array, shape (n_latents,)
        The estimate by neighbours.
    label : str
    """
    rows = (
        (
            counted / np.maximum(counted.max(axis=1, keepdims=True), 1e-12),
            "Histogram, as published",
        ),
        (np.maximum(counted - bias, 0), "Histogram less its bias"),
        (np.maximum(neighbours, 0)[None, :], "Nearest neighbours"),
    )
    figure = new_figure(8.6, 4.6)
    top = max(float(neighbours.max()), 0.1)
    for number, (values, title) in enumerate(rows):
        box = (0.1, (0.56, 0.2, 0.1)[number], 0.78, (0.34, 0.24, 0.045)[number])
        axes = figure.add_axes(box)
        most = 1.0 if number == 0 else top
        image = axes.imshow(values, aspect="auto", cmap="magma", vmin=0, vmax=most)
        ticks = bins if number < 2 else ["neighbours"]
        axes.set_yticks(range(len(ticks)), [str(tick) for tick in ticks])
        axes.tick_params(length=0, labelbottom=number == 2)
        if number < 2:
            axes.set_title(f"{title}: {get_label(label).symbol}", loc="left", pad=3)
            axes.set_ylabel("Bins")
            bar = figure.add_axes((0.9, box[1], 0.02, box[3]))
            unit = "of the row's largest" if number == 0 else "nats"
            figure.colorbar(image, cax=bar, label=unit)
        else:
            axes.set_xlabel("Latent")
    return figure


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Two columns to plot against each other, shape (n,) each, and what they are called."""

    x: FloatArray
    y: FloatArray
    x_name: str
    y_name: str


@dataclass(frozen=True, slots=True, eq=False)
class Colouring:
    """What points are coloured by, shape (n,): numbers or classes; None for one colour."""

    name: str
    values: FloatArray | Words | None


@styled
def plot_panels(panels: Sequence[Panel], colouring: Colouring) -> Figure:
    """Plot latents against labels, or against each other, coloured by a class or a label.

    Parameters
    ----------
    panels : sequence of Panel
        Points of which a coordinate is not known are left out, and so may be the outermost half
        percent at either end of an axis; a colour that is not known is grey.
    colouring : Colouring
    """
    n_columns = min(len(panels), N_COLUMNS)
    n_rows = -(-len(panels) // n_columns)
    width, height = 2.75 * n_columns + 1.1, 2.5 * n_rows
    figure = new_figure(width, height)
    for number, panel in enumerate(panels):
        row, column = divmod(number, n_columns)
        left, bottom = 2.75 * column + 0.6, height - 2.5 * (row + 1) + 0.5
        axes = figure.add_axes((left / width, bottom / height, 2.05 / width, 1.9 / height))
        shown = _scatter(axes, np.column_stack([panel.x, panel.y]), colouring.values)
        axes.set(xlabel=_axis(panel.x_name), ylabel=_axis(panel.y_name))
        axes.set(xlim=_limits(panel.x), ylim=_limits(panel.y))
        if panel.y_name == "logg":
            axes.invert_yaxis()  # giants above, as everywhere
        if panel.x_name == "teff" and panel.y_name == "logg":
            axes.invert_xaxis()
        if number == n_columns - 1:
            _key(figure, axes, shown, colouring.name, (width, bottom / height, 1.9 / height))
    return figure


def _key(
    figure: Figure,
    axes: Axes,
    shown: PathCollection | None,
    name: str,
    place: tuple[float, float, float],
) -> None:
    """Draw what the colours mean, to the right of the first row."""
    width, bottom, height = place
    if shown is not None:
        bar = figure.add_axes(((width - 1.0) / width, bottom, 0.12 / width, height))
        figure.colorbar(shown, cax=bar, label=_axis(name))
    elif axes.get_legend_handles_labels()[0]:
        axes.legend(
            title=name,
            loc="center left",
            bbox_to_anchor=(1.03, 0.5),
            markerscale=1.5,
            handletextpad=0.2,
        )


def _scatter(
    axes: Axes, points: FloatArray, colour: FloatArray | Words | None
) -> PathCollection | None:
    """Draw points; return those that a colour bar is of."""
    rows = np.flatnonzero(np.isfinite(points).all(axis=1))
    if len(rows) > MOST_POINTS:
        rows = rows[:: -(-len(rows) // MOST_POINTS)]
    x, y = points[rows].T
    axes.grid(visible=True)
    if colour is None:
        axes.scatter(x, y, s=4, color=BLUE, alpha=0.5, lw=0)
        return None
    if colour.dtype.kind == "U":
        _scatter_classes(axes, x, y, np.asarray(colour[rows], dtype=np.str_))
        return None
    numbers = np.asarray(colour[rows], dtype=np.float64)
    known = np.isfinite(numbers)
    axes.scatter(x[~known], y[~known], s=3, color=GREY, lw=0)
    if not known.any():
        return None
    low, high = np.quantile(numbers[known], (0.01, 0.99))
    return axes.scatter(
        x[known], y[known], s=4, c=numbers[known], cmap="viridis", vmin=low, vmax=high, lw=0
    )


def _limits(values: FloatArray) -> tuple[float, float] | None:
    """Return what an axis shows: nearly all points, so that a few outliers don't hide the rest."""
    known = values[np.isfinite(values)]
    if not len(known) or np.ptp(known) == 0:
        return None
    low, high = np.quantile(known, (OUTERMOST, 1 - OUTERMOST))
    margin = 0.1 * max(high - low, 1e-9 * np.ptp(known))
    inner = max(low - margin, known.min()), min(high + margin, known.max())
    pad = 0.04 * (inner[1] - inner[0])
    return float(inner[0] - pad), float(inner[1] + pad)


def _scatter_classes(axes: Axes, x: FloatArray, y: FloatArray, words: Words) -> None:
    classes, counts = np.unique(words[words != ""], return_counts=True)
    shown = sorted(classes[np.argsort(-counts)][:MOST_CLASSES].tolist())
    rest = ~np.isin(words, shown)
    if rest.any():
        axes.scatter(x[rest], y[rest], s=4, color=GREY, lw=0, label="others")
    for word, (colour, marker) in zip(shown, SERIES, strict=False):
        mine = words == word
        axes.scatter(x[mine], y[mine], s=7, color=colour, marker=marker, lw=0, label=word[:12])


def _axis(name: str) -> str:
    label = get_label(name)
    unit = label.unit if label.unit and not label.unit.startswith("dex") else ""
    return f"{label.symbol} ({unit})" if unit else label.symbol
