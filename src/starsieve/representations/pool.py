"""Spectra that a query may be like: what is known of each, which count, and how to read them."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive
from starsieve.data import Spectrum
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError

IntArray = npt.NDArray[np.int64]
Words = npt.NDArray[np.str_]

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
CONDITION = re.compile(r"^\s*(\w+)\s*(>=|<=|!=|=|>|<)\s*(\S+)\s*$")

AT_A_TIME = 512
"""Spectra read at a time."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pool:
    """Spectra that may be found, a row each.

    Parameters
    ----------
    name : str
        Of the collection; ``""`` for spectra in memory.
    ids : array of int, shape (n,)
    objects, files : arrays of str, shape (n,)
        ``""`` where not known.
    targets : array of int, shape (n,)
        Numbers of the archive's targets; -1 where there is none.
    labels : mapping of str to array, shape (n,)
        NaN where not known.
    read : callable
        ``read(ids)`` returns spectra by number.
    """

    name: str
    ids: IntArray
    objects: Words
    files: Words
    targets: IntArray
    read: Callable[[Sequence[int]], list[Spectrum]]
    labels: Mapping[str, FloatArray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"<Pool of {len(self)} spectra{f' of {self.name!r}' if self.name else ''}>"

    def take(self, rows: IntArray | BoolArray) -> Self:
        """Return the given rows (numbers or a mask)."""
        return replace(
            self,
            ids=self.ids[rows],
            objects=self.objects[rows],
            files=self.files[rows],
            targets=self.targets[rows],
            labels={name: values[rows] for name, values in self.labels.items()},
        )

    @property
    def stars(self) -> Words:
        """What each is a spectrum of: its target, else its object; ``""`` where not known."""
        by_target = np.char.add("target ", self.targets.astype(np.str_))
        names = np.array([same_name(name) for name in self.objects.tolist()], dtype=np.str_)
        return np.where(self.targets >= 0, by_target, names)

    def rows_of(self, ids: IntArray) -> IntArray:
        """Return the rows of spectra by number; all of them must be there."""
        order = np.argsort(self.ids)
        return np.asarray(order[np.searchsorted(self.ids, ids, sorter=order)])

    def blocks(self) -> Iterator[tuple[IntArray, list[Spectrum]]]:
        """Yield numbers and spectra, some at a time, so that memory stays bounded."""
        for start in range(0, len(self), AT_A_TIME):
            ids = self.ids[start : start + AT_A_TIME]
            yield ids, self.read(ids.tolist())

    def same_object(self, name: str, target: int) -> BoolArray:
        """Return which spectra are known to be of the same object or target."""
        same = np.zeros(len(self), dtype=bool)
        if name:
            wanted = same_name(name)
            same |= np.array([same_name(each) == wanted for each in self.objects.tolist()])
        if target >= 0:
            same |= self.targets == target
        return same


def same_name(name: str) -> str:
    """Return a name as it is compared: without regard to case and spaces."""
    return "".join(name.casefold().split())


def number_stars(objects: npt.NDArray[np.object_], targets: IntArray) -> IntArray:
    """Return a number for each star: that of its target, else of its name; -1 where not known."""
    written: dict[str, int] = {"": -1}  # numbers by names as they are written, and as they mean
    names: dict[str, int] = {"": -1}
    found = targets.copy()
    first = int(targets.max(initial=0)) + 1
    for row in np.flatnonzero(targets < 0).tolist():
        name = objects[row]
        number = written.get(name)
        if number is None:
            number = names.setdefault(same_name(name), first + len(names))
            written[name] = number
        found[row] = number
    return found


def pool_of_collection(archive: Archive, collection: str, origin: str | None = None) -> Pool:
    """Return a collection's spectra.

    Parameters
    ----------
    origin : str, optional
        Only labels that come from there: needed where several origins label the same.

    Raises
    ------
    NotInArchiveError
        If there is no such collection.
    DataError
        If labels of several origins clash, or it has no spectra.
    """
    table = archive.spectra.table(collection)
    if not table:
        msg = f"Collection {collection!r} has no spectra, so nothing can be found in it."
        raise DataError(msg)
    ids, labels = archive.labels.table(collection, origin=origin)
    return Pool(
        name=collection,
        ids=ids,
        objects=np.array([row.object for row in table], dtype=np.str_),
        files=np.array([row.file or "" for row in table], dtype=np.str_),
        targets=np.array([-1 if row.target is None else row.target for row in table]),
        read=archive.spectra.read,
        labels=labels,
    )


def pool_of_spectra(
    spectra: Sequence[Spectrum], labels: Mapping[str, FloatArray] | None = None
) -> Pool:
    """Return spectra in memory as a pool; they are numbered 0, 1, ...

    Raises
    ------
    DataError
        If there are none.
    """
    if not spectra:
        msg = "There are no spectra to look among."
        raise DataError(msg)
    return Pool(
        name="",
        ids=np.arange(len(spectra)),
        objects=np.array([str(s.meta.get("object") or "") for s in spectra], dtype=np.str_),
        files=np.array([str(s.meta.get("file") or "") for s in spectra], dtype=np.str_),
        targets=np.full(len(spectra), -1),
        read=lambda ids: [spectra[number] for number in ids],
        labels=dict(labels or {}),
    )


def meets(pool: Pool, conditions: Sequence[str]) -> BoolArray:
    """Return which spectra have labels that meet all conditions, such as ``teff>5000``.

    A label that is not known meets no condition.

    Raises
    ------
    DataError
        If a condition is not understood or names no label of these spectra.
    """
    return meet(pool.labels, len(pool), conditions)


def meet(labels: Mapping[str, FloatArray], n: int, conditions: Sequence[str]) -> BoolArray:
    """Return which of n things, whose labels have shape (n,), meet all conditions, as `meets`."""
    good = np.ones(n, dtype=bool)
    for condition in conditions:
        parts = CONDITION.match(condition)
        known = ", ".join(labels) or "none"
        if parts is None or parts[1] not in labels:
            msg = (
                f"Condition {condition!r} is not understood: expected LABEL>NUMBER (or <, >=, <=, "
                f"=, !=) with a label of these spectra; there are: {known}."
            )
            raise DataError(msg)
        try:
            number = float(parts[3])
        except ValueError:
            msg = f"Condition {condition!r}: {parts[3]!r} is no number."
            raise DataError(msg) from None
        values = labels[parts[1]]
        good &= np.isfinite(values) & OPERATORS[parts[2]](values, number)
    return good


def lies_near(
    pool: Pool, archive: Archive | None, near: tuple[float, float, float] | None
) -> BoolArray:
    """Return which spectra are of targets within a circle.

    Parameters
    ----------
    near : (ra, dec, radius), optional
        Degree (ICRS), degree and arcsecond.

    Raises
    ------
    DataError
        If there is no archive to know positions.
    """
    if near is None:
        return np.ones(len(pool), dtype=bool)
    if archive is None:
        msg = "Positions are known of an archive's targets alone; give an archive, or no position."
        raise DataError(msg)
    inside = [star.id for star, _ in archive.targets.near(*near)]
    return np.isin(pool.targets, [number for number in inside if number is not None])
