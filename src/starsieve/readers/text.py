"""Columns in plain text: whitespace, comma, semicolon, tab or bar between them, header or not."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers.canonical import make_spectrum
from starsieve.readers.columns import Column, assign_roles, role_of, split_name, to_columns
from starsieve.readers.files import read_bytes
from starsieve.readers.reader import Found, Hints, Reader

MAX_BYTES = 512 * 1024**2
"""Bytes of a text: as numbers in Python it takes many times its size."""

COMMENTS = ("#", "!", ";", "%", "\\")
DELIMITERS = (",", ";", "\t", "|", None)
"""What may stand between two cells; None is whitespace. Tried in this order."""

_EMPTY = frozenset(
    ["", "nan", "+nan", "-nan", "null", "none", "na", "n/a", "--", "-", "...", "indef", "masked"]
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NO_NAME = re.compile(r"(column|col|c|field|var|unnamed|x|y|z)?[ _:]*\d*")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Lines:
    """A text, line by line: comments without their sign, and rows as cells with line numbers."""

    comments: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    delimiter: str | None


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is text, in any usual encoding. A FITS header is text, but no other."""
    if head.startswith(b"SIMPLE  ="):
        return False
    return any(head.startswith(mark) for mark, _ in _MARKS) or not _CONTROL.search(head)


def read(path: Path, hints: Hints) -> Found:
    """Read one spectrum from a text of two or more columns; see `starsieve.readers.canonical`."""
    notes: list[str] = []
    lines = split_lines(decode(read_bytes(path, MAX_BYTES)))
    names, lines = _headings(lines)
    table = to_numbers(names, lines, notes)
    if len(table) < 2:
        msg = (
            f"{_first_row(lines)} has {len(table)} column of numbers; expected two or three: "
            "wavelength, flux, sigma."
        )
        raise UnknownFormatError(msg)
    if all(_NO_NAME.fullmatch(column.name.lower()) for column in table if not _has_role(column)):
        table = _by_position(table, notes)
    columns = to_columns(assign_roles(table, hints, notes))
    numbers = lines.numbers
    columns = replace(
        columns,
        meta={"comments": list(lines.comments)} if lines.comments else {},
        name_row=lambda row: f"line {numbers[row]}",
    )
    return Found((make_spectrum(columns, hints, notes),), tuple(notes))


READER = Reader("text", "spectrum", matches, read)


def decode(content: bytes) -> str:
    """Return bytes as text: by its byte-order mark, else UTF-8, else Latin-1.

    Raises
    ------
    UnknownFormatError
        If there are control characters, as only binary files have.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if _CONTROL.search(content):
        msg = "is neither text nor of a binary layout that is known."
        raise UnknownFormatError(msg)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def split_lines(text: str) -> Lines:
    """Return a text's comments and its rows, split at what stands between most numbers.

    Raises
    ------
    DataError
        If there are no rows.
    """
    comments, kept, numbers = [], [], []
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith(COMMENTS):
            comments.append(stripped.lstrip("".join(COMMENTS)).strip())
        elif row := stripped.split("#")[0].rstrip():
            # Leading tabs are kept: they stand for an empty first cell.
            kept.append(line.split("#")[0].strip(" \r\n") if "\t" in line else row)
            numbers.append(number)
    if not kept:
        msg = "holds no rows of numbers."
        raise DataError(msg)
    sample = kept[1:21] or kept
    delimiter = max(
        DELIMITERS, key=lambda d: sum(is_number(cell) for row in sample for cell in split(row, d))
    )
    rows = tuple(tuple(split(row, delimiter)) for row in kept)
    return Lines(tuple(comments), rows, tuple(numbers), delimiter)


def split(row: str, delimiter: str | None) -> list[str]:
    """Return a row's cells without the space and the quotes around them."""
    if '"' in row and delimiter is not None:
        cells = next(csv.reader([row], delimiter=delimiter, skipinitialspace=True))
    else:
        cells = row.strip("|").split("|") if delimiter == "|" else row.split(delimiter)
    return [cell.strip().strip("'\"") for cell in cells]


def is_number(cell: str) -> bool:
    """Return whether a cell is a number or says that there is none."""
    return cell.lower() in _EMPTY or not np.isnan(_number(cell))


def to_numbers(names: Sequence[str], lines: Lines, notes: list[str]) -> list[Column]:
    """Return the columns of numbers; columns of words are left out, and that is said.

    Raises
    ------
    DataError
        If a row has another number of cells than the first, or a word stands among numbers.
    """
    n_cells = len(lines.rows[0])
    for row, number in zip(lines.rows, lines.numbers, strict=True):
        if len(row) != n_cells:
            msg = (
                f"line {number} has {len(row)} cells, line {lines.numbers[0]} has {n_cells}: "
                f"{' '.join(row)[:40]!r}."
            )
            raise DataError(msg)
    table = []
    for name, cells in zip(names, zip(*lines.rows, strict=True), strict=True):
        values = _values(name, cells, lines)
        if values is None:
            notes.append(f"Column {name!r} holds no numbers and was not used.")
        else:
            short, unit = split_name(name)
            table.append(Column(short, values, unit))
    return table


def _values(name: str, cells: Sequence[str], lines: Lines) -> npt.NDArray[np.float64] | None:
    """Return a column's numbers, NaN where a cell is empty; None if there is no number in it."""
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        pass
    values = np.array([_number(cell) for cell in cells])
    if np.isnan(values).all():
        return None
    for cell, value, number in zip(cells, values, lines.numbers, strict=True):
        if np.isnan(value) and cell.lower() not in _EMPTY:
            msg = f"line {number}: {cell[:40]!r} in column {name!r} is no number."
            raise DataError(msg)
    return values


def _number(cell: str) -> float:
    """Return a cell's number, NaN if it has none; Fortran's 1.0D-15 is one."""
    try:
        return float(cell)
    except ValueError:
        pass
    try:
        return float(re.sub(r"(?<=[\d.])[dD](?=[+-]?\d+$)", "E", cell))
    except ValueError:
        return float("nan")


def _headings(lines: Lines) -> tuple[list[str], Lines]:
    """Return the columns' names, and the lines without the one that held them."""
    first = lines.rows[0]
    if any(is_number(cell) for cell in first if cell) or not any(first):
        names = _commented_names(lines) or [f"column {n + 1}" for n in range(len(first))]
        return names, lines
    rest = replace(lines, rows=lines.rows[1:], numbers=lines.numbers[1:])
    names_wave = any(role_of(split_name(cell)[0]) == "wave" for cell in first)
    if not rest.rows or not (names_wave or any(map(is_number, rest.rows[0]))):
        msg = (
            f"line {lines.numbers[0]}: {' '.join(first)[:40]!r} is no row of numbers, and none "
            "follows that it could be the heading of."
        )
        raise UnknownFormatError(msg)
    return list(first), rest


def _commented_names(lines: Lines) -> list[str] | None:
    """Return the names in the last comment that names wavelengths and has a cell per column."""
    for comment in reversed(lines.comments):
        for pattern in (r"\|", r",", r";", r"\t", r"\s{2,}", r"\s+"):
            cells = [cell.strip() for cell in re.split(pattern, comment.strip(" |"))]
            if len(cells) == len(lines.rows[0]) and any(
                role_of(split_name(cell)[0]) in ("wave", "log wave") for cell in cells
            ):
                return cells
    return None


def _has_role(column: Column) -> bool:
    return role_of(column.name) is not None


def _by_position(table: Sequence[Column], notes: list[str]) -> list[Column]:
    """Return columns named by their place: the steady one is wavelength, then flux, then error.

    Columns that have a name keep it.
    """
    if any(role_of(column.name) in ("wave", "log wave") for column in table):
        return list(table)
    free = [column for column in table if not _has_role(column)] or list(table)
    wave = _steadiest(free)
    rest = [column for column in table if column is not wave]
    notes.append(f"{wave.name.capitalize()} taken as the wavelengths.")
    named = [replace(wave, name="wave"), *rest]
    if any(role_of(column.name) == "flux" for column in rest):
        return named
    named[1] = replace(rest[0], name="flux")
    notes.append(f"{rest[0].name.capitalize()} taken as the flux.")
    if len(rest) > 1 and not np.any(rest[1].values < 0):
        named[2] = replace(rest[1], name="sigma")
        notes.append(f"{rest[1].name.capitalize()} taken as the error.")
    return named


def _steadiest(columns: Sequence[Column]) -> Column:
    """Return the first column that runs steadily one way, or else the first.

    One that merely counts the rows is taken only if there is no other.
    """
    steady = []
    for column in columns:
        finite = column.values[np.isfinite(column.values)]
        steps = np.diff(finite)
        if len(steps) and finite[0] > 0 and abs(np.mean(np.sign(steps))) > 0.8:
            steady.append((bool(finite[0] == 1 and np.all(steps == 1)), column))
    return min(steady, key=lambda found: found[0])[1] if steady else columns[0]


def _first_row(lines: Lines) -> str:
    return f"line {lines.numbers[0]}, {' '.join(lines.rows[0])[:40]!r},"
