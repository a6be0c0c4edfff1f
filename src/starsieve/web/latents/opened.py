"""What is kept of latent spaces while the app runs: maps, decoders, and what runs have found."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive
from starsieve.archive.run_search import find_done_runs
from starsieve.representations.latent_map import LatentMap, make_map
from starsieve.representations.meaning_tables import MeaningTables, find_meaning
from starsieve.representations.sliders_session import SlidersSession
from starsieve.representations.space import LatentSpace
from starsieve.web.cached import Cached
from starsieve.web.spaces import OPEN, get_space

FloatArray = npt.NDArray[np.float64]

MOST_PIXELS = 4000
"""Of a decoded spectrum that are sent: twice what a wide screen shows."""

SPECTRA_KEPT = 512
RUNS_SECONDS = 10.0

_maps: Cached[LatentMap] = Cached(OPEN)
_sessions: Cached[SlidersSession] = Cached(OPEN)
_spectra: Cached[FloatArray] = Cached(SPECTRA_KEPT)
_meanings: Cached[MeaningTables | None] = Cached(64, RUNS_SECONDS)
_outliers: Cached["KnownOutliers | None"] = Cached(64, RUNS_SECONDS)


@dataclass(frozen=True, slots=True, eq=False)
class KnownOutliers:
    """Spectra that a run found unlike all others.

    Parameters
    ----------
    run : int
    rows : array of int, shape (n,)
        Of the space; those that it has no more are left out.
    scores : array, shape (n,)
        About how many deviations each is from what is usual.
    """

    run: int
    rows: npt.NDArray[np.int64]
    scores: FloatArray


def get_map(archive: Archive, collection: str, model: str) -> LatentMap:
    """Return the map of a latent space; raises as `get_space`."""
    space = get_space(archive, collection, model)
    return _maps.get(_name(archive, space), lambda: make_map(space), space)


def get_session(archive: Archive, space: LatentSpace) -> SlidersSession:
    """Return what decodes a space's latents; the first call takes as long as loading the model.

    Raises
    ------
    NotInArchiveError
        If there is no such model any more.
    ModelMismatchError
        If it was trained anew since.
    """
    return _sessions.get(_name(archive, space), lambda: _open(archive, space), space)


def get_observed(archive: Archive, space: LatentSpace, number: int) -> FloatArray:
    """Return a real spectrum as it stands beside decoded ones; NaN where it has no valid pixels.

    Raises
    ------
    NotInArchiveError, ModelMismatchError
        As `get_session`, or if the space has no such spectrum.
    DataError
        If the model can't see it.
    """
    from starsieve.representations.stored_sliders import observed_flux

    session = get_session(archive, space)

    def make() -> FloatArray:
        return session.thin(observed_flux(session.sliders, archive, number))

    return _spectra.get((*_name(archive, space), number), make, space.model_hash)


def get_meaning(archive: Archive, space: LatentSpace) -> MeaningTables | None:
    """Return what the newest run found the latents of a space to mean, None without a run."""
    return _meanings.get(
        _name(archive, space),
        lambda: find_meaning(archive, space.collection, space.model, space.model_hash),
        space.model_hash,
    )


def get_outliers(archive: Archive, space: LatentSpace) -> KnownOutliers | None:
    """Return the spectra that the newest run found unlike all others, None without a run."""
    return _outliers.get(_name(archive, space), lambda: _find_outliers(archive, space), space)


def _name(archive: Archive, space: LatentSpace) -> tuple[str, str, str]:
    return (str(archive.root), space.collection, space.model)


def _open(archive: Archive, space: LatentSpace) -> SlidersSession:
    # PyTorch is imported here, and only by those who decode.
    from starsieve.representations.models import load_representation
    from starsieve.representations.stored_sliders import sliders_of

    model = load_representation(space.model, archive)
    return SlidersSession(sliders_of(space, model), MOST_PIXELS)


def _find_outliers(archive: Archive, space: LatentSpace) -> KnownOutliers | None:
    for run in find_done_runs(archive, "representations.outliers"):
        if (run.recipe.get("collection"), run.recipe.get("model")) != (
            space.collection,
            space.model,
        ):
            continue
        found = (archive.runs.get(run.number).result or {}).get("outliers", ())
        scores = {each["id"]: each["score"] for each in found}
        rows = np.flatnonzero(np.isin(space.ids, list(scores)))
        known = np.array([scores[number] for number in space.ids[rows].tolist()], np.float64)
        order = np.argsort(-known, kind="stable")
        return KnownOutliers(run.number, rows[order], known[order])
    return None
