"""Every task by name, and the recipes that ship. The only module that knows all domains."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from starsieve import atmospheres, representations, transits
from starsieve.errors import NotInArchiveError
from starsieve.tasks import Task

TASKS: dict[str, Task] = {
    task.name: task for task in (*atmospheres.TASKS, *representations.TASKS, *transits.TASKS)
}


def get_task(name: str) -> Task:
    """Return a task by name.

    Raises
    ------
    NotInArchiveError
        If there is none; the message names those that there are.
    """
    if name not in TASKS:
        close = get_close_matches(name, TASKS)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        msg = f"No task {name!r}.{hint} There are: {', '.join(sorted(TASKS))}."
        raise NotInArchiveError(msg)
    return TASKS[name]


def shipped_recipes() -> dict[str, Path]:
    """Return the recipes that come with the package, by name."""
    folder = Path(str(files("starsieve") / "recipes"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def read_shipped_recipe(name: str) -> dict[str, Any]:
    """Return the options of a recipe that ships.

    Raises
    ------
    NotInArchiveError
        If there is none of that name.
    """
    if name not in (recipes := shipped_recipes()):
        msg = f"No recipe {name!r} ships. There are: {', '.join(recipes)}."
        raise NotInArchiveError(msg)
    return tomllib.loads(recipes[name].read_text(encoding="utf-8"))


def training_task(options: Mapping[str, Any]) -> Task:
    """Return the training that a recipe is for: the one with the fewest objections to it.

    Recipes name no task; their options tell them apart.
    """
    trainings = [
        task for task in TASKS.values() if task.name.rpartition(".")[2].startswith("train")
    ]
    return min(trainings, key=lambda task: _objections(task, options))


def tuning_of(training: str) -> Task:
    """Return the search for the best options of a training, by the training's name.

    Raises
    ------
    NotInArchiveError
        If there is none.
    """
    domain, _, name = training.rpartition(".")
    tuning = f"{domain}.{name.replace('train', 'tune', 1)}"
    if tuning not in TASKS:
        known = ", ".join(each for each in TASKS if each.rpartition(".")[2].startswith("tune"))
        msg = f"There is no search for the best options of {training}. There are: {known}."
        raise NotInArchiveError(msg)
    return TASKS[tuning]


def _objections(task: Task, options: Mapping[str, Any]) -> int:
    try:
        task.recipe.model_validate(options)
    except ValidationError as error:
        return error.error_count()
    return 0
