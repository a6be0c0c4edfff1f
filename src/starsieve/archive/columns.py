"""What the catalogue knows of a whole collection, as columns: for programs that stay up.

Rows of a hundred thousand spectra become records in seconds; as columns they take a tenth of that.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, func, select

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.catalogue import fetch_parts
from starsieve.archive.collections import collection_number

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]


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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PredictionColumn:
    """One parameter of a collection's spectra, as a model infers it.

    Parameters
    ----------
    parameter, model, unit : str
    values : array, shape (n_spectra,)
        Medians; NaN where it says nothing, or the spectrum is not of what it knows.
    """

    parameter: str
    model: str
    unit: str
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
        for rows in fetch_parts(connection, query):
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
        order = np.argsort(ids)
        said = [
            each
            for own in (True, False)
            for each in _said(connection, number, own, ids[order], order)
        ]
    named: defaultdict[str, list[_Said]] = defaultdict(list)
    for each in sorted(said, key=lambda each: (each.name, each.origin)):
        named[each.name].append(each)
    return tuple(column for name in named for column in _columns(name, named[name], len(ids)))


def read_prediction_columns(
    archive: Archive, collection: str, ids: IntArray
) -> tuple[PredictionColumn, ...]:
    """Return what models say of a collection's spectra, a column for each of their parameters.

    Parameters
    ----------
    archive : Archive
    collection : str
    ids : array of int, shape (n_spectra,)
        Of which spectra.

    Raises
    ------
    NotInArchiveError
        If there is no such collection.
    """
    made, value, spectrum = schema.prediction, schema.predicted_value, schema.spectrum
    order, found = np.argsort(ids), []
    with archive.catalogue.reading() as connection:
        mine = spectrum.c.collection_id == collection_number(connection, collection)
        joined = made.join(spectrum, spectrum.c.id == made.c.spectrum_id)
        first = select(made.c.model, func.min(made.c.id)).select_from(joined).where(mine)
        for model, example in connection.execute(first.group_by(made.c.model)).all():
            named = select(value.c.parameter, value.c.unit).where(value.c.prediction_id == example)
            for parameter, unit in connection.execute(named.order_by(value.c.position)).all():
                query = (
                    select(made.c.spectrum_id, value.c.median)
                    .select_from(joined.join(value, value.c.prediction_id == made.c.id))
                    .where(mine, made.c.model == model, value.c.parameter == parameter)
                    .where(made.c.in_distribution.is_not(False), value.c.median.is_not(None))
                )
                values = np.full(len(ids), np.nan)
                for rows in fetch_parts(connection, query):
                    numbers, medians = np.array(rows, np.float64).T
                    places, there = _places(numbers, ids[order])
                    values[order[places[there]]] = medians[there]
                found.append(PredictionColumn(parameter, model, unit, values))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """Values that one origin gives a label, of spectra themselves or through their targets."""

    name: str
    origin: str
    unit: str
    own: bool
    rows: IntArray
    values: FloatArray


def _said(
    connection: Connection, collection: int, own: bool, ordered: IntArray, order: IntArray
) -> list[_Said]:
    """Return all labels of spectra themselves, or of their targets, one by one."""
    label, spectrum = schema.label, schema.spectrum
    joined = label.c.spectrum_id == spectrum.c.id
    if not own:
        joined = label.c.target_id == spectrum.c.target_id
    query = (
        select(spectrum.c.id, label.c.value, label.c.name, label.c.origin, label.c.unit)
        .join(label, joined)
        .where(spectrum.c.collection_id == collection)
    )
    kinds: dict[tuple[str, str, str], int] = {}
    parts = []
    for rows in fetch_parts(connection, query):
        codes = [kinds.setdefault(row[2:], len(kinds)) for row in rows]
        numbers = np.array([row[:2] for row in rows], np.float64)
        parts.append(np.column_stack([numbers, codes]))
    if not parts:
        return []
    found = np.concatenate(parts)
    places, there = _places(found[:, 0], ordered)
    said = []
    for kind, code in kinds.items():
        mine = there & (found[:, 2] == code)
        if mine.any():
            said.append(_Said(*kind, own, order[places[mine]], found[mine, 1]))
    return said


def _places(numbers: FloatArray, ordered: IntArray) -> tuple[IntArray, npt.NDArray[np.bool_]]:
    """Return where numbers are among ordered ones, and which are there at all."""
    if not len(ordered):
        return np.zeros(len(numbers), np.int64), np.zeros(len(numbers), bool)
    whole = numbers.astype(np.int64)
    places = np.searchsorted(ordered, whole).clip(max=len(ordered) - 1)
    return places, ordered[places] == whole


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


def _texts(values: list[str]) -> Texts:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
