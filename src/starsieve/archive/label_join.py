"""Labels of a table, given to the spectra that its rows are of."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from starsieve.archive.archive import Archive
from starsieve.archive.records import LabelRow, SpectrumInfo
from starsieve.data.labels import get_label
from starsieve.errors import DataError

_ENDINGS = re.compile(r"(\.(fits?|fit|csv|txt|dat|ecsv|vot|xml))?(\.(gz|bz2|xz))?$", re.IGNORECASE)

HEADER_ORIGIN = "header"

_OBSERVATION = {
    "airmass": "airmass",
    "berv_km_s": "berv",
    "exposure_s": "exposure",
    "mjd": "mjd",
    "radial_velocity_km_s": "radial_velocity",
    "relative_humidity": "relative_humidity",
    "snr": "snr",
}
"""What metadata and labels call the same thing."""


class Labelled(Protocol):
    """A table of labels, as `starsieve.readers.label_table.LabelTable` is one."""

    @property
    def keys(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def values(self) -> Mapping[str, npt.NDArray[np.float64]]: ...
    @property
    def errors(self) -> Mapping[str, npt.NDArray[np.float64]]: ...
    @property
    def headings(self) -> Mapping[str, str]: ...
    @property
    def units(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class LabelJoin:
    """What became of a table of labels.

    Parameters
    ----------
    column : str
        The column that says what the rows are of.
    n_labels : int
        Values that were stored.
    joined, unmatched, repeated : int
        Rows that are of spectra, that are of none, and that are of one that a row before was of.
    unlabelled : int
        Spectra that no row is of.
    examples : tuple of str
        Up to five of the unmatched rows.
    """

    column: str
    n_labels: int
    joined: int
    unmatched: int
    repeated: int
    unlabelled: int
    examples: tuple[str, ...]


def join_labels(archive: Archive, collection: str, table: Labelled, origin: str) -> LabelJoin:
    """Give the labels of a table to a collection's spectra, by file name or object.

    Of all columns with names the one is taken that finds most spectra. A cell finds the spectra of
    the file of that name, with or without its endings, and those of the object of that name; a
    number also those whose object is the column's heading and that number (`MILES 0026`).

    Raises
    ------
    NotInArchiveError
        If there is no such collection.
    DataError
        If no row is of any spectrum.
    """
    spectra = archive.spectra.table(collection)
    known = _names_of(spectra)
    found = {
        heading: [_find(heading, cell, known) for cell in cells]
        for heading, cells in table.keys.items()
    }
    column = max(found, key=lambda heading: len({n for ids in found[heading] for n in ids}))
    if not any(found[column]):
        raise DataError(_nothing_found(collection, table, spectra))
    rows, labels, taken, repeated = found[column], [], set[int](), 0
    for row, numbers in enumerate(rows):
        repeated += bool(numbers) and numbers <= taken
        labels += _rows_of(table, row, column, sorted(numbers - taken), origin)
        taken |= numbers
    cells = table.keys[column]
    missing = [cell for cell, numbers in zip(cells, rows, strict=True) if not numbers]
    return LabelJoin(
        column=column,
        n_labels=archive.labels.add(labels),
        joined=sum(map(bool, rows)) - repeated,
        unmatched=len(missing),
        repeated=repeated,
        unlabelled=len(spectra) - len(taken),
        examples=tuple(missing[:5]),
    )


def label_by_headers(archive: Archive, collection: str) -> int:
    """Make what the files' headers say of observations the spectra's labels; return how many.

    Their origin is ``header``. See `starsieve.readers.observation` for what is known.

    Raises
    ------
    NotInArchiveError
        If there is no such collection.
    """
    labels = [
        LabelRow(name, float(value), None, get_label(name).unit, HEADER_ORIGIN, spectrum.id)
        for spectrum in archive.spectra.table(collection)
        for key, name in _OBSERVATION.items()
        if isinstance(value := spectrum.meta.get(key), int | float) and np.isfinite(value)
    ]
    return archive.labels.add(labels)


def _names_of(spectra: Iterable[SpectrumInfo]) -> dict[str, set[int]]:
    """Return the numbers of the spectra that go by a name: of a file, or of an object."""
    known: defaultdict[str, set[int]] = defaultdict(set)
    for spectrum in spectra:
        for name in (spectrum.object, Path(spectrum.file or "").name):
            for form in _forms(name):
                known[form].add(spectrum.id)
    return known


def _forms(name: str) -> set[str]:
    """Return the ways to write a name that mean the same; none of an empty one."""
    plain = re.sub(r"[\s_]+", "", name).lower()
    return {plain, _ENDINGS.sub("", plain)} - {""}


def _find(heading: str, cell: str, known: Mapping[str, set[int]]) -> set[int]:
    numbers: set[int] = set()
    for form in _forms(Path(cell).name):
        numbers |= known.get(form, set())
    if not numbers and cell.isdigit():
        catalogue = re.sub(r"_?ids?$", "", heading, flags=re.IGNORECASE)
        numbers = known.get(re.sub(r"[\s_]+", "", f"{catalogue}{cell}").lower(), set())
    return numbers


def _rows_of(
    table: Labelled, row: int, column: str, numbers: list[int], origin: str
) -> list[LabelRow]:
    """Return the labels that a row gives to some spectra; unknown values are left out.

    The numbers of `column` name the spectra, so that they are no label.
    """
    found: list[LabelRow] = []
    for name, values in table.values.items():
        if not np.isfinite(values[row]) or table.headings[name] == column:
            continue
        errors = table.errors.get(name)
        error = None if errors is None or not np.isfinite(errors[row]) else float(errors[row])
        value, unit = float(values[row]), table.units[name]
        found += [LabelRow(name, value, error, unit, origin, number) for number in numbers]
    return found


def _nothing_found(collection: str, table: Labelled, spectra: list[SpectrumInfo]) -> str:
    cells = {heading: cells[0] for heading, cells in list(table.keys.items())[:3] if cells}
    shown = ", ".join(f"{heading} {cell!r}" for heading, cell in cells.items())
    start = f"No row of the table of labels is of a spectrum in {collection!r}"
    if not spectra:
        return f"{start}, which holds no spectra."
    file = Path(spectra[0].file or "").name or "no file"
    return (
        f"{start}. Its first row has {shown}; the first spectrum is of the object "
        f"{spectra[0].object!r}, from {file}. A column must hold names of files or objects."
    )
