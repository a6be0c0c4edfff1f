"""Recipes as the command line takes them: a file or a shipped name, and ``--set key=value``."""

import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from starsieve.errors import FileError, RecipeError

Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change one option of the recipe; may be repeated."
    ),
]
"""As ``--set network.hidden=64``; the value is read as TOML, else as plain text."""


def read_recipe(recipe: str, overrides: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the options that a recipe file, or a shipped recipe, holds.

    Parameters
    ----------
    recipe : str
        Path of a TOML file, or the name of a recipe that ships.
    overrides : sequence of str, optional
        ``key=value`` each; dots in the key lead into tables.

    Raises
    ------
    FileError
        If there is no such file and no such name, or it can't be read.
    RecipeError
        If it isn't TOML, or an override isn't ``key=value``.
    """
    path = _find(recipe)
    try:
        options = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{recipe}: can't be read: {error.strerror}."
        raise FileError(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{recipe}: not a TOML file: {error}."
        raise RecipeError(msg) from error
    for override in overrides or ():
        _set(options, override)
    return options


def _find(recipe: str) -> Path:
    from starsieve.registry import shipped_recipes

    shipped = shipped_recipes()
    if Path(recipe).is_file():
        return Path(recipe)
    if recipe in shipped:
        return shipped[recipe]
    close = get_close_matches(recipe, shipped)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    known = ", ".join(shipped) or "none"
    msg = f"{recipe}: no such file, and no shipped recipe of that name (there are: {known}).{meant}"
    raise FileError(msg)


def _set(options: dict[str, Any], override: str) -> None:
    """Set one option in place."""
    key, equals, text = override.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts):
        msg = f"--set {override}: expected KEY=VALUE, as in --set seed=1."
        raise RecipeError(msg)
    table = options
    for part in parts[:-1]:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            msg = f"--set {override}: {part!r} is a value in this recipe, not a table."
            raise RecipeError(msg)
        table = inner
    try:
        table[parts[-1]] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:  # a word without quotes, as one types it in a shell
        table[parts[-1]] = text
