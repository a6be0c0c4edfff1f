"""Every recipe that ships is one that a task accepts."""

import tomllib
from contextlib import suppress
from importlib import import_module

import pytest

from starsieve.errors import RecipeError
from tests.architecture.paths import PACKAGE

RECIPES = sorted((PACKAGE / "recipes").glob("*.toml"))


def test_recipes_ship_with_the_package():
    assert RECIPES


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_shipped_recipe_is_accepted_by_one_task(path):
    tasks = import_module("starsieve.registry").TASKS.values()
    options = tomllib.loads(path.read_text(encoding="utf-8"))
    recipes = []
    for task in tasks:
        with suppress(RecipeError):
            recipes.append(task.read_recipe(options))

    (recipe,) = recipes

    assert type(recipe).model_validate_json(recipe.model_dump_json()) == recipe
