"""Sliders of what an archive keeps: a model, a collection that it encoded, and its labels."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive
from starsieve.data import Spectrum
from starsieve.errors import DataError, NotInArchiveError
from starsieve.readers import read
from starsieve.representations.latent_space import open_space
from starsieve.representations.models import load_representation
from starsieve.representations.sliders import Sliders


def open_sliders(model: str | Path, archive: Archive, collection: str | None = None) -> Sliders:
    """Return the sliders of a model over a collection of the archive.

    Parameters
    ----------
    model : str or Path
        A representation, by name or folder.
    archive : Archive
    collection : str, optional
        By default the one collection that the model has encoded.

    Raises
    ------
    NotInArchiveError
        If there is no such model, or it has encoded no such collection.
    DataError
        If it has encoded several and none is named.
    """
    loaded = load_representation(model, archive)
    name = collection or _only_collection(loaded.name, archive)
    return Sliders(loaded, open_space(archive, name, loaded.name))


def point_of_file(model: str | Path, path: Path, archive: Archive) -> npt.NDArray[np.float64]:
    """Return the latents that a model gives the first spectrum in a file, shape (n_latents,).

    Raises
    ------
    DataError
        If it holds no spectrum, or the model can't encode it.
    """
    spectra = [each for each in read(path) if isinstance(each, Spectrum)]
    if not spectra:
        msg = f"{path}: holds no spectrum to start from."
        raise DataError(msg)
    embeddings, reasons = load_representation(model, archive).encode_with_reasons(spectra[:1])
    if not embeddings.known[0]:
        msg = f"{path}: {reasons[0]}"
        raise DataError(msg)
    return np.asarray(embeddings.latents[0], np.float64)


def _only_collection(model: str, archive: Archive) -> str:
    names = [info.collection for info in archive.embeddings.list() if info.model == model]
    if len(names) == 1:
        return names[0]
    if names:
        msg = f"{model!r} has encoded {', '.join(names)}. Say which: --collection NAME."
        raise DataError(msg)
    msg = (
        f"{model!r} has encoded no collection of the archive. "
        f"First: starsieve encode --collection NAME --model {model}"
    )
    raise NotInArchiveError(msg)
