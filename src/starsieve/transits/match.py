"""Is a signal that was found known already: on this star, or on one nearby whose light comes along?

Two signals are the same if their periods agree, or are in a small ratio (a search may take every
second transit, or see one where there is none), and their events fall together. An old ephemeris
drifts: its period's error grows with every orbit since, and so does what is tolerated.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from starsieve.data.catalogue import Catalogue
from starsieve.data.ephemeris import Ephemeris
from starsieve.errors import DataError

RATIOS: Final = {
    1.0: "same period",
    2.0: "found at twice its period",
    0.5: "found at half its period",
    3.0: "found at three times its period",
    1 / 3: "found at a third of its period",
}

NEARBY_ARCSEC = 180.0
"""Nine pixels of TESS: from so far a bright binary still reaches into an aperture."""

SAME_STAR_ARCSEC = 3.0

PERIOD_PART = 1e-3
"""Of the period: what two periods may always differ by."""

ERRORS = 3.0
"""Standard errors that are tolerated."""

UNSTATED_PERIOD_ERROR = 1e-6
"""Of the period, where a catalogue states no error: its digits are meant."""

UNSTATED_HOURS = 3.0
"""Duration of a known signal where a catalogue states none."""

PHASE_LOST = 0.25
"""Tolerance over period, beyond which epochs prove nothing and only periods are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSignal:
    """A planet, candidate or eclipsing binary that somebody has listed.

    Parameters
    ----------
    name : str
        As ``"TOI 123.01"``.
    kind : str
        What list it is from, as ``"toi"``, ``"koi"`` or ``"binary"``.
    ephemeris : Ephemeris
    tic : int, optional
        Its star in the TESS Input Catalog.
    ra, dec : float, optional
        Of its star, ICRS, degree.
    disposition : str
        What became of it, as the list has it.
    period_err_days, epoch_err_days : float, optional
        Standard errors.
    """

    name: str
    kind: str
    ephemeris: Ephemeris
    tic: int | None = None
    ra: float | None = None
    dec: float | None = None
    disposition: str = ""
    period_err_days: float | None = None
    epoch_err_days: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A known signal that a found one agrees with.

    Parameters
    ----------
    known : KnownSignal
    relation : str
        How the periods are related, in words.
    period_ratio : float, optional
        Found over known period; None for a single event.
    epoch_offset_hours : float, optional
        From the nearest event by the known ephemeris to the found one; None where the known
        ephemeris is too old to tell.
    same_star : bool
    separation_arcsec : float, optional
        Between the stars; None where a position is not known.
    """

    known: KnownSignal
    relation: str
    period_ratio: float | None
    epoch_offset_hours: float | None
    same_star: bool
    separation_arcsec: float | None = None

    def __str__(self) -> str:
        status = f" ({self.known.disposition})" if self.known.disposition else ""
        where = "" if self.same_star else f", on a star {self.separation_arcsec:.0f} arcsec away"
        when = (
            "epochs can't be compared"
            if self.epoch_offset_hours is None
            else f"epochs {abs(self.epoch_offset_hours):.1f} h apart"
        )
        return f"{self.known.name}{status}{where}: {self.relation}, {when}"

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "name": self.known.name,
            "kind": self.known.kind,
            "tic": self.known.tic,
            "disposition": self.known.disposition,
            "period_days": self.known.ephemeris.period_days,
            "relation": self.relation,
            "period_ratio": self.period_ratio,
            "epoch_offset_hours": self.epoch_offset_hours,
            "same_star": self.same_star,
            "separation_arcsec": self.separation_arcsec,
        }


def match(
    ephemeris: Ephemeris,
    tic: int | None,
    known: Sequence[KnownSignal],
    *,
    period_err_days: float | None = None,
    ra: float | None = None,
    dec: float | None = None,
) -> list[Match]:
    """Return the known signals that a found one agrees with.

    Parameters
    ----------
    ephemeris : Ephemeris
        Of the found signal; without a period it is compared as a single event.
    tic : int, optional
        Its star in the TESS Input Catalog.
    known : sequence of KnownSignal
    period_err_days : float, optional
        Of the found period; a quarter of the duration if not given.
    ra, dec : float, optional
        Of its star, degree. Without them, what `known` says of the same TIC number is taken; if
        that says nothing, too, only signals of that TIC number are compared.

    Returns
    -------
    list of Match
        Those of the same star first, equal periods before harmonics, near epochs before far ones.
    """
    place = (ra, dec) if ra is not None and dec is not None else _place(tic, known)
    found: list[Match] = []
    for signal in known:
        apart = _separation(place, signal)
        same = (tic is not None and signal.tic == tic) or (
            apart is not None and apart < SAME_STAR_ARCSEC and None in (tic, signal.tic)
        )
        if not same and (apart is None or apart > NEARBY_ARCSEC):
            continue
        agreement = _compare(ephemeris, signal, period_err_days)
        if agreement is not None:
            relation, ratio, offset = agreement
            found.append(
                Match(
                    known=signal,
                    relation=relation,
                    period_ratio=ratio,
                    epoch_offset_hours=offset,
                    same_star=same,
                    separation_arcsec=apart,
                )
            )
    return sorted(found, key=_rank)


def known_signals(catalogue: Catalogue) -> list[KnownSignal]:
    """Return the signals that a catalogue of candidates lists; rows without an epoch are left out.

    Raises
    ------
    DataError
        If it is no catalogue of candidates.
    """
    columns = catalogue.columns
    if "epoch_btjd" not in columns or "period_days" not in columns:
        msg = (
            f"{catalogue.file}: a catalogue of kind {catalogue.kind!r} has no periods and epochs; "
            "expected one of TOIs, CTOIs, KOIs or threshold-crossing events."
        )
        raise DataError(msg)
    n_rows = len(columns["epoch_btjd"])
    signals = []
    for row in range(n_rows):
        values = {name: _plain(column[row]) for name, column in columns.items()}
        if values["epoch_btjd"] is not None:
            signals.append(_known_signal(values, catalogue.kind))
    return signals


def _known_signal(values: dict[str, Any], kind: str) -> KnownSignal:
    return KnownSignal(
        name=full_name(kind, str(values.get("name") or "")),
        kind=kind,
        tic=values.get("tic") or None,
        ephemeris=listed_ephemeris(
            values["period_days"], values["epoch_btjd"], values.get("duration_hours")
        ),
        ra=values.get("ra"),
        dec=values.get("dec"),
        disposition=str(values.get("disposition") or ""),
        period_err_days=values.get("period_err_days"),
        epoch_err_days=values.get("epoch_err_days"),
    )


def listed_ephemeris(period: float | None, epoch: float, hours: float | None) -> Ephemeris:
    """Return an ephemeris of what a list states; no period where it has none, or 0."""
    return Ephemeris(
        period_days=period if period is not None and period > 0 else None,
        epoch_btjd=epoch,
        duration_hours=hours if hours is not None and hours > 0 else UNSTATED_HOURS,
    )


def full_name(kind: str, name: str) -> str:
    """Return a name that says whose it is.

    Examples
    --------
    >>> full_name("toi", "101.01"), full_name("koi", "K00351.01")
    ('TOI 101.01', 'K00351.01')
    """
    return name if name[:1].isalpha() else f"{kind.upper()} {name}"


def _plain(value: Any) -> Any:
    """Return a value of an array as a plain one, None for NaN."""
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def _compare(
    found: Ephemeris, known: KnownSignal, period_err_days: float | None
) -> tuple[str, float | None, float | None] | None:
    """Return relation, ratio of periods and offset of epochs (hours); None where they disagree."""
    listed = known.ephemeris
    if found.period_days is None or listed.period_days is None:
        period = found.period_days or listed.period_days
        offset = _offset(found, known, period)
        agree = abs(offset) <= _tolerance(found, known, period)
        return ("one event of it", None, offset * 24) if agree else None
    for ratio, relation in RATIOS.items():
        expected = listed.period_days * ratio
        if abs(found.period_days - expected) > _period_tolerance(
            found, known, ratio, period_err_days
        ):
            continue
        period = min(found.period_days, listed.period_days) if ratio != 1 else listed.period_days
        tolerance = _tolerance(found, known, period)
        if tolerance > PHASE_LOST * period:
            return relation, ratio, None
        offset = _offset(found, known, period)
        if abs(offset) <= tolerance:
            return relation, ratio, offset * 24
        if ratio == 1 and period / 2 - abs(offset) <= tolerance:
            away = math.copysign(abs(offset) - period / 2, offset)
            return "same period, half an orbit away (its secondary eclipse)", ratio, away * 24
    return None


def _period_tolerance(
    found: Ephemeris, known: KnownSignal, ratio: float, period_err_days: float | None
) -> float:
    own = found.duration_days / 4 if period_err_days is None else ERRORS * period_err_days
    listed = ERRORS * ratio * (known.period_err_days or 0.0)
    return math.hypot(own, listed) + PERIOD_PART * (found.period_days or 0.0)


def _tolerance(found: Ephemeris, known: KnownSignal, period: float | None) -> float:
    """Return how far apart (days) events may be: half a duration, and the drift since the epoch."""
    listed = known.ephemeris
    half = max(found.duration_days, listed.duration_days) / 2
    if listed.period_days is None or period is None:
        return half + ERRORS * (known.epoch_err_days or 0.0)
    n_orbits = abs(found.epoch_btjd - listed.epoch_btjd) / listed.period_days
    error = known.period_err_days or UNSTATED_PERIOD_ERROR * listed.period_days
    return half + ERRORS * math.hypot(n_orbits * error, known.epoch_err_days or 0.0)


def _offset(found: Ephemeris, known: KnownSignal, period: float | None) -> float:
    """Return days from the nearest event to the found epoch."""
    apart = found.epoch_btjd - known.ephemeris.epoch_btjd
    return apart if period is None else (apart + period / 2) % period - period / 2


def _place(tic: int | None, known: Sequence[KnownSignal]) -> tuple[float | None, float | None]:
    """Return where a star is, from what is known of its signals."""
    for signal in known:
        if tic is not None and signal.tic == tic and None not in (signal.ra, signal.dec):
            return signal.ra, signal.dec
    return None, None


def _separation(place: tuple[float | None, float | None], signal: KnownSignal) -> float | None:
    """Return the angle between two stars in arcsec, None where a place is not known."""
    (ra, dec), (other_ra, other_dec) = place, (signal.ra, signal.dec)
    if ra is None or dec is None or other_ra is None or other_dec is None:
        return None
    if abs(dec - other_dec) * 3600 > NEARBY_ARCSEC:  # nearly all of a catalogue, and quickly so
        return math.inf
    ra, dec, other_ra, other_dec = map(math.radians, (ra, dec, other_ra, other_dec))
    half = (
        math.sin((dec - other_dec) / 2) ** 2
        + math.cos(dec) * math.cos(other_dec) * math.sin((ra - other_ra) / 2) ** 2
    )
    return math.degrees(2 * math.asin(min(math.sqrt(half), 1.0))) * 3600


def _rank(found: Match) -> tuple[bool, bool, float]:
    offset = found.epoch_offset_hours
    return (
        not found.same_star,
        found.period_ratio != 1.0,
        math.inf if offset is None else abs(offset),
    )
