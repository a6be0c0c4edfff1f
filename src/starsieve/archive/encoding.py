"""What a container's metadata look like as JSON, and its arrays' types as text."""

import math
from collections.abc import Mapping
from datetime import date
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError

ABSENT = "-"


def plain(value: Any, where: str = "meta") -> Any:
    """Return metadata in terms of JSON: dicts, lists, text, numbers, true, false and null.

    Raises
    ------
    DataError
        If something is of another kind; the message names it.
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {_text(key, where): plain(item, f"{where}[{key!r}]") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, f"{where}[{number}]") for number, item in enumerate(value)]
    if isinstance(value, date | PurePath):
        return value.isoformat() if isinstance(value, date) else str(value)
    msg = (
        f"{where} is of type {type(value).__name__}, which can't be stored. "
        "Metadata may be text, numbers, dates, arrays, and lists and mappings of those."
    )
    raise DataError(msg)


def _text(key: object, where: str) -> str:
    if isinstance(key, str):
        return key
    msg = f"{where} has the key {key!r}; keys of metadata must be text."
    raise DataError(msg)


def dtypes_text(arrays: Mapping[str, npt.NDArray[Any] | None]) -> str:
    """Return the types of arrays, comma-separated, so that each is given back as it was.

    Raises
    ------
    DataError
        If one is wider than what the archive keeps.
    """
    for name, array in arrays.items():
        wide = np.dtype(np.float64 if array is None or array.dtype.kind == "f" else np.int64)
        if array is not None and not np.can_cast(array.dtype, wide):
            msg = (
                f"{name} is of type {array.dtype}, which {wide} can't hold exactly. "
                f"Convert it first: {name}.astype({wide.name!r})."
            )
            raise DataError(msg)
    return ",".join(
        ABSENT if array is None else f"{array.dtype.kind}{array.dtype.itemsize}"
        for array in arrays.values()
    )


def restore(values: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any] | None:
    """Return stored values in the type they had, or None where there were none."""
    return None if dtype == ABSENT else values.astype(dtype, copy=False)


def printable(text: str) -> str:
    """Return text that every database takes: names of files may hold any byte."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def check_unit(unit: str) -> str:
    """Return a unit; raise DataError if no database would take it."""
    if not unit.isprintable() or len(unit) > 120:
        msg = f"A unit must be printable text of at most 120 characters, got {unit!r}."
        raise DataError(msg)
    return unit


def object_name(meta: Mapping[str, Any]) -> str:
    """Return the object's name for the table: printable, at most 200 characters."""
    name = str(meta.get("object") or "")
    return "".join(character for character in name if character.isprintable())[:200]


def number(value: float | None) -> float | None:
    """Return a float for the catalogue, where NaN is no value."""
    return None if value is None or math.isnan(value) else float(value)
