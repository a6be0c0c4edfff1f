"""Figures of a search for the best options of a recipe."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.plots.searched import (
    SearchedOption,
    SearchedTrials,
    mark_beyond,
    name_axis,
    spread,
    star,
)
from starsieve.plots.style import BLACK, BLUE, GREY, PALE, VERMILLION, new_figure, styled

MOST_OPTIONS = 7
"""In the grid of pairs."""


@styled
def plot_budget(
    trials: SearchedTrials, spent: FloatArray, value: FloatArray, best: FloatArray, unit: str
) -> Figure:
    """Plot the best value against what was spent on all trials up to it.

    Parameters
    ----------
    trials : SearchedTrials
        For the name of the metric and its limits.
    spent, value, best : arrays, shape (n,)
        In the order in which trials ended; NaN for those that were stopped.
    unit : str
        ``steps`` or ``s``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(6.6, 4.0)
    axes = figure.subplots()
    low, high = trials.limits
    stopped = ~np.isfinite(value)
    inside = (value >= low) & (value <= high)
    axes.plot(
        spent[inside], value[inside], "o", ms=4, color=BLUE, alpha=0.6, mew=0,
        label="trials that went to their end",
    )  # fmt: skip
    mark_beyond(axes, spent, value, (low, high))
    axes.plot(
        spent[stopped], np.full(stopped.sum(), 0.02), "|", ms=7, color=GREY,
        transform=axes.get_xaxis_transform(), label="stopped or failed",
    )  # fmt: skip
    axes.step(spent, best, where="post", color=VERMILLION, lw=1.6, label="best so far")
    axes.set(ylim=(low, high), xlim=(0, 1.03 * float(spent[-1]) or 1.0))
    axes.set_xlabel(
        "Steps of all trainings so far" if unit == "steps" else "Time of all trials (s)"
    )
    axes.set_ylabel(trials.label)
    axes.grid(visible=True)
    axes.legend(loc="best")
    figure.subplots_adjust(left=0.13, right=0.98, top=0.97, bottom=0.13)
    return figure


@styled
def plot_slices(trials: SearchedTrials) -> Figure:
    """Plot the value against each option by itself, the best trial as a star.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_across = min(len(trials.options), 3)
    n_down = -(-len(trials.options) // n_across)
    figure = new_figure(0.9 + 2.6 * n_across, 0.3 + 2.5 * n_down)
    width, height = figure.get_size_inches()
    panels = figure.subplots(n_down, n_across, squeeze=False, sharey=True)
    low, high = trials.limits
    order = np.arange(len(trials.value))
    for axes, option in zip(panels.ravel(), trials.options, strict=False):
        seen = (trials.value >= low) & (trials.value <= high) & np.isfinite(option.values)
        axes.scatter(
            spread(option)[seen], trials.value[seen], c=order[seen], cmap="Blues",
            vmin=-0.4 * len(order), vmax=len(order), s=16, edgecolors=BLACK, lw=0.3,
        )  # fmt: skip
        mark_beyond(axes, spread(option), trials.value, (low, high))
        star(axes, spread(option)[trials.best], trials.value[trials.best])
        name_axis(axes, option, "x")
        axes.set_ylim(low, high)
        axes.grid(visible=True)
    for axes in panels.ravel()[len(trials.options) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel(trials.label)
    figure.subplots_adjust(
        left=0.8 / width, right=1 - 0.12 / width, top=1 - 0.15 / height, bottom=0.6 / height,
        wspace=0.12, hspace=0.34,
    )  # fmt: skip
    return figure


@styled
def plot_pairs(trials: SearchedTrials) -> Figure:
    """Plot each option against each other one, coloured by the value, the best trial as a star.

    Trials that did not go to their end are crosses: they show where else was looked.

    Returns
    -------
    matplotlib.figure.Figure
    """
    options = list(trials.options)[:MOST_OPTIONS]
    n = max(len(options) - 1, 1)
    figure = new_figure(2.0 + 1.75 * n, 0.85 + 1.75 * n)
    width, height = figure.get_size_inches()
    cells = figure.add_gridspec(
        n, n, left=0.95 / width, right=1 - 0.85 / width, bottom=0.7 / height, top=1 - 0.15 / height,
        wspace=0.1, hspace=0.1,
    )  # fmt: skip
    points = None
    for row in range(1, len(options)):
        for column in range(row):
            axes = figure.add_subplot(cells[row - 1, column])
            points = _draw_pair(axes, trials, options[column], options[row])
            name_axis(axes, options[column], "x", shown=row == n)
            name_axis(axes, options[row], "y", shown=column == 0)
    if points is not None:
        place = figure.add_axes((1 - 0.7 / width, 0.7 / height, 0.12 / width, 1 - 0.85 / height))
        extend = "min" if trials.largest else "max"
        bar = figure.colorbar(points, cax=place, extend=extend)
        bar.set_label(trials.label, fontsize=8.5)
        bar.ax.tick_params(labelsize=8)
    return figure


@styled
def plot_importances(importances: Sequence[tuple[str, float]]) -> Figure:
    """Plot which share of the value's variance each option explains.

    Parameters
    ----------
    importances : sequence of (str, float)
        The largest first.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(6.0, 0.75 + 0.34 * len(importances))
    axes = figure.subplots()
    names = [name for name, _ in importances]
    shares = np.array([share for _, share in importances])
    axes.barh(np.arange(len(names)), shares, 0.62, color=BLUE)
    for place, share in enumerate(shares):
        axes.annotate(
            f"{share:.0%}", (share, place), (4, 0), textcoords="offset points", va="center"
        )
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.15 * max(float(shares.max(initial=0)), 0.1)))
    axes.set_xlabel("Share of the variance among complete trials")
    height = figure.get_size_inches()[1]
    figure.subplots_adjust(left=0.3, right=0.98, top=1 - 0.1 / height, bottom=0.5 / height)
    return figure


@styled
def plot_losses(
    trials: SearchedTrials, losses: Sequence[tuple[npt.NDArray[np.int64], FloatArray]]
) -> Figure:
    """Plot the best validation loss so far of each trial against its step.

    Parameters
    ----------
    trials : SearchedTrials
    losses : sequence of (array, array), shape (n_validations,) each
        Steps and losses of each trial.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(6.6, 4.0)
    axes = figure.subplots()
    ended: BoolArray = np.isfinite(trials.value)
    for number, (steps, values) in enumerate(losses):
        if number != trials.best and len(steps):
            colour, width = (BLUE, 0.8) if ended[number] else (GREY, 0.6)
            axes.plot(
                steps, values, "-", color=colour, lw=width, alpha=0.55, zorder=1 + ended[number]
            )
            if not ended[number]:
                axes.plot(steps[-1], values[-1], "x", color=GREY, ms=4, zorder=1)
    axes.plot(*losses[trials.best], "-", color=VERMILLION, lw=1.8, zorder=4)
    axes.plot([], [], "-", color=VERMILLION, lw=1.8, label="best trial")
    axes.plot([], [], "-", color=BLUE, lw=0.8, label="went to the end")
    axes.plot([], [], "-x", color=GREY, lw=0.6, ms=4, label="stopped")
    every = np.concatenate([values for _, values in losses if len(values)] or [np.zeros(1)])
    low, high = float(every.min()), float(np.quantile(every, 0.95))
    room = 0.05 * (high - low) or 0.5
    axes.set(ylim=(low - room, high + room))
    axes.set_xlabel("Step of the training")
    axes.set_ylabel("Best validation loss so far")
    axes.grid(visible=True)
    axes.legend(loc="best")
    figure.subplots_adjust(left=0.13, right=0.98, top=0.97, bottom=0.13)
    return figure


def _draw_pair(
    axes: Axes, trials: SearchedTrials, across: SearchedOption, up: SearchedOption
) -> PathCollection:
    axes.set_facecolor(PALE)
    ended = np.isfinite(trials.value)
    known = np.isfinite(across.values) & np.isfinite(up.values)
    rest = known & ~ended
    axes.plot(spread(across)[rest], spread(up, 1)[rest], "x", ms=3.5, color=GREY, mew=0.7)
    seen = known & ended
    order = np.argsort(trials.value[seen])[:: 1 if trials.largest else -1]  # the good ones on top
    points = axes.scatter(
        spread(across)[seen][order], spread(up, 1)[seen][order], c=trials.value[seen][order],
        cmap="viridis" if trials.largest else "viridis_r", norm=Normalize(*trials.limits), s=20,
        edgecolors=BLACK, lw=0.3, zorder=2,
    )  # fmt: skip
    star(axes, spread(across)[trials.best], spread(up, 1)[trials.best])
    return points
