"""Latent spaces that are open: each is opened once, however many pages ask for it."""

from starsieve.archive import Archive
from starsieve.representations.latent_space import LatentSpace, open_space, stamp
from starsieve.web.cached import Cached

OPEN = 4
"""Spaces kept open by a process; one of a million spectra takes about half a gigabyte."""

LOOKED_AT_SECONDS = 15.0
"""For so long a space may be older than what the archive holds."""

_stamps: Cached[str] = Cached(256, LOOKED_AT_SECONDS)
_spaces: Cached[LatentSpace] = Cached(OPEN)


def get_space(archive: Archive, collection: str, model: str) -> LatentSpace:
    """Return the latents that a model made of a collection, and what is known of its spectra.

    What is derived from a space can be kept by it: another one comes when the archive has changed.

    Raises
    ------
    NotInArchiveError
        If there is no such collection, or no embeddings of it by that model.
    DataError
        If no spectrum could be encoded.
    """
    name = (str(archive.root), collection, model)
    state = _stamps.get(name, lambda: stamp(archive, collection, model))
    return _spaces.get((*name, state), lambda: open_space(archive, collection, model))
