"""Optuna's studies in the archive's database.

Optuna's own tables would bring a version table of Alembic's that has the name of ours. Its journal
needs but one list of entries, which is a table of the archive's schema.
"""

import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend

from starsieve.archive import Archive
from starsieve.archive.studies import StudyStore
from starsieve.errors import DataError
from starsieve.tasks import Recipe
from starsieve.tuning.recipe import HyperbandPruning, MedianPruning, TuneRecipe
from starsieve.tuning.space import Dimension, Range, is_whole, value_in


class Journal(BaseJournalBackend):
    """One study's journal, as Optuna reads and writes it."""

    def __init__(self, studies: StudyStore, name: str) -> None:
        self._studies = studies
        self._name = name

    def read_logs(self, log_number_from: int) -> list[dict[str, Any]]:
        """Return entries from a number on."""
        return self._studies.read(self._name, log_number_from)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add entries."""
        self._studies.append(self._name, logs)


def open_study(recipe: TuneRecipe, archive: Archive, task: str) -> optuna.Study:
    """Return the study of a recipe, with all its trials; make it if it is new.

    Parameters
    ----------
    task : str
        The training that is tuned.

    Raises
    ------
    DataError
        If the archive has another study of that name.
    """
    identity = recipe.identity()
    kept = archive.studies.open(recipe.name, task, identity)
    other = [name for name in identity if kept.recipe.get(name) != identity[name]]
    other += ["task"] if kept.task != task else []
    if other:
        msg = (
            f"The archive has a study {recipe.name!r} with another {', another '.join(other)}: "
            "trials of both can't be compared. Choose another name (--study NAME), or forget that "
            f"one: starsieve studies remove {recipe.name}"
        )
        raise DataError(msg)
    return load(archive, recipe.name, recipe.direction, _pruner(recipe))


def load(
    archive: Archive, name: str, direction: str, pruner: BasePruner | None = None
) -> optuna.Study:
    """Return a study that the archive has."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # progress is told by our callers
    return optuna.create_study(
        storage=JournalStorage(Journal(archive.studies, name)),
        study_name=name,
        direction={"minimise": "minimize", "maximise": "maximize"}[direction],
        pruner=pruner or NopPruner(),
        load_if_exists=True,
    )


def make_sampler(recipe: TuneRecipe, number: int) -> BaseSampler:
    """Return what chooses the values of a trial.

    It depends on the seed and the trial's place in the study alone, so that a study that was
    interrupted goes on as if it had not been.
    """
    seed = int(np.random.SeedSequence([recipe.seed, number]).generate_state(1)[0])
    if recipe.sampler == "random":
        return RandomSampler(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return TPESampler(
            n_startup_trials=recipe.startup_trials,
            multivariate=True,
            constant_liar=recipe.workers > 1,  # not the same again as another worker just tries
            seed=seed,
        )


def distributions(search: Mapping[str, Dimension], training: Recipe) -> dict[str, BaseDistribution]:
    """Return what is searched in Optuna's terms; choices by their labels."""
    return {name: _distribution(name, each, training) for name, each in search.items()}


def _distribution(name: str, dimension: Dimension, training: Recipe) -> BaseDistribution:
    if not isinstance(dimension, Range):
        return CategoricalDistribution(dimension.labels)
    low, high, step = dimension.low, dimension.high, dimension.step
    if step is not None:  # Optuna wants the last value that is tried
        high = low + step * math.floor((high - low) / step + 1e-9)
    if is_whole(dimension, training, name):
        return IntDistribution(int(low), int(high), log=dimension.log, step=int(step or 1))
    return FloatDistribution(float(low), float(high), log=dimension.log, step=step)


def _pruner(recipe: TuneRecipe) -> BasePruner:
    pruning = recipe.pruner
    if isinstance(pruning, MedianPruning):
        return MedianPruner(pruning.startup_trials, pruning.warm_up_steps)
    if isinstance(pruning, HyperbandPruning):
        first = int(pruning.least_steps or value_in(recipe.training, "validate_every") or 1)
        steps = value_in(recipe.training, "steps")
        if isinstance(steps, int):
            return HyperbandPruner(min(first, steps), steps, pruning.reduction)
        return HyperbandPruner(first, "auto", pruning.reduction)
    return NopPruner()
