"""Light curves of one star's sectors or quarters, joined into one; every step is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import BoolArray
from starsieve.errors import DataError

PIPELINES = ("SPOC", "Kepler", "K2", "TESS-SPOC", "QLP", "TESSCut")
"""Which pipeline is preferred where several have the same stretch of time, the best first."""

PREFERRED_CADENCE = 120.0
"""Seconds: of the cadences at hand the nearest to it (in logarithm) is preferred."""

_OF_STAR = (
    *("target", "kic", "epic", "object", "telescope", "tmag", "kepmag", "teff", "logg", "mh"),
    *("radius", "ra", "dec"),
)
"""What the latest part knows best: catalogues get better."""

_OF_PART = ("instrument", "flux_column", "pipeline", "quality_mask")
"""What is said of the whole where all parts agree."""


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A light curve on its way into the whole."""

    name: str
    curve: LightCurve
    level: float


def stitch(curves: Sequence[LightCurve]) -> LightCurve:
    """Join the light curves of one star, each divided by the median of its valid fluxes.

    Where several cover the same time, one is preferred: SPOC (or Kepler) before TESS-SPOC, QLP
    and TESSCut; then the cadence nearest to two minutes; then the later processing; then more
    valid cadences. Of the same sector or quarter only the preferred is kept; of others only what
    lies outside the time of the preferred one. Different cadences are kept as they are.

    Parameters
    ----------
    curves : sequence of LightCurve
        In any order; different cadences, pipelines and units are allowed.

    Returns
    -------
    LightCurve
        Relative flux around 1. Its `meta` has what is known of the star, and `steps` (a sentence
        for each thing divided, dropped, cut and joined), `segments` (one record for each part:
        start_btjd, stop_btjd, n_cadences, level, and sector, quarter, pipeline, cadence_seconds
        where known), `sectors`, `cadence_seconds` (the longest) and `contamination` (the mean,
        weighted with the number of cadences).

    Raises
    ------
    DataError
        If there are none, they are of different stars, or none can be normalised.
    """
    if not curves:
        msg = "There is no light curve to stitch."
        raise DataError(msg)
    _check_one_star(curves)
    steps: list[str] = []
    parts = _normalise(curves, steps)
    kept = _without_overlaps(parts, steps)
    joined = _join(_with_errors(kept, steps))
    if len(kept) > 1:
        steps.append(f"Joined {len(kept)} parts: {len(joined)} cadences.")
    return replace(joined, meta=_meta(kept, steps))


def _check_one_star(curves: Sequence[LightCurve]) -> None:
    """Raise DataError if light curves say that they are of different stars."""
    stars = {name: None for curve in curves if (name := _star_name(curve.meta))}
    if len(stars) > 1:
        msg = (
            f"These light curves are of different stars, {' and '.join(list(stars)[:2])}: only "
            "those of one star can be stitched."
        )
        raise DataError(msg)
    if stars and any(not _star_name(curve.meta) for curve in curves):
        msg = (
            f"Some of these light curves are of {next(iter(stars))}, others don't say their star: "
            "give `target`, `kic` or `object` in their meta."
        )
        raise DataError(msg)


def _star_name(meta: Mapping[str, Any]) -> str:
    for key, catalogue in (("target", "TIC"), ("kic", "KIC"), ("epic", "EPIC")):
        if meta.get(key) is not None:
            return f"{catalogue} {meta[key]}"
    return str(meta.get("object") or "")


def _normalise(curves: Sequence[LightCurve], steps: list[str]) -> list[_Part]:
    """Return the light curves in order of time, divided by their medians."""
    parts = []
    for curve in sorted(curves, key=lambda curve: float(curve.time[0])):
        name = _part_name(curve)
        try:
            flat = curve.normalised()
        except DataError as error:
            steps.append(f"Dropped {name}: {error}")
            continue
        level = float(np.median(curve.flux[curve.usable]))
        unit = f" {curve.flux_unit}" if curve.flux_unit else ""
        steps.append(f"Divided {name} by its median, {level:.8g}{unit}.")
        parts.append(_Part(name, flat, level))
    if not parts:
        raise DataError(" ".join(steps))
    return parts


def _part_name(curve: LightCurve) -> str:
    """Name a part as people would: what it is, of which pipeline, cadence and date."""
    meta = curve.meta
    numbers = [f"{word} {meta[word]}" for word in ("sector", "quarter", "campaign") if word in meta]
    what = numbers[0] if numbers else f"BTJD {curve.time[0]:.2f} to {curve.time[-1]:.2f}"
    cadence = meta.get("cadence_seconds")
    processed = str(meta.get("processed") or "")[:10]
    marks = (str(meta.get("pipeline") or ""), f"{cadence:g} s" if cadence else "", processed)
    known = ", ".join(mark for mark in marks if mark)
    return f"{what} ({known})" if known else what


def _rank(part: _Part) -> tuple[float, ...]:
    """Return what sorts a preferred part before others."""
    meta = part.curve.meta
    pipeline = meta.get("pipeline")
    place = PIPELINES.index(pipeline) if pipeline in PIPELINES else len(PIPELINES)
    cadence = meta.get("cadence_seconds") or np.inf
    processed = str(meta.get("processed") or "")
    digits = "".join(character for character in processed if character.isdigit())[:8]
    n_valid = int(np.sum(part.curve.usable))
    return (place, abs(np.log(cadence / PREFERRED_CADENCE)), -float(digits or 0), -n_valid)


def _without_overlaps(parts: Sequence[_Part], steps: list[str]) -> list[_Part]:
    """Return parts of which none begins before the last has ended, in order of time."""
    kept: list[_Part] = []
    for part in sorted(parts, key=_rank):
        rivals = [other for other in kept if _meet(part.curve, other.curve)]
        twin = next((other for other in rivals if _same_span(part.curve, other.curve)), None)
        if twin is not None:
            steps.append(f"Dropped {part.name}: {twin.name} covers the same time and is preferred.")
            continue
        pieces = _outside(part, rivals) if rivals else [part]
        n_cut = len(part.curve) - sum(len(piece.curve) for piece in pieces)
        names = " and ".join(other.name for other in rivals)
        if not pieces:
            steps.append(f"Dropped {part.name}: {names} covers all of it and is preferred.")
        elif n_cut:
            steps.append(f"Cut {n_cut} cadences of {part.name}, where {names} is preferred.")
        kept = sorted([*kept, *pieces], key=lambda part: float(part.curve.time[0]))
    return kept


def _meet(curve: LightCurve, other: LightCurve) -> bool:
    return bool(curve.time[0] <= other.time[-1] and other.time[0] <= curve.time[-1])


def _outside(part: _Part, rivals: Sequence[_Part]) -> list[_Part]:
    """Return what of a part lies before, between and after others, which are in order of time."""
    time = part.curve.time
    starts = np.array([other.curve.time[0] for other in rivals])
    stops = np.array([-np.inf, *(other.curve.time[-1] for other in rivals)])
    after = np.searchsorted(starts, time, side="right")
    free = time > stops[after]
    pieces = [
        replace(part, curve=_take(part.curve, free & (after == place)))
        for place in np.unique(after[free])
    ]
    return [piece for piece in pieces if piece.curve.usable.any()]


def _same_span(curve: LightCurve, other: LightCurve) -> bool:
    """Return whether two curves are of one sector, quarter or campaign."""
    words = [word for word in ("sector", "quarter", "campaign") if word in curve.meta]
    return any(curve.meta[word] == other.meta.get(word) for word in words)


def _take(curve: LightCurve, rows: BoolArray) -> LightCurve:
    return replace(
        curve,
        time=curve.time[rows],
        flux=curve.flux[rows],
        sigma=None if curve.sigma is None else curve.sigma[rows],
        valid=curve.usable[rows],
        quality=None if curve.quality is None else curve.quality[rows],
    )


def _with_errors(parts: Sequence[_Part], steps: list[str]) -> list[_Part]:
    """Return parts that all have errors, or none: a part without gets its own scatter."""
    if len({part.curve.sigma is None for part in parts}) == 1:
        return list(parts)
    whole = []
    for part in parts:
        curve = part.curve
        if curve.sigma is None:
            jumps = np.diff(curve.flux[curve.usable])
            # a difference has twice the variance; 0.6745 deviations hold half of all values
            scatter = float(np.median(np.abs(jumps)) / 0.6745 / np.sqrt(2)) if len(jumps) else 0.0
            scatter = scatter or float(np.finfo(np.float32).eps)
            steps.append(f"Gave {part.name} errors of {scatter:.3g}, its scatter; it had none.")
            curve = replace(curve, sigma=np.full(len(curve), scatter))
        whole.append(replace(part, curve=curve))
    return whole


def _join(parts: Sequence[_Part]) -> LightCurve:
    curves = [part.curve for part in parts]
    sigmas = [curve.sigma for curve in curves if curve.sigma is not None]
    qualities = [
        np.zeros(len(curve), dtype=np.int64) if curve.quality is None else curve.quality
        for curve in curves
    ]
    has_quality = any(curve.quality is not None for curve in curves)
    return LightCurve(
        time=np.concatenate([curve.time for curve in curves]),
        flux=np.concatenate([curve.flux for curve in curves]),
        sigma=np.concatenate(sigmas) if sigmas else None,
        valid=np.concatenate([curve.usable for curve in curves]),
        quality=np.concatenate(qualities) if has_quality else None,
    )


def _meta(parts: Sequence[_Part], steps: Sequence[str]) -> dict[str, Any]:
    metas = [part.curve.meta for part in parts]
    meta = dict(metas[0]) if len(parts) == 1 else {}
    meta |= {name: m[name] for m in metas for name in _OF_STAR if m.get(name) is not None}
    meta |= {
        name: metas[0][name]
        for name in _OF_PART
        if name in metas[0] and all(m.get(name) == metas[0][name] for m in metas)
    }
    cadences = [m["cadence_seconds"] for m in metas if m.get("cadence_seconds")]
    if cadences:
        meta["cadence_seconds"] = max(cadences)
    diluted = [part for part in parts if part.curve.meta.get("contamination") is not None]
    if diluted:
        values = [part.curve.meta["contamination"] for part in diluted]
        weights = [len(part.curve) for part in diluted]
        meta["contamination"] = float(np.average(values, weights=weights))
    meta["sectors"] = sorted({m["sector"] for m in metas if "sector" in m})
    return meta | {"segments": [_segment(part) for part in parts], "steps": list(steps)}


def _segment(part: _Part) -> dict[str, Any]:
    known = ("sector", "quarter", "campaign", "pipeline", "cadence_seconds")
    return {
        "start_btjd": float(part.curve.time[0]),
        "stop_btjd": float(part.curve.time[-1]),
        "n_cadences": len(part.curve),
        "level": part.level,
        **{name: part.curve.meta[name] for name in known if name in part.curve.meta},
    }
