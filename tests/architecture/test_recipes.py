"""Every recipe that ships says which task it is for, and that task accepts it."""

import tomllib
from importlib import import_module

import pytest

from tests.architecture.paths import PACKAGE

RECIPES = sorted((PACKAGE / "recipes").glob("*.toml"))


def test_recipes_ship_with_the_package():
    assert RECIPES


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_shipped_recipe_is_accepted_by_its_task(path):
    tasks = import_module("starsieve.registry").TASKS
    options = tomllib.loads(path.read_text(encoding="utf-8"))

    task = tasks[options.pop("task")]
    recipe = task.read_recipe(options)

    assert task.recipe.model_validate_json(recipe.model_dump_json()) == recipe
