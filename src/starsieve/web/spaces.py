"""Latent spaces that are open: each is opened once, however many pages ask for it."""

from concurrent.futures import ThreadPoolExecutor

from starsieve.archive import Archive
from starsieve.representations.latent_space import LatentSpace, open_space, stamp
from starsieve.web.cached import Cached
from starsieve.web.problems import Busy

OPEN = 4
"""Spaces kept open by a process; one of a million spectra takes about half a gigabyte."""

LOOKED_AT_SECONDS = 15.0
"""For so long a space may be older than what the archive holds."""

WAIT_SECONDS = 20.0
"""For so long a request waits until a space is open; a million spectra may take longer."""

_opener = ThreadPoolExecutor(OPEN, thread_name_prefix="open-space")
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
    Busy
        If it takes long to open; it goes on being opened.
    """
    name = (str(archive.root), collection, model)
    state = _stamps.get(name, lambda: stamp(archive, collection, model))
    key = (*name, state)
    found = _spaces.peek(key)
    if found is not None:
        return found
    opening = _opener.submit(_spaces.get, key, lambda: open_space(archive, collection, model))
    try:
        return opening.result(WAIT_SECONDS)
    except TimeoutError as error:
        msg = f"The latents of {collection!r} by {model!r} are many, and are still being opened."
        raise Busy(msg) from error
