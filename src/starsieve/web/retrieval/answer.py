"""The answer to a question: at once by latents that are there, else by an errand."""

import shutil
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive, CollectionInfo, EmbeddingInfo
from starsieve.data.spectrum import BoolArray
from starsieve.errors import DataError, NotInArchiveError, StarsieveError
from starsieve.representations.pool import meet, same_name
from starsieve.representations.space import LatentSpace, Near
from starsieve.web.cached import Cached
from starsieve.web.errands import Errand, Errands
from starsieve.web.retrieval.asked import Asked
from starsieve.web.retrieval.source import Source, open_source
from starsieve.web.spaces import get_space
from starsieve.web.spectra.page import file_name
from starsieve.web.spectra.stored import spaces_of
from starsieve.web.uploads.kept import ARRAYS

KIND = "similar"

SECONDS = 15.0
"""For so long a list of collections may be older than what the archive holds."""

_collections: Cached[tuple[CollectionInfo, ...]] = Cached(8, SECONDS)
_circles: Cached[npt.NDArray[np.int64]] = Cached(64, SECONDS)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What is known of a question.

    Parameters
    ----------
    asked : Asked
        With the choices that were left open made.
    source : Source, optional
        None if nothing is asked with.
    collections : tuple of CollectionInfo
        Where one can look.
    spaces : tuple of EmbeddingInfo
        Latents of the collection that is looked in.
    record : dict, optional
        As `starsieve similar --json`; None if there is none yet.
    units : mapping of str to str
        Of labels, where they are known.
    errand : Errand, optional
        That makes the record.
    note : str
        Why there is none.
    """

    asked: Asked
    source: Source | None
    collections: tuple[CollectionInfo, ...]
    spaces: tuple[EmbeddingInfo, ...] = ()
    record: dict[str, Any] | None = None
    units: dict[str, str] = field(default_factory=dict)
    errand: Errand | None = None
    note: str = ""

    @property
    def is_waiting(self) -> bool:
        """Whether an errand is still at work."""
        return self.errand is not None and not self.errand.has_ended


def answer(archive: Archive, errands: Errands, asked: Asked) -> Answer:
    """Answer a question, or begin to.

    Raises
    ------
    NotInArchiveError
        If there is no such spectrum, upload, collection, or no latents by that model.
    DataError
        If what is asked for is impossible.
    """
    collections = list_collections(archive)
    if asked.is_empty:
        return Answer(asked, None, collections)
    source = open_source(archive, errands, asked)
    asked = _choose(archive, asked, source, collections)
    spaces = tuple(spaces_of(archive, asked.collection or ""))
    if asked.by == "latent" and asked.wave_range is None:
        found = _at_once(archive, asked, source)
        if found is not None:
            record, units = found
            return Answer(asked, source, collections, spaces, record, units)
    errand = _begin(archive, errands, asked, source)
    note = errand.error if errand.status == "failed" else ""
    return Answer(asked, source, collections, spaces, errand.result, {}, errand, note)


def list_collections(archive: Archive) -> tuple[CollectionInfo, ...]:
    """Return the collections that hold spectra."""
    return _collections.get(
        str(archive.root),
        lambda: tuple(each for each in archive.collections.list() if each.kind != "light curves"),
    )


def _choose(
    archive: Archive, asked: Asked, source: Source, collections: tuple[CollectionInfo, ...]
) -> Asked:
    """Return the question with the choices made that were left open."""
    names = [each.name for each in collections]
    chosen = asked.collection or source.collection or _of_upload(source)
    if chosen not in names and asked.collection is None and names:
        chosen = names[0]
    if chosen not in names:
        msg = f"No collection {chosen!r} with spectra. There are: {', '.join(names) or 'none'}."
        raise NotInArchiveError(msg)
    models = [each.model for each in spaces_of(archive, chosen)]
    by = asked.by or ("latent" if models else "spectrum")
    if by == "spectrum":
        return asked.model_copy(update={"collection": chosen, "by": by, "model": None})
    if not models or (asked.model is not None and asked.model not in models):
        msg = (
            f"{chosen!r} has no latents{f' by {asked.model!r}' if asked.model else ''}. "
            f"There are: {', '.join(models) or 'none'}. Compare spectra, or encode it: "
            f"starsieve encode --collection {chosen}"
        )
        raise NotInArchiveError(msg)
    return asked.model_copy(
        update={"collection": chosen, "by": by, "model": asked.model or models[0]}
    )


def _of_upload(source: Source) -> str:
    """Return the collection that an upload was compared with."""
    result = (source.upload.result if source.upload else None) or {}
    return str((result.get("similar") or {}).get("collection", ""))


def _at_once(
    archive: Archive, asked: Asked, source: Source
) -> tuple[dict[str, Any], dict[str, str]] | None:
    """Return the nearest latents, None if the query's own are not there, or not so measured."""
    space = get_space(archive, asked.collection or "", asked.model or "")
    if asked.yardstick not in (None, space.yardstick.yardstick):
        return None
    point = _point(archive, asked, source, space)
    if point is None:
        return None
    wanted = _wanted(archive, asked, source, space)
    if not wanted.any():
        msg = f"None of {len(space)} spectra is left that meets what was asked for."
        raise DataError(msg)
    near = space.neighbours(point, asked.k, wanted)
    return _to_record(asked, source, space, near, int(wanted.sum())), dict(space.units)


def _point(
    archive: Archive, asked: Asked, source: Source, space: LatentSpace
) -> npt.NDArray[np.float64] | None:
    """Return the query's latents, if they are known."""
    if source.number is None:
        return source.latents(space.model)
    try:
        own = space
        if source.collection != asked.collection:
            own = get_space(archive, source.collection, space.model)
            if own.model_hash != space.model_hash:
                return None
        return np.asarray(own.latents[own.row_of(source.number)], np.float64)
    except StarsieveError:
        return None


def _wanted(archive: Archive, asked: Asked, source: Source, space: LatentSpace) -> BoolArray:
    """Return which rows may be found, shape (n,)."""
    labels = dict(space.labels)
    if asked.origin:
        said = f" ({asked.origin})"
        labels |= {k.removesuffix(said): v for k, v in space.labels.items() if k.endswith(said)}
    wanted = meet(labels, len(space), asked.where)
    if source.number is not None:
        wanted &= space.ids != source.number
    if asked.near is not None:
        wanted &= np.isin(space.targets, _inside(archive, asked.near))
    if asked.other_objects:
        wanted &= ~_same_object(source, space)
    return np.asarray(wanted)


def _inside(archive: Archive, circle: tuple[float, float, float]) -> npt.NDArray[np.int64]:
    """Return the numbers of the targets in a circle."""
    return _circles.get(
        (str(archive.root), circle),
        lambda: np.array([star.id for star, _ in archive.targets.near(*circle)], np.int64),
    )


def _same_object(source: Source, space: LatentSpace) -> BoolArray:
    if not source.object and source.target < 0:
        msg = f"{source.title} does not say of which object it is, so its own can't be left out."
        raise DataError(msg)
    own = np.flatnonzero(space.ids == (source.number or -1))
    if len(own) and space.stars[own[0]] >= 0:
        return np.asarray(space.stars == space.stars[own[0]])
    name = same_name(source.object)
    return np.array([bool(name) and same_name(each) == name for each in space.objects.tolist()])


def _to_record(
    asked: Asked, source: Source, space: LatentSpace, near: list[Near], n_compared: int
) -> dict[str, Any]:
    return {
        "query": source.name,
        "collection": space.collection,
        "by": asked.by,
        "model": space.model,
        "definition": space.yardstick.definition,
        "n_compared": n_compared,
        "neighbours": [
            {
                "id": each.id,
                "file": file_name(each.file),
                "object": each.object,
                "distance": each.distance,
                "latent_distance": each.distance,
                "spectrum_distance": None,
                "labels": dict(each.labels),
                "velocity_km_s": None,
                "scale": None,
                "n_common": 0,
                "common_um": None,
                "differences": [],
            }
            for each in near
        ],
        "notes": [f"{space.n_unknown} spectra have no latents and were left out"]
        if space.n_unknown
        else [],
    }


def _begin(archive: Archive, errands: Errands, asked: Asked, source: Source) -> Errand:
    """Start the errand of a question, or return the one that others have started."""
    options = {
        "asked": asked.model_dump(mode="json", exclude_defaults=True),
        "title": source.name or source.title,
        "object": source.object,
    }
    key = f"{asked.key()} {_stamp(archive, asked)}"
    if source.upload is None:
        return errands.start(KIND, options, key=key)
    # Its arrays go along: the upload may be deleted while this is still asked for.
    copy = errands.spool.incoming()
    shutil.copyfile(source.upload.folder / ARRAYS, copy)
    try:
        return errands.start(KIND, options, copy, key, ARRAYS)
    finally:
        copy.unlink(missing_ok=True)


def _stamp(archive: Archive, asked: Asked) -> str:
    """Return what changes when the collection does."""
    info = archive.collections.get(asked.collection or "")
    hashes = [
        f"{each.model_hash[:16]} {each.n_items}"
        for each in spaces_of(archive, info.name)
        if each.model == asked.model
    ]
    return " ".join([info.created.isoformat(), str(info.n_items), *hashes])
