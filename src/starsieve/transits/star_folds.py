"""A signal's folded views for pages: full phase, the transit, odd and even, the secondary."""

from collections.abc import Mapping

import numpy as np

from starsieve.data.ephemeris import Ephemeris, days_from_event, event_number, in_event
from starsieve.data.folded import FoldedView
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.plots.vetting import Signal
from starsieve.stats.bins import bin_medians

WINDOW = 3.0
"""Half-width of a view of an event, in durations."""

EVENT_BINS = 36
FULL_BINS = (100, 600)
"""Fewest and most bins of a whole orbit."""

MOST_POINTS = 3000
PRIMARY = 1.2
"""Durations around the transit that the secondary's view leaves out."""

VIEWS: Mapping[str, str] = {
    "full": "the whole orbit, against phase",
    "transit": "the transit, in days from its middle",
    "odd": "every second transit",
    "even": "the others",
    "secondary": "the deepest dip elsewhere in the orbit",
    "residual": "the transit less the model",
}
"""Names of the views, and what they show."""


def fold_signal(signal: Signal) -> dict[str, FoldedView]:
    """Return the views of a signal by the names of `VIEWS`; those without points are absent.

    A single event has no orbit, and so only its transit.
    """
    flat, ephemeris = signal.flat, signal.ephemeris
    days, good = days_from_event(flat.time, ephemeris), flat.usable
    model = (signal.model_days, signal.model_flux)
    views = {"transit": _around(flat.flux, days, good, ephemeris, model)}
    if signal.model_days is not None:
        views["residual"] = _around(flat.flux - signal.model_at(days) + 1, days, good, ephemeris)
    if ephemeris.period_days is not None:
        odd = event_number(flat.time, ephemeris) % 2 == 1
        views["full"] = _whole(flat, days, ephemeris.period_days, ephemeris)
        views["odd"] = _around(flat.flux, days, good & odd, ephemeris, model)
        views["even"] = _around(flat.flux, days, good & ~odd, ephemeris, model)
        later = signal.secondary_phase * ephemeris.period_days
        away = days_from_event(flat.time - later, ephemeris)
        elsewhere = good & ~in_event(flat.time, ephemeris, PRIMARY)
        views["secondary"] = _around(flat.flux, away, elsewhere, ephemeris)
    return {name: view for name, view in views.items() if len(view.x)}


def _around(
    flux: FloatArray,
    days: FloatArray,
    used: BoolArray,
    ephemeris: Ephemeris,
    model: tuple[FloatArray | None, FloatArray | None] = (None, None),
) -> FoldedView:
    half = WINDOW * ephemeris.duration_days
    near = used & (np.abs(days) < half)
    edges = np.linspace(-half, half, EVENT_BINS + 1)
    model_days, model_flux = model
    if model_days is not None and model_flux is not None:
        inside = np.abs(model_days) <= half
        model_days, model_flux = model_days[inside], model_flux[inside]
    return _view(days[near], flux[near], edges, model_days, model_flux)


def _whole(flat: LightCurve, days: FloatArray, period: float, ephemeris: Ephemeris) -> FoldedView:
    """Return the orbit from a quarter before the transit to three quarters after it."""
    phase = (days / period + 0.25) % 1 - 0.25
    n_bins = int(np.clip(period / ephemeris.duration_days * 5, *FULL_BINS))
    good = flat.usable
    return _view(phase[good], flat.flux[good], np.linspace(-0.25, 0.75, n_bins + 1))


def _view(
    x: FloatArray,
    flux: FloatArray,
    edges: FloatArray,
    model_x: FloatArray | None = None,
    model_flux: FloatArray | None = None,
) -> FoldedView:
    binned = bin_medians(x, flux, edges)
    some = np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).astype(np.int64)
    return FoldedView(
        x=x[some],
        flux=flux[some],
        centre=binned.centre,
        median=binned.median,
        error=binned.error,
        model_x=model_x,
        model_flux=model_flux,
        n_points=len(x),
    )
