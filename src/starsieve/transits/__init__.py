"""Domain: transiting planets, from light curves to candidates with calibrated probabilities."""

from starsieve.tasks import Task
from starsieve.transits.classifier_recipe import EvaluateVetterRecipe, TrainVetterRecipe
from starsieve.transits.ranking_recipe import RankRecipe, TrainRankerRecipe
from starsieve.transits.recovery_recipe import InjectionRecoveryRecipe
from starsieve.transits.task_recipes import MakeExamplesRecipe, SearchRecipe, VetRecipe
from starsieve.transits.tune_recipe import TuneRankerRecipe, TuneVetterRecipe

TASKS = (
    Task(
        name="transits.search",
        recipe=SearchRecipe,
        function="starsieve.transits.stored:search_collection",
        summary="Search the light curves of a collection for transits.",
    ),
    Task(
        name="transits.vet",
        recipe=VetRecipe,
        function="starsieve.transits.stored:vet_collection",
        summary="Search the light curves of a collection and judge every candidate.",
    ),
    Task(
        name="transits.rank",
        recipe=RankRecipe,
        function="starsieve.transits.rank_stored:rank_candidates",
        summary="Rank the candidates of a list by how probable a planet is.",
    ),
    Task(
        name="transits.injection-recovery",
        recipe=InjectionRecoveryRecipe,
        function="starsieve.transits.recovery:injection_recovery",
        summary="Inject planets into light curves and count which are found again.",
    ),
    Task(
        name="transits.make-examples",
        recipe=MakeExamplesRecipe,
        function="starsieve.transits.made_examples:make_examples_file",
        summary="Make signals of known truth for a vetter to learn from.",
    ),
    Task(
        name="transits.train",
        recipe=TrainVetterRecipe,
        function="starsieve.transits.train_vetter:train_vetter",
        summary="Train a model that judges candidates by their views and numbers.",
    ),
    Task(
        name="transits.evaluate",
        recipe=EvaluateVetterRecipe,
        function="starsieve.transits.evaluate_vetter:evaluate_vetter",
        summary="Judge a vetter on signals of stars that it never saw.",
    ),
    Task(
        name="transits.train-ranker",
        recipe=TrainRankerRecipe,
        function="starsieve.transits.train_ranker:train_ranker",
        summary="Train a model that ranks tables of candidates.",
    ),
    Task(
        name="transits.tune",
        recipe=TuneVetterRecipe,
        function="starsieve.transits.tune:tune_vetter",
        summary="Search for the options with which a vetter is best.",
    ),
    Task(
        name="transits.tune-ranker",
        recipe=TuneRankerRecipe,
        function="starsieve.transits.tune:tune_ranker",
        summary="Search for the options with which a ranker is best.",
    ),
)
