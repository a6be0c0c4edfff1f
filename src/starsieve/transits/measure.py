"""A signal that was found becomes a candidate: its numbers, their errors, and cautions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from starsieve.data.ephemeris import Ephemeris, event_number
from starsieve.data.spectrum import FloatArray
from starsieve.transits.candidate import Candidate
from starsieve.transits.cautions import (
    Surroundings,
    caution_duration,
    caution_events,
    caution_surroundings,
)
from starsieve.transits.dips import Dips
from starsieve.transits.events import RunningSums, event_sums, full_event, middles, with_data
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.refine import Signal
from starsieve.transits.singles import Single
from starsieve.transits.trapezoid import fit_trapezoid

PPM = 1e6


def make_candidate(
    dips: Dips,
    sums: RunningSums,
    signal: Signal,
    options: SearchOptions,
    around: Surroundings,
    notes: Sequence[str] = (),
) -> Candidate:
    """Return all that is known of a periodic signal, `notes` before what is found here."""
    pink = float(sums.pink(signal.duration))
    found = Ephemeris(
        period_days=signal.period, epoch_btjd=signal.epoch, duration_hours=signal.duration * 24
    )
    middle = middles(sums, signal.period, signal.epoch)
    events = event_sums(sums, middle, signal.duration)
    there = with_data(sums, events[1], signal.duration)
    seen, depths, weights = middle[there], events[0][there], events[1][there]
    within = (middle >= dips.time[0]) & (middle <= dips.time[-1])
    expected = float(full_event(sums, signal.duration)) * max(int(within.sum()), 1)
    cautions = [
        *caution_events(depths, weights, pink),
        *caution_surroundings(seen, signal.duration, around),
        *caution_duration(signal.period, signal.duration, options),
    ]
    return Candidate(
        **_fitted(dips, found, depths.sum() / weights.sum(), pink / np.sqrt(weights.sum()), pink),
        snr=signal.snr,
        snr_pink=signal.snr_pink,
        n_transits=signal.n_events,
        **_odd_even(event_number(seen, found), depths, weights, pink),
        **_secondary(sums, signal, pink),
        coverage=float(min(1.0, events[1][within].sum() / expected)),
        notes=(*notes, *cautions),
    )


def make_single(dips: Dips, single: Single, around: Surroundings) -> Candidate:
    """Return all that is known of a single event."""
    start = single.ephemeris
    middle, pink = np.array([start.epoch_btjd]), single.snr / single.snr_pink
    return Candidate(
        **_fitted(dips, start, single.depth, single.depth / single.snr_pink, pink),
        snr=single.snr,
        snr_pink=single.snr_pink,
        n_transits=1,
        notes=tuple(caution_surroundings(middle, start.duration_days, around)),
    )


def _fitted(
    dips: Dips, start: Ephemeris, depth: float, depth_err: float, pink: float
) -> dict[str, Any]:
    """Return ephemeris, depth and errors: of a trapezoid, or of the search where none fits.

    Errors from white noise grow by what correlated noise adds over an event.
    """
    shape = fit_trapezoid(dips, start)
    if shape is None:
        return {
            "ephemeris": start,
            "depth_ppm": float(depth * PPM),
            "depth_err_ppm": float(depth_err * PPM),
        }
    period, period_err = shape.period if shape.period is not None else (None, None)
    return {
        "ephemeris": Ephemeris(
            period_days=period,
            epoch_btjd=shape.epoch[0],
            duration_hours=shape.duration[0] * 24,
        ),
        "period_err_days": None if period_err is None else period_err * pink,
        "epoch_err_days": shape.epoch[1] * pink,
        "duration_err_hours": shape.duration[1] * 24 * pink,
        "depth_ppm": shape.depth[0] * PPM,
        "depth_err_ppm": shape.depth[1] * pink * PPM,
    }


def _odd_even(
    number: FloatArray, depths: FloatArray, weights: FloatArray, pink: float
) -> dict[str, Any]:
    """Return the depths of odd and even events, where there are both."""
    odd = number % 2 == 1
    if odd.all() or not odd.any():
        return {}
    values, variances = [], []
    for part in (odd, ~odd):
        weight = weights[part].sum()
        values.append(float(depths[part].sum() / weight))
        variances.append(pink**2 / weight)
    return {
        "odd_depth_ppm": values[0] * PPM,
        "even_depth_ppm": values[1] * PPM,
        "odd_even_sigma": float(abs(values[0] - values[1]) / np.sqrt(sum(variances))),
    }


def _secondary(sums: RunningSums, signal: Signal, pink: float) -> dict[str, Any]:
    """Return the deepest dip of the same duration elsewhere in the orbit."""
    away = 1.5 * signal.duration / signal.period
    n_phases = int((1 - 2 * away) * signal.period / (signal.duration / 4))
    if n_phases < 2:
        return {}
    phases = np.linspace(away, 1 - away, n_phases)
    middle = middles(sums, np.full(n_phases, signal.period), signal.epoch + phases * signal.period)
    depths, weights = event_sums(sums, middle, np.full(n_phases, signal.duration))
    depth, weight = depths.sum(axis=-1), weights.sum(axis=-1)
    enough = weight > 0.5 * np.median(weight)
    if not enough.any():
        return {}
    snr = np.where(enough, depth / np.sqrt(np.where(enough, weight, 1.0)) / pink, -np.inf)
    at = int(snr.argmax())
    return {
        "secondary_depth_ppm": float(depth[at] / weight[at] * PPM),
        "secondary_snr": float(snr[at]),
        "secondary_phase": float(phases[at]),
    }
