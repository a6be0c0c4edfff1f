"""The recipe of a search for a posterior's best options."""

from collections.abc import Mapping
from typing import Any, ClassVar

from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.several.recipes import SeveralRecipe
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


class TuneSeveralRecipe(TuneRecipe):
    """Search for the options with which one posterior of several grids is best.

    The loss is that of simulated observations of all grids, which stay the same.
    """

    unfair: ClassVar[tuple[str, ...]] = ("grids", "labels", "outputs", "observing", "seed")
    usual: ClassVar[Mapping[str, Any]] = {
        "learning_rate": {"low": 3e-4, "high": 6e-3, "log": True},
        "batch_size": [192, 384, 768],
        "network.hidden": {"low": 64, "high": 384, "step": 64},
        "network.blocks": {"low": 1, "high": 4},
    }

    training: SeveralRecipe
