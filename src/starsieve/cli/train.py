"""``starsieve train``: a model from a recipe."""

from typing import Annotated

import typer

from starsieve.cli.options import ArchivePath, AsJson
from starsieve.cli.output import hint
from starsieve.cli.recipes import Overrides, read_recipe
from starsieve.cli.runs import run_recorded, write_result


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

    RECIPE is a TOML file, or the name of a recipe that ships. Makes the archive if there
    is none. An interrupted training goes on with: starsieve runs resume NUMBER
    """
    options = read_recipe(recipe, overrides)
    from starsieve.registry import training_task

    result = run_recorded(training_task(options).name, options, archive, create=True)
    write_result(result, as_json)
    hint(f"starsieve evaluate {result.get('model', 'MODEL')}")
