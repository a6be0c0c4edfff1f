"""What a page is made of. Records only; `starsieve.reports.pages` turns them into HTML.

Text is plain text everywhere: what stands in it can't become markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads somewhere: a path relative to the page."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Svg:
    """An ``<svg>`` element made by this package, such as by `starsieve.plots.inline_svg`."""

    markup: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that must be read first."""

    kind: ClassVar[str] = "notice"
    text: str
    level: Literal["good", "warning", "bad"] = "warning"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    kind: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """A number to be seen from afar.

    Parameters
    ----------
    label : str
        Name of a label, whose symbol is shown, or any words.
    value : str
        A number, or a limit such as ``< 950``.
    above, below : str
        Its distances to the ends of the interval, without sign; empty for a limit.
    unit : str
    note : str
        A few words below.
    """

    label: str
    value: str
    above: str = ""
    below: str = ""
    unit: str = ""
    note: str = ""


Cell = str | Link | Svg | Value
"""What a table holds; of a `Value` its label is not shown."""


@dataclass(frozen=True, slots=True)
class Values:
    """Numbers side by side."""

    kind: ClassVar[str] = "values"
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with its text alternative, a caption and files of it."""

    kind: ClassVar[str] = "picture"
    svg: Svg
    alt: str
    caption: str = ""
    downloads: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns; the first cell names the row.

    `flagged` are the numbers of rows to mark.
    """

    kind: ClassVar[str] = "table"
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    flagged: frozenset[int] = frozenset()

    @property
    def word_columns(self) -> frozenset[int]:
        """Numbers of the columns to align as words are, and not as numbers."""
        words = (
            column
            for row in self.rows
            for column, cell in enumerate(row)
            if isinstance(cell, str) and cell[:1].isalpha()
        )
        return frozenset({0, *words})


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they are, such as versions and hashes; several lines are several facts."""

    kind: ClassVar[str] = "facts"
    facts: Sequence[tuple[str, Sequence[str]]]


Part = Notice | Text | Values | Picture | Table | Facts


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what belongs under it; without a title it opens the page."""

    title: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Page:
    """One self-contained HTML page."""

    title: str
    sections: Sequence[Section]
    subtitle: str = ""
    up: Link | None = None
