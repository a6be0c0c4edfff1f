"""Rows of long tables, looked up in columns."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload


class RowsOfColumns(Sequence[Mapping[str, Any]]):
    """Rows that are looked up in columns: a hundred thousand need no memory of their own.

    Parameters
    ----------
    columns : mapping of str to sequence
        All of one length.
    """

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self._columns = columns

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    @overload
    def __getitem__(self, number: int) -> Mapping[str, Any]: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Mapping[str, Any]]: ...
    def __getitem__(self, number: int | slice) -> Any:
        """Return a row; an IndexError ends whoever goes through all of them."""
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        return _Row(self._columns, number)


class _Row(Mapping[str, Any]):
    __slots__ = ("_columns", "_number")

    def __init__(self, columns: Mapping[str, Sequence[Any]], number: int) -> None:
        self._columns, self._number = columns, number

    def __getitem__(self, name: str) -> Any:
        return self._columns[name][self._number]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)
