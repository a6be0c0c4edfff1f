"""Principal components of the very spectra that latents are of: what latents must beat."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA

from starsieve.archive import Archive
from starsieve.data import Embeddings
from starsieve.representations.models import load_representation
from starsieve.representations.prepare import prepare

BATCH = 256
MOST_NUMBERS = 2**27
"""Pixels of all spectra held in memory; of more, the grid is made coarser."""

Progress = Callable[[int, int, str], None]


def components_of(
    archive: Archive,
    codes: Sequence[Embeddings],
    ids: npt.NDArray[np.int64],
    progress: Progress | None = None,
) -> list[Embeddings]:
    """Return principal components of spectra at rest, one set for each latent size.

    The spectra are brought to the grid and resolution of the first model, and to rest by the
    velocities that it found or was told. Gaps are filled with the mean spectrum.

    Parameters
    ----------
    archive : Archive
    codes : sequence of Embeddings
        Of stored spectra, by stored or shipped models.
    ids : array of int, shape (n,)
        Which spectra.
    progress : callable, optional

    Raises
    ------
    NotInArchiveError
        If the first model or a spectrum is not there.
    """
    first = codes[0]
    model = load_representation(first.model, archive)
    wave = np.asarray(model.wave, dtype=np.float64)
    n_pixels = min(len(wave), max(2, MOST_NUMBERS // max(len(ids), 1)))
    if n_pixels < len(wave):
        wave = np.geomspace(wave[0], wave[-1], n_pixels)
    flux = np.full((len(ids), n_pixels), np.nan, dtype=np.float32)
    velocities = dict(zip(first.ids.tolist(), _velocities(first), strict=True))
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        velocity = np.array([velocities[number] for number in part.tolist()])
        inputs = prepare(
            archive.spectra.read(part.tolist()),
            wave,
            model.resolution,
            velocity=velocity,
            continuum=model.recipe.continuum,
        )
        flux[start : start + BATCH] = np.where(inputs.valid, inputs.flux, np.nan)
        if progress is not None:
            progress(start + len(part), len(ids), "principal components")
    sizes = sorted({each.latents.shape[1] for each in codes})
    return _components(flux, ids, sizes, first.collection)


def _components(
    flux: npt.NDArray[np.float32], ids: npt.NDArray[np.int64], sizes: Sequence[int], collection: str
) -> list[Embeddings]:
    """Return the first components of each number; NaN for spectra without any pixel."""
    there = np.isfinite(flux)
    seen = there.any(axis=0)
    mean = np.where(there, flux, 0).sum(axis=0)[seen] / there.sum(axis=0)[seen]
    filled = np.where(there[:, seen], flux[:, seen], mean)
    known = there.any(axis=1)
    most = min(sizes[-1], int(known.sum()), filled.shape[1])
    latents = np.full((len(ids), most), np.nan)
    if most:
        latents[known] = PCA(most, svd_solver="randomized", random_state=0).fit_transform(
            filled[known]
        )
    kept = sorted({min(size, most) for size in sizes})
    return [
        Embeddings(latents[:, :size], ids, model=f"PCA-{size}", collection=collection)
        for size in kept
    ]


def _velocities(codes: Embeddings) -> list[float]:
    """Return what spectra are brought to rest by, km/s; 0 where the model knows of none."""
    column = codes.columns.get("velocity")
    return [0.0] * len(codes) if column is None else [float(value) for value in column]
