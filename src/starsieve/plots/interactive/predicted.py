"""Observed against predicted spectra to look into; entries of the legend hide and show."""

from typing import Any

import numpy as np
from bokeh.layouts import column
from bokeh.models import ColumnDataSource

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.plots.bands import Bands
from starsieve.plots.interactive.style import Theme, add_hover, new_figure, palette

HEIGHT, LOW_HEIGHT = 400, 150
LEVELS = {"95": 0.18, "68": 0.38}
"""How dense each band is."""

HOVER = (
    ("Wavelength", "@wave{0.0000} µm"),
    ("Observed", "@flux{0.000e+0} ± @sigma{0.0e+0}"),
    ("Predicted", "@median{0.000e+0}"),
)


def predicted_figure(
    wave: FloatArray,
    flux: FloatArray,
    sigma: FloatArray,
    valid: BoolArray,
    bands: Bands,
    theme: Theme,
    *,
    title: str = "",
    flux_unit: str = "",
) -> Any:
    """Draw an observation and the spectra that a posterior predicts for it.

    Parameters
    ----------
    wave, flux, sigma, valid, bands, title, flux_unit
        As of `starsieve.plots.predicted.plot_predicted`.
    theme : "light" or "dark"
    """
    used = wave[valid] if valid.any() else wave
    main = new_figure(
        theme, x_label="", height=HEIGHT, title=title, x_range=(float(used[0]), float(used[-1])),
        y_label=f"Flux density ({flux_unit})" if flux_unit else "Normalised flux",
    )  # fmt: skip
    main.xaxis.visible = False
    source = ColumnDataSource(_columns(wave, flux, sigma, valid, bands))
    colours = palette(theme)
    for name, alpha in LEVELS.items():
        main.varea(
            "wave", f"low{name}", f"high{name}", source=source, fill_color=colours.accent,
            fill_alpha=alpha, legend_label=f"{name} % of the predictions",
        )  # fmt: skip
    line = main.line(
        "wave", "median", source=source, line_color=colours.accent, line_width=1.5,
        legend_label="predicted, median",
    )  # fmt: skip
    _draw_observed(main, source, colours.ink)
    add_hover(main, [line], HOVER, mode="vline")
    lower = new_figure(
        theme, x_label="Vacuum wavelength (µm)", y_label="Residual (σ)", height=LOW_HEIGHT,
        x_range=main.x_range, tools="",
    )  # fmt: skip
    lower.line(used[[0, -1]], [0.0, 0.0], line_color=colours.accent)
    lower.step("wave", "residual", source=source, mode="center", line_color=colours.series[0][0])
    main.min_border_left = lower.min_border_left = 84
    return column(main, lower, sizing_mode="stretch_width", spacing=0)


def _draw_observed(figure: Any, source: ColumnDataSource, colour: str) -> None:
    shared = {"source": source, "legend_label": "observed, ±1σ"}
    figure.segment("wave", "below", "wave", "above", line_color=colour, line_alpha=0.5, **shared)
    figure.scatter("wave", "flux", size=3, color=colour, **shared)


def _columns(
    wave: FloatArray, flux: FloatArray, sigma: FloatArray, valid: BoolArray, bands: Bands
) -> dict[str, FloatArray]:
    seen, error = np.where(valid, flux, np.nan), np.where(valid, sigma, np.nan)
    return {
        "wave": wave,
        "flux": seen,
        "sigma": error,
        "below": seen - error,
        "above": seen + error,
        "median": bands.median,
        "residual": (seen - bands.median) / error,
        "low95": bands.q025,
        "high95": bands.q975,
        "low68": bands.q16,
        "high68": bands.q84,
    }
