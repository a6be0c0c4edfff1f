"""Sliders of what an archive keeps: a model, a collection that it encoded, and its labels."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive
from starsieve.data import Spectrum
from starsieve.errors import DataError, ModelMismatchError, NotInArchiveError
from starsieve.readers import read
from starsieve.representations.latent_space import LatentSpace, open_space
from starsieve.representations.models import Representation, load_representation
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
    return sliders_of(open_space(archive, name, loaded.name), loaded)


def sliders_of(space: LatentSpace, model: Representation) -> Sliders:
    """Return the sliders of a space that is open already.

    Raises
    ------
    ModelMismatchError
        If the model was trained anew since, so that the latents are not its own.
    """
    another = space.model_hash and model.card.weights_sha256 != space.model_hash
    if another or model.n_latents != space.latents.shape[1]:
        msg = (
            f"{space.model} has been trained anew since it encoded {space.collection!r}, so it "
            "can't say what these latents decode to. Encode the collection again: starsieve encode "
            f"--collection {space.collection} --model {space.model}"
        )
        raise ModelMismatchError(msg)
    return Sliders(model, space)


def observed_flux(sliders: Sliders, archive: Archive, number: int) -> npt.NDArray[np.float64]:
    """Return a real spectrum as the model sees it: on its grid, at rest, on the decoder's scale.

    Returns
    -------
    array, shape (n_pixels,)
        NaN where it has no valid pixels.

    Raises
    ------
    NotInArchiveError
        If the space has no such spectrum.
    DataError
        If the model can't see it.
    """
    space, model = sliders.space, sliders.model
    if not isinstance(model, Representation):
        msg = f"{model.name} decodes only; it can't bring spectra to its grid."
        raise DataError(msg)
    row = space.row_of(number)
    known = space.columns.get("velocity")
    velocity = None if known is None else known[row : row + 1]
    inputs = model.prepare(archive.spectra.read([number]), velocity)
    if not inputs.usable.all():
        msg = f"Spectrum {number} can't be brought to the grid of {model.name}: {inputs.reasons[0]}"
        raise DataError(msg)
    seen = model.on_common_scale(inputs)
    return np.where(seen.valid[0], seen.flux[0].astype(np.float64), np.nan)


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
