"""Latent spaces that are open: each is opened once, however many pages ask for it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress

from starsieve.archive import Archive
from starsieve.errors import StarsieveError
from starsieve.representations.latent_space import LatentSpace, open_space, stamp
from starsieve.web.cached import Cached
from starsieve.web.problems import Busy

OPEN = 4
"""Spaces kept open by a process; one of a million spectra takes about half a gigabyte."""

LOOKED_AT_SECONDS = 15.0
"""For so long a space may be older than what the archive holds."""

WAIT_SECONDS = 20.0
"""For so long a request waits until a space is open; a million spectra may take longer."""

PATIENCE_SECONDS = 0.3
"""For so long it waits where an older one is open, which it then is given."""

Name = tuple[str, str, str]

_openers = threading.BoundedSemaphore(OPEN)
_stamps: Cached[str] = Cached(256, LOOKED_AT_SECONDS)
_spaces: Cached[LatentSpace] = Cached(OPEN)
_opening: dict[tuple[Name, str], Future[LatentSpace]] = {}
_lock = threading.Lock()


def get_space(archive: Archive, collection: str, model: str) -> LatentSpace:
    """Return the latents that a model made of a collection, and what is known of its spectra.

    What is derived from a space can be kept by it: another one comes when the archive has changed.
    While that one is being opened, the older one is given.

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
    found = _spaces.peek(name, state)
    if found is not None:
        return found
    opening, older = _begin(archive, name, state), _spaces.peek(name)
    try:
        return opening.result(WAIT_SECONDS if older is None else PATIENCE_SECONDS)
    except TimeoutError as error:
        if older is not None:
            return older
        msg = f"The latents of {collection!r} by {model!r} are many, and are still being opened."
        raise Busy(msg) from error


@contextmanager
def opened_ahead(archive: Archive) -> Iterator[None]:
    """Open what was encoded last, behind everybody's back, so that nobody has to wait for it."""
    begun: list[Future[LatentSpace]] = []
    with suppress(StarsieveError):  # who asks for what is damaged is told
        infos = sorted(archive.embeddings.list(), key=lambda info: info.created, reverse=True)
        for info in infos[:OPEN]:
            name = (str(archive.root), info.collection, info.model)
            begun.append(_begin(archive, name, stamp(archive, info.collection, info.model)))
    try:
        yield
    finally:
        for opening in begun:
            opening.cancel()


def _begin(archive: Archive, name: Name, state: str) -> Future[LatentSpace]:
    """Begin to open a space, unless that has been done."""
    key = (name, state)
    with _lock:
        if key in _opening:
            return _opening[key]
        opening: Future[LatentSpace] = Future()
        _opening[key] = opening
    # A daemon: a server that is stopped does not wait for a million spectra.
    work = (opening, key, lambda: open_space(archive, *name[1:]))
    threading.Thread(target=_carry_out, args=work, name="open-space", daemon=True).start()
    return opening


def _carry_out(
    opening: Future[LatentSpace], key: tuple[Name, str], make: Callable[[], LatentSpace]
) -> None:
    with _openers:
        try:
            if opening.set_running_or_notify_cancel():
                opening.set_result(_spaces.get(key[0], make, key[1]))
        except Exception as error:  # whatever it is, those who wait are told
            opening.set_exception(error)
        finally:
            with _lock:
                _opening.pop(key, None)
