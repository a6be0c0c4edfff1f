"""Domain: what spectra say of themselves, and the services that grow out of it."""

from starsieve.representations.disentangle_recipe import DisentangleRecipe
from starsieve.representations.recipes import TrainRecipe
from starsieve.tasks import Task

TASKS: tuple[Task, ...] = (
    Task(
        name="representations.train",
        recipe=TrainRecipe,
        function="starsieve.representations.train:train",
        summary="Train a representation of spectra: into a few numbers, and back.",
    ),
    Task(
        name="representations.disentangle",
        recipe=DisentangleRecipe,
        function="starsieve.representations.disentangle:disentangle_collection",
        summary="Say what latents mean: informative ones, information on labels, scores.",
    ),
)
