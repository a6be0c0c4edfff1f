"""The recipes of searches for the best options of a vetter and of a ranker."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from starsieve.transits.classifier_recipe import TrainVetterRecipe
from starsieve.transits.ranking_recipe import TrainRankerRecipe
from starsieve.tuning.recipe import TuneRecipe


class TuneVetterRecipe(TuneRecipe):
    """Search for the options with which a vetter tells planets best on stars it never saw.

    Parameters
    ----------
    metric : str
        Of one file of examples, as ``yu2019.average_precision``; its direction must be given, too.
    """

    unfair: ClassVar[tuple[str, ...]] = ("files", "planet_share", "seed")
    usual: ClassVar[Mapping[str, Any]] = {
        "learning_rate": {"low": 5e-4, "high": 1e-2, "log": True},
        "network.channels": [8, 16, 32],
        "network.hidden": [32, 64, 128],
        "network.dropout": {"low": 0.0, "high": 0.6},
    }

    training: TrainVetterRecipe
    metric: str = Field(min_length=1)


class TuneRankerRecipe(TuneRecipe):
    """Search for the options with which a ranker's probabilities are best on stars it never saw."""

    unfair: ClassVar[tuple[str, ...]] = ("tables", "stars", "planets", "others", "seed")
    usual: ClassVar[Mapping[str, Any]] = {
        "boosting.learning_rate": {"low": 0.01, "high": 0.2, "log": True},
        "boosting.iterations": {"low": 50, "high": 500, "log": True},
        "boosting.leaves": {"low": 4, "high": 32, "log": True},
        "boosting.l2": {"low": 0.1, "high": 30.0, "log": True},
    }

    training: TrainRankerRecipe
    metric: str = Field(default="brier", min_length=1)
