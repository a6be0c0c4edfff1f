"""Cells of a known layout to columns of one meaning, row by row checked."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data.catalogue import NUMBERS, UNITS, AnyArray, error_name
from starsieve.readers.catalogues.cells import Cells
from starsieve.readers.catalogues.layouts import Layout, Source, plain
from starsieve.readers.catalogues.values import EMPTY, parse_dec, parse_ra, plain_name

FloatArray = npt.NDArray[np.float64]

_WHOLE = re.compile(r"(?:(?:tic|kic|gaia dr[23])\s*)?0*(\d{1,19})(?:\.0*)?", re.IGNORECASE)
_LARGEST = 2**63 - 1

_LIMITS: dict[str, tuple[float, float, str]] = {
    "period_days": (0, 1e6, "a positive period in days"),
    "epoch_btjd": (-20_000, 30_000, "a time between BJD 2437000 and 2487000"),
    "duration_hours": (0, 1e4, "a positive duration in hours"),
    "ra": (-1e-9, 360, "degrees between 0 and 360"),
    "dec": (-90 - 1e-9, 90, "degrees between -90 and 90"),
    "teff": (0, 1e6, "a positive temperature in K"),
    "radius": (0, 1e5, "a positive radius"),
    "mass": (0, 1e5, "a positive mass"),
    "density": (0, math.inf, "a positive density"),
    "distance_pc": (0, math.inf, "a positive distance in pc"),
    "depth_ppm": (-1e-9, 1e8, "a depth of 0 or more"),
    "radius_earth": (-1e-9, 1e7, "a radius of 0 or more"),
}
"""Above the first, up to the second; everything else just has to be finite."""

_LONGEST = {"name": 120, "star": 120, "disposition": 40, "uri": 400}
_EXPECTED = {
    "name": "a name of at most 120 characters",
    "star": "a star's name of at most 120 characters",
    "disposition": "a disposition of at most 40 characters",
    "uri": "an address of at most 400 characters",
}

Columns = dict[str, AnyArray]


class Findings:
    """What is said about a table while its columns are made.

    Attributes
    ----------
    assumed : list of str
    reasons : dict of int to str
        Position and reason of each row that can't be right; the first reason counts.
    """

    def __init__(self) -> None:
        self.assumed: list[str] = []
        self.reasons: dict[int, str] = {}

    def refuse(self, position: int, column: str, expected: str, got: str) -> None:
        """Leave out a row for what a cell of it holds."""
        self.reasons.setdefault(position, f"column {column!r}: expected {expected}, got {got!r}.")


def make_columns(
    cells: Cells, layout: Layout
) -> tuple[Columns, tuple[str, ...], tuple[tuple[int, str], ...]]:
    """Return columns, what was assumed, and line and reason of the rows that were left out."""
    found, names = Findings(), [plain(name) for name in cells.header]
    columns: Columns = {}
    used: set[int] = set()
    for ours in layout.columns:
        source = layout.find(ours, names)
        if source is None:
            continue
        position = names.index(source.name)
        used.add(position)
        heading, column = cells.header[position], [c.strip() for c in cells.column(position)]
        if ours in UNITS:
            columns |= _measured(cells, names, layout, ours, source, found)
        elif ours in NUMBERS:
            columns[ours] = _whole(column, heading, found, is_needed=ours in layout.needs)
        else:
            columns[ours] = _texts(column, ours, heading, layout, found)
    _finish(layout, columns, found)
    for position, heading in enumerate(cells.header):
        if position not in used and heading and heading not in columns:
            columns[heading] = _own(cells.column(position))
    columns["line"] = np.array(cells.lines, dtype=np.int64)
    return _kept(cells, columns, layout, found)


def _measured(
    cells: Cells, names: Sequence[str], layout: Layout, ours: str, source: Source, found: Findings
) -> Columns:
    """Return a column of numbers in our unit, and that of its errors."""
    position = names.index(source.name)
    heading = cells.header[position]
    raw = _numbers(cells.column(position), heading, found, _parser(ours))
    n_zero = int(np.sum(raw == 0))
    if ours in layout.zero_is_unknown and n_zero:
        raw = np.where(raw == 0, np.nan, raw)
        found.assumed.append(f"{heading} is 0 in {n_zero} rows: there it is taken as not known.")
    values = source.conversion.value(raw)
    _check(values, raw, ours, heading, found)
    if source.conversion.words:
        found.assumed.append(f"{ours} is {heading} as {source.conversion.words}.")
    columns: Columns = {ours: values}
    errors = [pattern.format(source.name) for pattern in layout.errors]
    known = [name for name in errors if name in names]
    if known:
        sizes = [
            np.abs(_numbers(cells.column(p), cells.header[p], found, float))
            for p in map(names.index, known)
        ]
        size = sum(sizes[1:], sizes[0]) / len(sizes)
        size = size * source.conversion.slope(raw)
        # Fits that failed have errors of 0 in some tables, which is no error at all.
        columns[error_name(ours)] = np.where(size > 0, size, np.nan)
    return columns


def _numbers(
    column: Sequence[str], heading: str, found: Findings, parse: Callable[[str], float]
) -> FloatArray:
    values = np.full(len(column), np.nan)
    for position, cell in enumerate(column):
        try:
            values[position] = parse(cell)
        except ValueError:
            if cell.strip().lower() not in EMPTY:
                found.refuse(position, heading, "a number", _short(cell))
    for infinite in np.flatnonzero(np.isinf(values)):
        found.refuse(int(infinite), heading, "a finite number", _short(column[int(infinite)]))
    return values


def _parser(ours: str) -> Callable[[str], float]:
    return {"ra": parse_ra, "dec": parse_dec}.get(ours, float)


def _check(values: FloatArray, raw: FloatArray, ours: str, heading: str, found: Findings) -> None:
    low, high, expected = _LIMITS.get(ours, (-math.inf, math.inf, "a number"))
    wrong = np.isfinite(values) & ~((values > low) & (values <= high))
    for position in np.flatnonzero(wrong):
        found.refuse(int(position), heading, f"{expected} or nothing", f"{raw[position]:.10g}")


def _whole(
    column: Sequence[str], heading: str, found: Findings, is_needed: bool
) -> npt.NDArray[np.int64]:
    values = np.zeros(len(column), dtype=np.int64)
    n_lost = 0
    for position, cell in enumerate(column):
        match = _WHOLE.fullmatch(cell)
        if match and 0 < int(match[1]) <= _LARGEST:
            values[position] = int(match[1])
        elif is_needed:
            found.refuse(position, heading, "a catalogue number", _short(cell))
        else:
            n_lost += cell.lower() not in EMPTY
    if n_lost:
        found.assumed.append(f"{heading} is no whole number in {n_lost} rows: not known there.")
    return values


def _texts(
    column: Sequence[str], ours: str, heading: str, layout: Layout, found: Findings
) -> AnyArray:
    texts = ["" if cell.lower() in EMPTY else cell for cell in column]
    if ours == "name":
        texts = [plain_name(text) for text in texts]
    elif ours == "disposition":
        texts = [layout.words_of.get(text.upper(), text) for text in texts]
        if layout.words_of:
            words = ", ".join(f"{theirs} as {own}" for theirs, own in layout.words_of.items())
            found.assumed.append(f"disposition is {heading}, {words}.")
    elif ours in ("created", "updated"):
        texts = [_date(text, heading, position, found) for position, text in enumerate(texts)]
    for position, text in enumerate(texts):
        is_empty = not text and ours in layout.needs and ours != "disposition"
        if is_empty or len(text) > _LONGEST.get(ours, len(text)) or not _is_clean(text, ours):
            found.refuse(position, heading, _EXPECTED.get(ours, "text"), _short(text))
    return _as_text(texts)


def _is_clean(text: str, ours: str) -> bool:
    return ours not in _LONGEST or text.isprintable()


def _date(text: str, heading: str, position: int, found: Findings) -> str:
    if not text:
        return ""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        found.refuse(position, heading, "a date as 2018-09-05 18:49:20", _short(text))
        return ""
    return (time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)).isoformat()


def _finish(layout: Layout, columns: Columns, found: Findings) -> None:
    """Add what a layout says in a way of its own."""
    if layout.name == "kepler-tce":
        pairs = zip(columns["kic"], columns.pop("number"), strict=True)
        columns["name"] = _as_text([f"{kic}-{number.zfill(2)}" for kic, number in pairs])
        # Fits that failed have a signal-to-noise ratio of -1.
        columns["snr"] = np.where(columns["snr"] < 0, np.nan, columns["snr"])
    elif layout.kind == "products":
        _describe_files(columns, found)


_STAR = re.compile(r"(?<!\d)(\d{16})(?!\d)")
_SECTOR = re.compile(r"(?<=[-_]s)(\d{4})(?=[-_])")
_ENDINGS = (
    *(("_fast-lc.fits", "fast-lc"), ("_lc.fits", "lc"), ("_llc.fits", "lc"), ("_dvt.fits", "dvt")),
    *(("_dvr.xml", "dvr"), ("_dvr.pdf", "dvr-pdf"), ("_dvs.pdf", "dvs"), ("_dvm.pdf", "dvm")),
    *(("_tp.fits", "tp"), ("_fast-tp.fits", "fast-tp")),
)


def _describe_files(columns: Columns, found: Findings) -> None:
    """Add what the names of files say: kind, sector, and the star where no column has it."""
    uris = columns["uri"]
    endings = [next((k for e, k in _ENDINGS if uri.endswith(e)), "other") for uri in uris]
    columns["product"] = _as_text(endings)
    sectors = [set(_SECTOR.findall(uri)) for uri in uris]
    columns["sector"] = np.array(
        [int(s.pop()) if len(s) == 1 else 0 for s in sectors], dtype=np.int64
    )
    stars = [_STAR.search(uri) for uri in uris]
    named = np.array([int(star[1]) if star else 0 for star in stars], dtype=np.int64)
    tics = columns.get("tic", np.zeros_like(named))
    for position in np.flatnonzero((tics > 0) & (named > 0) & (tics != named)):
        expected = f"a file of TIC {tics[position]}"
        found.refuse(int(position), "uri", expected, uris[position])
    columns["tic"] = np.where(tics > 0, tics, named)
    for position in np.flatnonzero(columns["tic"] == 0):
        found.refuse(int(position), "uri", "a file of a star with a TIC number", uris[position])


_KEYS = {"products": "uri", "tic": "tic"}
"""What may be there once only; of candidates it is the name."""


def _kept(
    cells: Cells, columns: Columns, layout: Layout, found: Findings
) -> tuple[Columns, tuple[str, ...], tuple[tuple[int, str], ...]]:
    defaults = columns.get("default_flag")
    chosen = np.ones(len(cells.rows), dtype=bool)
    if layout.kind == "planets" and defaults is not None and defaults.dtype.kind == "f":
        chosen = defaults == 1
        left = int(np.sum(~chosen))
        found.assumed.append(f"Of each planet the default parameters; {left} other rows left out.")
    key = columns.get(_KEYS.get(layout.kind, "name"))
    if key is not None:
        _refuse_repeated(key, chosen, cells.lines, found)
    good = chosen.copy()
    good[[p for p in found.reasons if chosen[p]]] = False
    refused = [(cells.lines[p], why) for p, why in found.reasons.items() if chosen[p]]
    return (
        {name: values[good] for name, values in columns.items() if name != "rowid"},
        tuple(dict.fromkeys(found.assumed)),
        tuple(sorted([*refused, *cells.refused])),
    )


def _refuse_repeated(
    key: AnyArray, chosen: npt.NDArray[np.bool_], lines: Sequence[int], found: Findings
) -> None:
    first: dict[Any, int] = {}
    for position, value in enumerate(key.tolist()):
        if not chosen[position] or position in found.reasons:
            continue
        if first.setdefault(value, position) != position:
            found.reasons[position] = f"{value} is there already, on line {lines[first[value]]}."


def _own(column: Sequence[str]) -> AnyArray:
    """Return a column that has no name of ours: as numbers if all of it are."""
    stripped = [cell.strip() for cell in column]
    try:
        return np.array([np.nan if c.lower() in EMPTY else float(c) for c in stripped])
    except ValueError:
        return _as_text(stripped)


def _as_text(texts: Sequence[str]) -> AnyArray:
    # Objects, because an array of fixed width takes the length of the longest for every cell.
    values = np.empty(len(texts), dtype=object)
    values[:] = texts
    return values


def _short(cell: str) -> str:
    return cell if len(cell) <= 40 else f"{cell[:37]}..."
