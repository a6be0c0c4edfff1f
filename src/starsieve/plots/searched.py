"""Trials of a search as figures show them, and their axes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from starsieve.data.spectrum import FloatArray
from starsieve.plots.style import GREY, VERMILLION

WORST_SHOWN, FARTHEST = 0.9, 5.0
"""Values beyond this quantile, or so many times as far off the best as the median, are drawn at the
edge: one divergence would hide the rest."""

LONGEST_TICK = 14
FEW_VALUES = 5
"""Up to so many, each has a tick."""

FEW_DECADES = 80.0
"""Below this ratio of the ends, powers of ten alone are too few ticks."""


@dataclass(frozen=True, slots=True, eq=False)
class SearchedOption:
    """An option and its value in each trial.

    Parameters
    ----------
    name : str
    values : array, shape (n_trials,)
        Numbers; of choices their positions. NaN where a trial has none.
    log : bool
        Whether it is searched evenly in its logarithm.
    choices : sequence of str
        What the positions stand for; empty for numbers.
    ends : pair of float, optional
        Of what is searched.
    """

    name: str
    values: FloatArray
    log: bool = False
    choices: Sequence[str] = ()
    ends: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SearchedTrials:
    """Trials as figures show them.

    Parameters
    ----------
    metric : str
        What was tuned by.
    value : array, shape (n_trials,)
        NaN for a trial that did not go to its end.
    options : sequence of SearchedOption
    best : int
        Position of the best trial.
    largest : bool
        Whether the largest value is the best.
    """

    metric: str
    value: FloatArray
    options: Sequence[SearchedOption]
    best: int
    largest: bool = False

    @property
    def limits(self) -> tuple[float, float]:
        """Of the values: from the best to most of the others, with some room."""
        sign = -1.0 if self.largest else 1.0
        known = sign * self.value[np.isfinite(self.value)]
        best, middle = float(known.min()), float(np.median(known))
        worst = min(float(np.quantile(known, WORST_SHOWN)), best + FARTHEST * (middle - best))
        room = 0.06 * (worst - best) or 0.05 * abs(best) or 0.5
        low, high = sorted((sign * (best - room), sign * (worst + room)))
        return low, high

    @property
    def label(self) -> str:
        """What stands on an axis of values."""
        return self.metric.replace("_", " ").capitalize()


def star(axes: Axes, x: float, y: float) -> None:
    """Mark the best trial."""
    axes.plot(x, y, "*", ms=13, color=VERMILLION, mec="white", mew=0.8, zorder=5, clip_on=False)


def mark_beyond(axes: Axes, x: FloatArray, value: FloatArray, limits: tuple[float, float]) -> None:
    """Mark values beyond the axis at its edge, as pointers to where they are."""
    for beyond, edge, marker in ((value > limits[1], 1.0, "^"), (value < limits[0], 0.0, "v")):
        axes.plot(
            x[beyond], np.full(beyond.sum(), edge), marker, ms=5, color=GREY, mec="white", mew=0.4,
            transform=axes.get_xaxis_transform(), clip_on=False, zorder=4,
        )  # fmt: skip


def name_axis(axes: Axes, option: SearchedOption, which: str, *, shown: bool = True) -> None:
    """Give an axis the scale, the ticks and the name of an option."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    if option.choices:
        names = [_short(choice) if shown else "" for choice in option.choices]
        axis.set_ticks(range(len(names)), names, minor=False)
        (axes.set_xlim if which == "x" else axes.set_ylim)(-0.6, len(names) - 0.4)
    elif option.log:
        (axes.set_xscale if which == "x" else axes.set_yscale)("log")
        _few_log_ticks(axes, option, which)
    elif len(few := np.unique(option.values[np.isfinite(option.values)])) <= FEW_VALUES:
        axis.set_ticks(few, [f"{value:g}" for value in few])
    else:
        axis.set_major_locator(MaxNLocator(4, prune="both"))
    if option.ends is not None:
        low, high = option.ends
        room = (high / low) ** 0.06 if option.log else 0.06 * (high - low)
        ends = (low / room, high * room) if option.log else (low - room, high + room)
        (axes.set_xlim if which == "x" else axes.set_ylim)(*ends)
    axes.tick_params(axis="both", labelsize=8)
    if which == "x" and (option.choices and sum(map(len, option.choices)) > LONGEST_TICK):
        axes.tick_params(axis="x", labelrotation=35)
    if shown:
        axis.set_label_text(option.name, fontsize=9)
    else:
        axis.set_major_formatter(NullFormatter())
        axis.set_minor_formatter(NullFormatter())


def _few_log_ticks(axes: Axes, option: SearchedOption, which: str) -> None:
    """Write whole powers of ten or, where there are hardly any, some numbers between them."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = option.ends or (np.nanmin(option.values), np.nanmax(option.values))
    axis.set_minor_formatter(NullFormatter())
    if high < FEW_DECADES * low:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def spread(option: SearchedOption, seed: int = 0) -> FloatArray:
    """Return an option's values; those of choices a little beside each other, to be told apart."""
    if not option.choices:
        return option.values
    shifts = np.random.default_rng(seed).uniform(-0.22, 0.22, len(option.values))
    return np.asarray(option.values + shifts)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TICK else text[: LONGEST_TICK - 1] + "…"
