"""The recipe of a search for a posterior's best options."""

from collections.abc import Mapping
from typing import Any, ClassVar

from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.tuning.recipe import TuneRecipe


class TunePosteriorRecipe(TuneRecipe):
    """Search for the options with which a posterior of a model grid's parameters is best.

    The loss is the mean negative log posterior density of the parameters of the validation's
    nodes, in the box of the grid.
    """

    unfair: ClassVar[tuple[str, ...]] = (
        *("collection", "labels", "observing", "validation", "held_out", "split_by", "seed"),
    )
    usual: ClassVar[Mapping[str, Any]] = {
        "learning_rate": {"low": 3e-4, "high": 6e-3, "log": True},
        "batch_size": [128, 256, 512],
        "network.n_components": [16, 24, 32, 48, 64],
        "network.hidden": {"low": 64, "high": 512, "step": 64},
        "network.blocks": {"low": 1, "high": 4},
    }

    training: TrainRecipe
