"""Figures about transits: a fitted one, and which ones a search finds."""

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from starsieve.data.spectrum import FloatArray
from starsieve.plots.style import BLACK, BLUE, GREY, VERMILLION, new_figure, styled
from starsieve.stats import block_means

MANY_POINTS = 3_000
"""From here on, points go into vector files as a picture."""


@styled
def plot_completeness(
    period_edges: FloatArray,
    radius_edges: FloatArray,
    n_trials: npt.NDArray[Any],
    n_recovered: npt.NDArray[Any],
) -> Figure:
    """Plot which part of the injected planets was recovered, by period and radius.

    Each cell says its part in per cent, and of how many; a cell without trials is empty.

    Parameters
    ----------
    period_edges : array, shape (n_periods + 1,)
        Days.
    radius_edges : array, shape (n_radii + 1,)
        Earth radii.
    n_trials, n_recovered : arrays, shape (n_radii, n_periods)

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(6.4, 4.9)
    axes = figure.add_axes((0.1, 0.11, 0.76, 0.86))
    known = np.where(n_trials > 0, n_trials, np.nan)
    fraction = np.ma.masked_invalid(n_recovered / known)
    mesh = axes.pcolormesh(period_edges, radius_edges, fraction, cmap="cividis", vmin=0, vmax=1)
    axes.set(xscale="log", yscale="log", xlabel="Period (d)", ylabel="Radius (Earth radii)")
    for axis, edges in ((axes.xaxis, period_edges), (axes.yaxis, radius_edges)):
        axis.set_minor_locator(NullLocator())
        axis.set_ticks(list(edges))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.2g}"))
    axes.tick_params(which="both", length=0, pad=6)
    size = min(8.0, 60.0 / max(fraction.shape))
    for row, column in zip(*np.nonzero(n_trials), strict=True):
        part = float(fraction[row, column])
        axes.text(
            float(np.sqrt(period_edges[column] * period_edges[column + 1])),
            float(np.sqrt(radius_edges[row] * radius_edges[row + 1])),
            f"{100 * part:.0f}\n{int(n_recovered[row, column])}/{int(n_trials[row, column])}",
            color="white" if part < 0.5 else BLACK,
            size=size,
            ha="center",
            va="center",
        )
    bar = figure.colorbar(mesh, cax=figure.add_axes((0.885, 0.11, 0.025, 0.86)))
    bar.set_label("Recovered")
    return figure


@styled
def plot_transit_fit(
    days: FloatArray,
    flux: FloatArray,
    model_days: FloatArray,
    model_flux: FloatArray,
    residuals: FloatArray,
    title: str = "",
) -> Figure:
    """Plot a folded transit with its model, and what remains.

    Parameters
    ----------
    days, flux, residuals : arrays, shape (n_cadences,)
        Days from mid-transit, flux around 1, and flux less model; of the same fit as the model.
    model_days, model_flux : arrays, shape (n_model,)
        Increasing.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(6.4, 4.6)
    upper = figure.add_axes((0.13, 0.35, 0.84, 0.57))
    lower = figure.add_axes((0.13, 0.115, 0.84, 0.215), sharex=upper)
    order = np.argsort(days)
    hours = 24 * days[order]
    every = np.ones(len(hours), dtype=bool)
    n_bins = max(min(len(hours) // 8, 60), 1)
    for axes, values in ((upper, 1e6 * (flux[order] - 1)), (lower, 1e6 * residuals[order])):
        many = len(hours) > MANY_POINTS
        axes.plot(hours, values, ".", color=GREY, ms=2, alpha=0.4, rasterized=many)
        if len(values):
            binned = [block_means(each, every, n_bins) for each in (hours, values)]
            axes.plot(*binned, "o", color=BLUE, ms=4, label="means")
            low, high = np.quantile(values, [0.005, 0.995])
            reach = 0.15 * max(float(high - low), 1e-9)
            axes.set_ylim(float(low) - reach, float(high) + reach)
    upper.plot(24 * model_days, 1e6 * (model_flux - 1), color=VERMILLION, lw=1.6, label="model")
    lower.axhline(0, color=VERMILLION, lw=1.2)
    upper.set_ylabel("Flux − 1 (ppm)")
    upper.legend(loc="lower right")
    upper.tick_params(labelbottom=False)
    upper.set_title(title, loc="left")
    lower.set(xlabel="Time from mid-transit (h)", ylabel="Residual")
    return figure
