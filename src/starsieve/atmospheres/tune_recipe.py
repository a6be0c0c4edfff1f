"""The recipes of searches for the best options of posteriors and regressors."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import model_validator

from starsieve.atmospheres.network_recipes import POSTERIOR_KINDS, Posterior
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.several.recipes import SeveralRecipe
from starsieve.tasks import Recipe
from starsieve.tuning.recipe import TuneRecipe
from starsieve.tuning.space import Choices

RATE = {"low": 3e-4, "high": 6e-3, "log": True}
EMBEDDING: Mapping[str, Any] = {
    "learning_rate": RATE,
    "batch_size": [128, 256, 512],
    "network.hidden": {"low": 64, "high": 512, "step": 64},
    "network.blocks": {"low": 1, "high": 4},
}
PROJECTION = {"network.n_components": [16, 24, 32, 48, 64]}
CONVOLUTIONS = {"network.channels": [16, 24, 32, 48, 64]}
TELESCOPEML: Mapping[str, Any] = {
    "learning_rate": {"low": 3e-5, "high": 3e-3, "log": True},
    "network.filters": [8, 16, 32],
    "network.kernel": {"low": 3, "high": 8},
    "network.pool": {"low": 2, "high": 4},
    "network.conv_blocks": [1, 2, 3],
    "network.conv_layers": [1, 2, 3],
    "network.first_units": [64, 128, 256],
    "network.first_layers": [1, 2, 3],
    "network.first_dropout": {"low": 0.0, "high": 0.4},
    "network.second_units": [32, 64, 128],
    "network.second_layers": [1, 2, 3, 4],
    "network.second_blocks": [1, 2],
    "network.second_dropout": {"low": 0.0, "high": 0.4},
}
"""The thirteen options that TelescopeML searches (Gharib-Nezhad et al. 2024, JOSS 9, 6346)."""

USUAL: Mapping[str, Mapping[str, Any]] = {
    "flow": EMBEDDING,
    "mixture": {**EMBEDDING, "network.n_gaussians": [4, 8, 12, 16]},
    "convolutional": TELESCOPEML,
    "random-forest": {
        "network.min_leaf": {"low": 1, "high": 20, "log": True},
        "network.max_features": {"low": 0.03, "high": 0.5, "log": True},
        "network.random_thresholds": [False, True],
    },
    "gradient-boosting": {
        "network.n_components": {"low": 10, "high": 100, "step": 10},
        "network.n_rounds": {"low": 50, "high": 500, "log": True},
        "network.max_leaves": {"low": 8, "high": 64, "log": True},
        "network.shrinkage": {"low": 0.03, "high": 0.3, "log": True},
    },
    "pca-ridge": {
        "network.n_components": {"low": 10, "high": 160, "step": 10},
        "network.penalty": {"low": 1e-3, "high": 1e3, "log": True},
    },
    "nearest": {"network.floor": {"low": 1e-3, "high": 0.3, "log": True}},
}
"""What is usually searched, by the kind of network."""


class TunePosteriorRecipe(TuneRecipe):
    """Search for the options with which a posterior, or a regressor, of a grid's labels is best.

    The loss of a posterior is the mean negative log posterior density of the parameters of the
    validation's nodes, in the box of the grid; that of a regressor is the Huber loss of those
    nodes' prepared labels, summed over labels. The two can't be compared.
    """

    unfair: ClassVar[tuple[str, ...]] = (
        *("collection", "labels", "observing", "validation", "held_out", "split_by", "seed"),
        "network.preparation",
    )

    training: TrainRecipe

    @classmethod
    def usual_for(cls, training: Recipe) -> Mapping[str, Any]:
        """Return what is usually searched of the kind of network that a recipe has."""
        assert isinstance(training, TrainRecipe)
        usual = USUAL[training.network.kind]
        if isinstance(training.network, Posterior):
            convolves = training.network.embedding == "convolution"
            return {**usual, **(CONVOLUTIONS if convolves else PROJECTION)}
        return usual

    @model_validator(mode="after")
    def _can_be_judged(self) -> Self:
        kinds = self._kinds()
        posteriors = {kind for kind in kinds if kind in POSTERIOR_KINDS}
        if posteriors and (others := kinds - posteriors):
            msg = (
                f"{', '.join(sorted(posteriors))} and {', '.join(sorted(others))} are not judged "
                "by the same loss: search posteriors and regressors apart"
            )
            raise ValueError(msg)
        if not posteriors and not self.training.validation:
            msg = (
                "training.validation names no nodes, so the loss would be that of the spectra "
                "trained on, and the best would be what learns them by heart; name some, as "
                f"validation = {{ {self.training.labels[0]} = [...] }}"
            )
            raise ValueError(msg)
        return self

    def warnings(self) -> list[str]:
        """Return why the values of trials may not be comparable, or not be worth much."""
        if self.training.validation:
            return super().warnings()
        told = "training.validation names no nodes: the loss is that of nodes trained on."
        return [told, *super().warnings()]

    def _kinds(self) -> set[str]:
        """Return the kinds of network that are tried."""
        kinds: set[str] = {self.training.network.kind}
        if isinstance(words := self.search.get("network.kind"), Choices):
            kinds |= set(words.choices)
        if isinstance(tables := self.search.get("network"), Choices):
            kinds |= {table.get("kind", "flow") for table in tables.choices}
        return kinds


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
