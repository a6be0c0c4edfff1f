"""A recipe as the file that the command line takes."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any


def as_toml(recipe: Mapping[str, Any]) -> str:
    """Return a recipe as TOML; what has no value is left out.

    Examples
    --------
    >>> print(as_toml({"seed": 0, "pca": None, "search": {"min_snr": 7.0}}), end="")
    seed = 0
    <BLANKLINE>
    [search]
    min_snr = 7.0
    """
    return "\n".join(_lines(recipe, ())) + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield the values of a table, then the tables in it."""
    inner = {name: value for name, value in table.items() if isinstance(value, Mapping)}
    for name, value in table.items():
        if name not in inner and value is not None:
            yield f"{_key(name)} = {_value(value)}"
    for name, value in inner.items():
        here = (*path, _key(name))
        yield f"\n[{'.'.join(here)}]"
        yield from _lines(value, here)


def _key(name: str) -> str:
    plain = name.replace("_", "").replace("-", "")
    return name if plain.isascii() and plain.isalnum() else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value if each is not None) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    # JSON's text is TOML's, but for one letter that JSON does not escape.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
