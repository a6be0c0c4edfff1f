"""Domain: physical parameters of atmospheres, with calibrated uncertainties, from spectra."""

from starsieve.atmospheres.recipes import EvaluateRecipe, InferRecipe, TrainRecipe
from starsieve.tasks import Task

TASKS = (
    Task(
        name="atmospheres.train",
        recipe=TrainRecipe,
        function="starsieve.atmospheres.train:train",
        summary="Train a posterior of a model grid's parameters.",
    ),
    Task(
        name="atmospheres.infer",
        recipe=InferRecipe,
        function="starsieve.atmospheres.stored:infer_collection",
        summary="Infer the parameters of a collection's spectra.",
    ),
    Task(
        name="atmospheres.evaluate",
        recipe=EvaluateRecipe,
        function="starsieve.atmospheres.stored:evaluate_model",
        summary="Evaluate a model on grid nodes that it never saw, beside baselines.",
    ),
)
