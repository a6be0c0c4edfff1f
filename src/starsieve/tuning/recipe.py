"""What a search for the best options of a recipe is told. Imports neither torch nor Optuna."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from starsieve.tasks import Name, Recipe
from starsieve.tuning.space import Dimension, check_space, flatten, usual_space


class NoPruning(BaseModel):
    """Let every trial train to its end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["none"] = "none"


class MedianPruning(BaseModel):
    """Stop a trial whose best validation loss so far is worse than the median of the others'.

    Compared at the same step of the training.

    Parameters
    ----------
    startup_trials : int
        So many must have ended before any is stopped.
    warm_up_steps : int
        Of a training, before which it is never stopped.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["median"] = "median"
    startup_trials: int = Field(default=5, ge=1)
    warm_up_steps: int = Field(default=0, ge=0)


class HyperbandPruning(BaseModel):
    """Let few of many trials train on (Li et al. 2018, JMLR 18, 185).

    With the sampler that models good trials this is the idea of BOHB (Falkner et al. 2018,
    arXiv:1807.01774).

    Parameters
    ----------
    least_steps : int, optional
        Of the shortest trainings; by default those to the first validation.
    reduction : int
        Of so many trials one trains on, so many times as long.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["hyperband"] = "hyperband"
    least_steps: int | None = Field(default=None, ge=1)
    reduction: int = Field(default=3, ge=2)


class TuneRecipe(Recipe):
    """Search for the options of a recipe with which its training ends best.

    Parameters
    ----------
    seed : int
        Of what is tried; the training's own seed stands in its recipe.
    study : str, optional
        Name under which the archive keeps all trials, and goes on with them; by default that of
        the training's model.
    search : mapping of str to range or choices
        By option, dots lead into tables; by default those that usually matter.
    metric : str
        Of those that the training returns; dots lead into tables.
    trials : int
        In all, those of earlier runs of the study included.
    seconds : float, optional
        After so long no trial is begun.
    workers : int
        Processes that work on trials.
    sampler : {"tpe", "random"}
        What to try next: near what was good (a tree-structured Parzen estimator of all options
        together, Bergstra et al. 2011), or anything.
    startup_trials : int
        Tried at random before the sampler learns from them.
    own_first : bool
        Whether the first trial is the recipe as it is, so that the best one is never worse.
    start_from : names
        Other studies in this archive, whose best trials are tried again first.
    """

    unfair: ClassVar[tuple[str, ...]] = ()
    """Options that change what a loss is measured on: losses of their values can't be compared."""

    usual: ClassVar[Mapping[str, Any]] = {}
    """What is searched unless something is named."""

    training: Recipe
    study: Name | None = None
    search: dict[str, Dimension] = Field(default_factory=dict)
    metric: str = Field(default="validation_loss", min_length=1)
    direction: Literal["minimise", "maximise"] = "minimise"
    trials: int = Field(default=30, ge=1, le=100_000)
    seconds: float | None = Field(default=None, gt=0)
    workers: int = Field(default=1, ge=1, le=256)
    sampler: Literal["tpe", "random"] = "tpe"
    startup_trials: int = Field(default=8, ge=1)
    pruner: MedianPruning | HyperbandPruning | NoPruning = Field(
        default=MedianPruning(), discriminator="kind"
    )
    own_first: bool = True
    start_from: tuple[Name, ...] = ()

    @field_validator("search", mode="before")
    @classmethod
    def _flat(cls, value: Any, info: ValidationInfo) -> Any:
        if not value and isinstance(training := info.data.get("training"), Recipe):
            return usual_space(cls.usual_for(training), training)
        return flatten(value) if isinstance(value, Mapping) else value

    @model_validator(mode="after")
    def _can_be_searched(self) -> Self:
        check_space(self.search, self.training)
        return self

    @classmethod
    def usual_for(cls, training: Recipe) -> Mapping[str, Any]:  # noqa: ARG003 - others use it
        """Return what is usually searched of a training's recipe."""
        return cls.usual

    @property
    def name(self) -> str:
        """Of the study."""
        return self.study or str(getattr(self.training, "model", "study"))

    def identity(self) -> dict[str, Any]:
        """Return what makes a study: trials of two that differ in it can't be compared."""
        names = ("training", "search", "metric", "direction", "seed")
        whole = self.model_dump(mode="json")
        return {name: whole[name] for name in names}

    def warnings(self) -> list[str]:
        """Return why the values of trials may not be comparable."""
        return [
            f"{option} changes what {self.metric} is measured on: a better value may only be an "
            "easier question."
            for option in self.search
            if any(option == name or option.startswith(f"{name}.") for name in self.unfair)
        ]
