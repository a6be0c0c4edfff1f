"""What the catalogue knows of a whole collection, as columns: for programs that stay up.

Rows of a hundred thousand spectra become records in seconds; as columns they take a tenth of that.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Select, func, select

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.collections import collection_number
from starsieve.errors import NotInArchiveError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]

ROWS_AT_A_TIME = 20_000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SpectrumColumns:
    """A collection's spectra in the order they came, shape (n_spectra,) each.

    Parameters
    ----------
    ids : array of int
    objects, files : arrays of str
        ``""`` where not known.
    targets : array of int
        -1 where there is none.
    """

    ids: IntArray
    objects: Texts
    files: Texts
    targets: IntArray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LabelColumn:
    """One label of a collection's spectra.

    Parameters
    ----------
    name : str
        That of the label; with its origin in brackets where several origins disagree.
    unit : str
    origins : tuple of str
        Who says so.
    values : array, shape (n_spectra,)
        NaN where not known.
    """

    name: str
    unit: str
    origins: tuple[str, ...]
    values: FloatArray


def read_spectrum_columns(archive: Archive, collection: str) -> SpectrumColumns:
    """Return what is known of a collection's spectra but their pixels and metadata.

    Raises
    ------
    NotInArchiveError
        If there is no such collection.
    """
    table, files = schema.spectrum, schema.source_file
    with archive.catalogue.reading() as connection:
        query = (
            select(table.c.id, table.c.target_id, table.c.object, files.c.path)
            .outerjoin(files, files.c.id == table.c.source_id)
            .where(table.c.collection_id == collection_number(connection, collection))
            .order_by(table.c.start)
        )
        ids: list[int] = []
        targets: list[int] = []
        objects: list[str] = []
        paths: list[str] = []
        once: dict[str, str] = {}  # a name that comes a hundred times is kept once
        for rows in _parts(connection, query):
            ids += [row[0] for row in rows]
            targets += [-1 if row[1] is None else row[1] for row in rows]
            objects += [once.setdefault(row[2], row[2]) for row in rows]
            paths += [once.setdefault(row[3] or "", row[3] or "") for row in rows]
    return SpectrumColumns(
        np.array(ids, np.int64), _texts(objects), _texts(paths), np.array(targets, np.int64)
    )


def read_label_columns(
    archive: Archive, collection: str, ids: IntArray | None = None
) -> tuple[LabelColumn, ...]:
    """Return what is known of a collection's spectra, and of the targets of those, by name.

    A spectrum's own label is preferred to that of its target. Where several origins label the same
    spectrum, each has a column of its own, since none can be said to be right.

    Parameters
    ----------
    archive : Archive
    collection : str
    ids : array of int, shape (n_spectra,), optional
        Of which spectra; by default of all, in the order they came.

    Raises
    ------
    NotInArchiveError
        If there is no such collection.
    """
    with archive.catalogue.reading() as connection:
        number = collection_number(connection, collection)
        if ids is None:
            query = select(schema.spectrum.c.id).where(schema.spectrum.c.collection_id == number)
            found = connection.scalars(query.order_by(schema.spectrum.c.start))
            ids = np.array(found.all(), np.int64)
        named: defaultdict[str, list[_Said]] = defaultdict(list)
        kinds = select(schema.label.c.name, schema.label.c.origin, schema.label.c.unit).distinct()
        order = np.argsort(ids)
        for name, origin, unit in sorted(tuple(row) for row in connection.execute(kinds)):
            for own in (True, False):
                said = _said(connection, number, (name, origin, unit), own, ids[order])
                if said is not None:
                    named[name].append(_Said(origin, unit, own, order[said[0]], said[1]))
    return tuple(column for name in named for column in _columns(name, named[name], len(ids)))


def read_embedding_stamp(archive: Archive, collection: str, model: str) -> str:
    """Return a text that changes when a model's embeddings of a collection or any labels do.

    Raises
    ------
    NotInArchiveError
        If there is no such collection, or no embeddings of it by that model.
    """
    sets, rows, labels = schema.embedding_set, schema.embedding, schema.label
    with archive.catalogue.reading() as connection:
        number = collection_number(connection, collection)
        mine = (sets.c.collection_id == number) & (sets.c.model == model)
        kept = connection.execute(select(sets.c.id, sets.c.model_hash).where(mine)).one_or_none()
        if kept is None:
            msg = (
                f"No embeddings of {collection!r} by {model!r} in the archive. Make them: "
                f"starsieve encode --collection {collection} --model {model}"
            )
            raise NotInArchiveError(msg)
        places = select(func.count(), func.max(rows.c.position)).where(rows.c.set_id == kept.id)
        known = select(func.count(), func.max(labels.c.id), func.sum(labels.c.value))
        counts = [*connection.execute(places).one(), *connection.execute(known).one()]
    # A server may add in any order: the last digits of a sum say nothing.
    return " ".join([kept.model_hash[:16], *(f"{each or 0:.9g}" for each in (kept.id, *counts))])


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """Values that one origin gives, of spectra themselves or through their targets."""

    origin: str
    unit: str
    own: bool
    rows: IntArray
    values: FloatArray


def _said(
    connection: Connection,
    collection: int,
    kind: tuple[str, str, str],
    own: bool,
    ordered: IntArray,
) -> tuple[IntArray, FloatArray] | None:
    """Return places among ordered numbers and values of one kind of label; None without any."""
    label, spectrum = schema.label, schema.spectrum
    joined = label.c.spectrum_id == spectrum.c.id
    if not own:
        joined = label.c.target_id == spectrum.c.target_id
    query = (
        select(spectrum.c.id, label.c.value)
        .join(label, joined)
        .where(spectrum.c.collection_id == collection)
        .where(label.c.name == kind[0], label.c.origin == kind[1], label.c.unit == kind[2])
    )
    parts = [np.array(rows, np.float64) for rows in _parts(connection, query)]
    if not parts or not len(ordered):
        return None
    found = np.concatenate(parts)
    numbers = found[:, 0].astype(np.int64)
    places = np.searchsorted(ordered, numbers).clip(max=len(ordered) - 1)
    there = ordered[places] == numbers
    return (places[there], found[there, 1]) if there.any() else None


def _columns(name: str, said: Sequence[_Said], n_rows: int) -> list[LabelColumn]:
    """Return one column where origins do not disagree, else one for each."""
    if not _clash(said, n_rows):
        return [_column(name, said, n_rows)]
    origins = sorted({each.origin for each in said})
    return [
        _column(f"{name} ({origin})", [each for each in said if each.origin == origin], n_rows)
        for origin in origins
    ]


def _clash(said: Sequence[_Said], n_rows: int) -> bool:
    for own in (True, False):
        counts = np.zeros(n_rows, np.int64)
        for each in said:
            if each.own == own:
                counts[each.rows] += 1
        if counts.max(initial=0) > 1:
            return True
    return False


def _column(name: str, said: Sequence[_Said], n_rows: int) -> LabelColumn:
    values = np.full(n_rows, np.nan)
    for each in sorted(said, key=lambda each: each.own):  # a spectrum's own come last, and stay
        values[each.rows] = each.values
    origins = tuple(dict.fromkeys(each.origin for each in said))
    return LabelColumn(name, said[0].unit, origins, values)


def _parts(connection: Connection, query: Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows as the driver gives them, some at a time: records of them take as long again."""
    cursor: Any = connection.execute(query).cursor
    while rows := cursor.fetchmany(ROWS_AT_A_TIME):
        yield rows


def _texts(values: list[str]) -> Texts:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
