"""Some rows of a long list, and conditions that lists share."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Boolean, ColumnElement, Connection, Select, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

COUNTED = 20_000
"""Up to here lists are counted: within milliseconds, whatever the size of the archive."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some rows of a longer list.

    Parameters
    ----------
    rows : tuple
    total : int
        Rows of the whole list.
    exact : bool
        False where there are more than `total`: counting them all would take too long.
    """

    rows: tuple[Item, ...]
    total: int
    exact: bool = True


class Alike(FunctionElement[bool]):
    """Whether a column is like a pattern, whatever the case of its letters."""

    type = Boolean()
    inherit_cache = True


def contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Return whether a column contains a text, whatever the case; its letters are no patterns."""
    return Alike(column, f"%{_plain(text)}%")


def begins(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Return whether a column begins with a text, whatever the case."""
    return Alike(column, f"{_plain(text)}%")


def equals(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Return whether a column is a text, whatever the case."""
    return Alike(column, _plain(text))


def in_order(
    connection: Connection,
    number: ColumnElement[int],
    walk: Select[Any],
    known: ColumnElement[bool] | None,
    where: ColumnElement[bool],
    limit: int,
    offset: int,
) -> list[int]:
    """Return numbers of some rows of a table: those that an order knows, then the others.

    Parameters
    ----------
    connection : Connection
    number : ColumnElement
        Of the rows of the table.
    walk : Select
        Of the numbers that the order knows and for which `where` holds, in order.
    known : ColumnElement or None
        Whether the order knows a row; None where it knows them all.
    where : ColumnElement
        What holds for the rows of the list.
    limit, offset : int
    """
    numbers = list(connection.scalars(walk.limit(limit).offset(offset)))
    if len(numbers) == limit or known is None:
        return numbers
    skipped = 0
    if offset and not numbers:
        n_known = connection.scalar(select(func.count(number)).where(where, known))
        skipped = offset - (n_known or 0)
    others = select(number).where(where, ~known).order_by(number)
    return numbers + list(connection.scalars(others.limit(limit - len(numbers)).offset(skipped)))


def _plain(text: str) -> str:
    for letter in "\\%_":
        text = text.replace(letter, f"\\{letter}")
    return text.replace("\0", "").encode(errors="replace").decode()


@compiles(Alike)
def _compile(element: Alike, compiler: Any, **options: Any) -> str:
    column, pattern = (compiler.process(each, **options) for each in element.clauses)
    # SQLite's LIKE looks at no case, and is twice as fast as lower-case copies.
    operator = "LIKE" if compiler.dialect.name == "sqlite" else "ILIKE"
    return f"{column} {operator} {pattern} ESCAPE '\\'"
