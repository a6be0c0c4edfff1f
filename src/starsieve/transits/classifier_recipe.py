"""The recipes of a vetter: what it learns from and how, and on what it is judged."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from starsieve.tasks import Name, Recipe
from starsieve.transits.ranking_recipe import BoostingOptions, ForestOptions


class VettingNetworkOptions(BaseModel):
    """A convolutional branch for each view, a dense one for the numbers, and a common head.

    Parameters
    ----------
    channels : int
        Of the first convolution; the later ones have twice as many.
    features_per_view : int
        Numbers that a branch hands on.
    hidden : int
        Width of the dense layers.
    dropout : float
        Part of the head's inputs that a training step leaves out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: Annotated[int, Field(ge=1, le=256)] = 16
    features_per_view: Annotated[int, Field(ge=1, le=256)] = 16
    hidden: Annotated[int, Field(ge=1, le=1024)] = 64
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3


class AugmentOptions(BaseModel):
    """How examples are varied, so that a network does not learn them by heart.

    Parameters
    ----------
    reverse : float
        Probability to run time backwards.
    shift_bins : int
        Farthest by which local views move.
    noise : float
        Largest standard deviation that is added to views, in depths.
    drop_view, drop_number : float
        Probability to do without a view, or a number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reverse: Annotated[float, Field(ge=0, le=1)] = 0.5
    shift_bins: Annotated[int, Field(ge=0, le=10)] = 2
    noise: Annotated[float, Field(ge=0)] = 0.1
    drop_view: Annotated[float, Field(ge=0, lt=1)] = 0.1
    drop_number: Annotated[float, Field(ge=0, lt=1)] = 0.1


class TrainVetterRecipe(Recipe):
    """Train a vetter on signals whose nature is known.

    Parameters
    ----------
    model : str
        Name of the model.
    files : tuple of str
        ``.npz`` files of examples; those that are missing are an error.
    features : tuple of str
        Numbers to use, by the names that the files give them; a vetter works without those that
        are unknown for a signal.
    views : tuple of str
        Views to use.
    planet_share : float
        Probabilities hold for signals of which this part are planets. Examples are weighted so
        that they are so in every file; otherwise a vetter would learn which file is which.
    members : int
        Each leaves out another part of the stars.
    networks : int
        Of each member; their answers are averaged.
    epochs : int
        How often a network sees every example.
    """

    model: Name = "my-vetter"
    files: Annotated[tuple[str, ...], Field(min_length=1)]
    features: tuple[str, ...] = (
        *("period_days", "duration_hours", "depth_ppm", "snr", "odd_even_part", "n_transits"),
        *("tmag", "teff", "radius", "mass", "density"),
    )
    views: tuple[str, ...] = (
        *("global_view", "local_view", "odd_view", "even_view"),
        *("secondary_view", "half_phase_view"),
    )
    planet_share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    members: Annotated[int, Field(ge=2, le=50)] = 5
    networks: Annotated[int, Field(ge=1, le=20)] = 2
    epochs: Annotated[int, Field(ge=1, le=1000)] = 30
    batch_size: Annotated[int, Field(ge=2, le=4096)] = 256
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 3e-3
    network: VettingNetworkOptions = VettingNetworkOptions()
    augment: AugmentOptions = AugmentOptions()
    boosting: BoostingOptions = BoostingOptions(
        iterations=250, learning_rate=0.05, leaves=12, smallest_leaf=15, feature_share=0.2
    )
    forest: ForestOptions = ForestOptions(trees=60, smallest_leaf=3, feature_share=0.3)
    description: str = ""
    sources: tuple[str, ...] = ()
    licence: str = ""


class EvaluateVetterRecipe(Recipe):
    """Judge a vetter on examples of stars that its members never saw, and write a report.

    Parameters
    ----------
    model : str
        Name of the model.
    files : tuple of str
        ``.npz`` files of examples.
    report : str
        Folder of the report.
    precisions : tuple of float
        For which thresholds are looked for.
    """

    model: str = "transit-vetter"
    files: Annotated[tuple[str, ...], Field(min_length=1)]
    report: str = "vetter-report"
    precisions: tuple[Annotated[float, Field(gt=0, le=1)], ...] = (0.5, 0.8, 0.9, 0.95)
