"""Spectra of a model grid along one label: which curve is which, under the pointer."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from bokeh.models import ColorBar, ColumnDataSource, LinearColorMapper
from bokeh.palettes import Viridis256

from starsieve.data.labels import plain_symbol
from starsieve.data.spectrum import FloatArray
from starsieve.plots.grid_spectra import WIDE, show_value
from starsieve.plots.interactive.style import Theme, add_hover, new_figure
from starsieve.plots.posteriors import axis_unit

HEIGHT = 430
COLOURS = {"light": Viridis256[:-24], "dark": Viridis256[64:]}
"""The map without the end that vanishes on a light or a dark page."""

DASHES = ("solid", "dashed", "dotdash", "dotted")


def grid_spectra_figure(
    wave: FloatArray,
    flux: FloatArray,
    by: str,
    values: Sequence[float] | Sequence[str],
    theme: Theme,
    *,
    fixed: Mapping[str, float | str] | None = None,
    flux_unit: str = "",
) -> Any:
    """Draw spectra that differ in one label, coloured by it.

    Numbers have a colour bar; words a legend whose entries hide and show their spectrum.

    Parameters
    ----------
    wave, flux, by, values, fixed, flux_unit
        As of `starsieve.plots.grid_spectra.plot_grid_spectra`.
    theme : "light" or "dark"
    """
    good = np.isfinite(flux) & (flux > 0)
    ends = np.quantile(flux[good], (0.01, 0.99)) if good.any() else np.array([1.0, 1.0])
    wide = bool(ends[1] > WIDE * ends[0])
    words = len(values) > 0 and isinstance(values[0], str)
    figure = new_figure(
        theme,
        x_label="Vacuum wavelength (µm)",
        y_label=f"Flux density ({flux_unit})" if flux_unit else "Normalised flux",
        height=HEIGHT,
        x_range=(float(wave[0]), float(wave[-1])),
        y_range=(float(ends[0]) / 2, 2 * float(flux[good].max())) if wide else None,
        y_scale="log" if wide else "linear",
        title=", ".join(f"{plain_symbol(n)} = {show_value(v)}" for n, v in (fixed or {}).items()),
    )
    places = np.arange(len(values), dtype=float) if words else np.array(values, dtype=float)
    mapper = LinearColorMapper(
        palette=COLOURS[theme], low=float(places.min()), high=float(places.max())
    )
    lines = _draw(figure, wave, np.where(good if wide else np.isfinite(flux), flux, np.nan),
                  (places, [str(value) if words else show_value(value) for value in values]),
                  mapper, words)  # fmt: skip
    unit = axis_unit(by)
    add_hover(figure, lines, [(plain_symbol(by) + unit, "@name"), ("Wavelength", "$x{0.000} µm")])
    if not words:
        figure.add_layout(ColorBar(color_mapper=mapper, title=plain_symbol(by) + unit), "right")
    return figure


def _draw(
    figure: Any,
    wave: FloatArray,
    flux: FloatArray,
    values: tuple[FloatArray, Sequence[str]],
    mapper: LinearColorMapper,
    words: bool,
) -> list[Any]:
    """Draw all lines by one glyph, or each by its own where a legend is to hide it."""
    places, names = values
    if not words:
        data = {"x": [wave] * len(flux), "y": list(flux), "place": places, "name": np.array(names)}
        colour = {"field": "place", "transform": mapper}
        return [figure.multi_line("x", "y", source=ColumnDataSource(data), line_color=colour)]
    lines = []
    for number, (line, name) in enumerate(zip(flux, names, strict=True)):
        share = number / max(len(names) - 1, 1)
        colour = mapper.palette[round(share * (len(mapper.palette) - 1))]
        source = ColumnDataSource({"x": wave, "y": line, "name": np.full(len(wave), name)})
        lines.append(
            figure.line(
                "x",
                "y",
                source=source,
                line_color=colour,
                legend_label=name,
                line_dash=DASHES[number % len(DASHES)],
            )
        )
    return lines
