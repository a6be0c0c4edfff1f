"""What an archive has, and examples of it, within milliseconds whatever its size."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, func, select

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.records import CollectionInfo, EmbeddingInfo
from starsieve.archive.spectrum_columns import distinct

SPECTRUM, PREDICTION = schema.spectrum, schema.prediction
VALUE, CANDIDATE, CURVE = schema.predicted_value, schema.candidate, schema.light_curve


TELLING = ("teff", "spt")
"""Labels along which spectra change the most."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What is in an archive.

    Parameters
    ----------
    collections : tuple of CollectionInfo
    n_spectra, n_light_curves, n_targets, n_labels : int
    candidates : mapping of str to int
        By whose list they are on.
    predictions, scores : mapping of str to int
        Spectra and candidates by the model that has said something of them.
    embeddings : tuple of EmbeddingInfo
    """

    collections: tuple[CollectionInfo, ...]
    n_spectra: int
    n_light_curves: int
    n_targets: int
    n_labels: int
    candidates: Mapping[str, int]
    predictions: Mapping[str, int]
    scores: Mapping[str, int]
    embeddings: tuple[EmbeddingInfo, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look at."""
        return not (self.n_spectra or self.n_light_curves or self.n_targets)


@dataclass(frozen=True, slots=True)
class ExampleCandidate:
    """A candidate to begin with: its number, name and star, and how probably it is a planet."""

    id: int
    title: str
    target: int
    star: str
    period_days: float | None
    planet_probability: float | None


def read_overview(archive: Archive) -> Overview:
    """Return what is in an archive."""
    with archive.catalogue.reading() as connection:
        n_spectra, n_light_curves, n_targets, n_labels = (
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (SPECTRUM, CURVE, schema.target, schema.label)
        )
        candidates, predictions, scores = (
            _count_by(connection, column)
            for column in (CANDIDATE.c.origin, PREDICTION.c.model, schema.candidate_score.c.model)
        )
    return Overview(
        tuple(archive.collections.list()),
        *(n_spectra, n_light_curves, n_targets, n_labels),
        candidates,
        predictions,
        scores,
        tuple(archive.embeddings.list()),
    )


def pick_spectra(archive: Archive, n: int = 6) -> tuple[str | None, list[int]]:
    """Return numbers of spectra that are worth a look, and the model that knows them.

    They have names if any has. If a model has predicted parameters, they are in its distribution
    and go evenly from one end of its first parameter to the other. Else there is no model, and
    they do the same with a label, or are spread evenly over the archive.
    """
    with archive.catalogue.reading() as connection:
        for model in distinct(connection, PREDICTION.c.model):
            for named in (True, False):
                if numbers := _along_parameter(connection, model, n, named):
                    return model, numbers
        for name in TELLING:
            if numbers := _along_label(connection, name, n):
                return None, numbers
        for named in (True, False):
            query = select(SPECTRUM.c.id).where(*_named(named))
            if numbers := _spread(connection, query, SPECTRUM.c.id, n):
                return None, numbers
    return None, []


def pick_candidates(archive: Archive, n: int = 4) -> list[ExampleCandidate]:
    """Return candidates that are probably planets; those whose stars have light curves first."""
    table, star, score = CANDIDATE, schema.target, schema.candidate_score
    best = func.max(score.c.planet_probability).label("probability")
    query = (
        select(table.c.id, table.c.origin, table.c.name, table.c.target_id, table.c.period_days)
        .add_columns(star.c.name.label("star"), best)
        .join(star, star.c.id == table.c.target_id)
        .outerjoin(score, score.c.candidate_id == table.c.id)
        .group_by(table.c.id, star.c.name)
        .order_by(best.desc().nulls_last(), table.c.id)
        .limit(n)
    )
    shown = table.c.target_id.in_(select(CURVE.c.target_id))
    with archive.catalogue.reading() as connection:
        rows = connection.execute(query.where(shown)).all()
        if not rows:
            rows = connection.execute(query).all()
    return [
        ExampleCandidate(
            id=row.id,
            title=row.name if row.origin == "search" else f"{row.origin} {row.name}",
            target=row.target_id,
            star=row.star,
            period_days=row.period_days,
            planet_probability=row.probability,
        )
        for row in rows
    ]


def _count_by(connection: Connection, column: ColumnElement[Any]) -> dict[str, int]:
    query = select(column, func.count()).group_by(column).order_by(column)
    return {row[0]: row[1] for row in connection.execute(query)}


def _named(named: bool) -> list[ColumnElement[bool]]:
    return [SPECTRUM.c.object != ""] if named else []


def _along_parameter(connection: Connection, model: str, n: int, named: bool) -> list[int]:
    first = select(PREDICTION.c.id).where(PREDICTION.c.model == model).limit(1).scalar_subquery()
    query = select(VALUE.c.parameter).where(VALUE.c.prediction_id == first)
    parameter = connection.scalar(query.order_by(VALUE.c.position).limit(1))
    numbers = (
        select(PREDICTION.c.spectrum_id)
        .join(VALUE, VALUE.c.prediction_id == PREDICTION.c.id)
        .join(SPECTRUM, SPECTRUM.c.id == PREDICTION.c.spectrum_id)
        .where(VALUE.c.parameter == parameter, VALUE.c.median.is_not(None))
        .where(PREDICTION.c.model == model, PREDICTION.c.in_distribution, *_named(named))
    )
    return _spread(connection, numbers, VALUE.c.median, n)


def _along_label(connection: Connection, name: str, n: int) -> list[int]:
    label = schema.label
    numbers = (
        select(SPECTRUM.c.id)
        .join(label, label.c.spectrum_id == SPECTRUM.c.id)
        .where(label.c.name == name, *_named(True))
    )
    return _spread(connection, numbers, label.c.value, n)


def _spread(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], n: int
) -> list[int]:
    """Return numbers of rows that are spread evenly over the values of an indexed column."""
    values = query.with_only_columns(column).limit(1)
    low = connection.scalar(values.order_by(column))
    high = connection.scalar(values.order_by(column.desc()))
    if low is None or high is None:
        return []
    numbers: list[int] = []
    for value in np.linspace(low, high, n).tolist():
        at_least = query.where(column >= value).order_by(column).limit(1)
        # The last step may be a rounding error beyond the largest value.
        number = connection.scalar(at_least) or connection.scalar(
            query.order_by(column.desc()).limit(1)
        )
        if number not in numbers:
            numbers.append(int(number or 0))
    return numbers
