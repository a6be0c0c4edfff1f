"""Tables of known parameters: a row per star or file, in text or ECSV."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from starsieve.data.labels import ALIASES, LABELS, get_label, without_fillers
from starsieve.errors import DataError, FileError, StarsieveError
from starsieve.readers.files import check_file, read_bytes
from starsieve.readers.text import MAX_BYTES, Lines, decode, is_number, split_lines

FloatArray = npt.NDArray[np.float64]

_BETWEEN = (r"\|", r",", r";", r"\t", r"\s{2,}", r"\s+")
_NO_LABEL = re.compile(r"ra|dec|.*(_|\b)(id|key|number|flag)|ra_.*|dec_.*|.*_(ra|dec)|id|x|y")
"""Positions, numbers of rows and flags are no labels, although they are numbers."""

_MOST = 0.9
"""Part of a column that must be whole numbers for it to number things: tables have slips."""

_ERROR = re.compile(
    r"(?:(?:e|err|error|sigma|d)_)(?P<before>.+)|(?P<after>.+?)_(?:err|error|sigma)"
)


@dataclass(frozen=True, slots=True, eq=False)
class LabelTable:
    """Known parameters by row, with all that may say what a row is of.

    Parameters
    ----------
    keys : dict of str to tuple of str
        By heading, the cells of every column that may hold names: of objects, or of files.
    values : dict of str to array, shape (n_rows,)
        By the name of the label; NaN where a cell is empty or stands for unknown.
    errors : dict of str to array, shape (n_rows,)
        Standard deviations, of those labels that have a column of them.
    headings : dict of str to str
        Of each label the column that it is from.
    units : dict of str to str
        Of each label, as `astropy.units` writes them.
    notes : tuple of str
        A sentence for everything that was assumed or left out.
    """

    keys: dict[str, tuple[str, ...]]
    values: dict[str, FloatArray]
    errors: dict[str, FloatArray]
    headings: dict[str, str]
    units: dict[str, str]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(next(iter(self.keys.values())))


@dataclass(frozen=True, slots=True)
class _Table:
    """Cells as text by heading, and the units that the table itself states."""

    columns: dict[str, tuple[str, ...]]
    units: dict[str, str]


def read_label_table(path: str | Path) -> LabelTable:
    """Read a table of labels.

    Columns of numbers are labels: known ones by the names of `starsieve.data.labels`, in their
    units; others by their heading. Columns of words or whole numbers may say what a row is of.

    Raises
    ------
    FileError
        If the file can't be read.
    DataError
        If no column holds names, none holds numbers, or two columns mean the same label. Every
        message starts with the file's name.
    """
    try:
        check_file(Path(path))
        content = read_bytes(Path(path), MAX_BYTES)
        is_ecsv = content.removeprefix(b"\xef\xbb\xbf").startswith(b"# %ECSV")
        return _labels(_read_ecsv(content) if is_ecsv else _read_text(content))
    except StarsieveError as error:
        msg = f"{path}: {error}"
        raise type(error)(msg) from error


def _read_ecsv(content: bytes) -> _Table:
    from astropy.table import Table

    try:
        table = Table.read(content.decode("utf-8-sig").splitlines(), format="ascii.ecsv")
    except Exception as error:
        # The parser of the header raises anything at all on damaged text.
        msg = f"its ECSV header or rows are damaged ({' '.join(str(error).split())})."
        raise FileError(msg) from error
    cells = {
        name: tuple("" if np.ma.is_masked(value) else str(value) for value in column)
        for name, column in table.columns.items()
    }
    units = {n: str(c.unit) for n, c in table.columns.items() if c.unit is not None}
    return _Table(cells, units)


def _read_text(content: bytes) -> _Table:
    lines = split_lines(decode(content))
    names, rows, numbers = _headings(lines)
    for row, number in zip(rows, numbers, strict=True):
        if len(row) != len(names):
            msg = f"line {number} has {len(row)} cells, and there are {len(names)} headings."
            raise DataError(msg)
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        msg = f"has the column {twice[0]!r} twice. Leave one of them out."
        raise DataError(msg)
    return _Table(dict(zip(names, zip(*rows, strict=True), strict=True)), {})


def _headings(
    lines: Lines,
) -> tuple[Sequence[str], Sequence[tuple[str, ...]], Sequence[int]]:
    """Return headings, rows, and the lines of the rows; a comment may hold the headings."""
    first = lines.rows[0]
    if len(lines.rows) > 1 and not any(is_number(cell) for cell in first if cell):
        return first, lines.rows[1:], lines.numbers[1:]
    for comment in reversed(lines.comments):
        for between in _BETWEEN:
            names = [name.strip() for name in re.split(between, comment.strip(" |"))]
            if len(names) == len(first) and any(_label_name(n)[0] in LABELS for n in names):
                return names, lines.rows, lines.numbers
    msg = f"line {lines.numbers[0]}: {' '.join(first)[:60]!r} are no headings. Name the columns."
    raise DataError(msg)


def _labels(table: _Table) -> LabelTable:
    found = {name: _numbers(cells) for name, cells in table.columns.items()}
    numbers = {name: column for name, column in found.items() if column is not None}
    keys = {n: cells for n, cells in table.columns.items() if n not in numbers or _counts(cells)}
    notes: list[str] = []
    values: dict[str, FloatArray] = {}
    errors: dict[str, FloatArray] = {}
    headings: dict[str, str] = {}
    units: dict[str, str] = {}
    for heading, column in numbers.items():
        name, unit = _label_name(heading)
        of = _error_of(name)
        if of is None and _NO_LABEL.fullmatch(name):
            continue
        kept, target = (values, name) if of is None else (errors, of)
        if target in kept:
            msg = f"two of its columns mean {target!r}, {heading!r} is one. Leave one of them out."
            raise DataError(msg)
        unit = table.units.get(heading) or unit
        kept[target] = _known(column, heading, notes) * unit_factor(target, unit, heading, notes)
        if of is None:
            headings[name] = heading
            units[name] = get_label(name).unit if name in LABELS else (unit or "")
    _check(keys, values, table)
    errors = {name: sigma for name, sigma in errors.items() if name in values}
    return LabelTable(keys, values, errors, headings, units, tuple(notes))


def _counts(cells: Sequence[str]) -> bool:
    """Return whether a column of numbers may number objects."""
    return bool(np.mean([cell.isdigit() for cell in cells if cell]) > _MOST)


def _known(column: FloatArray, heading: str, notes: list[str]) -> FloatArray:
    """Return a column with NaN where its numbers stand for unknown, and say so."""
    known, n_fillers = without_fillers(column)
    if n_fillers:
        notes.append(f"Values of {heading!r} that stand for unknown, left out: {n_fillers}.")
    return known


def _check(keys: object, values: object, table: _Table) -> None:
    there = ", ".join(repr(name) for name in list(table.columns)[:10])
    if not keys:
        msg = f"no column tells what its rows are of, by words or whole numbers; it has {there}."
        raise DataError(msg)
    if not values:
        msg = f"no column of numbers is a label; it has {there}."
        raise DataError(msg)


def _numbers(cells: Sequence[str]) -> FloatArray | None:
    """Return a column's numbers, NaN where a cell is empty; None if it holds words or nothing."""
    if not all(is_number(cell) for cell in cells):
        return None
    found = np.array([_number(cell) for cell in cells])
    return found if np.isfinite(found).any() else None


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def _label_name(heading: str) -> tuple[str, str | None]:
    """Return a label's name and the unit in brackets behind it.

    Examples
    --------
    >>> _label_name("Teff [K]"), _label_name("[Fe/H]"), _label_name("log g")
    (('teff', 'K'), ('feh', None), ('logg', None))
    """
    text, unit = heading.strip(), None
    if found := re.fullmatch(r"(.+?)[\s_]*[\[(]([^\[\]()]+)[\])]", text):
        plain = found[1].strip().lower()
        if plain in LABELS or plain in ALIASES or _error_of(plain):
            text, unit = found[1], found[2]
    plain = text.strip().lower()
    plain = ALIASES.get(plain, plain)
    tidy = re.sub(r"[^\w/\[\]()+-]+", "_", plain).strip("_")
    return ALIASES.get(tidy, tidy)[:80], unit


def _error_of(name: str) -> str | None:
    """Return the label that a column holds the errors of."""
    found = _ERROR.fullmatch(name)
    if found is None:
        return None
    plain = found["before"] or found["after"]
    return ALIASES.get(plain, plain)


def unit_factor(name: str, unit: str | None, heading: str, notes: list[str]) -> float:
    """Return what brings a column into the unit of its label; 1 for labels that have none.

    Raises
    ------
    DataError
        If the column's unit is of another kind.
    """
    if not unit or name not in LABELS or not LABELS[name].unit:
        return 1.0
    from astropy import units as u

    try:
        factor = float(u.Unit(unit).to(LABELS[name].unit))
    except (ValueError, TypeError, u.UnitConversionError) as error:
        msg = f"its column {heading!r} is in {unit!r}, {name} is in {LABELS[name].unit!r}."
        raise DataError(msg) from error
    if factor != 1:
        notes.append(f"Column {heading!r} was converted from {unit} to {LABELS[name].unit}.")
    return factor
