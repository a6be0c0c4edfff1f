"""Spectra as lists show them, with labels and predictions beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.catalogue import in_parts
from starsieve.archive.predictions import read_predictions
from starsieve.archive.records import LabelRow, PredictionRow

SPECTRUM, LABEL = schema.spectrum, schema.label


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectrumRow:
    """A spectrum as a list shows it.

    Parameters
    ----------
    target, target_name : optional
        Number and name of its star.
    file : str
        Name of its file, without folders; ``""`` where it comes from none.
    labels : mapping of str to LabelRow
        Those that were asked for: its own, or else those of its star; of several origins the first.
    prediction : PredictionRow, optional
        By the model that was asked for.
    """

    id: int
    collection: str
    object: str
    target: int | None
    target_name: str | None
    file: str
    n_pixels: int
    flux_unit: str
    medium: str
    frame: str
    resolution: float | None
    labels: Mapping[str, LabelRow] = field(default_factory=dict)
    prediction: PredictionRow | None = None


def describe_spectra(
    archive: Archive,
    numbers: Iterable[int],
    *,
    labels: Sequence[str] = (),
    model: str | None = None,
) -> tuple[SpectrumRow, ...]:
    """Return spectra as a list shows them, in the order of their numbers as given.

    Those that are no longer there are left out.

    Parameters
    ----------
    archive : Archive
    numbers : iterable of int
    labels : sequence of str
        Labels to put beside them.
    model : str, optional
        Whose predictions to put beside them.
    """
    wanted = [int(number) for number in numbers]
    rows: dict[int, SpectrumRow] = {}
    with archive.catalogue.reading() as connection:
        for some in in_parts(wanted):
            rows |= _describe(connection, some, labels, model)
    return tuple(rows[number] for number in wanted if number in rows)


def _describe(
    connection: Connection, numbers: Sequence[int], labels: Sequence[str], model: str | None
) -> dict[int, SpectrumRow]:
    found = connection.execute(_rows().where(SPECTRUM.c.id.in_(numbers))).all()
    known = _labels(connection, found, labels) if labels else {}
    said: dict[int, PredictionRow] = {}
    if model is not None:
        mine = schema.prediction.c.spectrum_id.in_(numbers) & (schema.prediction.c.model == model)
        said = {row.spectrum: row for row in read_predictions(connection, mine)}
    return {
        row.id: SpectrumRow(
            id=row.id,
            collection=row.collection,
            object=row.object,
            target=row.target_id,
            target_name=row.target_name,
            file=row.file or "",
            n_pixels=row.stop - row.start if row.n_pixels is None else row.n_pixels,
            flux_unit=row.flux_unit,
            medium=row.medium,
            frame=row.frame,
            resolution=row.resolution,
            labels=known.get(row.id, {}),
            prediction=said.get(row.id),
        )
        for row in found
    }


def _rows() -> Any:
    own = (
        "id",
        "object",
        "target_id",
        "start",
        "stop",
        "flux_unit",
        "medium",
        "frame",
        "resolution",
    )
    return (
        select(
            *(SPECTRUM.c[name] for name in own),
            schema.collection.c.name.label("collection"),
            schema.collection.c.n_pixels,
            schema.source_file.c.name.label("file"),
            schema.target.c.name.label("target_name"),
        )
        .join(schema.collection, schema.collection.c.id == SPECTRUM.c.collection_id)
        .outerjoin(schema.source_file, schema.source_file.c.id == SPECTRUM.c.source_id)
        .outerjoin(schema.target, schema.target.c.id == SPECTRUM.c.target_id)
    )


def _labels(
    connection: Connection, rows: Iterable[Row[Any]], names: Sequence[str]
) -> dict[int, dict[str, LabelRow]]:
    """Return the labels of spectra by number and name."""
    targets = {row.id: row.target_id for row in rows}
    of_star: dict[int, list[Row[Any]]] = {}
    for row in _said(connection, LABEL.c.target_id, set(targets.values()) - {None}, names):
        of_star.setdefault(row.target_id, []).append(row)
    found: dict[int, dict[str, LabelRow]] = {number: {} for number in targets}
    for row in _said(connection, LABEL.c.spectrum_id, targets, names):
        found[row.spectrum_id].setdefault(row.name, _label(row, row.spectrum_id))
    for number, target in targets.items():
        for row in of_star.get(target or 0, ()):
            found[number].setdefault(row.name, _label(row, number))
    return found


def _said(
    connection: Connection, owner: ColumnElement[Any], numbers: Iterable[Any], names: Sequence[str]
) -> Sequence[Row[Any]]:
    query = select(LABEL).where(owner.in_(list(numbers)), LABEL.c.name.in_(names))
    return connection.execute(query.order_by(LABEL.c.id)).all()


def _label(row: Row[Any], spectrum: int) -> LabelRow:
    return LabelRow(row.name, row.value, row.error, row.unit, row.origin, spectrum, row.target_id)
