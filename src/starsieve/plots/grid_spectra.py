"""Spectra of a model grid along one label."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.plots.posteriors import axis_label
from starsieve.plots.spectra import flux_label, plain, power_of_ten
from starsieve.plots.style import new_figure, styled

COLOURS = "viridis"
"""Brightness rises along it: it is read without colours, too."""

WIDE = 30.0
"""Fluxes that differ by more than this factor are drawn on a logarithmic axis."""

LEAST_SHOWN = 0.01
"""Share of the pixels that may lie below a logarithmic axis: wells of single lines."""

MOST_WORDS = 12
DASHES = ("-", "--", "-.", ":")


@styled
def plot_grid_spectra(
    wave: FloatArray,
    flux: FloatArray,
    by: str,
    values: Sequence[float] | Sequence[str],
    *,
    fixed: Mapping[str, float | str] | None = None,
    flux_unit: str = "",
) -> Figure:
    """Plot spectra that differ in one label, coloured by it.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum micron.
    flux : array, shape (n_values, n_pixels)
    by : str
        The label.
    values : sequence of float or str
        What it is for each spectrum. Numbers have a colour bar, words a legend.
    fixed : mapping of str to float or str, optional
        What the other labels are, for the title.
    flux_unit : str
        Empty for a relative flux.

    Returns
    -------
    matplotlib.figure.Figure
        With one line for each spectrum.
    """
    figure = new_figure(8.4, 4.2)
    axes = figure.add_axes((0.085, 0.125, 0.79, 0.79))
    good = np.isfinite(flux) & (flux > 0)
    wide = bool(good.any()) and bool(
        np.quantile(flux[good], 0.99) > WIDE * np.quantile(flux[good], 0.01)
    )
    exponent = power_of_ten(float(flux[good].max())) if good.any() and not wide else 0
    shown = np.where(good if wide else np.isfinite(flux), flux, np.nan) / 10.0**exponent
    words = len(values) > 0 and isinstance(values[0], str)
    places = np.arange(len(values), dtype=float) if words else np.array(values, dtype=float)
    scale = Normalize(places.min(), places.max() if np.ptp(places) else places.min() + 1)
    colours = ScalarMappable(scale, mpl.colormaps[COLOURS])
    for number, (line, place) in enumerate(zip(shown, places, strict=True)):
        dash = DASHES[number % len(DASHES)] if words else "-"
        label = plain(str(values[number])) if words and number < MOST_WORDS else None
        axes.plot(wave, line, color=colours.to_rgba(place), lw=0.9, ls=dash, label=label)
    if wide:
        axes.set_yscale("log")
        axes.set_ylim(bottom=float(np.quantile(flux[good], LEAST_SHOWN)) / 2)
    axes.set_xlim(float(wave[0]), float(wave[-1]))
    axes.set(xlabel="Vacuum wavelength (µm)", ylabel=flux_label(flux_unit, exponent))
    if fixed:
        axes.set_title(_describe(fixed), loc="left")
    _key(figure, axes, colours, by, np.unique(places), words)
    return figure


def _describe(fixed: Mapping[str, float | str]) -> str:
    units = {name: get_label(name).unit for name in fixed}
    return ", ".join(
        f"{get_label(name).symbol} = {show_value(value)}" + " K" * (units[name] == "K")
        for name, value in fixed.items()
    )


def show_value(value: float | str) -> str:
    """Return a label's value as people write it."""
    return plain(value) if isinstance(value, str) else f"{value:.6g}".replace("-", "−")


def _key(
    figure: Figure, axes: Axes, colours: ScalarMappable, by: str, values: FloatArray, words: bool
) -> None:
    """Say which colour is which value."""
    if words:
        axes.legend(title=get_label(by).symbol, loc="upper right")
        return
    bar = figure.colorbar(colours, cax=figure.add_axes((0.895, 0.125, 0.022, 0.79)))
    bar.set_label(axis_label(by))
    if len(values) <= MOST_WORDS:
        bar.set_ticks(values.tolist(), labels=[show_value(float(value)) for value in values])
