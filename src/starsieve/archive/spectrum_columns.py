"""What lists of spectra are narrowed and sorted by, read from the catalogue as columns.

Each function reads one thing of all spectra. A hundred thousand of them take a tenth of a second:
rows are taken as the database's driver gives them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Select, func, select

from starsieve.archive import schema
from starsieve.archive.texts import Texts

SPECTRUM, LABEL = schema.spectrum, schema.label
PREDICTION, VALUE = schema.prediction, schema.predicted_value

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
CodeArray = npt.NDArray[np.int16]

ROWS_AT_A_TIME = 1000

NOT_SAID, OUT, IN, UNSURE = -1, 0, 1, 2
"""What a model says of its distribution: nothing of this spectrum, no, yes, can't say."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Words that come many times: each word once, and which one each spectrum has."""

    words: tuple[str, ...]
    codes: CodeArray


@dataclass(frozen=True, eq=False)
class SpectrumKinds:
    """All spectra by number, shape (n_spectra,) each.

    Parameters
    ----------
    ids : array of int
        Increasing.
    targets : array of int
        -1 where there is none.
    resolutions : array
        NaN where not known.
    collections, media, frames : Coded
    objects, files : Texts
        ``""`` where not known.
    """

    ids: IntArray
    targets: IntArray
    resolutions: FloatArray
    collections: Coded
    media: Coded
    frames: Coded
    objects: Texts
    files: Texts

    @cached_property
    def by_target(self) -> IntArray:
        """Places of the spectra in the order of their targets."""
        return np.argsort(self.targets, kind="stable")

    def places(self, numbers: IntArray) -> tuple[IntArray, npt.NDArray[np.bool_]]:
        """Return the places of spectra by number, and whether each is there."""
        return _places(self.ids, numbers)


def read_kinds(connection: Connection) -> SpectrumKinds:
    """Return what is known of all spectra but their pixels, metadata, labels and predictions."""
    table, files = SPECTRUM, schema.source_file
    query = (
        select(
            *(table.c.id, func.coalesce(table.c.target_id, -1)),
            *(table.c.resolution, table.c.collection_id),
            *(table.c.medium, table.c.frame, table.c.object, files.c.name),
        )
        .outerjoin(files, files.c.id == table.c.source_id)
        .order_by(table.c.id)
    )
    ids, targets, resolutions, collections, media, frames, objects, names = _columns(
        connection, query, 8
    )
    known = select(schema.collection.c.id, schema.collection.c.name)
    name_of = {row.id: row.name for row in connection.execute(known)}
    return SpectrumKinds(
        ids=np.array(ids, np.int64),
        targets=np.array(targets, np.int64),
        resolutions=np.array(resolutions, np.float64),
        collections=_coded([name_of[number] for number in collections]),
        media=_coded(media),
        frames=_coded(frames),
        objects=Texts(objects),
        files=Texts([name or "" for name in names]),
    )


def read_label(connection: Connection, kinds: SpectrumKinds, name: str) -> tuple[FloatArray, int]:
    """Return a label of all spectra, NaN where there is none, and how many spectra have it.

    A spectrum's own comes before that of its target; of several origins the first that was given.
    """
    query = select(
        LABEL.c.id,
        func.coalesce(LABEL.c.spectrum_id, -1),
        func.coalesce(LABEL.c.target_id, -1),
        LABEL.c.value,
    )
    numbers, spectra, targets, values = (
        np.array(column) for column in _columns(connection, query.where(LABEL.c.name == name), 4)
    )
    found = np.full(len(kinds.ids), np.nan)
    for own in (False, True):
        # The first one stays, since it is the last that is put in its place.
        rows = np.flatnonzero((spectra >= 0) == own)
        rows = rows[np.argsort(-numbers[rows])]
        if own:
            places, there = kinds.places(spectra[rows])
            found[places[there]] = values[rows][there]
        elif len(rows):
            places, n_spectra = _of_stars(kinds, targets[rows])
            found[places] = np.repeat(values[rows], n_spectra)
    return found, int(np.isfinite(found).sum())


def read_says(
    connection: Connection, kinds: SpectrumKinds, model: str
) -> tuple[npt.NDArray[np.int8], int]:
    """Return what a model says of its distribution, and of how many spectra it says anything.

    The former are NOT_SAID, OUT, IN or UNSURE, shape (n_spectra,).
    """
    query = select(PREDICTION.c.spectrum_id, PREDICTION.c.in_distribution)
    spectra, says = _columns(connection, query.where(PREDICTION.c.model == model), 2)
    found = np.full(len(kinds.ids), NOT_SAID, np.int8)
    places, there = kinds.places(np.array(spectra, np.int64))
    codes = np.array([UNSURE if said is None else int(said) for said in says], np.int8)
    found[places[there]] = codes[there]
    return found, len(spectra)


def read_median(
    connection: Connection, kinds: SpectrumKinds, model: str, parameter: str
) -> tuple[FloatArray, int]:
    """Return the median of a predicted parameter, NaN where there is none, and of how many."""
    query = select(PREDICTION.c.id, PREDICTION.c.spectrum_id).where(PREDICTION.c.model == model)
    owners, spectra = _columns(connection, query.order_by(PREDICTION.c.id), 2)
    query = select(VALUE.c.prediction_id, VALUE.c.median).where(VALUE.c.parameter == parameter)
    predictions, medians = _columns(connection, query, 2)
    rows, mine = _places(np.array(owners, np.int64), np.array(predictions, np.int64))
    numbers = np.array(spectra, np.int64)[rows[mine]]
    places, there = kinds.places(numbers)
    found = np.full(len(kinds.ids), np.nan)
    found[places[there]] = np.array(medians, np.float64)[mine][there]
    return found, int(np.isfinite(found).sum())


def read_models(connection: Connection) -> tuple[str, ...]:
    """Return the names of the models that have said something about spectra."""
    return tuple(distinct(connection, PREDICTION.c.model))


def distinct(connection: Connection, column: Any) -> list[Any]:
    """Return the values of an indexed column, in order, leaping from each to the next."""
    values: list[Any] = []
    smallest = select(column).order_by(column).limit(1)
    value = connection.scalar(smallest)
    while value is not None:
        values.append(value)
        value = connection.scalar(smallest.where(column > value))
    return values


def _of_stars(kinds: SpectrumKinds, stars: IntArray) -> tuple[IntArray, IntArray]:
    """Return the places of all spectra of stars, one star after the other, and how many of each."""
    ordered = kinds.targets[kinds.by_target]
    first, last = np.searchsorted(ordered, stars, "left"), np.searchsorted(ordered, stars, "right")
    n_spectra = last - first
    before = np.repeat(np.cumsum(n_spectra) - n_spectra, n_spectra)
    steps = np.arange(n_spectra.sum()) - before
    return kinds.by_target[np.repeat(first, n_spectra) + steps], n_spectra


def _places(ordered: IntArray, numbers: IntArray) -> tuple[IntArray, npt.NDArray[np.bool_]]:
    if not len(ordered):
        return np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.bool_)
    places = np.searchsorted(ordered, numbers).clip(max=len(ordered) - 1)
    return places, ordered[places] == numbers


def _coded(values: Sequence[str]) -> Coded:
    codes = {word: code for code, word in enumerate(sorted(set(values)))}
    return Coded(tuple(codes), np.array([codes[value] for value in values], np.int16))


def _columns(connection: Connection, query: Select[Any], n: int) -> tuple[list[Any], ...]:
    """Return columns of a query, taken from the driver: rows of SQLAlchemy take as long again."""
    cursor: Any = connection.execute(query).cursor
    columns: tuple[list[Any], ...] = tuple([] for _ in range(n))
    while rows := cursor.fetchmany(ROWS_AT_A_TIME):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column += values
    return columns
