"""Tables as pages, programs and other tools want them: one description, several forms."""

import csv
import io
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

FIGURE_SPACE = "\u2007"
"""As wide as a digit: bars before percentages stand in line."""

_XML_NUMBERS = {math.inf: "+Inf", -math.inf: "-Inf"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name : str
        Key of the rows; a name that programs can use.
    title : str
        For people; the name if empty.
    unit : str
        As `astropy.units` writes it.
    meaning : str
        One line: a tooltip, and the description in a VOTable.
    digits : int, optional
        Decimals that a page shows; files hold all.
    ucd : str
        Unified Content Descriptor of the IVOA.
    share : bool
        Whether it holds shares of one, which a page shows as bars with percentages.
    """

    name: str
    title: str = ""
    unit: str = ""
    meaning: str = ""
    digits: int | None = None
    ucd: str = ""
    share: bool = False

    @property
    def heading(self) -> str:
        """Title, with the unit in brackets: of ``dex(cm / s2)`` only ``dex``."""
        title = self.title or self.name
        unit = self.unit.partition("(")[0] if self.unit.startswith("dex(") else self.unit
        return f"{title} ({unit})" if unit else title

    def show(self, value: Any) -> str:
        """Return a cell as people read it; nothing where nothing is known."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float) and self.share:
            return f"{value:.0%}".rjust(4, FIGURE_SPACE)
        if isinstance(value, float):
            return f"{value:.6g}" if self.digits is None else f"{value:.{self.digits}f}"
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M}"
        return str(value)


@dataclass(frozen=True, slots=True)
class WebTable:
    """Rows under described columns.

    Parameters
    ----------
    name : str
        Becomes the file's name.
    columns : sequence of Column
    rows : sequence of mapping
        By the columns' names; what is missing is empty.
    title : str
        What the table shows.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    title: str = ""
    notes: Sequence[str] = field(default=())

    def __len__(self) -> int:
        return len(self.rows)


def to_csv(table: WebTable) -> bytes:
    """Return a table as CSV, UTF-8, under the columns' names.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        writer.writerow([_csv_cell(row.get(column.name)) for column in table.columns])
    return out.getvalue().encode(errors="replace")


def to_votable(table: WebTable) -> bytes:
    """Return a table as VOTable 1.4, as TOPCAT and astropy read it."""
    from astropy.io.votable import from_table, writeto
    from astropy.table import Table as AstropyTable
    from astropy.units import UnitsWarning

    typed = {c.name: _typed([row.get(c.name) for row in table.rows]) for c in table.columns}
    votable = from_table(AstropyTable({name: values[:0] for name, values in typed.items()}))
    resource = votable.resources[0]
    resource.description = table.title or table.name
    for described, column in zip(resource.tables[0].fields, table.columns, strict=True):
        described.description = column.meaning or column.title or None
        described.unit = _votable_unit(column.unit)
        described.ucd = column.ucd or None
    out = io.BytesIO()
    with warnings.catch_warnings():
        # of units such as erg, which astronomers go on using, and TOPCAT goes on reading
        warnings.simplefilter("ignore", UnitsWarning)
        writeto(votable, out)
    return _with_rows(out.getvalue(), list(typed.values()))


def _with_rows(votable: bytes, columns: Sequence[Any]) -> bytes:
    """Return an empty VOTable with the rows of columns; astropy takes ten times as long."""
    rows = "".join(
        f"<TR><TD>{'</TD><TD>'.join(cells)}</TD></TR>\n"
        for cells in zip(*map(_xml_cells, columns), strict=True)
    )
    data = f"<DATA><TABLEDATA>\n{rows}</TABLEDATA></DATA>\n" if rows else ""
    head, end, foot = votable.decode().rpartition("</TABLE>")
    return (head + data + end + foot).encode()


def _xml_cells(column: Any) -> list[str]:
    if isinstance(column, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(column).tolist()
        values = column.data.astype(np.int64).tolist()
        return ["" if hidden else str(v) for v, hidden in zip(values, mask, strict=True)]
    if column.dtype.kind == "f":
        return [
            repr(v) if math.isfinite(v) else _XML_NUMBERS.get(v, "NaN") for v in column.tolist()
        ]
    return [escape(text) for text in column.tolist()]


def _csv_cell(value: Any) -> Any:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value.isoformat() if isinstance(value, datetime) else value


def _typed(values: Sequence[Any]) -> Any:
    """Return a column of one type, which a VOTable needs, with what is unknown masked."""
    known = [value for value in values if value is not None]
    unknown = [value is None for value in values]
    if known and all(isinstance(value, bool) for value in known):
        return np.ma.array([bool(value) for value in values], mask=unknown)
    if known and all(isinstance(value, int) for value in known):
        return np.ma.array(
            [0 if value is None else value for value in values], np.int64, mask=unknown
        )
    if known and all(isinstance(value, int | float) for value in known):
        return np.array([np.nan if value is None else float(value) for value in values])
    return np.array([_text(value) for value in values], dtype=np.str_)


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    # XML has no place for control characters.
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _votable_unit(unit: str) -> Any:
    from astropy import units

    if not unit:
        return None
    try:
        parsed = units.Unit(unit)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", units.UnitsWarning)
            parsed.to_string("vounit")  # dex, for one, is none of those that a VOTable knows
        return parsed
    except (ValueError, units.UnitScaleError):
        return None  # the heading says it in words
