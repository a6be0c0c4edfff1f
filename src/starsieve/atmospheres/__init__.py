"""Domain: physical parameters of atmospheres, with calibrated uncertainties, from spectra."""

from starsieve.atmospheres.recipes import EvaluateRecipe, InferRecipe, TrainRecipe
from starsieve.atmospheres.several.recipes import FineTuneRecipe, SeveralRecipe
from starsieve.atmospheres.tune_recipe import TunePosteriorRecipe, TuneSeveralRecipe
from starsieve.tasks import Task

TASKS = (
    Task(
        name="atmospheres.train",
        recipe=TrainRecipe,
        function="starsieve.atmospheres.stored:train",
        summary="Train a posterior of a model grid's parameters, or a baseline.",
    ),
    Task(
        name="atmospheres.train-several",
        recipe=SeveralRecipe,
        function="starsieve.atmospheres.several.train:train_several",
        summary="Train one posterior on several model grids.",
    ),
    Task(
        name="atmospheres.train-tuned",
        recipe=FineTuneRecipe,
        function="starsieve.atmospheres.tuning.finetune:fine_tune",
        summary="Tune a posterior of several grids on labelled spectra, and calibrate it.",
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
        summary="Evaluate a model on simulated spectra of its grids, beside baselines.",
    ),
    Task(
        name="atmospheres.tune",
        recipe=TunePosteriorRecipe,
        function="starsieve.atmospheres.tune:tune",
        summary="Search for the options with which a posterior, or a regressor, is best.",
    ),
    Task(
        name="atmospheres.tune-several",
        recipe=TuneSeveralRecipe,
        function="starsieve.atmospheres.tune:tune_several",
        summary="Search for the options with which one posterior of several grids is best.",
    ),
)
