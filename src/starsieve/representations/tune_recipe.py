"""The recipe of a search for a representation's best options."""

from collections.abc import Mapping
from typing import Any, ClassVar

from starsieve.representations.recipes import TrainRecipe
from starsieve.tuning.recipe import TuneRecipe


class TuneRepresentationRecipe(TuneRecipe):
    """Search for the options with which a representation of spectra is best."""

    unfair: ClassVar[tuple[str, ...]] = (
        *("collections", "wave_range", "n_pixels", "resolution", "error_floor", "velocity"),
        *("objective", "validation_share", "seed"),
    )
    usual: ClassVar[Mapping[str, Any]] = {
        "learning_rate": {"low": 3e-4, "high": 6e-3, "log": True},
        "batch_size": [32, 64, 128, 256],
        "network.hidden": {"low": 64, "high": 512, "step": 64},
    }

    training: TrainRecipe
