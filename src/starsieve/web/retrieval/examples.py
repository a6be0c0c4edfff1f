"""Spectra to begin with."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from starsieve.archive import Archive, CollectionInfo
from starsieve.errors import StarsieveError
from starsieve.web.cached import Cached
from starsieve.web.spaces import get_space
from starsieve.web.spectra.stored import spaces_of

SHOWN = 8
SECONDS = 300.0

_examples: Cached[tuple["Example", ...]] = Cached(8, SECONDS)


@dataclass(frozen=True, slots=True)
class Example:
    """A spectrum to begin with."""

    id: int
    object: str


def list_examples(archive: Archive, collections: tuple[CollectionInfo, ...]) -> tuple[Example, ...]:
    """Return a few spectra, of a collection with latents if there is one."""
    return _examples.get(str(archive.root), lambda: tuple(_examples_of(archive, collections)))


def _examples_of(archive: Archive, collections: tuple[CollectionInfo, ...]) -> list[Example]:
    for info in collections:
        for each in spaces_of(archive, info.name):
            try:
                space = get_space(archive, info.name, each.model)
            except StarsieveError:
                continue
            rows = np.unique(np.linspace(0, len(space) - 1, SHOWN).astype(int)).tolist()
            return [Example(int(space.ids[row]), str(space.objects[row])) for row in rows]
    ragged = [info.name for info in collections if info.kind == "spectra" and info.n_items]
    first: list[tuple[int, Any]] = next(archive.spectra.iterate(ragged[0], SHOWN)) if ragged else []
    return [Example(number, str(each.meta.get("object") or "")) for number, each in first]
