"""A table of labelled spectra: which files, which labels, which rows count."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy.table import MaskedColumn, Table

from starsieve.data.labels import ALIASES
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError, FileError, RecipeError

FILE_COLUMNS = ("file", "data_file", "filename", "path")
OBJECT_COLUMNS = ("object", "source_key", "name", "target")
TYPE_COLUMNS = ("spectral_type", "spex_type", "lit_type")

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
CONDITION = re.compile(r"^\s*(\w+)\s*(>=|<=|!=|=|>|<)(.*)$")


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFiles:
    """Files with known labels.

    Parameters
    ----------
    files : tuple of Path
    truth : mapping of str to array, shape (n_files,)
        By label; NaN where unknown.
    objects : array of str, shape (n_files,)
        Spectra of one object are not independent.
    groups : array of str, shape (n_files,)
        Spectral-type group; empty where there is no type.
    others : mapping of str to array of str, shape (n_files,)
        Further columns that were asked for.
    """

    files: tuple[Path, ...]
    truth: Mapping[str, FloatArray]
    objects: npt.NDArray[np.str_]
    groups: npt.NDArray[np.str_]
    others: Mapping[str, npt.NDArray[np.str_]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.files)


def read_labelled(
    path: Path,
    labels: Sequence[str],
    columns: Mapping[str, str] | None = None,
    where: Sequence[str] = (),
    others: Sequence[str] = (),
) -> LabelledFiles:
    """Read a table of labelled spectra.

    Parameters
    ----------
    path : Path
        CSV or ECSV with a column of file names (`FILE_COLUMNS`), looked for beside the table and
        in the folders below it, compressed or not.
    labels : sequence of str
        The model's labels; those that the table has are used.
    columns : mapping of str to str, optional
        Column of a label, where it is not called as the label is.
    where : sequence of str
        Conditions that rows have to meet, such as ``quality_flag=OK`` or ``median_snr>=20``.
    others : sequence of str
        Further columns to keep.

    Raises
    ------
    FileError
        If the table, or a file that it names, is missing.
    DataError
        If there is no column of file names, none of the labels, or no row that meets all.
    RecipeError
        If a column or a condition is not understood.
    """
    table = _read_table(path)
    if absent := [name for name in others if name not in table.colnames]:
        msg = f"{path}: no column {absent[0]!r}; it has {', '.join(table.colnames)}."
        raise RecipeError(msg)
    for condition in where:
        table = table[_meets(table, condition)]
    given = dict(columns or {})
    for label, column in given.items():
        if label not in labels or column not in table.colnames:
            msg = (
                f"{label}={column}: expected one of the labels {', '.join(labels)}, and a column "
                "of the table."
            )
            raise RecipeError(msg)
    found = {label: given.get(label) or _named(table, label) for label in labels}
    truth = {label: _floats(table[column]) for label, column in found.items() if column}
    if not truth:
        msg = f"{path}: no column for any of {', '.join(labels)}; name them: --column teff=NAME."
        raise DataError(msg)
    known = np.any([np.isfinite(values) for values in truth.values()], axis=0)
    if not known.any():
        msg = f"{path}: no row is left that has a label and meets {', '.join(where) or 'all'}."
        raise DataError(msg)
    file_column = _first(table, FILE_COLUMNS)
    if file_column is None:
        msg = f"{path}: expected a column of files, one of {', '.join(FILE_COLUMNS)}."
        raise DataError(msg)
    table = table[known]
    objects, types = _first(table, OBJECT_COLUMNS), _first(table, TYPE_COLUMNS)
    return LabelledFiles(
        files=_locate(path.parent, [str(name) for name in table[file_column]]),
        truth={label: values[known] for label, values in truth.items()},
        objects=_texts(table, objects or file_column),
        groups=np.array(
            [type_group(t) for t in _texts(table, types)] if types else [""] * len(table)
        ),
        others={name: _texts(table, name) for name in others},
    )


def column_names(path: Path) -> list[str]:
    """Return the columns of a table.

    Raises
    ------
    FileError, DataError
        If it can't be read.
    """
    return list(_read_table(path).colnames)


def type_group(spectral_type: str) -> str:
    """Return the group of a spectral type: ``L``, ``T0-T5`` and so on; "" if it is none.

    Examples
    --------
    >>> [type_group(t) for t in ("L5.5", "T5.5:", "T6", "sdM8", "WD")]
    ['L', 'T0-T5', 'T6-T9', 'M', '']
    """
    found = re.search(r"([MLTY])\s*(\d+(?:\.\d+)?)", spectral_type)
    if not found:
        return ""
    letter, number = found[1], float(found[2])
    if letter == "T":
        return "T0-T5" if number < 6 else "T6-T9"
    return letter


def _read_table(path: Path) -> Table:
    if not path.is_file():
        msg = f"{path}: there is no such file. Expected a CSV or ECSV table of labelled spectra."
        raise FileError(msg)
    try:
        kind = "ascii.ecsv" if path.suffix == ".ecsv" else "ascii.csv"
        table = Table.read(path, format=kind)
    except Exception as error:  # astropy raises many kinds for what is no table
        reason = str(error).strip().splitlines()[0]
        msg = f"{path}: not read as a table ({reason})."
        raise DataError(msg) from error
    if not len(table):
        msg = f"{path}: the table is empty."
        raise DataError(msg)
    return table


def _meets(table: Table, condition: str) -> npt.NDArray[np.bool_]:
    parts = CONDITION.match(condition)
    if not parts or parts[1] not in table.colnames:
        msg = (
            f"Condition {condition!r} is not understood: expected COLUMN=VALUE (or !=, <, <=, >, "
            f">=) with one of the columns {', '.join(table.colnames)}."
        )
        raise RecipeError(msg)
    column, compare, value = table[parts[1]], OPERATORS[parts[2]], parts[3].strip()
    if parts[2] in ("=", "!=") and column.dtype.kind not in "fiu":
        return np.asarray(compare(_texts(table, parts[1]), value))
    try:
        number = float(value) if value else np.nan
    except ValueError:
        msg = f"Condition {condition!r}: {value!r} is no number, and {parts[1]} holds numbers."
        raise RecipeError(msg) from None
    if not value:  # COLUMN= asks for empty cells
        return np.asarray(compare(np.isnan(_floats(column)), True))
    return np.asarray(compare(_floats(column), number))


def _first(table: Table, names: Sequence[str]) -> str | None:
    return next((name for name in names if name in table.colnames), None)


def _named(table: Table, label: str) -> str | None:
    aliases = [alias for alias, name in ALIASES.items() if name == label]
    return _first(table, (label, *aliases))


def _floats(column: Any) -> npt.NDArray[np.float64]:
    filled = (
        column.filled(np.nan)
        if isinstance(column, MaskedColumn) and column.dtype.kind == "f"
        else column
    )
    if isinstance(filled, MaskedColumn):
        filled = np.ma.filled(filled.astype(float), np.nan)
    try:
        return np.asarray(filled, dtype=np.float64)
    except ValueError as error:
        msg = f"Column {column.name!r} should hold numbers: {error}."
        raise DataError(msg) from error


def _texts(table: Table, name: str) -> npt.NDArray[np.str_]:
    return np.array(["" if value is np.ma.masked else str(value) for value in table[name]])


def _locate(folder: Path, names: Sequence[str]) -> tuple[Path, ...]:
    there = {file.name: file for file in sorted(folder.rglob("*")) if file.is_file()}
    found = []
    for name in names:
        match = next(
            (there[n] for e in ("", ".gz", ".bz2", ".xz") if (n := Path(name).name + e) in there),
            None,
        )
        if match is None:
            msg = f"{name}: the table names it, but it is not in {folder} or below."
            raise FileError(msg)
        found.append(match)
    return tuple(found)
