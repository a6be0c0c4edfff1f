"""Batches for training, streamed from collections of any size in bounded memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch

from starsieve.archive import Archive
from starsieve.data import Spectrum
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.representations.ahead import ahead
from starsieve.representations.prepare import Inputs

IntArray = npt.NDArray[np.int64]
Prepare = Callable[[Sequence[Spectrum], FloatArray | None], Inputs]

MEMORY = 2**29
BYTES_PER_PIXEL = 9
"""Of inputs: flux, sigma and what is valid."""

WINDOWS = 3
"""In memory at a time: one is drawn from, one is ready, one is being read."""

ROWS_PER_PART = 256
PARTS_PER_WINDOW = 8
PIXELS_AT_A_TIME = 2**21


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Spectra of an archive to draw from, and how to bring them to a model's grid.

    Parameters
    ----------
    archive : Archive
    ids : array of int, shape (n,)
        Numbers of spectra, of one collection after the other, each in its order: neighbours are
        read together.
    stars : sequence of str, length n
        What tells the spectra's stars apart. In every pass each star is drawn once, by one of its
        spectra, so that a star that was observed a thousand times counts once.
    prepare : callable
        ``prepare(spectra, velocities)`` returns inputs on the model's grid.
    n_pixels : int
        Of that grid.
    velocity : array, shape (n,), optional
        km/s, given to `prepare`.
    """

    archive: Archive
    ids: IntArray
    stars: Sequence[str]
    prepare: Prepare
    n_pixels: int
    velocity: FloatArray | None = None

    def take(self, rows: npt.NDArray[Any]) -> Self:
        """Return the given spectra (row numbers or a mask): those for training, say."""
        places = np.arange(len(self.ids))[rows]
        return type(self)(
            self.archive,
            self.ids[places],
            [self.stars[place] for place in places],
            self.prepare,
            self.n_pixels,
            None if self.velocity is None else self.velocity[places],
        )

    def read(self, rows: IntArray) -> Inputs:
        """Return the inputs of rows, read a few at a time in the order in which they are kept."""
        order = np.argsort(rows)
        step = max(1, PIXELS_AT_A_TIME // self.n_pixels)
        parts = [
            self._read(rows[order[start : start + step]]) for start in range(0, len(rows), step)
        ]
        return join_inputs(parts).take(np.argsort(order))

    def _read(self, rows: IntArray) -> Inputs:
        spectra = self.archive.spectra.read(self.ids[rows].tolist())
        return self.prepare(spectra, None if self.velocity is None else self.velocity[rows])


class Stream:
    """Draws batches of spectra, whose order is random and yet decided by the seed alone.

    A pass takes one spectrum of each star, part by part of the archive in random order; the rows of
    several parts make a window, which is shuffled. A thread reads the next window while one is
    drawn from. As all of the order follows from seed and position, a stream goes on where another
    one was without reading what came before. Close it, or use it in a ``with`` block.

    Parameters
    ----------
    source : Source
    seed : int
    memory : int
        Bytes that prepared spectra may take; a window has at least one spectrum.
    """

    def __init__(self, source: Source, seed: int = 0, memory: int = MEMORY) -> None:
        if not len(source.ids):
            msg = "There are no spectra to draw from."
            raise DataError(msg)
        self._source = source
        self._seed = seed
        self._by_star, self._first = _by_star(source.stars)
        most = memory // (WINDOWS * BYTES_PER_PIXEL * source.n_pixels)
        self._window = int(np.clip(most, 1, ROWS_PER_PART * PARTS_PER_WINDOW))
        self._part = max(1, min(ROWS_PER_PART, self._window // PARTS_PER_WINDOW))
        self._position = 0
        self._windows: Iterator[Inputs] | None = None
        self._rest: Inputs | None = None

    @property
    def n_stars(self) -> int:
        """Number of stars: spectra in a pass."""
        return len(self._first)

    def draw(self, batch_size: int) -> Inputs:
        """Return the next spectra, all usable.

        Raises
        ------
        DataError
            If not one spectrum of a whole pass can be used.
        """
        parts: list[Inputs] = []
        lacking = batch_size
        while lacking > 0:
            if self._rest is None or not len(self._rest):
                self._rest = self._next_window()
            parts.append(self._rest.take(slice(0, lacking)))
            self._rest = self._rest.take(slice(lacking, None))
            self._position += len(parts[-1])
            lacking -= len(parts[-1])
        return join_inputs(parts)

    def get_state(self) -> torch.Tensor:
        """Return the position, as torch's generators return what they are at."""
        return torch.tensor([self._position])

    def set_state(self, state: torch.Tensor) -> None:
        """Go on from the position of a stream of the same source and seed."""
        self.close()
        self._position = int(state[0])

    def close(self) -> None:
        """End the thread that reads."""
        windows, self._windows, self._rest = self._windows, None, None
        if windows is not None:
            windows.close()  # type: ignore[attr-defined]  # it is a generator

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _next_window(self) -> Inputs:
        if self._windows is None:
            self._windows = ahead(self._read_from(self._position))
        reasons = ""
        for _ in range(-(-self.n_stars // self._window) + 1):
            window = next(self._windows)
            if len(window) and window.usable.all():
                return window
            # Not a row of it can be used; it counts as drawn, so that positions stay what they are.
            self._position += len(window)
            reasons = next((reason for reason in window.reasons if reason), reasons)
        msg = (
            f"None of {self.n_stars} stars has a spectrum that can be used. One of them: {reasons}"
        )
        raise DataError(msg)

    def _read_from(self, position: int) -> Iterator[Inputs]:
        """Yield windows from a position on, without end; one that can't be used as it is."""
        number, inside = divmod(position, self.n_stars)
        while True:
            order = self._order(number)
            first = inside - inside % self._window
            for start in range(first, len(order), self._window):
                window = self._source.read(order[start : start + self._window])
                usable = np.flatnonzero(window.usable)
                if len(usable):
                    # Others stand in for those that can't be used.
                    window = window.take(np.resize(usable, len(window)))
                yield window.take(slice(max(0, inside - start), None))
            number, inside = number + 1, 0

    def _order(self, number: int) -> IntArray:
        """Return the rows of a pass, in the order in which they are drawn."""
        random = np.random.default_rng((self._seed, number))
        counts = np.diff(np.append(self._first, len(self._by_star)))
        chosen = self._by_star[self._first + random.integers(0, counts)]
        rows = np.sort(chosen)
        parts = rows // self._part
        shuffled = random.permutation(int(parts[-1]) + 1)
        rows = rows[np.argsort(shuffled[parts], kind="stable")]
        for start in range(0, len(rows), self._window):
            random.shuffle(rows[start : start + self._window])
        return rows


def source_of(
    archive: Archive,
    collections: Sequence[str],
    prepare: Prepare,
    n_pixels: int,
    velocity_label: str | None = None,
) -> Source:
    """Return all spectra of collections as a source to draw from.

    Parameters
    ----------
    velocity_label : str, optional
        The label that holds velocities in km/s, NaN where it is not known.

    Raises
    ------
    NotInArchiveError
        If there is no such collection.
    """
    stars: dict[int, str] = {}
    velocities = []
    for collection in collections:
        stars |= archive.spectra.stars(collection)
        if velocity_label is not None:
            found = archive.labels.table(collection, [velocity_label])[1]
            velocities.append(found[velocity_label])
    ids = np.array(list(stars), dtype=np.int64)
    velocity = np.concatenate(velocities) if velocities else None
    return Source(archive, ids, list(stars.values()), prepare, n_pixels, velocity)


def join_inputs(parts: Sequence[Inputs]) -> Inputs:
    """Return the rows of several inputs as one; they must share a grid."""
    if len(parts) == 1:
        return parts[0]
    return Inputs(
        np.concatenate([part.flux for part in parts]),
        np.concatenate([part.valid for part in parts]),
        np.concatenate([part.sigma for part in parts]),
        np.concatenate([part.scale for part in parts]),
        np.concatenate([part.coverage for part in parts]),
        tuple(reason for part in parts for reason in part.reasons),
    )


def _by_star(stars: Sequence[str]) -> tuple[IntArray, IntArray]:
    """Return rows sorted by star, and where the rows of each star begin."""
    star = np.unique(np.asarray(stars), return_inverse=True)[1]
    order = np.argsort(star, kind="stable")
    return order, np.flatnonzero(np.append(True, np.diff(star[order]) > 0))
