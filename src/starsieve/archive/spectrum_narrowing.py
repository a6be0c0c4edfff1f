"""Which spectra of an index are meant, in what order, and how many there would be otherwise."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from starsieve.archive.spectrum_columns import (
    IN,
    NOT_SAID,
    OUT,
    Coded,
    FloatArray,
    IntArray,
    SpectrumKinds,
)
from starsieve.archive.spectrum_filters import SpectrumCounts, SpectrumFilter, SpectrumOrder
from starsieve.errors import NotInArchiveError

Mask = npt.NDArray[np.bool_]


class AnyColumns(Protocol):
    """Columns of all spectra, as `starsieve.archive.spectrum_index.Columns` are."""

    @property
    def kinds(self) -> SpectrumKinds: ...
    @property
    def models(self) -> tuple[str, ...]: ...
    def label(self, name: str) -> npt.NDArray[Any]: ...
    def median(self, model: str, parameter: str) -> npt.NDArray[Any]: ...
    def says(self, model: str) -> npt.NDArray[Any]: ...


class Narrowed:
    """Spectra for which all holds that is asked, and those for which all but one thing does.

    Parameters
    ----------
    columns : Columns
    asked : SpectrumFilter

    Raises
    ------
    NotInArchiveError
        If there is no such collection.
    """

    def __init__(self, columns: AnyColumns, asked: SpectrumFilter) -> None:
        self._columns, self._asked = columns, asked
        self._free = _free(columns, asked)
        self._listed = _listed(columns, asked)

    @property
    def all(self) -> Mask:
        """Where all holds, shape (n_spectra,)."""
        return self._but()

    def counts(self, total: int) -> SpectrumCounts:
        """Return how many there are, and how many there would be of each kind."""
        kinds, asked = self._columns.kinds, self._asked
        others = self._but("model", "in_distribution")
        models = {
            model: int(((self._columns.says(model) != NOT_SAID) & others).sum())
            for model in self._columns.models
        }
        says: dict[bool, int] = {}
        if asked.model is not None:
            said = self._columns.says(asked.model)[self._but("in_distribution")]
            says = {True: int((said == IN).sum()), False: int((said == OUT).sum())}
        return SpectrumCounts(
            total=total,
            collections=_count(kinds.collections, self._but("collections")),
            media=_count(kinds.media, self._but("media")),
            frames=_count(kinds.frames, self._but("frames")),
            models=_frequent_first(models),
            in_distribution=_frequent_first(says),
        )

    def _but(self, *without: str) -> Mask:
        found = self._free
        for name, mask in self._listed.items():
            if name not in without:
                found = found & mask
        return found


def sorted_places(columns: AnyColumns, places: IntArray, order: SpectrumOrder) -> IntArray:
    """Return places of spectra, which come by number, in another order."""
    if order.by == "number":
        return places[::-1] if order.descending else places
    key = _key(columns, order)[places]
    known = np.flatnonzero(np.isfinite(key))
    values = -key[known] if order.descending else key[known]
    first = places[known[np.argsort(values, kind="stable")]]
    return np.concatenate([first, places[~np.isfinite(key)]])


def _key(columns: AnyColumns, order: SpectrumOrder) -> FloatArray:
    if order.by == "object":
        return columns.kinds.objects.ranks
    if order.by == "resolution":
        return columns.kinds.resolutions
    if order.by == "label":
        return columns.label(order.name)
    return columns.median(order.model, order.name)


def _free(columns: AnyColumns, asked: SpectrumFilter) -> Mask:
    """Return where all holds of what can have any value."""
    kinds = columns.kinds
    found = np.ones(len(kinds.ids), np.bool_)
    if asked.text:
        found &= kinds.objects.contain(asked.text) | kinds.files.contain(asked.text)
    if asked.target is not None:
        found &= kinds.targets == asked.target
    for label in asked.labels:
        found &= _within(columns.label(label.name), label.low, label.high)
    for each in asked.predicted:
        found &= _within(columns.median(each.model, each.parameter), each.low, each.high)
    return found


def _listed(columns: AnyColumns, asked: SpectrumFilter) -> dict[str, Mask]:
    """Return where each thing holds of what has one of a few values."""
    kinds, found = columns.kinds, {}
    for name in asked.collections:
        if name not in kinds.collections.words:
            msg = f"No collection {name!r} with spectra in the archive."
            raise NotInArchiveError(msg)
    for what, coded, words in (
        ("collections", kinds.collections, asked.collections),
        ("media", kinds.media, asked.media),
        ("frames", kinds.frames, asked.frames),
    ):
        if words:
            among = np.array([word in words for word in coded.words], np.bool_)
            found[what] = among[coded.codes]
    if asked.model is not None:
        said = columns.says(asked.model)
        found["model"] = said != NOT_SAID
        if asked.in_distribution is not None:
            found["in_distribution"] = said == (IN if asked.in_distribution else OUT)
    return found


def _within(values: FloatArray, low: float | None, high: float | None) -> Mask:
    found = np.isfinite(values)
    if low is not None:
        found &= values >= low
    if high is not None:
        found &= values <= high
    return found


def _count(coded: Coded, where: Mask) -> Mapping[str, int]:
    numbers = np.bincount(coded.codes[where], minlength=len(coded.words)).tolist()
    return _frequent_first(dict(zip(coded.words, numbers, strict=True)))


def _frequent_first(counts: Mapping[Any, int]) -> dict[Any, int]:
    some = {value: n for value, n in counts.items() if n}
    return dict(sorted(some.items(), key=lambda item: (-item[1], str(item[0]))))
