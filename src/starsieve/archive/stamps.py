"""Texts that tell whether what was read of the archive is still what it holds."""

from typing import Any

from sqlalchemy import func, select

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.collections import collection_number
from starsieve.errors import NotInArchiveError


def read_embedding_stamp(archive: Archive, collection: str, model: str) -> str:
    """Return a text that changes with a model's embeddings of a collection, labels, predictions.

    Raises
    ------
    NotInArchiveError
        If there is no such collection, or no embeddings of it by that model.
    """
    sets, rows, labels = schema.embedding_set, schema.embedding, schema.label
    made = schema.prediction
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
        # Numbers of rows that have gone may be given again.
        inferred = select(func.count(), func.max(made.c.id), func.max(made.c.created))
        counts = [n for query in (places, known, inferred) for n in connection.execute(query).one()]
    return " ".join(map(_text, (kept.model_hash[:16], kept.id, *counts)))


def read_star_stamp(archive: Archive, target: int) -> str:
    """Return a text that changes with a star's light curves, candidates and labels."""
    curves, found, labels = schema.light_curve, schema.candidate, schema.label
    with archive.catalogue.reading() as connection:
        counts = [
            number
            for query in (
                select(func.count(), func.max(curves.c.id)).where(curves.c.target_id == target),
                select(func.count(), func.max(found.c.id), func.max(found.c.changed)).where(
                    found.c.target_id == target
                ),
                select(func.count(), func.max(labels.c.id), func.sum(labels.c.value)).where(
                    labels.c.target_id == target
                ),
            )
            for number in connection.execute(query).one()
        ]
    return " ".join(map(_text, counts))


def _text(value: Any) -> str:
    # A server may add in any order: the last digits of a sum say nothing.
    return f"{value:.9g}" if isinstance(value, float) else str(value or 0).replace(" ", "T")
