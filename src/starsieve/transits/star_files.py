"""What a star's page shows, as files that pages are made from without calculating again."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.archive import Archive
from starsieve.data.ephemeris import days_from_event
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import FloatArray
from starsieve.stats.bins import bin_medians
from starsieve.transits.star_candidate import SeenCandidate, see_candidate
from starsieve.transits.star_curves import Validated
from starsieve.transits.star_folds import fold_signal
from starsieve.transits.star_view import StarView, view_star

Progress = Callable[[int, int, str], None]

STAR, CANDIDATE = "star.npz", "candidate.npz"
MOST_TRIALS = 4000
"""Trial periods that are kept of a periodogram: the highest of each of so many parts."""

VALIDATED_BINS = 200


def star_errand(
    options: Mapping[str, Any], folder: Path, progress: Progress, archive: Archive
) -> dict[str, Any]:
    """Calculate what a star's page shows; write its arrays into a folder, as ``star.npz``.

    Parameters
    ----------
    options : mapping
        ``target``: the star's number in the archive.
    folder : Path
    progress : callable
    archive : Archive
        Only read.

    Returns
    -------
    dict
        What `summary` returns.
    """
    target = archive.targets.get(int(options["target"]))
    view = view_star(archive, target, archive.candidates.list(target=target.id), progress)
    _write(folder / STAR, star_arrays(view))
    return summary(view)


def candidate_errand(
    options: Mapping[str, Any], folder: Path, progress: Progress, archive: Archive
) -> dict[str, Any]:
    """See what light curves show of a candidate; write its folded views, as ``candidate.npz``.

    Parameters
    ----------
    options : mapping
        ``candidate``: its number in the archive.
    folder : Path
    progress : callable
    archive : Archive
        Only read.

    Returns
    -------
    dict
        What `candidate_summary` returns.
    """
    row = archive.candidates.get(int(options["candidate"]))
    rows = archive.candidates.list(target=row.target)
    seen = see_candidate(archive, archive.targets.get(row.target), row, rows, progress)
    if seen.examined is not None and seen.examined.signal is not None:
        views = fold_signal(seen.examined.signal)
        _write(folder / CANDIDATE, *(view.to_arrays(name) for name, view in views.items()))
    return candidate_summary(seen)


def _write(path: Path, *parts: Mapping[str, FloatArray]) -> None:
    arrays: dict[str, Any] = {name: values for part in parts for name, values in part.items()}
    np.savez(path, **arrays)


def star_arrays(view: StarView) -> dict[str, FloatArray]:
    """Return the arrays of a star: its light by kind, periodograms, and validated signals.

    Of each kind of light (``corrected``, ``raw``, ``flat``) ``.time`` and ``.flux``, only where it
    is valid; ``trend.time`` and ``trend.flux`` likewise; ``box.period`` and ``box.power``,
    ``turn.period`` and ``turn.power``; ``validated-NUMBER.phase``, ``.flux``, ``.model``.
    """
    arrays: dict[str, FloatArray] = {}
    if view.curves.observed is not None:
        arrays |= _series("corrected", view.curves.observed.curve)
    if view.curves.raw is not None:
        arrays |= _series("raw", view.curves.raw)
    if view.detrended is not None:
        flat = view.detrended.curve
        arrays |= _series("flat", flat)
        good = flat.usable & np.isfinite(view.detrended.trend)
        arrays |= {"trend.time": flat.time[good], "trend.flux": view.detrended.trend[good]}
    for name, periods, power in (
        ("box", view.periods, view.power),
        ("turn", view.rotation_periods, view.rotation_power),
    ):
        some = _highest(periods, power)
        arrays |= {f"{name}.period": periods[some], f"{name}.power": power[some]}
    for number, each in enumerate(view.curves.validated):
        arrays |= _validated_arrays(f"validated-{number}", each)
    return arrays


def summary(view: StarView) -> dict[str, Any]:
    """Return what is told of a star beside its arrays, in terms of JSON."""
    observed, flat = view.curves.observed, view.detrended
    about = {} if observed is None else observed.curve.meta
    return {
        "target": view.target.id,
        "flux_column": about.get("flux_column"),
        "segments": about.get("segments", []),
        "raw_segments": [] if view.curves.raw is None else view.curves.raw.meta["segments"],
        "detrended": None
        if flat is None
        else {
            "method": flat.method,
            "window_days": flat.window_days if np.isfinite(flat.window_days) else None,
            "rotation_days": flat.rotation_days,
            "amplitude": flat.amplitude,
        },
        "validated": [
            {
                "name": each.name,
                "period_days": each.ephemeris.period_days,
                "epoch_btjd": each.ephemeris.epoch_btjd,
                "duration_hours": each.ephemeris.duration_hours,
            }
            for each in view.curves.validated
        ],
        "candidates": [
            {
                "id": each.row.id,
                "origin": each.row.origin,
                "name": each.row.name,
                "period_days": each.row.period_days,
                "times": each.times.tolist(),
                "why": each.why,
            }
            for each in view.candidates
        ],
        "notes": list(view.notes),
    }


def candidate_summary(seen: SeenCandidate) -> dict[str, Any]:
    """Return what is told of a candidate beside its arrays, in terms of JSON."""
    record = {"id": seen.row.id, "seen": seen.examined is not None, "why": seen.why}
    if seen.examined is None:
        return record
    signal, fit = seen.examined.signal, seen.examined.fit
    return record | {
        "measured": seen.examined.candidate.to_record(),
        "fit": None if fit is None else fit.to_record(),
        "secondary_phase": None if signal is None else signal.secondary_phase,
        "warnings": list(seen.examined.warnings),
    }


def _series(name: str, curve: LightCurve) -> dict[str, FloatArray]:
    good = curve.usable
    return {f"{name}.time": curve.time[good], f"{name}.flux": curve.flux[good]}


def _highest(periods: FloatArray, power: FloatArray) -> Any:
    """Return which trials are kept: the highest of each part of the range, in logarithm."""
    if len(periods) <= MOST_TRIALS:
        return np.arange(len(periods))
    edges = np.geomspace(periods[0], periods[-1], MOST_TRIALS)
    starts = np.unique(np.searchsorted(periods, edges[:-1]))
    starts = starts[starts < len(periods)]
    ends = np.append(starts[1:], len(periods))
    return np.array([a + int(np.argmax(power[a:b])) for a, b in zip(starts, ends, strict=True)])


def _validated_arrays(name: str, each: Validated) -> dict[str, FloatArray]:
    """Return a validated signal against hours from its middle: medians, and the fitted transit."""
    good = each.observed.usable
    days = days_from_event(each.observed.time, each.ephemeris)
    half = min(4 * each.ephemeris.duration_days, (each.ephemeris.period_days or np.inf) / 2)
    near = good & (np.abs(days) < half)
    some = np.flatnonzero(near)
    some = some[np.linspace(0, len(some) - 1, min(len(some), 3000)).astype(np.int64)]
    edges = np.linspace(-half, half, VALIDATED_BINS + 1)
    binned = bin_medians(days[near], each.observed.flux[near], edges)
    arrays = {
        "x": days[some],
        "flux": 1 + each.observed.flux[some],
        "centre": binned.centre,
        "median": 1 + binned.median,
        "error": binned.error,
        "n_points": np.array(int(near.sum())),
    }
    if each.fitted is not None:
        known = near & np.isfinite(each.fitted.flux)
        model = bin_medians(days[known], each.fitted.flux[known], edges)
        arrays |= {"model_x": model.centre, "model_flux": 1 + model.median}
    return {f"{name}.{key}": np.asarray(value) for key, value in arrays.items()}
