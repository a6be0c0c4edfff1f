"""What models said about candidates."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, in_parts, upsert
from starsieve.archive.collections import check_name
from starsieve.archive.encoding import number, plain, printable
from starsieve.archive.records import ScoreRow
from starsieve.errors import DataError, NotInArchiveError


class ScoreStore:
    """Add and read scores. A model that runs again replaces what it said before."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(self, model: str, run: int | None, rows: Iterable[ScoreRow]) -> int:
        """Store what a model says, all or none; return of how many candidates.

        Parameters
        ----------
        model : str
            Name of a model of the archive, or of one that ships.
        run : int, optional
            Number of the run that made the scores.
        rows : iterable of ScoreRow
            At most one per candidate; their own `model` and `run` are not looked at.

        Raises
        ------
        NotInArchiveError
            If there is no such candidate.
        DataError
            If a candidate comes twice, or a probability is not between 0 and 1.
        """
        check_name(model)
        kept = list(rows)
        by_candidate = {row.candidate: _checked(row) for row in kept}
        if len(by_candidate) < len(kept):
            msg = "A candidate has two scores; a model may give one."
            raise DataError(msg)
        table, now = schema.candidate_score, datetime.now(UTC)
        with self._catalogue.writing() as connection:
            for some in in_parts(by_candidate):
                query = select(schema.candidate.c.id).where(schema.candidate.c.id.in_(some))
                if missing := sorted(set(some) - set(connection.scalars(query))):
                    msg = f"No candidate {missing[0]} in the archive to keep a score of."
                    raise NotInArchiveError(msg)
            values = [_values(row, model, run, now) for row in by_candidate.values()]
            upsert(connection, table, values, ("candidate_id", "model"))
        return len(by_candidate)

    def list(self, *, candidate: int | None = None, model: str | None = None) -> "list[ScoreRow]":
        """Return scores, the most probable planets first: all, of a candidate, or of a model."""
        table = schema.candidate_score
        given = {table.c.candidate_id: candidate, table.c.model: model}
        query = (
            select(table)
            .where(*(column == value for column, value in given.items() if value is not None))
            .order_by(table.c.planet_probability.desc().nulls_last(), table.c.id)
        )
        with self._catalogue.reading() as connection:
            return [_score(row) for row in connection.execute(query)]


def _checked(row: ScoreRow) -> ScoreRow:
    given = {"planet": row.planet_probability, **row.class_probabilities}
    for name, value in given.items():
        if value is not None and not 0 <= value <= 1:
            msg = f"The probability of {name!r} must be between 0 and 1, got {value}."
            raise DataError(msg)
    return row


def _values(row: ScoreRow, model: str, run: int | None, now: datetime) -> dict[str, Any]:
    return {
        "candidate_id": row.candidate,
        "model": model,
        "planet_probability": number(row.planet_probability),
        "class_probabilities": plain(dict(row.class_probabilities), "class_probabilities"),
        "spread": number(row.spread),
        "reasons": [printable(str(reason)) for reason in row.reasons],
        "run_id": run,
        "created": now,
    }


def _score(row: Any) -> ScoreRow:
    return ScoreRow(
        candidate=row.candidate_id,
        planet_probability=row.planet_probability,
        class_probabilities=row.class_probabilities,
        spread=row.spread,
        reasons=tuple(row.reasons),
        model=row.model,
        run=row.run_id,
    )
