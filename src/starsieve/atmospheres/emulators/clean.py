"""What of a published model grid an emulator can be made of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from starsieve.atmospheres.emulators.space import Space
from starsieve.data import SpectrumSet
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError

SAME = 1e-6
"""Spectra whose log flux differs by less are copies."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A grid whose every flux is positive: what an emulator can be made of.

    Parameters
    ----------
    space : Space
    wave : array, shape (n_pixels,)
    log_flux : array, shape (n_nodes, n_pixels)
    notes : tuple of str
        What was left out of the grid as published.
    """

    space: Space
    wave: FloatArray
    log_flux: FloatArray
    notes: tuple[str, ...]


def clean_grid(spectra: SpectrumSet) -> Grid:
    """Return the nodes and pixels of a grid that have fluxes, one spectrum for each node.

    Where some are missing, whichever of nodes and pixels lacks the larger share goes first.

    Raises
    ------
    DataError
        As `build_emulator`.
    """
    known = spectra.usable & (spectra.flux > 0)
    rows, pixels = _complete(known)
    if not (rows.any() and pixels.any()):
        msg = "No pixel has a positive flux at any node of the grid."
        raise DataError(msg)
    notes = []
    if n_nodes := int(np.sum(~rows)):
        notes.append(f"{n_nodes} of {len(rows)} nodes left out: no positive flux at some pixels")
    if n_pixels := int(np.sum(~pixels)):
        notes.append(f"{n_pixels} of {len(pixels)} pixels left out: no positive flux at some nodes")
    spectra = spectra.take(rows)
    log_flux = np.log(spectra.flux[:, pixels].astype(np.float64))
    spectra, log_flux = _without_copies(spectra, log_flux, notes)
    space = Space.from_labels(spectra.labels)
    if len(space.nodes) < len(space.names) + 3 or not space.names:
        msg = (
            f"The grid has {len(space.nodes)} node(s) in {len(space.names)} free label(s); "
            f"an emulator needs at least {max(len(space.names), 1) + 3} nodes to learn from."
        )
        raise DataError(msg)
    if not space.inner().any():
        msg = (
            f"None of the grid's {len(space.nodes)} nodes lies between two others along a label: "
            "the error between nodes can't be measured, so no emulator is made."
        )
        raise DataError(msg)
    return Grid(space, spectra.wave[pixels], log_flux, tuple(notes))


def select(spectra: SpectrumSet, only: Mapping[str, str]) -> SpectrumSet:
    """Return the spectra whose labels that hold words are as asked for."""
    rows = np.ones(len(spectra), dtype=bool)
    for name, word in only.items():
        words = spectra.meta.get(name)
        if not isinstance(words, list):
            msg = f"The grid has no label {name!r} that holds words; it has {_words(spectra)}."
            raise DataError(msg)
        rows &= np.array([each == word for each in words])
        if not rows.any():
            msg = f"No spectrum has {name} = {word!r}; there are {', '.join(sorted(set(words)))}."
            raise DataError(msg)
    meta = {k: v for k, v in spectra.meta.items() if not isinstance(v, list)}
    words = {
        k: [each for each, kept in zip(v, rows, strict=True) if kept]
        for k, v in spectra.meta.items()
        if isinstance(v, list) and len(v) == len(rows)
    }
    return replace(spectra.take(rows), meta={**meta, **words})


def _words(spectra: SpectrumSet) -> str:
    found = [
        f"{name} ({', '.join(sorted(set(map(str, values)))[:6])})"
        for name, values in spectra.meta.items()
        if isinstance(values, list) and len(set(map(str, values))) < len(values)
    ]
    return "; ".join(found) or "none"


def _complete(known: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Return rows and pixels, shapes (n,) and (p,), between which nothing is missing."""
    rows, pixels = np.ones(known.shape[0], dtype=bool), np.ones(known.shape[1], dtype=bool)
    while rows.any() and pixels.any():
        missing = ~known & rows[:, None] & pixels
        by_row = missing.sum(axis=1) / pixels.sum()
        by_pixel = missing.sum(axis=0) / rows.sum()
        if not missing.any():
            break
        if by_row.max() >= by_pixel.max():
            rows &= by_row < by_row.max()
        else:
            pixels &= by_pixel < by_pixel.max()
    return rows, pixels


def _without_copies(
    spectra: SpectrumSet, log_flux: FloatArray, notes: list[str]
) -> tuple[SpectrumSet, FloatArray]:
    """Keep one of several equal spectra at the same labels; refuse several different ones."""
    if not spectra.labels:
        return spectra, log_flux
    table = np.stack([np.asarray(v, dtype=np.float64) for v in spectra.labels.values()], axis=1)
    _, first, group = np.unique(table, axis=0, return_index=True, return_inverse=True)
    group = group.ravel()
    differs = np.any(np.abs(log_flux - log_flux[first][group]) > SAME, axis=1)
    if np.any(differs):
        row = int(np.argmax(differs))
        point = ", ".join(f"{n} = {v[row]:g}" for n, v in spectra.labels.items())
        msg = (
            f"Several different spectra have the same labels, as at {point}. If another label "
            f"tells them apart, choose one of its words: {_words(spectra)}."
        )
        raise DataError(msg)
    if len(first) < len(table):
        notes.append(f"{len(table) - len(first)} copies of nodes left out")
    kept = np.sort(first)
    return spectra.take(kept), log_flux[kept]
