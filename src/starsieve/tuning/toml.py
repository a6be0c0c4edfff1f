"""Recipes as TOML: what ``starsieve train`` reads is written here."""

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from starsieve.errors import RecipeError
from starsieve.tasks import Recipe

BARE = re.compile(r"[A-Za-z0-9_-]+")


def recipe_text(recipe: Recipe, comment: str = "") -> str:
    """Return a recipe with all its options as TOML that reads back to the same.

    Parameters
    ----------
    recipe : Recipe
    comment : str
        Lines to stand above.

    Raises
    ------
    RecipeError
        If an option's value has no form in TOML.
    """
    options = recipe.model_dump(mode="json")
    text = "".join(f"# {line}\n" for line in comment.splitlines()) + to_toml(options)
    if type(recipe).model_validate(tomllib.loads(text)) != recipe:
        msg = (
            f"The recipe of {options.get('model', 'the training')} can't be written as TOML: an "
            "option is set to nothing that is something by default."
        )
        raise RecipeError(msg)
    return text


def to_toml(options: Mapping[str, Any]) -> str:
    """Return options as TOML, tables after the rest; what is None is left out.

    Examples
    --------
    >>> print(to_toml({"steps": 100, "network": {"kind": "flow", "scale": 1e-05}}), end="")
    steps = 100
    <BLANKLINE>
    [network]
    kind = "flow"
    scale = 1e-05
    """
    return "\n".join(_lines(options, ())).lstrip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    plain = {k: v for k, v in table.items() if v is not None and not isinstance(v, Mapping)}
    tables = {k: v for k, v in table.items() if isinstance(v, Mapping)}
    if path and (plain or not tables):
        yield ""
        yield f"[{'.'.join(path)}]"
    for name, value in plain.items():
        yield f"{_key(name)} = {_value(value)}"
    for name, inner in tables.items():
        yield from _lines(inner, (*path, _key(name)))


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = (f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None)
        return f"{{ {', '.join(inner)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(each) for each in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value)  # of a float TOML reads what Python does
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
