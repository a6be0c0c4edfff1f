"""An index of all spectra in memory, for programs that stay up and answer many questions.

The catalogue needs a second for what a visitor narrows down in steps: spectra of some temperature
that a model knows and whose names contain a word. In columns that takes milliseconds. They are read
when first asked for, and again when the catalogue has changed: at once where that is quick, and
else from time to time and beside the questions, which are answered from the old ones meanwhile.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from starsieve.archive.archive import Archive
from starsieve.archive.spectrum_columns import (
    IntArray,
    SpectrumKinds,
    read_kinds,
    read_label,
    read_median,
    read_models,
    read_says,
)
from starsieve.archive.spectrum_filters import SpectrumCounts, SpectrumFilter, SpectrumOrder
from starsieve.archive.spectrum_narrowing import Narrowed, sorted_places
from starsieve.archive.texts import NOT_ALIKE
from starsieve.errors import ArchiveError

log = logging.getLogger(__name__)

QUICK_SECONDS = 0.1
"""What takes less to read is read again at every change."""

RARELY = 10
"""What takes longer is read again only after so many times as long."""

MOST_COLUMNS = 64
"""Of labels and predictions; the one that was not asked for longest makes place for another."""

MOST_FOUND = 16
"""Answers that are kept: who has seen a page asks for the next one."""

Key = tuple[str, ...]
Question = tuple[SpectrumFilter, SpectrumOrder]
Column = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class FoundSpectra:
    """The numbers of the spectra that were asked for, in order, and how many of each kind."""

    ids: IntArray
    counts: SpectrumCounts


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name that is like a text: the first spectrum of that name, how alike, and how many."""

    spectrum: int
    rank: int
    n_spectra: int


@dataclass(frozen=True, slots=True)
class FoundNames:
    """Names of objects, and of single files."""

    objects: tuple[FoundName, ...]
    files: tuple[FoundName, ...]


class SpectrumIndex:
    """Find spectra of an archive by their names, kinds, labels and predictions.

    Parameters
    ----------
    archive : Archive
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._lock = threading.Lock()
        self._columns: Columns | None = None
        self._renewing = False

    def find(
        self, asked: SpectrumFilter | None = None, order: SpectrumOrder | None = None
    ) -> FoundSpectra:
        """Return the numbers of spectra, in order, and how many there are of each kind.

        Parameters
        ----------
        asked : SpectrumFilter, optional
            All by default.
        order : SpectrumOrder, optional
            By number by default.

        Raises
        ------
        NotInArchiveError
            If there is no such collection.
        """
        asked, order = asked or SpectrumFilter(), order or SpectrumOrder()
        columns = self._current()
        found = columns.found.get((asked, order))
        if found is None:
            narrowed = Narrowed(columns, asked)
            places = sorted_places(columns, np.flatnonzero(narrowed.all), order)
            found = FoundSpectra(columns.kinds.ids[places], narrowed.counts(len(places)))
            columns.keep((asked, order), found)
        return found

    def find_names(self, text: str, limit: int) -> "FoundNames":
        """Return objects and files whose names are like a text, the most alike first.

        Parameters
        ----------
        text : str
        limit : int
            How many objects, and how many spectra by their files.
        """
        kinds = self._current().kinds
        objects: list[FoundName] = []
        names, files = kinds.objects.likeness(text), kinds.files.likeness(text)
        for rank in range(NOT_ALIKE):
            places = np.flatnonzero(names == rank)
            _, first, counts = np.unique(
                kinds.objects.ranks[places], return_index=True, return_counts=True
            )
            numbers = kinds.ids[places[first[:limit]]].tolist()
            objects += [
                FoundName(number, rank, n)
                for number, n in zip(numbers, counts[:limit].tolist(), strict=True)
            ]
        places = np.argsort(files, kind="stable")[:limit]
        places = places[files[places] < NOT_ALIKE]
        spectra = zip(kinds.ids[places].tolist(), files[places].tolist(), strict=True)
        return FoundNames(
            tuple(objects[:limit]), tuple(FoundName(number, rank, 1) for number, rank in spectra)
        )

    def forget(self) -> None:
        """Forget the latest answers, which are kept for who asks the same again."""
        if self._columns is not None:
            self._columns.found.clear()

    def _current(self) -> "Columns":
        stamp, kept = self._archive.catalogue.stamp(), self._columns
        if kept is not None and kept.stamp == stamp:
            return kept
        if kept is None or kept.seconds < QUICK_SECONDS:
            with self._lock:
                if self._columns is None or self._columns.stamp != stamp:
                    self._columns = Columns(self._archive, stamp, kept)
                return self._columns
        with self._lock:
            if time.monotonic() - kept.made > RARELY * kept.seconds and not self._renewing:
                self._renewing = True
                threading.Thread(target=self._renew, args=(stamp, kept), daemon=True).start()
        return kept

    def _renew(self, stamp: str, old: "Columns") -> None:
        try:
            self._columns = Columns(self._archive, stamp, old)
        except ArchiveError as error:
            log.warning("Lists show an older state of the archive: %s", error)
        finally:
            self._renewing = False


class Columns:
    """Columns of one state of the catalogue, each read when it is first asked for.

    Parameters
    ----------
    archive : Archive
    stamp : str
        Of that state.
    old : Columns, optional
        Of a former state: what was asked for then is read at once.

    Attributes
    ----------
    kinds : SpectrumKinds
    models : tuple of str
        That have said something about spectra.
    seconds : float
        That reading took.
    made : float
        When the first were read, by the monotonic clock.
    found : dict
        The latest answers.
    """

    def __init__(self, archive: Archive, stamp: str, old: "Columns | None" = None) -> None:
        self._archive, self.stamp = archive, stamp
        self._lock = threading.Lock()
        self._kept: dict[Key, Column] = {}
        self._used: dict[Key, float] = {}
        self.found: dict[Question, FoundSpectra] = {}
        self.seconds = 0.0
        self.kinds: SpectrumKinds = self._timed(read_kinds)
        self.models: tuple[str, ...] = self._timed(read_models)
        for key in () if old is None else tuple(old._kept):
            self._get(key)
        self.made = time.monotonic()

    def keep(self, question: Question, answer: FoundSpectra) -> None:
        """Keep an answer in place of the oldest."""
        with self._lock:
            while len(self.found) >= MOST_FOUND:
                del self.found[next(iter(self.found))]
            self.found[question] = answer

    def label(self, name: str) -> Column:
        """Return a label of all spectra, NaN where there is none."""
        return self._get(("label", name))

    def median(self, model: str, parameter: str) -> Column:
        """Return the median of a predicted parameter, NaN where there is none."""
        return self._get(("median", model, parameter))

    def says(self, model: str) -> Column:
        """Return what a model says of its distribution, in the codes of `read_says`."""
        return self._get(("says", model))

    def _get(self, key: Key) -> Column:
        self._used[key] = time.monotonic()
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        with self._lock:
            if key in self._kept:
                return self._kept[key]
            read, names = _READERS[key[0]], key[1:]
            column: Column
            column, n_known = self._timed(lambda connection: read(connection, self.kinds, *names))
            if n_known:  # anybody can ask for what nobody has ever said
                self._make_place()
                self._kept[key] = column
        return column

    def _make_place(self) -> None:
        if len(self._kept) >= MOST_COLUMNS:
            del self._kept[min(self._kept, key=lambda key: self._used[key])]

    def _timed(self, read: Callable[[Connection], Any]) -> Any:
        started = time.perf_counter()
        with self._archive.catalogue.reading() as connection:
            found = read(connection)
        self.seconds += time.perf_counter() - started
        return found


_READERS: dict[str, Callable[..., tuple[Column, int]]] = {
    "label": read_label,
    "median": read_median,
    "says": read_says,
}
