"""Which candidates are meant and in which order, as conditions and keys for the catalogue."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select

from starsieve.archive import schema
from starsieve.errors import DataError

_candidate, _target, _label, _score = (
    schema.candidate,
    schema.target,
    schema.label,
    schema.candidate_score,
)

TRANSIT = (
    *("period_days", "period_err_days", "epoch_btjd", "epoch_err_days"),
    *("duration_hours", "duration_err_hours", "depth_ppm", "depth_err_ppm"),
    *("radius_earth", "radius_err_earth", "insolation_earth", "insolation_err_earth"),
    *("teq_k", "teq_err_k", "snr"),
)
STAR = ("tmag", "teff", "logg", "mh", "radius", "mass", "distance_pc")
"""Of the TESS Input Catalog where the archive has that, else as the candidate's list says."""

TIC_ONLY = ("density", "luminosity", "contamination")
PLACE = ("tic", "kic", "ra", "dec")
JUDGED = ("planet_probability", "spread")
NUMBERS = (*TRANSIT, *STAR, *TIC_ONLY, *PLACE, *JUDGED)
"""Columns of numbers: each may be sorted by, and be asked to lie in a range."""

FACETS = ("origin", "disposition", "verdict")
SORTED = (*NUMBERS, *FACETS, "id", "name", "star", "announced", "changed")

TIC = "TIC"
_NUMBER = re.compile(r"\b(TOI|CTOI|TIC|KIC)[-_ ]*(\d[\d.]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateQuery:
    """Which candidates are meant, and in which order.

    Parameters
    ----------
    text : str
        Words that must all be in the candidate's or its star's names and numbers.
    origins, dispositions, verdicts : tuple of str
        Those that will do; any if empty. ``""`` stands for none.
    ranges : mapping of str to (float or None, float or None)
        By names of `NUMBERS`: least and greatest value, both included.
    target : int, optional
        Of which star.
    model : str, optional
        Whose probabilities count; by default for each candidate the latest, whoever's it is.
    sort : str
        One of `SORTED`. What is not known comes last.
    descending : bool

    Raises
    ------
    DataError
        If there is no such column.
    """

    text: str = ""
    origins: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    target: int | None = None
    model: str | None = None
    sort: str = "planet_probability"
    descending: bool = True

    def __post_init__(self) -> None:
        for names, known, what in (
            ([self.sort], SORTED, "sorted by"),
            (self.ranges, NUMBERS, "asked to lie in a range"),
        ):
            if wrong := [name for name in names if name not in known]:
                msg = f"Candidates can't be {what} {wrong[0]!r}; there are: {', '.join(known)}."
                raise DataError(msg)


def ordered(query: CandidateQuery, *, facets: bool = True, also: int | None = None) -> Select[Any]:
    """Return the statement for all that are meant, in order: numbers and values of the facets.

    Parameters
    ----------
    query : CandidateQuery
    facets : bool
        Whether what is asked of the facets counts.
    also : int, optional
        Number of a candidate that is to be among them in any case.
    """
    keys = _sort_keys(query)
    order = [
        (key.desc() if query.descending else key.asc()).nulls_last()
        for key in (*keys, _candidate.c.id)
    ]
    condition = meant(query, facets=facets)
    if also is not None:
        condition = or_(condition, _candidate.c.id == also)
    columns = (_candidate.c[name] for name in ("id", *FACETS))
    statement = select(*columns).where(condition).order_by(*order)
    looks_at_stars = not {"star", *PLACE}.isdisjoint({*query.ranges, query.sort})
    return with_stars(statement) if looks_at_stars else statement


def with_stars(statement: Select[Any]) -> Select[Any]:
    """Return a statement about candidates that may name columns of their stars, too."""
    return statement.select_from(_candidate.join(_target, _target.c.id == _candidate.c.target_id))


def _sort_keys(query: CandidateQuery) -> tuple[ColumnElement[Any], ...]:
    if query.sort == "name":  # 99.01 comes before 101.01
        return func.length(_candidate.c.name), _candidate.c.name
    return (_expression(query.sort, query.model),)


def _expression(name: str, model: str | None) -> ColumnElement[Any]:
    if name == "star":
        return _target.c.name
    if name in PLACE:
        return _target.c[name]
    if name in JUDGED:
        return _judged(name, model)
    if name not in (*STAR, *TIC_ONLY):
        return _candidate.c[name]
    known: ColumnElement[Any] = (
        select(_label.c.value)
        .where(_label.c.target_id == _candidate.c.target_id)
        .where(_label.c.name == name, _label.c.origin == TIC)
        .scalar_subquery()
    )
    return func.coalesce(known, _candidate.c[name]) if name in STAR else known


def _judged(name: str, model: str | None) -> ColumnElement[Any]:
    mine = select(_score.c[name]).where(_score.c.candidate_id == _candidate.c.id)
    if model is not None:
        return mine.where(_score.c.model == model).scalar_subquery()
    latest = mine.order_by(_score.c.created.desc(), _score.c.id.desc()).limit(1)
    return latest.scalar_subquery()


def meant(query: CandidateQuery, facets: bool) -> ColumnElement[bool]:
    """Return the condition of all that is asked, with or without that of the facets."""
    conditions: list[ColumnElement[bool]] = []
    if query.target is not None:
        conditions.append(_candidate.c.target_id == query.target)
    if facets:
        conditions += [
            func.coalesce(_candidate.c[name], "").in_(values)
            for name, values in wanted(query).items()
            if values
        ]
    conditions += [_named(word) for word in _words(query.text)]
    dear = {*STAR, *TIC_ONLY, *JUDGED}  # a look into another table for each row: last
    for name, (low, high) in sorted(query.ranges.items(), key=lambda item: item[0] in dear):
        value = _expression(name, query.model)
        if low is not None and high is not None:  # at once, since it may be a query of its own
            conditions.append(value.between(low, high))
        else:
            conditions += [value >= low] if low is not None else []
            conditions += [value <= high] if high is not None else []
    return and_(True, *conditions)


def _named(word: str) -> ColumnElement[bool]:
    """Return whether a word is in a candidate's name, or in a name or number of its star."""
    numbers = [
        func.coalesce(f" {name} " + cast(_target.c[name.lower()], Text), "")
        for name in ("TIC", "KIC")
    ]
    spaced = " " + func.replace(_target.c.name, "-", " ")
    names = _target.c.name + spaced + numbers[0] + numbers[1]
    stars = select(_target.c.id).where(names.icontains(word.rstrip("."), autoescape=True))
    own = (_candidate.c.origin + " " + _candidate.c.name).icontains(word, autoescape=True)
    return own | _candidate.c.target_id.in_(stars)


def _words(text: str) -> list[str]:
    """Return what is looked for: ``TOI-270`` is any candidate of that star, and not a TIC with 270.

    Examples
    --------
    >>> _words("TOI-270 b"), _words("toi 270.01"), _words("TIC251")
    (['TOI 270.', 'b'], ['toi 270.01'], ['TIC 251'])
    """
    found = [_number(*match.groups()) for match in _NUMBER.finditer(text)]
    return found + _NUMBER.sub(" ", text).split()


def _number(catalogue: str, number: str) -> str:
    """Return a number as names have it: lists count the candidates of a star after a point."""
    of_star = catalogue.upper() in {"TOI", "CTOI"} and "." not in number
    return f"{catalogue} {number}" + "." * of_star


def wanted(query: CandidateQuery) -> dict[str, tuple[str, ...]]:
    """Return the values that will do, by facet; any where there are none."""
    return dict(zip(FACETS, (query.origins, query.dispositions, query.verdicts), strict=True))
