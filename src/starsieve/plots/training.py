"""How a training went."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starsieve.data.labels import LABELS, get_label
from starsieve.data.spectrum import FloatArray
from starsieve.plots.spectra import plain
from starsieve.plots.style import GREY, SERIES, new_figure, styled

Curves = Mapping[str, Mapping[str, tuple[FloatArray, FloatArray]]]
"""Steps and values, shape (n,) each, by quantity and by the part of the training they are of."""

DASHES = ("-", "--", ":", "-.")
FEW_POINTS = 60
"""Up to so many, points are marked."""

DECADE = 10.0
"""Losses that fall by more than this factor are drawn on a logarithmic axis."""


@styled
def plot_losses(curves: Curves, kept_step: int | None = None) -> Figure:
    """Plot every quantity of a training against the step, one panel each.

    Quantities that are positive and fall by more than ten times have a logarithmic axis; the
    loss of a posterior, a logarithm itself, may be negative and has a linear one.

    Parameters
    ----------
    curves : mapping of str to mapping of str to (array, array)
        By quantity (``loss``, the loss of one label, ...) and part (``training``,
        ``validation``): steps and values, shape (n,) each.
    kept_step : int, optional
        Whose weights the model has; a line stands there.

    Returns
    -------
    matplotlib.figure.Figure
        With one line for each part of each quantity, and one for the step that was kept.
    """
    n = max(len(curves), 1)
    figure = new_figure(7.6, 0.75 + 2.3 * n)
    height = figure.get_figheight()
    cells = figure.add_gridspec(
        n, 1, left=0.1, right=0.98, bottom=0.5 / height, top=1 - 0.12 / height, hspace=0.12
    )
    panels: list[Axes] = []
    for number, (quantity, parts) in enumerate(curves.items()):
        axes = figure.add_subplot(cells[number, 0], sharex=panels[0] if panels else None)
        _draw_parts(axes, parts)
        axes.set_ylabel(_name(quantity))
        if kept_step is not None:
            axes.axvline(kept_step, color=GREY, lw=0.9, ls=(0, (5, 3)), label="weights kept")
        axes.legend(loc="best")
        axes.tick_params(labelbottom=number == n - 1)
        panels.append(axes)
    if panels:
        panels[-1].set_xlabel("Step")
    return figure


def _name(quantity: str) -> str:
    """Return what a curve is of, with the symbol of a label that it speaks of."""
    words = [
        get_label(word).symbol if word in LABELS else plain(word) for word in quantity.split("_")
    ]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def _draw_parts(axes: Axes, parts: Mapping[str, tuple[FloatArray, FloatArray]]) -> None:
    values = np.concatenate([each for _, each in parts.values()])
    values = values[np.isfinite(values)]
    if len(values) and values.min() > 0 and values.max() > DECADE * values.min():
        axes.set_yscale("log")
    for number, (part, (steps, losses)) in enumerate(parts.items()):
        colour, marker = SERIES[number % len(SERIES)]
        few = marker if len(steps) <= FEW_POINTS else None
        dash = DASHES[number % len(DASHES)]
        axes.plot(steps, losses, color=colour, marker=few, ms=4, ls=dash, lw=1.2, label=plain(part))
    axes.grid(visible=True)
