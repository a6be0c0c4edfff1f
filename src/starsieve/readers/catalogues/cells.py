"""A table of text as its cells: header, rows, and the line of each."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from starsieve.errors import DataError, FileError, UnknownFormatError
from starsieve.readers.files import read_bytes

MAX_BYTES = 512 * 1024**2
MOST_COLUMNS = 10_000
DELIMITERS = ",|\t;"

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_MARKUP = re.compile(r"\s*<(!doctype|html|\?xml|votable)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as it is written.

    `rows` holds those with as many cells as the header, `lines` the line on which each ends, and
    `refused` line and reason of all others.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]

    def column(self, position: int) -> list[str]:
        """Return the cells below a heading, by its position."""
        return [row[position] for row in self.rows]


def read_cells(path: Path) -> Cells:
    """Read a table; comments before its header begin with ``#``.

    Raises
    ------
    UnknownFormatError
        If it is no table of text.
    FileError
        If it can't be read, or holds no rows.
    DataError
        If two columns have one name, or there are too many.
    """
    text = _text(read_bytes(path, MAX_BYTES))
    n_before, body = _after_comments(text)
    header_line = body.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=header_line.count)
    if delimiter not in header_line:
        msg = (
            "is no table that is known: its first line has no comma, bar, tab or semicolon between "
            f"names of columns, it begins {header_line[:60]!r}."
        )
        raise UnknownFormatError(msg)
    # Bars come from writers that quote nothing, where a lone quote is part of a comment.
    stream = io.StringIO(body, newline="")
    if delimiter == "|":
        reader = csv.reader(stream, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(stream, delimiter=delimiter)
    try:
        header = tuple(name.strip() for name in next(reader))
        _check_header(header)
        found = [(reader.line_num + n_before, tuple(row)) for row in reader if any(row)]
    except csv.Error as error:
        msg = f"line {reader.line_num + n_before} can't be split into cells ({error})."
        raise FileError(msg) from error
    return _sorted_out(header, found)


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if _CONTROL.search(content[:65_536]):
        msg = "is no table of text: it holds bytes that no text has."
        raise UnknownFormatError(msg)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # older tables of ExoFOP hold names in it
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _MARKUP.match(text):
        msg = "is a page or a document with markup, not a table with cells. Fetch it again as CSV."
        raise UnknownFormatError(msg)
    return text


def _after_comments(text: str) -> tuple[int, str]:
    """Return how many lines come before the header, and the text from there on."""
    place, n_lines = 0, 0
    while place < len(text):
        end = text.find("\n", place)
        line = text[place : end if end >= 0 else len(text)]
        if line.strip() and not line.startswith("#"):
            return n_lines, text[place:]
        if end < 0:
            break
        place, n_lines = end + 1, n_lines + 1
    msg = "holds nothing but comments."
    raise FileError(msg)


def _check_header(header: tuple[str, ...]) -> None:
    if len(header) > MOST_COLUMNS:
        msg = f"has {len(header):,} columns; at most {MOST_COLUMNS:,} are read."
        raise DataError(msg)
    twice = [name for name in dict.fromkeys(header) if name and header.count(name) > 1]
    if twice:
        msg = f"has the column {twice[0]!r} twice. Names must be different: leave one of them out."
        raise DataError(msg)


def _sorted_out(header: tuple[str, ...], found: list[tuple[int, tuple[str, ...]]]) -> Cells:
    width = len(header)
    # A bar or comma at the end of each line makes one empty cell too many.
    found = [
        (line, row[:-1] if len(row) == width + 1 and not row[-1] else row) for line, row in found
    ]
    good = [(line, row) for line, row in found if len(row) == width]
    refused = tuple(
        (line, f"has {len(row)} cells where the header has {width}.")
        for line, row in found
        if len(row) != width
    )
    if not good:
        msg = f"holds no row of {width} cells, as many as its header has."
        raise FileError(msg)
    return Cells(
        header=header,
        rows=tuple(row for _, row in good),
        lines=tuple(line for line, _ in good),
        refused=refused,
    )
