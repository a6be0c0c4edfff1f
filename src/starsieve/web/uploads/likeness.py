"""What of the archive is like an upload, and whether anything is."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from starsieve.archive import Archive, EmbeddingInfo
from starsieve.data import Embeddings, Spectrum
from starsieve.errors import DataError, StarsieveError
from starsieve.representations.models import Representation, load_representation
from starsieve.representations.outliers import find_outliers
from starsieve.representations.similar_result import Neighbour, Similar
from starsieve.representations.similarity import similar
from starsieve.web.errands.work import Progress
from starsieve.web.uploads.choose import choose_collection, ends_of, share_of
from starsieve.web.uploads.options import Metric, UploadOptions

SPARE = 4
"""More neighbours are asked for: copies of the upload itself are not counted."""

MOST_COMPARED = 20_000
"""Spectra of a collection without latents with which an upload is compared."""

SAMPLE = 2_000
"""Spectra that say what is usual."""

SMALL_PART = 0.5
"""Of a spectrum: what was compared of it is less."""

UNUSUAL = 5.0
"""Deviations from what is usual: see `starsieve.representations.outliers`."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """An upload's latents by the model that encoded a collection."""

    embeddings: Embeddings
    model: str
    collection: str


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """What was found.

    Parameters
    ----------
    similar : Similar, optional
    copies : tuple of int
        Spectra of the archive that are the upload itself.
    encoded : Encoded, optional
    unusual : mapping
        How far the upload is from what is usual in the collection; empty if that is not known.
    note : str
        Why there are no neighbours.
    """

    similar: Similar | None = None
    copies: tuple[int, ...] = ()
    encoded: Encoded | None = None
    unusual: dict[str, float] | None = None
    note: str = ""


def find_likeness(
    spectrum: Spectrum, options: UploadOptions, archive: Archive | None, progress: Progress
) -> Likeness:
    """Find what is like an upload; what can't be done is said in the note, and is no error."""
    if archive is None:
        return Likeness(note="There is no archive to look in.")
    try:
        return _find(spectrum, options, archive, progress)
    except StarsieveError as error:
        return Likeness(note=str(error))


def _find(
    spectrum: Spectrum, options: UploadOptions, archive: Archive, progress: Progress
) -> Likeness:
    collection = options.collection or choose_collection(spectrum, archive)
    if collection is None:
        note = "No collection has much of this spectrum's wavelengths in common with it."
        return Likeness(note=note)
    encoded = _encode(spectrum, collection, archive)
    by = options.by or _default(encoded, archive.collections.get(collection).n_items)
    if by != "spectrum" and encoded is None:
        msg = f"No model that encoded {collection!r} can encode this spectrum."
        raise DataError(msg)
    found = similar(
        spectrum,
        collection,
        archive=archive,
        by=by,
        k=options.k + SPARE,
        model=None if by == "spectrum" or encoded is None else encoded.model,
        progress=progress,
    )
    copies = tuple(each.id for each in found if _is_copy(spectrum, each, archive))
    others = tuple(
        replace(each, file=Path(each.file).name)  # where files lie is nobody's business
        for each in found
        if each.id not in copies
    )[: options.k]
    return Likeness(
        replace(found, neighbours=others),
        copies,
        encoded,
        None if encoded is None else _unusual(encoded, archive, copies),
    )


def _default(encoded: Encoded | None, n_items: int) -> Metric:
    if encoded is not None:
        return "both"
    if n_items > MOST_COMPARED:
        msg = (
            f"The collection has {n_items:,} spectra and no latents that fit, so comparing an "
            "upload with each of them would take too long. Encode it, or name another one."
        )
        raise DataError(msg)
    return "spectrum"


def _encode(spectrum: Spectrum, collection: str, archive: Archive) -> Encoded | None:
    """Return latents by the first model of those that encoded a collection that can make some."""
    for info in archive.embeddings.list():
        if info.collection == collection:
            model = _load(info, archive)
            found = None if model is None else model.encode([spectrum])
            if found is not None and found.known.all():
                return Encoded(found, info.model, collection)
    return None


def _load(info: EmbeddingInfo, archive: Archive) -> Representation | None:
    """Return the model behind embeddings, None if it is gone or was trained anew since."""
    try:
        model = load_representation(info.model, archive)
    except StarsieveError:
        return None
    return model if model.card.weights_sha256 == info.model_hash else None


def _is_copy(spectrum: Spectrum, neighbour: Neighbour, archive: Archive) -> bool:
    """Return whether a neighbour has the same numbers: it is the upload, as the archive has it."""
    (stored,) = archive.spectra.read([neighbour.id])
    if len(stored) != len(spectrum):
        return False
    bright = float(np.nanmax(np.abs(spectrum.flux)))
    return bool(
        np.allclose(stored.wave, spectrum.wave, rtol=1e-6, atol=0)
        and np.allclose(stored.flux, spectrum.flux, rtol=1e-4, atol=1e-6 * bright, equal_nan=True)
    )


def _unusual(
    encoded: Encoded, archive: Archive, copies: tuple[int, ...]
) -> dict[str, float] | None:
    """Return how unlike the spectra of the collection it is, None if that can't be told."""
    known = archive.embeddings.read(encoded.collection, encoded.model)
    rows = np.flatnonzero(known.known & ~np.isin(known.ids, copies))
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(0).choice(rows, SAMPLE, replace=False))
    try:
        found = find_outliers(_with(known.take(rows), encoded.embeddings))
    except DataError:  # too few to say what is usual
        return None
    return {
        name: float(getattr(found, name)[-1])
        for name in ("score", "misfit", "loneliness", "chi2_reduced", "distance")
    }


def _with(known: Embeddings, one: Embeddings) -> Embeddings:
    """Return embeddings with one more at their end."""
    names = [name for name in ("chi2_reduced",) if name in known.columns and name in one.columns]
    sigma = None
    if known.sigma is not None and one.sigma is not None:
        sigma = np.concatenate([known.sigma, one.sigma])
    return Embeddings(
        np.concatenate([known.latents, one.latents]),
        np.append(known.ids, -1),
        sigma,
        {name: np.append(known.columns[name], one.columns[name]) for name in names},
        known.model,
    )


def warn(likeness: Likeness, spectrum: Spectrum) -> list[str]:
    """Return a sentence for each thing that makes an upload unlike a collection."""
    found, unusual = likeness.similar, likeness.unusual
    if found is None:
        return []
    said = []
    ends, common = ends_of(spectrum), found[0].common_um if len(found) else None
    if ends is not None and common is not None and share_of(ends, common) < SMALL_PART:
        said.append(
            f"Likeness was looked for from {common[0]:.4g} to {common[1]:.4g} um alone, "
            f"{share_of(ends, common):.0%} of this spectrum: the rest of it may differ."
        )
    return said + ([] if unusual is None else _explain(unusual, found.collection))


def _explain(unusual: dict[str, float], collection: str) -> list[str]:
    said = []
    if unusual["misfit"] > UNUSUAL:
        said.append(
            f"The model of {collection!r} can't draw this spectrum: what is left over is "
            f"{unusual['misfit']:.1f} deviations from what is usual there."
        )
    if unusual["loneliness"] > UNUSUAL:
        said.append(
            f"Nothing in {collection!r} is near it: its distance to the tenth nearest is "
            f"{unusual['loneliness']:.1f} deviations from what is usual there."
        )
    return said
