"""Which column of a table is what, by name, UCD and unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from astropy import units as u

from starsieve.data.spectrum import BoolArray, Medium
from starsieve.errors import DataError
from starsieve.readers.canonical import Columns
from starsieve.readers.reader import Hints
from starsieve.readers.units import parse_flux_unit, parse_wave_unit

Role = Literal["wave", "log wave", "flux", "sigma", "variance", "inverse variance", "bad", "good"]

_AIR_OR_VACUUM = r"(air|vac|vacuum)"
_NAMES: tuple[tuple[Role, str], ...] = (
    ("log wave", r"log_?(lam|lambda|wave|wavelength)"),
    (
        "wave",
        rf"({_AIR_OR_VACUUM}_?)?(wave(length)?s?|wavelen|wav|wl|wvl|lambda|lam|λ)(_?{_AIR_OR_VACUUM})?"
        r"|awav|spectral_axis|spectral_coord|freq(uency)?|wave_?number|microns?|angstroms?|um|nm",
    ),
    ("inverse variance", r"(flux_?)?(ivar|inv_?var|inverse_variance)(_?flux)?"),
    ("variance", r"(flux_?)?(var|variance)(_?flux)?"),
    (
        "sigma",
        r"(.*_)?(err|errs|errors?|e|unc|uncs|uncert|uncertaint(y|ies)|sigma|sig|noise|std|stdev|stddev)"
        r"|(flux|f|spec)(err|error|unc|sigma|sig|std)(_.*)?|d_?flux|e_?flux|err_?flux|e_?f|fe"
        r"|(err|error|e|unc|sigma|noise|std)_.*",
    ),
    ("bad", r"mask|flags?|dq|quality|qual|bad(_?pix(el)?)?"),
    ("good", r"valid|good|ok|usable"),
    (
        "flux",
        r"(s_?|surface_?|spectral_?|rel(ative)?_?|norm(ali[sz]ed)?_?)?flux(es)?"
        r"(_?(density|lambda|lam|nu|cal(ibrated)?|norm|.{0,3}))?"
        r"|flx|f|f_?(lambda|lam|l|nu|λ|ν)|spec(trum)?|intensity|counts?|data|signal|transmission",
    ),
)
_NO_FLUX = r"([a-z]|.*_)?mags?(nitudes?)?(_.*)?|log_?(f|flux|10|intensity).*"
_UCDS: tuple[tuple[Role, str], ...] = (
    ("sigma", r"(stat\.error|meta\.code\.error).*"),
    ("wave", r"em\.(wl|freq|wavenumber|energy).*"),
    ("flux", r"(phot\.(flux|count).*|arith\.ratio;phot\.flux.*)"),
    ("bad", r"meta\.code\.qual.*"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of numbers, shape (n_rows,), NaN where a cell is empty; its unit as written."""

    name: str
    values: npt.NDArray[np.float64]
    unit: str | None = None
    ucd: str | None = None


def split_name(text: str) -> tuple[str, str | None]:
    """Return a heading's name and unit, found in brackets or after the last underscore or comma.

    Examples
    --------
    >>> split_name("Wavelength [microns]"), split_name("wave_um"), split_name("flux_err")
    (('Wavelength', 'microns'), ('wave', 'um'), ('flux_err', None))
    """
    text = text.strip().strip("\"'").strip()
    found = re.fullmatch(r"(.+?)[\s_]*\[([^\[\]]+)\]", text) or re.fullmatch(
        r"(.+?)[\s_]*[({](.+)[)}]", text
    )
    if found and not re.fullmatch(_AIR_OR_VACUUM, found[2].strip().lower()):
        return found[1], found[2]
    for separator in ("_", " in ", "/ ", " "):
        name, _, unit = text.rpartition(separator)
        if name and role_of(name) and role_of(text) != "sigma" and _is_unit(name, unit):
            return name.strip(), unit.strip()
    return text, None


def assign_roles(columns: Sequence[Column], hints: Hints, notes: list[str]) -> dict[Role, Column]:
    """Return the column of each role; the wavelengths and the flux are always among them.

    Raises
    ------
    DataError
        If there is no column of wavelengths or of flux, or the hint names none that is there.
    """
    found: dict[Role, list[Column]] = {}
    for column in columns:
        if (role := role_of(column.name, column.ucd)) is not None:
            found.setdefault(role, []).append(column)
    waves = found.pop("wave", None) or found.pop("log wave", None)
    if not waves:
        raise DataError(_missing("wavelengths", columns))
    wave_role: Role = "wave" if role_of(waves[0].name, waves[0].ucd) == "wave" else "log wave"
    flux = _flux(columns, found, waves, hints, notes)
    chosen: dict[Role, Column] = {wave_role: waves[0], "flux": flux}
    kinds: tuple[Role, ...] = ("sigma", "inverse variance", "variance")
    for role in kinds:
        candidates = _of_flux(found.get(role, []), flux, found.get("flux", []))
        if candidates:
            chosen[role] = candidates[0]
            break
    chosen |= {role: found[role][0] for role in ("bad", "good") if role in found}
    used = {column.name for column in chosen.values()}
    if unused := [column.name for column in columns if column.name not in used]:
        notes.append(f"Columns not used: {', '.join(unused[:8])}{' ...' * (len(unused) > 8)}.")
    return chosen


def to_columns(roles: dict[Role, Column], hints: Hints) -> Columns:
    """Return what `make_spectrum` takes, of columns by role.

    Raises
    ------
    DataError
        If flux and errors state units of different kinds, and no hint tells the flux's.
    """
    wave = roles.get("wave") or roles["log wave"]
    logarithmic = "wave" not in roles
    values = 10.0**wave.values if logarithmic else wave.values
    return Columns(
        wave=values,
        flux=roles["flux"].values,
        sigma=_sigma(roles, hints),
        valid=_valid(roles),
        wave_unit=_unit_of_wave(wave),
        flux_unit=roles["flux"].unit,
        medium=_medium(wave),
    )


def role_of(name: str, ucd: str | None = None) -> Role | None:
    """Return what a column is, by its UCD or else its name."""
    for role, pattern in _UCDS:
        if ucd and re.fullmatch(pattern, ucd.lower()):
            return role
    plain = _plain(name)
    for role, pattern in _NAMES:
        if re.fullmatch(pattern, plain):
            return role
    return None


def _plain(name: str) -> str:
    return re.sub(r"[\s\-.:()]+", "_", name.strip().lower()).strip("_")


def _is_unit(name: str, unit: str) -> bool:
    """Return whether the rest of a heading is a unit fit for what its name says."""
    if role_of(name) == "wave":
        return parse_wave_unit(unit) is not None
    return len(unit) > 1 and bool(parse_flux_unit(unit)) and role_of(unit) is None


def _flux(
    columns: Sequence[Column],
    found: dict[Role, list[Column]],
    waves: Sequence[Column],
    hints: Hints,
    notes: list[str],
) -> Column:
    if hints.flux_column is not None:
        return _named(columns, hints.flux_column)
    fluxes = found.get("flux", [])
    if not fluxes:
        known = {id(column) for same in found.values() for column in same} | set(map(id, waves))
        rest = [column for column in columns if id(column) not in known]
        if len(rest) != 1:
            raise DataError(_missing("flux", columns))
        if re.fullmatch(_NO_FLUX, _plain(rest[0].name)):
            msg = (
                f"column {rest[0].name!r} may hold magnitudes or logarithms, which are not read. "
                "Convert it to a flux, or tell with flux_column (--flux-column) that it is one."
            )
            raise DataError(msg)
        notes.append(f"Column {rest[0].name!r} taken as the flux.")
        return rest[0]
    if len(fluxes) > 1:
        names = ", ".join(column.name for column in fluxes)
        notes.append(
            f"Flux could be {names}; {fluxes[0].name} was taken, flux_column tells another."
        )
    return fluxes[0]


def _named(columns: Sequence[Column], name: str) -> Column:
    for column in columns:
        if column.name.lower() == name.lower():
            return column
    names = ", ".join(column.name for column in columns)
    msg = f"flux_column {name!r} is not among its columns: {names}."
    raise DataError(msg)


def _of_flux(candidates: Sequence[Column], flux: Column, fluxes: Sequence[Column]) -> list[Column]:
    """Return the errors that may belong to this flux: its namesakes first, no other's namesakes."""
    name = _plain(flux.name)
    own = [c for c in candidates if name in _plain(c.name)]
    others = [_plain(f.name) for f in fluxes if f is not flux and _plain(f.name) not in name]
    rest = [c for c in candidates if not any(other in _plain(c.name) for other in others)]
    return own or rest


def _sigma(roles: dict[Role, Column], hints: Hints) -> npt.NDArray[np.float64] | None:
    if "sigma" in roles:
        told = hints.flux_unit is not None
        return roles["sigma"].values if told else _in_unit_of(roles["sigma"], roles["flux"])
    if "variance" in roles:
        return np.asarray(np.sqrt(roles["variance"].values))
    if "inverse variance" in roles:
        return np.asarray(1 / np.sqrt(roles["inverse variance"].values))
    return None


def _in_unit_of(sigma: Column, flux: Column) -> npt.NDArray[np.float64]:
    """Return the errors in the flux's unit, where both columns state one that is understood.

    Raises
    ------
    DataError
        If one is no unit of the other's kind.
    """
    units = [parse_flux_unit(column.unit) for column in (sigma, flux) if column.unit]
    known = [unit for unit in units if unit]
    if len(known) < 2 or known[0] == known[1]:
        return sigma.values
    try:
        return sigma.values * float(u.Unit(known[0]).to(known[1]))
    except u.UnitConversionError:
        msg = (
            f"the errors, column {sigma.name!r}, are in {sigma.unit!r} and the flux in "
            f"{flux.unit!r}: expected units of one kind. Correct the heading that is wrong, or "
            "tell the unit of both with flux_unit (--flux-unit)."
        )
        raise DataError(msg) from None


def _valid(roles: dict[Role, Column]) -> BoolArray | None:
    if "good" in roles:
        return np.asarray(roles["good"].values > 0)
    if "bad" in roles:
        return np.asarray(roles["bad"].values == 0)
    return None


def _unit_of_wave(wave: Column) -> str | None:
    """Return the unit; a column that is called after one needs no other."""
    if wave.unit:
        return wave.unit
    return wave.name if parse_wave_unit(wave.name) is not None else None


def _medium(wave: Column) -> Medium | None:
    words = set(re.split(r"[^a-z]+", f"{wave.name} {wave.ucd or ''}".lower()))
    if words & {"air", "awav"} or (wave.ucd or "").lower() == "em.wl;obs.atmos":
        return "air"
    return "vacuum" if words & {"vac", "vacuum", "vwav"} else None


def _missing(what: str, columns: Sequence[Column]) -> str:
    names = ", ".join(repr(column.name) for column in columns[:12]) or "none"
    return (
        f"no column of {what} is recognised among {names}. Name the columns "
        "wave, flux and sigma, or tell the flux with flux_column."
    )
