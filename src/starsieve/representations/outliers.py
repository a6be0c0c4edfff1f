"""Which spectra are unlike all others: badly reconstructed, or alone among the latents."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive
from starsieve.data import Embeddings
from starsieve.data.spectrum import check_shapes
from starsieve.errors import DataError
from starsieve.representations.distances import typical_errors
from starsieve.representations.service_recipes import OutliersRecipe
from starsieve.representations.tag import stars
from starsieve.stats.neighbours import nearest

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, int, str], None]

FEWEST = 20
"""Spectra; what is usual can't be told from fewer."""

MOST_ASKED = 300
"""Neighbours looked at to find enough that are of other stars."""

BLOCK = 2048

NUMBERS = ("score", "misfit", "loneliness", "chi2_reduced", "distance")
"""What is said of each outlier."""


@dataclass(frozen=True, slots=True, eq=False)
class Outliers:
    """How unusual each spectrum of a collection is; arrays of shape (n_items,), NaN if unknown.

    Parameters
    ----------
    ids : array of int
    score : array
        Root of the sum of the squares of `misfit` and `loneliness`, as far as they are positive:
        about how many deviations a spectrum is from what is usual.
    misfit : array
        Logarithm of the reconstruction's reduced chi-square, in robust deviations from its median:
        what the model can't draw.
    loneliness : array
        The same of the distance to the k-th nearest spectrum of another star: what the model can
        draw, and nobody else has.
    chi2_reduced, distance : arrays
        What these two are made of.
    """

    ids: npt.NDArray[np.int64]
    score: FloatArray
    misfit: FloatArray
    loneliness: FloatArray
    chi2_reduced: FloatArray
    distance: FloatArray

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def order(self) -> npt.NDArray[np.intp]:
        """Rows of the spectra that have a score, the most unusual first."""
        known = int(np.isfinite(self.score).sum())
        return np.argsort(np.where(np.isfinite(self.score), -self.score, np.inf), kind="stable")[
            :known
        ]


def find_outliers(
    embeddings: Embeddings, groups: npt.ArrayLike | None = None, *, neighbours: int = 10
) -> Outliers:
    """Score every spectrum by how unlike the others it is.

    Parameters
    ----------
    embeddings : Embeddings
        With a column ``chi2_reduced``; without, loneliness alone decides.
    groups : array, shape (n_items,), optional
        The star of each: another spectrum of the same star is no company.
    neighbours : int
        Which neighbour's distance is taken: as many similar outliers would keep each other company.

    Raises
    ------
    DataError
        If there are too few encoded spectra to say what is usual.
    """
    known = embeddings.known
    if known.sum() < FEWEST or known.sum() <= neighbours:
        msg = (
            f"{known.sum()} spectra are encoded; at least {max(FEWEST, neighbours + 1)} are needed "
            "to say what is unusual."
        )
        raise DataError(msg)
    names = np.arange(len(embeddings)) if groups is None else np.asarray(groups)
    check_shapes((len(embeddings),), groups=names)
    distance, chi2 = np.full((2, len(embeddings)), np.nan)
    latents = np.asarray(embeddings.latents[known], np.float64) / typical_errors(embeddings)
    distance[known] = _distances(latents, names[known], neighbours)
    if "chi2_reduced" in embeddings.columns:
        chi2[known] = embeddings.columns["chi2_reduced"][known]
    misfit, loneliness = _deviations(chi2), _deviations(distance)
    parts = np.stack([misfit, loneliness])
    score = np.sqrt(np.nansum(np.maximum(parts, 0.0) ** 2, axis=0))
    score[~known] = np.nan
    return Outliers(embeddings.ids, score, misfit, loneliness, chi2, distance)


def _distances(latents: FloatArray, groups: npt.NDArray[Any], k: int) -> FloatArray:
    """Return each row's distance to its k-th nearest of another group, shape (n_items,)."""
    _, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    asked = min(len(latents), max(k + 1, min(k + int(sizes.max()), MOST_ASKED)))
    found = np.empty(len(latents))
    for start in range(0, len(latents), BLOCK):
        here = slice(start, start + BLOCK)
        distances, rows = nearest(latents, latents[here], asked)
        other = place[rows] != place[here, None]
        counted = np.cumsum(other, axis=1)
        # Where a star fills the whole neighbourhood, the last one looked at has to do.
        last = np.where(counted[:, -1] >= k, np.argmax(counted >= k, axis=1), asked - 1)
        found[here] = distances[np.arange(len(rows)), last]
    return found


def _deviations(values: FloatArray) -> FloatArray:
    """Return logarithms of positive values in robust deviations from their median."""
    positive = values[values > 0]
    if not len(positive):
        return np.where(np.isfinite(values), 0.0, np.nan)
    # The same spectrum twice is at no distance, which has no logarithm: the opposite of lonely.
    logs = np.log(np.maximum(values, positive.min()))
    finite = logs[np.isfinite(logs)]
    middle = float(np.median(finite))
    # The upper half alone: it is there that outliers are, and the lower one may be longer.
    upper = 1.4826 * float(np.median(finite[finite >= middle] - middle))
    unit = upper or float(finite.std()) or 1.0
    return np.asarray((logs - middle) / unit)


def score_collection(recipe: OutliersRecipe, archive: Archive) -> Outliers:
    """Score every spectrum of a collection of the archive."""
    embeddings = archive.embeddings.read(recipe.collection, recipe.model)
    groups = stars(archive, recipe.collection, embeddings)
    return find_outliers(embeddings, groups, neighbours=recipe.neighbours)


def list_outliers(
    recipe: OutliersRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Rank the spectra of a collection by how unlike the others they are."""
    infos = {info.id: info for info in archive.spectra.table(recipe.collection)}
    found = score_collection(recipe, archive)
    if progress is not None:
        progress(1, 1, "scored")
    rows = found.order[: recipe.k].tolist()
    return {
        "collection": recipe.collection,
        "model": recipe.model,
        "n_scored": int(np.isfinite(found.score).sum()),
        "n_not_encoded": int((~np.isfinite(found.score)).sum()),
        "outliers": [
            {
                "rank": rank,
                "id": int(found.ids[row]),
                "object": infos[int(found.ids[row])].object,
                "file": infos[int(found.ids[row])].file,
            }
            | {name: _number(getattr(found, name)[row]) for name in NUMBERS}
            for rank, row in enumerate(rows, start=1)
        ],
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
