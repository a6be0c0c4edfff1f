"""The latents of what an archive keeps, opened once and asked often."""

from collections.abc import Callable
from typing import Any

import numpy as np

from starsieve.archive import Archive
from starsieve.archive.columns import (
    SpectrumColumns,
    read_label_columns,
    read_prediction_columns,
    read_spectrum_columns,
)
from starsieve.archive.stamps import read_embedding_stamp
from starsieve.data import Embeddings
from starsieve.errors import ArchiveError, FileError
from starsieve.representations.space import LatentSpace, Near, exact_index, make_space
from starsieve.representations.yardstick import Space

__all__ = ["LatentSpace", "Near", "open_space", "stamp"]

EXACT_UP_TO = 1_000_000
"""Spectra among which a search is exact; of more an index preselects, if there is one."""


def stamp(archive: Archive, collection: str, model: str) -> str:
    """Return a text that changes when what `open_space` gave has become old.

    Raises
    ------
    NotInArchiveError
        If there is no such collection, or no embeddings of it by that model.
    """
    return read_embedding_stamp(archive, collection, model)


def open_space(archive: Archive, collection: str, model: str) -> LatentSpace:
    """Return the latents that a model made of a collection, with all that is known of its spectra.

    Parameters
    ----------
    archive : Archive
    collection : str
    model : str
        Its name; the model itself is not needed.

    Raises
    ------
    NotInArchiveError
        If there is no such collection, or no embeddings of it by that model.
    DataError
        If no spectrum could be encoded.
    """
    info = archive.embeddings.info(collection, model)
    embeddings = archive.embeddings.read(collection, model)
    columns = read_spectrum_columns(archive, collection)
    order = np.argsort(columns.ids)
    rows = order[np.searchsorted(columns.ids, embeddings.ids, sorter=order)]
    spectra = SpectrumColumns(
        embeddings.ids, columns.objects[rows], columns.files[rows], columns.targets[rows]
    )
    return make_space(
        embeddings,
        spectra,
        read_label_columns(archive, collection, embeddings.ids),
        read_prediction_columns(archive, collection, embeddings.ids),
        model_hash=info.model_hash,
        index=_index_in(archive, embeddings),
    )


def _index_in(archive: Archive, embeddings: Embeddings) -> Callable[[Embeddings, Space], Any]:
    """Return what makes the index: exact, or the one of millions that a search has left."""

    def make(kept: Embeddings, yardstick: Space) -> Any:
        if len(kept) > EXACT_UP_TO and len(kept) == len(embeddings):
            from starsieve.representations.index import LatentIndex

            folder = archive.embeddings.folder(embeddings.collection, embeddings.model)
            try:
                return LatentIndex.load(folder, embeddings.latents)
            except (FileError, ArchiveError):
                pass  # there is none: exact takes longer, and reading makes nothing in an archive
        return exact_index(kept, yardstick)

    return make
