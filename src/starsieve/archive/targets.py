"""Stars: names, catalogue numbers and positions."""

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, or_, select, update

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, insert_one
from starsieve.archive.records import Target
from starsieve.errors import DataError, NotInArchiveError

_NUMBERS = ("tic", "gaia")


class TargetStore:
    """Add stars, and find them by name, number or position."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(self, targets: Iterable[Target]) -> list[int]:
        """Store stars, all or none; return their numbers in that order.

        A star that is there already, by its TIC or Gaia number or else by its name, keeps its
        number; what is newly known of it is added, what differs replaces the old.

        Raises
        ------
        DataError
            If a star has no name, an impossible position, or is two stars of the archive at once.
        """
        stars = list(targets)
        for star in stars:
            _check(star)
        with self._catalogue.writing() as connection:
            return [_add(connection, star) for star in stars]

    def get(self, number: int) -> Target:
        """Return a star by its number in the archive.

        Raises
        ------
        NotInArchiveError
            If there is none.
        """
        return self._one(schema.target.c.id == number, f"number {number}")

    def find(
        self, name: str | None = None, *, tic: int | None = None, gaia: int | None = None
    ) -> Target:
        """Return a star by one of its name, TIC number and Gaia number.

        Raises
        ------
        NotInArchiveError
            If there is none.
        """
        given = {"name": name, "tic": tic, "gaia": gaia}
        asked = {key: value for key, value in given.items() if value is not None}
        if len(asked) != 1:
            msg = f"Give one of name, tic and gaia, got {', '.join(asked) or 'none'}."
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


def _add(connection: Connection, star: Target) -> int:
    table = schema.target
    values = {k: v for k, v in asdict(star).items() if v is not None and k != "id"}
    numbers = [table.c[key] == values[key] for key in _NUMBERS if key in values]
    found = connection.execute(select(table).where(or_(*numbers))).all() if numbers else []
    same_name = connection.execute(select(table).filter_by(name=star.name)).all()
    found = found or [row for row in same_name if not _contradicts(row, values)]
    if len({row.id for row in (*found, *same_name)}) > 1 or (same_name and not found):
        others = ", ".join(f"{row.id} ({row.name})" for row in {*found, *same_name})
        msg = (
            f"Target {star.name!r} has the name or number of another star: {others}. "
            "Names and numbers must be of one star."
        )
        raise DataError(msg)
    if found:
        connection.execute(update(table).where(table.c.id == found[0].id).values(values))
        return int(found[0].id)
    return insert_one(connection, table, values)


def _contradicts(row: Any, values: dict[str, Any]) -> bool:
    known = row._mapping
    return any(
        key in values and known[key] is not None and known[key] != values[key] for key in _NUMBERS
    )


def _target(row: Any) -> Target:
    return Target(name=row.name, ra=row.ra, dec=row.dec, tic=row.tic, gaia=row.gaia, id=row.id)
