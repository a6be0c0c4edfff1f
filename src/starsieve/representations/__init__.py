"""Domain: what spectra say of themselves, and the services that grow out of it."""

from starsieve.representations.disentangle_recipe import DisentangleRecipe
from starsieve.representations.encode_recipe import EncodeRecipe
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.separation_recipe import SeparateRecipe
from starsieve.representations.service_recipes import EvaluateRecipe, OutliersRecipe, TagRecipe
from starsieve.representations.tune_recipe import TuneRepresentationRecipe
from starsieve.tasks import Task

TASKS: tuple[Task, ...] = (
    Task(
        name="representations.train",
        recipe=TrainRecipe,
        function="starsieve.representations.train:train",
        summary="Train a representation of spectra: into a few numbers, and back.",
    ),
    Task(
        name="representations.encode",
        recipe=EncodeRecipe,
        function="starsieve.representations.encode:encode_collection",
        summary="Keep the latents that a model makes of a collection's spectra.",
    ),
    Task(
        name="representations.evaluate",
        recipe=EvaluateRecipe,
        function="starsieve.representations.evaluate:evaluate_collection",
        summary="Judge a representation on a collection that it has encoded.",
    ),
    Task(
        name="representations.disentangle",
        recipe=DisentangleRecipe,
        function="starsieve.representations.disentangle:disentangle_collection",
        summary="Say what latents mean: informative ones, information on labels, scores.",
    ),
    Task(
        name="representations.tag",
        recipe=TagRecipe,
        function="starsieve.representations.tag:tag_collection",
        summary="Give spectra the labels that spectra near them have, with errors.",
    ),
    Task(
        name="representations.outliers",
        recipe=OutliersRecipe,
        function="starsieve.representations.outliers:list_outliers",
        summary="Rank the spectra of a collection by how unlike the others they are.",
    ),
    Task(
        name="representations.separate",
        recipe=SeparateRecipe,
        function="starsieve.representations.separate:separate_collection",
        summary="Tell the lines of the Earth's air from those of stars.",
    ),
    Task(
        name="representations.tune",
        recipe=TuneRepresentationRecipe,
        function="starsieve.representations.tune:tune",
        summary="Search for the options with which a representation is best.",
    ),
)
