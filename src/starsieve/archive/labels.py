"""Known parameters of spectra and targets, with who says so."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Column, Connection, Row, Select, select

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, in_parts, upsert
from starsieve.archive.collections import collection_number
from starsieve.archive.encoding import number
from starsieve.archive.records import LabelRow
from starsieve.errors import DataError, NotInArchiveError

FloatArray = npt.NDArray[np.float64]


class LabelStore:
    """Add and read labels. One of the same name and origin replaces the one before."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(self, rows: Iterable[LabelRow]) -> int:
        """Store labels, all or none; return how many.

        Raises
        ------
        DataError
            If a label is of both a spectrum and a target, or of neither, or its value is not
            finite.
        NotInArchiveError
            If there is no such spectrum or target.
        """
        kept = list(rows)
        for row in kept:
            _check(row)
        with self._catalogue.writing() as connection:
            for owner, table in (("spectrum", schema.spectrum), ("target", schema.target)):
                mine = [row for row in kept if getattr(row, owner) is not None]
                numbers = {int(getattr(row, owner)) for row in mine}
                missing = sorted(numbers - set(_existing(connection, table.c.id, numbers)))
                if missing:
                    msg = f"No {owner} {missing[0]} in the archive, so it can't be labelled."
                    raise NotInArchiveError(msg)
                values = [_values(row) for row in mine]
                upsert(connection, schema.label, values, (f"{owner}_id", "name", "origin"))
        return len(kept)

    def read(
        self,
        collection: str,
        names: Sequence[str] | None = None,
        origin: str | None = None,
    ) -> list[LabelRow]:
        """Return labels of a collection's spectra and of the targets of those.

        A label of a target comes once for each of its spectra, with both numbers.

        Parameters
        ----------
        collection : str
        names : sequence of str, optional
            Only labels of these names.
        origin : str, optional
            Only labels that come from there.

        Raises
        ------
        NotInArchiveError
            If there is no such collection.
        """
        with self._catalogue.reading() as connection:
            number = collection_number(connection, collection)
            rows: list[Row[Any]] = []
            for owner in (schema.spectrum.c.id, schema.spectrum.c.target_id):
                query = _labels_by(owner).where(schema.spectrum.c.collection_id == number)
                if names is not None:
                    query = query.where(schema.label.c.name.in_(list(names)))
                if origin is not None:
                    query = query.where(schema.label.c.origin == origin)
                rows += connection.execute(query).all()
        rows.sort(key=lambda row: (row.start, row.id))
        return [_label(row) for row in rows]

    def table(
        self,
        collection: str,
        names: Sequence[str] | None = None,
        origin: str | None = None,
    ) -> tuple[npt.NDArray[np.int64], dict[str, FloatArray]]:
        """Return a collection's spectra and their labels, NaN where unknown.

        A spectrum's own label is preferred to that of its target.

        Parameters
        ----------
        collection, names, origin
            As for `read`. Names without a label are columns of NaN.

        Returns
        -------
        ids : array of int, shape (n_spectra,)
            Numbers of the spectra, in the order they came.
        labels : dict of str to array, shape (n_spectra,)

        Raises
        ------
        NotInArchiveError
            If there is no such collection.
        DataError
            If labels of several origins clash.
        """
        table = schema.spectrum
        with self._catalogue.reading() as connection:
            mine = table.c.collection_id == collection_number(connection, collection)
            ids = np.array(
                connection.scalars(select(table.c.id).where(mine).order_by(table.c.start)).all(),
                dtype=np.int64,
            )
        place = {number: row for row, number in enumerate(ids.tolist())}
        rows = self.read(collection, names, origin)
        labels = {name: np.full(len(ids), np.nan) for name in names or ()}
        origins: dict[tuple[str, int], tuple[bool, str]] = {}
        for row in rows:
            if row.spectrum is None:
                continue
            key, own = (row.name, row.spectrum), row.target is None
            kept = origins.get(key)
            if kept is not None and kept[0] == own and kept[1] != row.origin:
                msg = (
                    f"Label {row.name!r} of {collection!r} has several origins, {kept[1]!r} and "
                    f"{row.origin!r}. Say which is meant: origin=..."
                )
                raise DataError(msg)
            if kept is None or (own and not kept[0]):
                origins[key] = (own, row.origin)
                column = labels.setdefault(row.name, np.full(len(ids), np.nan))
                column[place[row.spectrum]] = row.value
        return ids, labels

    def of_spectrum(self, spectrum: int) -> list[LabelRow]:
        """Return what is known of a spectrum, then what is known of its target, as `read` does."""
        with self._catalogue.reading() as connection:
            return [
                _label(row)
                for owner in (schema.spectrum.c.id, schema.spectrum.c.target_id)
                for row in connection.execute(
                    _labels_by(owner)
                    .where(schema.spectrum.c.id == spectrum)
                    .order_by(schema.label.c.id)
                )
            ]

    def of_target(self, target: int) -> list[LabelRow]:
        """Return what is known of a star itself, by its number in the archive."""
        return self.of_targets([target])

    def of_targets(self, targets: Iterable[int], origin: str | None = None) -> list[LabelRow]:
        """Return what is known of stars themselves, of every origin or of one."""
        table = schema.label
        rows: list[Row[Any]] = []
        with self._catalogue.reading() as connection:
            for some in in_parts(targets):
                query = select(table).where(table.c.target_id.in_(some)).order_by(table.c.id)
                if origin is not None:
                    query = query.where(table.c.origin == origin)
                rows += connection.execute(query).all()
        return [
            LabelRow(row.name, row.value, row.error, row.unit, row.origin, None, row.target_id)
            for row in rows
        ]


def grid_labels(
    connection: Connection,
    collection: str,
    rows: tuple[int, int],
    origin: str | None,
) -> dict[str, FloatArray]:
    """Return the labels of rows (start, stop) of a gridded collection, NaN where unknown.

    Raises
    ------
    DataError
        If several origins label the same.
    """
    number, spectrum = collection_number(connection, collection), schema.spectrum
    n_rows = rows[1] - rows[0]
    query = (
        select(spectrum.c.start, schema.label.c.name, schema.label.c.value, schema.label.c.origin)
        .join(spectrum, schema.label.c.spectrum_id == spectrum.c.id)
        .where(spectrum.c.collection_id == number)
        .where(spectrum.c.start >= rows[0], spectrum.c.start < rows[1])
    )
    if origin is not None:
        query = query.where(schema.label.c.origin == origin)
    found: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for start, name, value, source in connection.execute(query):
        found[name, source].append((start - rows[0], value))
    labels: dict[str, FloatArray] = {}
    for (name, source), values in sorted(found.items()):
        if name in labels:
            msg = (
                f"Label {name!r} of {collection!r} has several origins, {source!r} is one of them. "
                "Say which is meant: origin=..."
            )
            raise DataError(msg)
        where, known = zip(*values, strict=True)
        labels[name] = np.full(n_rows, np.nan)
        labels[name][list(where)] = known
    return labels


def _labels_by(owner: Column[Any]) -> Select[Any]:
    column = schema.label.c.spectrum_id
    if owner is schema.spectrum.c.target_id:
        column = schema.label.c.target_id
    return select(
        schema.label, schema.spectrum.c.id.label("spectrum"), schema.spectrum.c.start
    ).join(schema.spectrum, column == owner)


def _label(row: Row[Any]) -> LabelRow:
    return LabelRow(
        name=row.name,
        value=row.value,
        error=row.error,
        unit=row.unit,
        origin=row.origin,
        spectrum=row.spectrum,
        target=row.target_id,
    )


def _check(row: LabelRow) -> None:
    if (row.spectrum is None) == (row.target is None):
        msg = (
            f"Label {row.name!r} must be of a spectrum or of a target, got spectrum="
            f"{row.spectrum} and target={row.target}."
        )
        raise DataError(msg)
    if not math.isfinite(row.value):
        msg = f"Label {row.name!r} must have a finite value, got {row.value}. Leave it out instead."
        raise DataError(msg)


def _existing(connection: Connection, column: Column[Any], numbers: set[int]) -> set[int]:
    found: set[int] = set()
    for some in in_parts(numbers):
        found |= set(connection.scalars(select(column).where(column.in_(some))))
    return found


def _values(row: LabelRow) -> dict[str, Any]:
    return {
        "spectrum_id": row.spectrum,
        "target_id": row.target,
        "name": row.name,
        "value": float(row.value),
        "error": number(row.error),
        "unit": row.unit,
        "origin": row.origin,
    }
