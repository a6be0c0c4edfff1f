"""All light curves of a star of an archive, sorted by what they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from starsieve.archive import Archive, LightCurveInfo, Target
from starsieve.data import LightCurve
from starsieve.data.ephemeris import Ephemeris
from starsieve.data.validation import VALIDATED
from starsieve.errors import DataError
from starsieve.readers.raw_flux import RAW_FLUX
from starsieve.transits.observed import (
    ObservedStar,
    Piece,
    StarItems,
    known_star,
    open_star,
    to_search,
)


@dataclass(frozen=True, slots=True, eq=False)
class Validated:
    """A signal that the mission validated: its light curve and the transit fitted to it.

    Parameters
    ----------
    name : str
        File and number of the event.
    ephemeris : Ephemeris
    observed, fitted : LightCurve
        Relative flux around 0; `fitted` is None where nothing was.
    """

    name: str
    ephemeris: Ephemeris
    observed: LightCurve
    fitted: LightCurve | None


@dataclass(frozen=True, slots=True, eq=False)
class StarCurves:
    """What the archive has of a star's light.

    Parameters
    ----------
    observed : ObservedStar, optional
        Joined of what is searched: corrected flux, or raw where there is none. None where there
        is no light curve.
    raw : LightCurve, optional
        The raw flux joined, where it is there beside the corrected.
    validated : tuple of Validated
    notes : tuple of str
        What was done to join them, and what could not be.
    """

    observed: ObservedStar | None
    raw: LightCurve | None
    validated: tuple[Validated, ...] = ()
    notes: tuple[str, ...] = ()


def read_star_curves(archive: Archive, target: Target) -> StarCurves:
    """Return all light curves of a star, joined by kind.

    Parameters
    ----------
    archive : Archive
    target : Target
        From the archive.
    """
    infos = [] if target.id is None else archive.light_curves.of_target(target.id)
    searched = to_search(infos)
    chosen = {each.id for each in searched}
    beside = [each for each in infos if _column(each) == RAW_FLUX and each.id not in chosen]
    notes: list[str] = []
    observed = _join(archive, target, searched, notes)
    raw = _join(archive, target, beside, notes)
    if observed is not None:
        notes += [str(step) for step in observed.curve.meta["steps"]]
    return StarCurves(
        observed=observed,
        raw=None if raw is None else raw.curve,
        validated=_validated(archive, infos, notes),
        notes=tuple(dict.fromkeys(notes)),
    )


def _column(info: LightCurveInfo) -> str:
    return str(info.meta.get("flux_column", ""))


def _join(
    archive: Archive, target: Target, infos: Sequence[LightCurveInfo], notes: list[str]
) -> ObservedStar | None:
    if not infos:
        return None
    pieces = tuple(
        Piece(each.file or f"light curve {each.id}", id=each.id, sha256=each.file_hash or "")
        for each in infos
    )
    known = known_star(archive, target)
    try:
        return open_star(StarItems(f"target {target.id}", pieces, known), archive)
    except DataError as error:
        notes.append(f"Its light curves can't be joined: {error}")
        return None


def _validated(
    archive: Archive, infos: Sequence[LightCurveInfo], notes: list[str]
) -> tuple[Validated, ...]:
    """Return the validated signals, each with what was fitted to it."""
    pairs: dict[tuple[str, str, int], dict[str, LightCurveInfo]] = {}
    for info in infos:
        if _column(info) in VALIDATED and isinstance(info.meta.get("tce"), dict):
            key = (info.collection, info.file_hash or "", int(info.meta["tce"]["number"]))
            pairs.setdefault(key, {})[_column(info)] = info
    found = []
    for (_, _, number), pair in pairs.items():
        if VALIDATED[0] not in pair:
            continue
        about = pair[VALIDATED[0]]
        curves = archive.light_curves.read([pair[name].id for name in VALIDATED if name in pair])
        try:
            ephemeris = _ephemeris(about)
        except (DataError, KeyError, TypeError) as error:
            notes.append(f"Event {number} of {about.file} has no ephemeris: {error}")
            continue
        fitted = curves[1] if len(curves) > 1 else None
        name = f"{_short(about)}, event {number}"
        found.append(Validated(name, ephemeris, curves[0], fitted))
    return tuple(found)


def _ephemeris(info: LightCurveInfo) -> Ephemeris:
    tce = info.meta["tce"]
    return Ephemeris(
        period_days=tce["period_days"],
        epoch_btjd=tce["epoch_btjd"],
        duration_hours=tce["duration_hours"],
    )


def _short(info: LightCurveInfo) -> str:
    sectors = info.meta.get("sectors") or []
    if not sectors:
        return info.collection
    ends = sorted({min(sectors), max(sectors)})
    return ("sectors " if len(ends) > 1 else "sector ") + "–".join(map(str, ends))
