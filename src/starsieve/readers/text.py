"""Columns in plain text: whitespace, comma, semicolon, tab or bar between them, header or not."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers.canonical import make_spectra
from starsieve.readers.columns import Column, assign_roles, role_of, split_name, to_columns
from starsieve.readers.files import read_bytes
from starsieve.readers.reader import Found, Hints, Reader

MAX_BYTES = 512 * 1024**2
"""Bytes of a text: as numbers in Python it takes many times its size."""

MOST_IN_LINE = 1_000_000
"""Characters of a line: a row with more is no row of a table of columns."""

COMMENT = re.compile(r"[#!;%\\][#!;%\\\s]*")
DELIMITERS = (",", ";", "\t", "|", None)
"""What may stand between two cells; None is whitespace. Tried in this order."""

_EMPTY = frozenset(
    ["", "nan", "+nan", "-nan", "null", "none", "na", "n/a", "--", "-", "...", "indef", "masked"]
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NO_NAME = re.compile(r"(column|col|c|field|var|unnamed|x|y|z)?[ _:]*\d*")
_BETWEEN_NAMES = (r"\|", r",", r";", r"\t", r"\s{2,}", r"\s+(?![^(\[]*[)\]])(?![(\[])", r"\s+")
"""What may stand between the names of a heading; in units, space does not count."""

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Lines:
    """A text, line by line: comments without their sign, and rows as cells with line numbers."""

    comments: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    delimiter: str | None


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is text, in any usual encoding; FITS begins like one but is not."""
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
            f"line {lines.numbers[0]}, {_shown(lines.rows[0])}: columns of numbers found: "
            f"{len(table)}; expected two or three (wavelength, flux, sigma)."
        )
        raise UnknownFormatError(msg)
    nameless = [column for column in table if not _has_role(column)]
    if nameless and all(_NO_NAME.fullmatch(column.name.lower()) for column in nameless):
        table = _by_position(table, nameless, notes)
    columns = to_columns(assign_roles(table, hints, notes), hints)
    numbers = lines.numbers
    columns = replace(
        columns,
        meta={"comments": list(lines.comments)} if lines.comments else {},
        name_row=lambda row: f"line {numbers[row]}",
    )
    return Found(make_spectra(columns, hints, notes), tuple(notes))


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
        If there are no rows, or a line is too long for one.
    """
    comments, kept, numbers = [], [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > MOST_IN_LINE:
            msg = (
                f"line {number} has {len(line):,} characters; a row of a table has its few "
                "columns, one wavelength each."
            )
            raise DataError(msg)
        stripped = line.strip()
        if sign := COMMENT.match(stripped):
            comments.append(stripped[sign.end() :])
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
                f"{_shown(row)}."
            )
            raise DataError(msg)
    table = []
    for name, cells in zip(names, zip(*lines.rows, strict=True), strict=True):
        short, unit = split_name(name)
        idle = role_of(short) is None and not _NO_NAME.fullmatch(short.lower())
        values = _values(name, cells, lines, words_allowed=idle)
        if values is None:
            notes.append(f"Column {name!r} holds words and was not used.")
        else:
            table.append(Column(short, values, unit))
    return table


def _values(
    name: str, cells: Sequence[str], lines: Lines, *, words_allowed: bool
) -> npt.NDArray[np.float64] | None:
    """Return a column's numbers, NaN where a cell is empty; None if it is a column of words."""
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        pass
    values = np.array([_number(cell) for cell in cells])
    if np.isnan(values).all() and any(cell.lower() not in _EMPTY for cell in cells):
        return None
    for cell, value, number in zip(cells, values, lines.numbers, strict=True):
        if np.isnan(value) and cell.lower() not in _EMPTY:
            if words_allowed:
                return None
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
        found = (_names_in(comment, len(first)) for comment in reversed(lines.comments))
        names = next((names for names in found if names), None)
        return names or [f"column {n + 1}" for n in range(len(first))], lines
    rest = replace(lines, rows=lines.rows[1:], numbers=lines.numbers[1:])
    n_cells = len(rest.rows[0]) if rest.rows else len(first)
    names = list(first) if len(first) == n_cells else _names_in(" ".join(first), n_cells)
    names_wave = any(role_of(split_name(name)[0]) == "wave" for name in names or first)
    if not rest.rows or not (names_wave or any(map(is_number, rest.rows[0]))):
        msg = (
            f"line {lines.numbers[0]}: {_shown(first)} is no row of numbers, and none follows "
            "that it could be the heading of."
        )
        raise UnknownFormatError(msg)
    if not names:
        msg = (
            f"line {lines.numbers[0]}: the heading {_shown(first)} has another number of names "
            f"than the {n_cells} cells of line {rest.numbers[0]}."
        )
        raise DataError(msg)
    return names, rest


def _names_in(text: str, n_cells: int) -> list[str] | None:
    """Return the names in a comment or heading if there are as many, and wavelengths among them."""
    for pattern in _BETWEEN_NAMES:
        cells = [cell.strip() for cell in re.split(pattern, text.strip(" |"))]
        if len(cells) == n_cells and any(
            role_of(split_name(cell)[0]) in ("wave", "log wave") for cell in cells
        ):
            return cells
    return None


def _has_role(column: Column) -> bool:
    return role_of(column.name) is not None


def _by_position(
    table: Sequence[Column], nameless: Sequence[Column], notes: list[str]
) -> list[Column]:
    """Return columns named by their place: the steady one is wavelength, then flux, then error.

    Columns that have a name keep it.
    """
    if any(role_of(column.name) in ("wave", "log wave") for column in table):
        return list(table)
    wave = _steadiest(nameless)
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


def _shown(row: Sequence[str]) -> str:
    """Return a row as a message quotes it."""
    return repr(" ".join(row).strip()[:40])
