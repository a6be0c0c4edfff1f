"""Figures about how well kinds are told apart, and whether probabilities mean what they say."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.plots.style import BLACK, GREY, SERIES, new_figure, styled
from starsieve.stats import (
    average_precision,
    calibration_error,
    precision_recall,
    reliability,
    roc_auc,
)

Judged = Mapping[str, tuple[FloatArray, BoolArray]]
"""Score of each row, and whether it is positive, by the name of the series."""


@styled
def plot_precision_recall(judged: Judged) -> Figure:
    """Plot precision against recall, and beside it the receiver operating characteristic.

    Parameters
    ----------
    judged : mapping of str to pair of arrays, shape (n,) each
    """
    figure = new_figure(8.6, 4.3)
    left = figure.add_axes((0.075, 0.125, 0.41, 0.85))
    right = figure.add_axes((0.575, 0.125, 0.41, 0.85))
    for (name, (score, positive)), (colour, _) in zip(judged.items(), _series(judged), strict=True):
        curve = precision_recall(score, positive)
        label = f"{name}: AP {average_precision(score, positive):.3f}"
        left.step(curve.recall, curve.precision, where="pre", color=colour, lw=1.3, label=label)
        label = f"{name}: AUC {roc_auc(score, positive):.3f}"
        right.plot(
            np.append(0, curve.false_alarm),
            np.append(0, curve.recall),
            color=colour,
            lw=1.3,
            label=label,
        )
    right.plot([0, 1], [0, 1], color=BLACK, lw=0.9, ls=(0, (5, 3)))
    left.set(xlabel="Recall", ylabel="Precision")
    right.set(xlabel="False alarms", ylabel="Recall")
    for axes in (left, right):
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        axes.grid(visible=True)
        axes.legend(loc="lower right" if axes is right else "lower left")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1.0))
    return figure


@styled
def plot_reliability(
    judged: Judged, weight: Mapping[str, npt.NDArray[np.float64]] | None = None
) -> Figure:
    """Plot how often probabilities came true, and how many there are of each.

    Parameters
    ----------
    judged : mapping of str to pair of arrays, shape (n,) each
        Probabilities, and whether they came true.
    weight : mapping of str to array, shape (n,), optional
        How often each row counts.
    """
    figure = new_figure(5.2, 5.6)
    upper = figure.add_axes((0.13, 0.33, 0.84, 0.65))
    lower = figure.add_axes((0.13, 0.09, 0.84, 0.2))
    upper.plot([0, 1], [0, 1], color=BLACK, lw=0.9, ls=(0, (5, 3)), label="calibrated")
    for (name, (probability, true)), (colour, marker) in zip(
        judged.items(), _series(judged), strict=True
    ):
        counts = None if weight is None else weight[name]
        bins = reliability(probability, true, counts)
        error = calibration_error(probability, true, counts)
        upper.errorbar(
            [each.probability for each in bins],
            [each.share for each in bins],
            [each.error for each in bins],
            color=colour,
            marker=marker,
            ms=5,
            lw=1.0,
            label=f"{name}: ECE {error:.3f}",
        )
        edges = np.linspace(0, 1, 21)
        lower.stairs(np.histogram(probability, edges)[0], edges, color=colour, lw=1.2)
    lower.set_yscale("log")
    lower.set(xlim=(0, 1), xlabel="Probability", ylabel="Signals")
    upper.set(xlim=(0, 1), ylim=(0, 1), ylabel="Share that is")
    upper.grid(visible=True)
    upper.legend(loc="upper left")
    for axis in (upper.xaxis, upper.yaxis, lower.xaxis):
        axis.set_major_formatter(PercentFormatter(1.0))
    lower.tick_params(colors=GREY)
    return figure


def _series(judged: Judged) -> list[tuple[str, str]]:
    return [SERIES[number % len(SERIES)] for number in range(len(judged))]
