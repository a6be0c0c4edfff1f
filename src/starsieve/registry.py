"""Every task there is, by name. The only module that knows all domains."""

from difflib import get_close_matches

from starsieve import atmospheres
from starsieve.errors import NotInArchiveError
from starsieve.tasks import Task

TASKS: dict[str, Task] = {task.name: task for task in atmospheres.TASKS}


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
