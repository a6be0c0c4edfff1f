"""A task that does nothing but count, for tests of runs."""

import time

from starsieve.archive import Archive
from starsieve.jobs import Progress
from starsieve.tasks import Recipe, Task


class CountRecipe(Recipe):
    """How far to count, how long each number takes, and where to stumble."""

    up_to: int = 3
    seconds: float = 0.0
    fail_at: int | None = None


def count(recipe: CountRecipe, archive: Archive, progress: Progress) -> dict[str, int]:
    """Count."""
    for number in range(recipe.up_to):
        if number == recipe.fail_at:
            msg = f"stumbled at {number}"
            raise ValueError(msg)
        progress(number, recipe.up_to, "counting")
        time.sleep(recipe.seconds)
    return {"counted": recipe.up_to}


COUNT = Task("tests.count", CountRecipe, "tests.cli.tasks:count", "Count.")
