"""The spectra whose latents are nearest, of a collection that a model has encoded."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive
from starsieve.data import Embeddings
from starsieve.data.spectrum import BoolArray
from starsieve.errors import DataError, ModelMismatchError
from starsieve.representations.asking import Query
from starsieve.representations.pool import Pool
from starsieve.representations.yardstick import Yardstick, measure_space
from starsieve.stats.neighbours import nearest

EXACT_UP_TO = 1_000_000
"""Spectra whose latents are all measured; of more an index preselects."""

PRESELECTED = 50
"""Times k: how many of millions."""

FEWEST_PRESELECTED = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class LatentSearch:
    """What was found, the nearest first.

    Parameters
    ----------
    ids : array of int, shape (k,)
    distances : array, shape (k,)
    definition : str
        What the distance is.
    model : str
    notes : tuple of str
    """

    ids: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float64]
    definition: str
    model: str
    notes: tuple[str, ...] = ()


def find_by_latents(
    asked: Query,
    pool: Pool,
    wanted: BoolArray,
    archive: Archive | None,
    model: Any,
    k: int,
    yardstick: Yardstick | None = None,
) -> LatentSearch:
    """Find the k spectra of a pool whose latents are nearest to the query's.

    Parameters
    ----------
    wanted : array of bool, shape (n,)
        Which of the pool may be found; the others still say how far latents spread.
    model : Representation, str, Path or None
        None: whoever encoded the collection, if it was one.

    Raises
    ------
    DataError
        If the query or none of the spectra has latents.
    NotInArchiveError
        If the collection has not been encoded, or there is no such model.
    ModelMismatchError
        If the model has been trained anew since.
    """
    embeddings = _embeddings(pool, archive, model)
    rows = pool.rows_of(embeddings.ids)
    space = measure_space(embeddings, pool.stars[rows], yardstick)
    query = _latents_of(asked, embeddings, archive, model)
    able = np.flatnonzero(embeddings.known & wanted[rows])
    if not len(able):
        msg = "None of the spectra that may be found has latents of this model."
        raise DataError(msg)
    notes = []
    if missing := int(wanted.sum()) - len(able):
        notes.append(f"{missing} of {int(wanted.sum())} spectra have no latents and were left out")
    if archive is not None and len(embeddings) > EXACT_UP_TO:
        able, note = _preselected(archive, embeddings, query, able, k)
        notes.append(note)
    distances, found = nearest(space(embeddings.latents[able]), space(query), min(k, len(able)))
    return LatentSearch(
        embeddings.ids[able[found[0]]],
        distances[0],
        space.definition,
        embeddings.model,
        tuple(notes),
    )


def _preselected(
    archive: Archive,
    embeddings: Embeddings,
    query: npt.NDArray[np.float64],
    able: npt.NDArray[np.int64],
    k: int,
) -> tuple[npt.NDArray[np.int64], str]:
    """Return rows of millions that are near by unscaled latents, and a note that says so."""
    from starsieve.representations.index import index_of

    asked = min(max(PRESELECTED * k, FEWEST_PRESELECTED), int(embeddings.known.sum()))
    near = index_of(archive, embeddings).nearest(query, asked)[1][0]
    rows = np.intersect1d(near, able)
    if len(rows) < k:  # a narrow filter: those that pass it are few enough to look at all
        return able, f"all {len(able)} spectra that may be found were measured"
    return (
        rows,
        f"of {len(embeddings)} spectra the {asked} nearest by unscaled latents were measured",
    )


def _embeddings(pool: Pool, archive: Archive | None, model: Any) -> Embeddings:
    """Return the latents of a pool: those of the archive, or new ones of spectra in memory."""
    if pool.name and archive is not None:
        name = getattr(model, "name", None) or (None if model is None else Path(model).name)
        found = archive.embeddings.read(pool.name, name)
        return found.take(np.isin(found.ids, pool.ids))
    if model is None:
        msg = "Spectra in memory have no latents yet: name the model that shall make them."
        raise DataError(msg)
    embeddings: Embeddings = _load(model, archive).encode(
        pool.read(pool.ids.tolist()), ids=pool.ids
    )
    return embeddings


def _latents_of(
    asked: Query, embeddings: Embeddings, archive: Archive | None, model: Any
) -> npt.NDArray[np.float64]:
    """Return the query's latents, shape (1, n_latents)."""
    if asked.is_whole and asked.id is not None and asked.id in embeddings.ids:
        latents = embeddings.latents[embeddings.ids == asked.id]
        reason = "the archive has none of it"
    else:
        loaded = _load(model or embeddings.model, archive)
        _check_training(loaded, embeddings, archive)
        found, reasons = loaded.encode_with_reasons([asked.spectrum])
        latents, reason = found.latents, reasons[0] if reasons else ""
    if not np.isfinite(latents).all():
        msg = f"{asked.name}: no latents by {embeddings.model} ({reason or 'it is out of range'})."
        raise DataError(msg)
    return np.asarray(latents, dtype=float)


def _load(model: Any, archive: Archive | None) -> Any:
    """Return a representation; torch is imported only here, as spectra alone need none."""
    if not isinstance(model, str | Path):
        return model
    from starsieve.representations.models import load_representation

    return load_representation(model, archive)


def _check_training(loaded: Any, embeddings: Embeddings, archive: Archive | None) -> None:
    """Raise ModelMismatchError if the stored latents are those of another training."""
    if archive is None or not embeddings.collection:
        return
    for info in archive.embeddings.list():
        mine = (info.collection, info.model) == (embeddings.collection, embeddings.model)
        if mine and info.model_hash != loaded.card.weights_sha256:
            msg = (
                f"{embeddings.model} has been trained anew since it encoded "
                f"{embeddings.collection!r}. Encode the collection again: starsieve encode "
                f"--collection {embeddings.collection} --model {embeddings.model}"
            )
            raise ModelMismatchError(msg)
