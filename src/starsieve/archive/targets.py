"""Stars: names, catalogue numbers and positions."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, in_parts, insert_many
from starsieve.archive.records import Target
from starsieve.errors import DataError, NotInArchiveError

_NUMBERS = ("tic", "gaia", "kic")
_GIVEN = tuple(field.name for field in fields(Target) if field.name != "id")
_DESIGNATION = re.compile(r"(TIC|KIC|EPIC|Gaia DR[23]) \d+")
"""A name that only repeats a number: it never takes the place of another one."""


class TargetStore:
    """Add stars, and find them by name, number or position."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(self, targets: Iterable[Target]) -> list[int]:
        """Store stars, all or none; return their numbers in that order.

        A star that is there already, by its TIC, Gaia or KIC number or else by its name, keeps its
        number; what is newly known of it is added, what differs replaces the old. A name that only
        repeats a number, as ``"TIC 5"``, does not replace another.

        Raises
        ------
        DataError
            If a star has no name, an impossible position, or is two stars of the archive at once.
        """
        with self._catalogue.writing() as connection:
            answers = _merge(connection, list(targets))
            for answer in answers:
                if isinstance(answer, DataError):
                    raise answer
        return [answer for answer in answers if isinstance(answer, int)]

    def merge(
        self, targets: Iterable[Target], *, only_unknown: bool = False
    ) -> list[int | DataError]:
        """As `add`, but of a star that can't be stored return why, and store the others.

        Parameters
        ----------
        targets : iterable of Target
        only_unknown : bool
            Whether what the archive knows already stays as it is.
        """
        with self._catalogue.writing() as connection:
            return _merge(connection, list(targets), only_unknown)

    def get(self, number: int) -> Target:
        """Return a star by its number in the archive.

        Raises
        ------
        NotInArchiveError
            If there is none.
        """
        return self._one(schema.target.c.id == number, f"number {number}")

    def find(
        self,
        name: str | None = None,
        *,
        tic: int | None = None,
        gaia: int | None = None,
        kic: int | None = None,
    ) -> Target:
        """Return a star by one of its name and its TIC, Gaia and KIC numbers.

        Raises
        ------
        NotInArchiveError
            If there is none.
        """
        given = {"name": name, "tic": tic, "gaia": gaia, "kic": kic}
        asked = {key: value for key, value in given.items() if value is not None}
        if len(asked) != 1:
            msg = f"Give one of name, tic, gaia and kic, got {', '.join(asked) or 'none'}."
            raise DataError(msg)
        ((key, value),) = asked.items()
        return self._one(schema.target.c[key] == value, f"{key} {value!r}")

    def near(self, ra: float, dec: float, radius: float) -> list[tuple[Target, float]]:
        """Return stars within a circle and their distances in arcsecond, nearest first.

        Parameters
        ----------
        ra, dec : float
            Centre (ICRS, degree).
        radius : float
            In arcsecond.
        """
        _check(Target("centre", ra, dec))
        table, margin = schema.target, radius / 3600
        query = (
            select(table)
            .where(table.c.ra.is_not(None))
            .where(table.c.dec.between(dec - margin, dec + margin))
        )
        with self._catalogue.reading() as connection:
            stars = [_target(row) for row in connection.execute(query)]
        positions = np.array([(star.ra, star.dec) for star in stars], dtype=float).reshape(-1, 2)
        distances = separation(ra, dec, positions[:, 0], positions[:, 1])
        order = np.argsort(distances, kind="stable")
        return [(stars[i], float(distances[i])) for i in order if distances[i] <= radius]

    def _one(self, condition: ColumnElement[bool], asked: str) -> Target:
        with self._catalogue.reading() as connection:
            row = connection.execute(select(schema.target).where(condition)).one_or_none()
        if row is None:
            msg = f"No target with {asked} in the archive."
            raise NotInArchiveError(msg)
        return _target(row)


def separation(ra: float, dec: float, ras: Any, decs: Any) -> Any:
    """Return angular distances in arcsecond from one position to others, all in degree.

    By haversines, which stay exact for small distances.

    Examples
    --------
    >>> separation(359.9999, 0.0, np.array([0.0001]), np.array([0.0])).round(6).tolist()
    [0.72]
    """
    ra, dec, ras, decs = (np.radians(angle) for angle in (ra, dec, ras, decs))
    across = np.cos(dec) * np.cos(decs) * np.sin((ras - ra) / 2) ** 2
    half = np.sqrt(np.clip(np.sin((decs - dec) / 2) ** 2 + across, 0, 1))
    return np.degrees(2 * np.arcsin(half)) * 3600


def _check(star: Target) -> None:
    if not star.name:
        msg = "A target needs a name."
        raise DataError(msg)
    if (star.ra is None) != (star.dec is None):
        msg = f"Target {star.name!r} needs both ra and dec or none, got {star.ra} and {star.dec}."
        raise DataError(msg)
    ra, dec = star.ra or 0.0, star.dec or 0.0
    if not (math.isfinite(ra) and -90 <= dec <= 90):
        msg = f"Target {star.name!r} can't be at ra={ra}, dec={dec} (degree)."
        raise DataError(msg)


def _merge(
    connection: Connection, stars: Sequence[Target], only_unknown: bool = False
) -> list[int | DataError]:
    """Store stars one after the other, with few statements; return a number or an error of each."""
    known = _Known(connection, stars, only_unknown)
    places: list[dict[str, Any] | DataError] = []
    for star in stars:
        try:
            _check(star)
            places.append(known.place(star))
        except DataError as error:
            places.append(error)
    known.write(connection)
    return [p if isinstance(p, DataError) else int(p["id"]) for p in places]


class _Known:
    """The stars of the archive that others may be the same as, and what becomes of them."""

    def __init__(self, connection: Connection, stars: Sequence[Target], only_unknown: bool) -> None:
        self._only_unknown = only_unknown
        self._by: dict[tuple[str, Any], dict[str, Any]] = {}
        self._changed: dict[int, dict[str, Any]] = {}
        self._new: list[dict[str, Any]] = []
        found: dict[int, dict[str, Any]] = {}
        for key in ("name", *_NUMBERS):
            column = schema.target.c[key]
            values = {getattr(star, key) for star in stars} - {None, ""}
            for some in in_parts(values):
                rows = connection.execute(select(schema.target).where(column.in_(some)))
                found |= {row.id: dict(row._mapping) for row in rows}
        for row in found.values():
            self._index(row)

    def place(self, star: Target) -> dict[str, Any]:
        """Return the row that a star is or becomes."""
        given = {name: getattr(star, name) for name in _GIVEN}
        values = {name: value for name, value in given.items() if value is not None}
        keys = [(key, values[key]) for key in _NUMBERS if key in values]
        found = {id(row): row for key in keys if (row := self._by.get(key)) is not None}
        namesake = self._by.get(("name", star.name))
        if namesake is not None and not found and not _contradicts(namesake, values):
            found = {id(namesake): namesake}
        rows = found | ({} if namesake is None else {id(namesake): namesake})
        if len(rows) > 1 or (namesake is not None and not found):
            others = ", ".join(f"{row['id'] or 'new'} ({row['name']})" for row in rows.values())
            msg = (
                f"Target {star.name!r} has the name or number of another star: {others}. "
                "Names and numbers must be of one star."
            )
            raise DataError(msg)
        return self._change(next(iter(rows.values())), values) if rows else self._make(values)

    def write(self, connection: Connection) -> None:
        """Store what is new or different, and fill in the numbers of new stars."""
        table = schema.target
        names = [column.name for column in table.c if column.name != "id"]
        if self._changed:
            values = [{"key": n, **{k: r[k] for k in names}} for n, r in self._changed.items()]
            connection.execute(update(table).where(table.c.id == bindparam("key")), values)
        insert_many(connection, table, [{name: row[name] for name in names} for row in self._new])
        by_name = {row["name"]: row for row in self._new}
        for some in in_parts(by_name):
            query = select(table.c.id, table.c.name).where(table.c.name.in_(some))
            for number, name in connection.execute(query):
                by_name[name]["id"] = number

    def _make(self, values: dict[str, Any]) -> dict[str, Any]:
        row = dict.fromkeys(column.name for column in schema.target.c) | values
        self._new.append(row)
        self._index(row)
        return row

    def _change(self, row: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        if self._only_unknown:
            values = {k: v for k, v in values.items() if k == "name" or row[k] is None}
        kept = self._only_unknown and not _DESIGNATION.fullmatch(row["name"])
        if kept or _DESIGNATION.fullmatch(values["name"]):
            values = {key: value for key, value in values.items() if key != "name"}
        if any(row[key] != value for key, value in values.items()):
            for key in ("name", *_NUMBERS):
                self._by.pop((key, row[key]), None)
            row.update(values)
            self._index(row)
            if row["id"] is not None:
                self._changed[row["id"]] = row
        return row

    def _index(self, row: dict[str, Any]) -> None:
        keys = [(key, row[key]) for key in ("name", *_NUMBERS) if row[key] is not None]
        self._by |= dict.fromkeys(keys, row)


def _contradicts(row: dict[str, Any], values: dict[str, Any]) -> bool:
    return any(
        key in values and row[key] is not None and row[key] != values[key] for key in _NUMBERS
    )


def _target(row: Any) -> Target:
    return Target(**row._mapping)
