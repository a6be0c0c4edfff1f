"""What speaks against a signal, in sentences: few events, edges of gaps, wheels, limits."""

from dataclasses import dataclass

import numpy as np

from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.transits.box import durations_at
from starsieve.transits.dips import Dips
from starsieve.transits.recipes import SearchOptions

DESATURATION = 32
"""TESS quality flag: the reaction wheels were desaturated (bit 6)."""

MIN_GAP_DAYS = 0.2
HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What may look like a transit.

    Parameters
    ----------
    edges : array, shape (n_edges,)
        Where data begin and end, BJD_TDB - 2457000.
    dumps : array, shape (n_dumps,)
        When the reaction wheels were desaturated, as far as the quality flags say it.
    """

    edges: FloatArray
    dumps: FloatArray


def find_surroundings(dips: Dips, curve: LightCurve) -> Surroundings:
    """Return the edges of gaps, and the times of desaturations."""
    gap = np.flatnonzero(np.diff(dips.time) > MIN_GAP_DAYS)
    ends = np.concatenate([[0], gap, gap + 1, [len(dips.time) - 1]])
    kepler = str(curve.meta.get("telescope", "TESS")).upper() != "TESS"
    flags = np.zeros(len(curve), dtype=int) if curve.quality is None or kepler else curve.quality
    return Surroundings(np.sort(dips.time[ends]), curve.time[(flags & DESATURATION) > 0])


def caution_events(signal: FloatArray, weight: FloatArray, pink: float) -> list[str]:
    """Return what is odd about the events: few of them, or of different depths.

    Parameters
    ----------
    signal, weight : arrays, shape (n_events,)
        As `events.event_sums` gives them, of events with data.
    pink : float
        Noise of an event over that of white noise.
    """
    cautions = []
    if len(signal) < 3:
        cautions.append(f"Only {len(signal)} events have data.")
    share = signal.max() / signal.sum()
    if len(signal) >= 3 and share > HALF:
        cautions.append(f"One event carries {share:.0%} of the signal.")
    depth = signal.sum() / weight.sum()
    chi2 = float(np.sum((signal - depth * weight) ** 2 / weight)) / pink**2
    freedom = len(signal) - 1
    if freedom and chi2 > freedom + 4 * np.sqrt(2 * freedom):
        cautions.append(f"Depths differ between events (chi-square {chi2:.0f} for {freedom}).")
    return cautions


def caution_surroundings(middle: FloatArray, duration: float, around: Surroundings) -> list[str]:
    """Return whether most events are at the edge of a gap, or at a desaturation.

    Parameters
    ----------
    middle : array, shape (n_events,)
        BJD_TDB - 2457000, of events with data.
    duration : float
        Days.
    """
    cautions = []
    at_edge = _near(middle, around.edges, duration)
    if at_edge.mean() > HALF:
        cautions.append(f"{_how_many(at_edge)} at the edge of a gap.")
    at_dump = _near(middle, around.dumps, 0.5 * duration + 0.02)
    if at_dump.mean() > HALF:
        cautions.append(f"{_how_many(at_dump)} at a desaturation of the wheels.")
    return cautions


def caution_duration(period: float, duration: float, options: SearchOptions) -> list[str]:
    """Return whether the duration is at a limit of the search."""
    shortest, longest = durations_at(period, options)
    if duration <= shortest * 1.02:
        return [f"The duration is the shortest that was looked for ({shortest * 24:.2f} h)."]
    if duration >= longest * 0.98:
        return [f"The duration is the longest that was looked for ({longest * 24:.2f} h)."]
    return []


def _how_many(events: BoolArray) -> str:
    if len(events) == 1:
        return "The event is"
    return f"{events.sum()} of {len(events)} events are"


def _near(time: FloatArray, others: FloatArray, within: float) -> BoolArray:
    """Return whether each time has another one within some days."""
    if not len(others):
        return np.zeros(len(time), dtype=bool)
    return np.asarray(np.abs(time[:, None] - others).min(axis=1) <= within)
