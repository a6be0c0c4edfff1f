"""What an archive holds that a model made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select

from starsieve.archive import schema
from starsieve.archive.archive import Archive


@dataclass(frozen=True, slots=True)
class ModelUse:
    """How much of what a model made is kept.

    Parameters
    ----------
    predictions, embeddings : mapping of str to int
        Spectra by collection, with inferred parameters and with latents.
    scores : mapping of str to int
        Candidates that it judged, by the list that they are on.
    """

    predictions: Mapping[str, int] = field(default_factory=dict)
    embeddings: Mapping[str, int] = field(default_factory=dict)
    scores: Mapping[str, int] = field(default_factory=dict)


def find_use(archive: Archive, model: str) -> ModelUse:
    """Return what there is of a model, by its name."""
    prediction, spectrum, collection = schema.prediction, schema.spectrum, schema.collection
    score, candidate = schema.candidate_score, schema.candidate
    predictions = (
        select(collection.c.name, func.count(prediction.c.id))
        .join(spectrum, spectrum.c.id == prediction.c.spectrum_id)
        .join(collection, collection.c.id == spectrum.c.collection_id)
        .where(prediction.c.model == model)
        .group_by(collection.c.name)
        .order_by(collection.c.name)
    )
    scores = (
        select(candidate.c.origin, func.count(score.c.id))
        .join(candidate, candidate.c.id == score.c.candidate_id)
        .where(score.c.model == model)
        .group_by(candidate.c.origin)
        .order_by(candidate.c.origin)
    )
    with archive.catalogue.reading() as connection:
        inferred, judged = (
            {row[0]: row[1] for row in connection.execute(query)} for query in (predictions, scores)
        )
    encoded = {e.collection: e.n_items for e in archive.embeddings.list() if e.model == model}
    return ModelUse(inferred, encoded, judged)
