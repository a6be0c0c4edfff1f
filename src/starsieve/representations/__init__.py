"""Domain: what spectra say of themselves, and the services that grow out of it."""

from starsieve.tasks import Task

TASKS: tuple[Task, ...] = ()
