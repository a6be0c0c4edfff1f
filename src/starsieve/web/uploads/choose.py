"""Which models and which collection fit a spectrum."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from starsieve.archive import Archive
from starsieve.atmospheres.models import DEFAULT
from starsieve.data import Spectrum
from starsieve.learn.library import find_model, list_models
from starsieve.learn.model import SpectrumCard, read_card

LOOKED_AT = 8
"""Spectra of a collection that say where it reaches."""

LEAST_SHARED = 0.1
"""Of a spectrum's range, by the logarithm: with less in common likeness means little."""

Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model of atmospheres, and how much of its range a spectrum has."""

    name: str
    description: str
    wave_min_um: float
    wave_max_um: float
    share: float

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "name": self.name,
            "description": self.description,
            "wave_min_um": self.wave_min_um,
            "wave_max_um": self.wave_max_um,
            "share": round(self.share, 3),
        }


def ends_of(spectrum: Spectrum) -> Ends | None:
    """Return first and last usable wavelength in micron, None if there are none."""
    wave = spectrum.wave[spectrum.usable]
    return (float(wave[0]), float(wave[-1])) if len(wave) else None


def choose_models(spectrum: Spectrum, archive: Archive | None) -> list[ModelChoice]:
    """Return the models of atmospheres, the one first of whose range the spectrum has most."""
    ends = ends_of(spectrum)
    found = []
    for each in list_models(archive):
        if each.task == "atmospheres":
            card = read_card(find_model(each.name, archive))
            if isinstance(card, SpectrumCard):
                share = share_of((card.wave_min_um, card.wave_max_um), ends)
                found.append(
                    ModelChoice(
                        card.name, card.description, card.wave_min_um, card.wave_max_um, share
                    )
                )
    return sorted(found, key=lambda each: (-each.share, each.name != DEFAULT, each.name))


def choose_collection(spectrum: Spectrum, archive: Archive) -> str | None:
    """Return the collection that has most in common with a spectrum, None if none has enough.

    Of several that have it all, one with latents is taken, then the largest. Grids of models and
    what was derived from another collection are not looked at, unless there is nothing else.
    """
    encoded = {info.collection for info in archive.embeddings.list()}
    ends = ends_of(spectrum)
    best: tuple[float, bool, bool, int] | None = None
    chosen = None
    for info in archive.collections.list():
        if info.kind == "light curves" or not info.n_items:
            continue
        there = _reach(spectrum for _, spectrum in _first(archive, info.name, info.kind))
        share = 0.0 if ends is None or there is None else share_of(ends, there)
        rank = (round(share, 1), info.kind == "spectra", info.name in encoded, info.n_items)
        if share >= LEAST_SHARED and (best is None or rank > best):
            best, chosen = rank, info.name
    return chosen


def _first(archive: Archive, collection: str, kind: str) -> Iterable[tuple[int, Spectrum]]:
    if kind == "grid":
        block = next(iter(archive.spectra.blocks(collection)))
        return list(enumerate(islice(block, LOOKED_AT)))
    batches = archive.spectra.iterate(collection, LOOKED_AT)
    return next(iter(batches), [])


def _reach(spectra: Iterable[Spectrum]) -> Ends | None:
    """Return the range that spectra usually have."""
    ends = [found for found in map(ends_of, spectra) if found is not None]
    if not ends:
        return None
    low, high = np.median(np.array(ends), axis=0)
    return float(low), float(high)


def share_of(whole: Ends, part: Ends | None) -> float:
    """Return how much of a range is in another, by the logarithm of the wavelength."""
    if part is None or whole[1] <= whole[0]:
        return 0.0
    low, high = max(whole[0], part[0]), min(whole[1], part[1])
    return math.log(high / low) / math.log(whole[1] / whole[0]) if high > low else 0.0
