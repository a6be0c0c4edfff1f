"""``starsieve train``: a model from a recipe."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starsieve.cli.options import ArchivePath, AsJson, get_settings
from starsieve.cli.output import hint, say
from starsieve.cli.recipes import Overrides, read_recipe
from starsieve.cli.runs import run_recorded, write_result

if TYPE_CHECKING:
    from starsieve.tasks import Task


def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", show_default=False)],
    overrides: Overrides = None,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Train a model as a recipe says.

    For example:
      starsieve train diamondback-spex
      starsieve train my-grid.toml --set steps=500 --set model=quick
      starsieve train toi-ranker --set 'tables=["toi.csv"]'
      torchrun --nproc-per-node 4 -m starsieve train my-spectra.toml

    RECIPE is a TOML file, or the name of a recipe that ships. Makes the archive if there
    is none. An interrupted training goes on with: starsieve runs resume NUMBER
    """
    options = read_recipe(recipe, overrides)
    from starsieve.registry import training_task

    task = training_task(options)
    if os.environ.get("RANK", "0") != "0":
        _join(task, options, archive)
        return
    result = run_recorded(task.name, options, archive, create=True)
    for warning in result.get("warnings", ()):
        say(warning)
    write_result(result, as_json)
    hint(f"starsieve evaluate {result.get('model', 'MODEL')}")


def _join(task: "Task", options: Mapping[str, Any], archive: Path | None) -> None:
    """Take part in a training of several processes, whose first one keeps the record."""
    from starsieve.archive import Archive

    settings = get_settings(archive)
    with Archive.open(settings.archive, settings.database_url) as store:
        task.load()(task.read_recipe(options), store)
