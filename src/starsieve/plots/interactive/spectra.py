"""A spectrum to look into: zoom, values under the pointer, species, models, others like it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from bokeh.core.properties import value

from starsieve.data import Spectrum
from starsieve.data.grids import doppler_shift
from starsieve.data.lines import SPECIES, Feature, features_between
from starsieve.data.spectrum import FloatArray
from starsieve.data.tellurics import telluric_bands_between
from starsieve.data.units import WAVE_UNITS
from starsieve.plots.bands import Bands
from starsieve.plots.interactive.spectrum_overlays import (
    FittedModel,
    Overlay,
    match_overlays,
    unused,
)
from starsieve.plots.interactive.spectrum_template import N_OVERLAYS, ROW, Form, template
from starsieve.plots.interactive.spectrum_view import SpectrumLook, SpectrumView
from starsieve.plots.interactive.style import Theme, hover_text, palette, plain_words
from starsieve.plots.interactive.templates import Filled

AIR = "⊕ air"
"""Name of the row of the Earth's bands."""

LARGEST_RESIDUAL = 8.0
"""Sigma; the panel shows at least so much where there are larger ones."""

MAX_TITLE = 40

Data = dict[str, Mapping[str, np.typing.NDArray[Any]]]
Values = dict[str, dict[str, Any]]


def spectrum_figure(
    spectrum: Spectrum,
    theme: Theme,
    look: SpectrumLook | None = None,
    *,
    fit: FittedModel | None = None,
    bands: Bands | None = None,
    overlays: Sequence[Overlay] = (),
) -> Filled:
    """Draw a spectrum with its errors; pixels that are not valid are marked apart.

    Parameters
    ----------
    spectrum : Spectrum
    theme : "light" or "dark"
    look : SpectrumLook, optional
        Units, smoothing, species, view.
    fit : FittedModel, optional
        The best-fitting model, drawn over it, with residuals below; what was not compared is
        hatched.
    bands : Bands, optional
        Of the spectra that the posterior predicts, on the wavelengths and in the unit of `fit`,
        without which they are not drawn.
    overlays : sequence of Overlay
        At most `N_OVERLAYS` other spectra, brought to the height of this one. Those that have
        nothing in common with it are left out.

    Returns
    -------
    Filled
        For `style.as_json`. Its ``about`` tells a page the unit and medium of the axis, whether
        points were left out in the view, and the whole range.

    Raises
    ------
    DataError
        If the look asks for a unit that this spectrum can't be shown in.
    """
    view = SpectrumView.of(spectrum, look or SpectrumLook())
    matched = match_overlays(overlays[:N_OVERLAYS], spectrum)
    masked = view.masked()
    rows = _rows(view)
    form = Form(
        theme=theme,
        sigma=spectrum.sigma is not None,
        smoothed=view.look.is_smoothed,
        masked=len(masked["x"]) > 0,
        model=fit is not None,
        bands=fit is not None and bands is not None,
        overlays=len(matched),
        lanes=bool(rows),
    )
    data: Data = {"observed": view.observed(fit), "tellurics": _tellurics(view)}
    if form.masked:
        data["masked"] = masked
    if form.smoothed:
        data["unsmoothed"] = {key: view.unsmoothed()[key] for key in ("x", "y")}
    values = _axes(view, form)
    if fit is not None:
        _add_model(data, values, view, fit)
        if bands is not None:
            data["predicted"] = view.predicted(fit, bands)
    for number, each in enumerate(matched):
        data[f"overlay{number}"] = view.overlay(each.spectrum)
        name = " ".join(each.title.split())[:MAX_TITLE]
        values[f"overlay{number}_label"] = {"label": value(name)}
    data["guides"] = _add_rows(data, values, view, rows, theme) if rows else {"x": np.empty(0)}
    return Filled(template(form), data, values, about=_about(view))


def _about(view: SpectrumView) -> dict[str, Any]:
    return {
        "wave_unit": view.look.wave_unit,
        "medium": view.look.medium,
        "thinned": view.thinned,
        "n_pixels": len(view.spectrum),
    }


def _axes(view: SpectrumView, form: Form) -> Values:
    """Return ranges, labels, and what is shown under the pointer."""
    low, high = view.axis(np.array(view.bounds)).tolist()
    start, stop = view.axis(np.array(view.whole)).tolist()
    bottom, top = view.y_limits()
    symbol = WAVE_UNITS[view.look.wave_unit][0]
    tips = [
        ("wavelength", f"@x{{0.{'0' * _decimals(view)}}} {symbol}"),
        ("flux", f"@y{{0.0000}} {plain_words(view.flux_words)}"),
    ]
    tips += [("S/N", "@snr{0.0}")] * form.sigma + [("residual", "@residual{0.0} σ")] * form.model
    return {
        "x": {"start": low, "end": high, "reset_start": start, "reset_end": stop},
        "y": {"start": bottom, "end": top, "reset_start": bottom, "reset_end": top},
        "x_axis": {"axis_label": view.x_label},
        "y_axis": {"axis_label": view.y_label},
        "hover": {"tooltips": hover_text(form.theme, tips)},
    }


def _decimals(view: SpectrumView) -> int:
    """Return the decimals that tell neighbouring pixels apart."""
    wave = view.axis(view.spectrum.wave)
    step = float(np.median(np.diff(wave))) if len(wave) > 1 else 1.0
    return int(np.clip(np.ceil(-np.log10(step)) + 1, 1, 7))


def _tellurics(view: SpectrumView) -> dict[str, FloatArray]:
    bands = telluric_bands_between(*view.whole) if view.look.tellurics else []
    edges = view.axis(np.array([(band.start, band.stop) for band in bands]).reshape(-1, 2))
    return {"x0": edges[:, 0], "x1": edges[:, 1]}


def _add_model(data: Data, values: Values, view: SpectrumView, fit: FittedModel) -> None:
    points = view.model(fit)
    data["model"] = points
    data["residuals"] = {"x": points["x"], "y": points["residual"]}
    ranges = view.axis(np.array(unused(fit)).reshape(-1, 2))
    data["unfitted"] = {"x0": ranges[:, 0], "x1": ranges[:, 1]}
    sizes = np.abs(points["residual"][fit.valid])
    largest, typical = (
        (float(np.max(sizes)), float(np.quantile(sizes, 0.98))) if len(sizes) else (0, 0)
    )
    limit = max(3.5, 1.15 * min(largest, max(typical, LARGEST_RESIDUAL)))
    values["left"] = {"start": -limit, "end": limit, "reset_start": -limit, "reset_end": limit}


Row = tuple[str, list[Feature]]


def _rows(view: SpectrumView) -> list[Row]:
    """Return a title and features for each row above the spectrum, the lowest first."""
    whole = view.whole
    low, high = doppler_shift(np.array(whole), -view.look.velocity).tolist()
    rows: list[Row] = []
    for name, species in SPECIES.items():
        if name in view.look.species and (found := features_between([name], low, high)):
            rows.append((species.title, found))
    if view.look.tellurics:
        air = [
            Feature("air", band.molecule, band.start, band.stop, f"{band.strength} in the air")
            for band in telluric_bands_between(*whole)
        ]
        rows += [(AIR, air)] * bool(air)
    return rows[::-1]


def _add_rows(
    data: Data, values: Values, view: SpectrumView, rows: Sequence[Row], theme: Theme
) -> dict[str, FloatArray]:
    """Fill in the rows above the spectrum; return where lines go through it."""
    each = [(number, feature) for number, (_, found) in enumerate(rows) for feature in found]
    for name, is_line in (("lines", True), ("bands", False)):
        chosen = [(number, feature) for number, feature in each if feature.is_line == is_line]
        edges = np.array([_shifted(view, feature) for _, feature in chosen]).reshape(-1, 2)
        shown = view.axis(edges)
        place = {"x": shown[:, 0]} if is_line else {"x0": shown[:, 0], "x1": shown[:, 1]}
        data[name] = place | {
            "row": np.array([number for number, _ in chosen], dtype=np.float64),
            "title": np.array([feature.title for _, feature in chosen], dtype=np.str_),
            "where": np.array([_where(view, place) for place in shown], dtype=np.str_),
            "source": np.array([feature.source for _, feature in chosen], dtype=np.str_),
            "colour": np.array([_colour(theme, feature) for _, feature in chosen], dtype=np.str_),
        }
    titles = [title for title, _ in rows]
    values |= {
        "lanes": {"height": ROW * len(rows) + 8},
        "rows": {"start": -0.6, "end": len(rows) - 0.4},
        "row_ticks": {"ticks": list(range(len(rows)))},
        "row_axis": {"major_label_overrides": dict(enumerate(titles))},
    }
    return {"x": np.asarray(data["lines"]["x"])}


def _colour(theme: Theme, feature: Feature) -> str:
    colours = palette(theme)
    if feature.species == "air":
        return colours.muted
    return colours.accent if feature.is_line else colours.series[0][0]


def _shifted(view: SpectrumView, feature: Feature) -> tuple[float, float]:
    """Return where a feature is seen; the air does not move with the star."""
    velocity = 0.0 if feature.species == "air" else view.look.velocity
    start, stop = doppler_shift(np.array([feature.start, feature.stop]), velocity)
    return float(start), float(stop)


def _where(view: SpectrumView, edges: FloatArray) -> str:
    symbol, per_micron = WAVE_UNITS[view.look.wave_unit]
    decimals = max(0, 5 - int(np.log10(per_micron)))
    start, stop = (f"{edge:.{decimals}f}" for edge in edges)
    return f"{start} {symbol}" if start == stop else f"{start} to {stop} {symbol}"
