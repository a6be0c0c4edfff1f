"""Search for the best options of a training: in this process, or with several."""

import time
import uuid
from typing import Any

import optuna
from optuna.trial import TrialState

from starsieve.archive import Archive
from starsieve.tasks import Recipe
from starsieve.tuning.journal import load, open_study
from starsieve.tuning.recipe import TuneRecipe
from starsieve.tuning.results import StudyResult, need_best, read_result
from starsieve.tuning.space import Choices, Dimension, is_whole, value_in, with_values
from starsieve.tuning.toml import recipe_text
from starsieve.tuning.trials import Progress, Training, Worker, sweep, work
from starsieve.tuning.workers import work_together

MOST_KEPT = 1000
"""Trials that a run's result repeats; the study has all of them."""

BEST_OF_OTHERS = 5
"""Trials of each earlier study that are tried again first."""


def search(
    recipe: TuneRecipe,
    archive: Archive,
    training: Training,
    progress: Progress | None = None,
    run: int | None = None,
) -> dict[str, Any]:
    """Search until there are enough trials, or time is up; return what was found.

    A study that was interrupted, or had fewer trials, goes on where it was.

    Parameters
    ----------
    recipe : TuneRecipe
    archive : Archive
        Keeps all trials, and what the training learns from.
    training : Training
    progress : callable, optional
        Called as ``progress(done, total, what)`` at every step of a training.
    run : int, optional
        Number of the run that this is.

    Returns
    -------
    dict
        Names and numbers: see `to_record`.

    Raises
    ------
    DataError
        If the archive has another study of that name, or no trial ended well.
    """
    deadline = None if recipe.seconds is None else time.time() + recipe.seconds
    worker = Worker(uuid.uuid4().hex, run, deadline)
    study = open_study(recipe, archive, training.task)
    with archive.studies.alone(recipe.name):
        sweep(study, archive, worker)
        warnings = recipe.warnings() + _begin_with(study, recipe, archive)
    if recipe.workers == 1:
        work(study, recipe, archive, training, worker, progress)
    else:
        work_together(study, recipe, archive, training, worker, progress)
    return to_record(read_result(study, recipe, training.task)) | {"warnings": warnings}


def to_record(result: StudyResult) -> dict[str, Any]:
    """Return a study as JSON holds it, the best recipe included.

    Raises
    ------
    DataError
        If no trial went to its end.
    """
    best = need_best(result)
    return {
        "study": result.recipe.name,
        "task": result.task,
        "metric": result.recipe.metric,
        "direction": result.recipe.direction,
        "n_trials": sum(result.counts.values()) - result.counts.get("again", 0),
        **{f"n_{state}": result.counts.get(state, 0) for state in ("complete", "pruned", "failed")},
        "seconds": round(sum(trial.seconds for trial in result.trials), 3),
        "best": {"trial": best.number, "value": best.value, "values": dict(best.values)},
        "importances": dict(result.importances),
        "recipe": best_recipe(result).model_dump(mode="json"),
        "budget": result.budget().to_record(),
        "tried": [trial.to_record() for trial in result.trials[:MOST_KEPT]],
    }


def best_recipe(result: StudyResult) -> Recipe:
    """Return the training's recipe with the best trial's values.

    Raises
    ------
    DataError
        If no trial went to its end.
    """
    return with_values(result.recipe.training, need_best(result).values)


def best_text(result: StudyResult) -> str:
    """Return the best recipe as the file that ``starsieve train`` takes.

    Raises
    ------
    DataError
        If no trial went to its end.
    """
    best = need_best(result)
    comment = (
        f"The best of {len(result.complete)} complete trials of the study {result.recipe.name}, "
        f"trial {best.number}: {result.recipe.metric} {best.value!r}.\n"
        f"Searched: {', '.join(result.recipe.search)}."
    )
    return recipe_text(best_recipe(result), comment)


def _begin_with(study: optuna.Study, recipe: TuneRecipe, archive: Archive) -> list[str]:
    """Let a new study begin with what is known; return what can't be tried."""
    if study.get_trials(deepcopy=False):
        return []
    told = []
    if recipe.own_first:
        own = {name: value_in(recipe.training, name) for name in recipe.search}
        if (params := _params(own, recipe)) is None:
            told.append("the recipe's own values are outside of what is searched: not tried.")
        else:
            study.enqueue_trial(params)
    for name in recipe.start_from:
        other = _best_of(archive, name)
        taken = [p for trial in other if (p := _params(trial, recipe)) is not None]
        for params in taken:
            study.enqueue_trial(params, skip_if_exists=True)
        if not taken:
            told.append(f"nothing that the study {name!r} tried is within what is searched.")
    return told


def _best_of(archive: Archive, name: str) -> list[dict[str, Any]]:
    """Return the options of the best trials of another study, as Optuna's parameters."""
    info = archive.studies.get(name)
    direction = str(info.recipe["direction"])
    found = load(archive, name, direction).get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    found.sort(key=lambda trial: float(trial.value or 0.0), reverse=direction == "maximise")
    return [trial.params for trial in found[:BEST_OF_OTHERS]]


def _params(values: dict[str, Any], recipe: TuneRecipe) -> dict[str, Any] | None:
    """Return values as Optuna's parameters; None unless all are among what is searched."""
    params = {}
    for name, dimension in recipe.search.items():
        found = _param(values.get(name, value_in(recipe.training, name)), name, dimension, recipe)
        if found is None:
            return None
        params[name] = found
    return params


def _param(value: Any, name: str, dimension: Dimension, recipe: TuneRecipe) -> Any:
    """Return a value, or its label, if it is among what is searched; else None."""
    if isinstance(dimension, Choices):
        return dimension.label_for(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    step = dimension.step or (1 if is_whole(dimension, recipe.training, name) else None)
    off = 0.0 if step is None else (value - dimension.low) / step
    inside = dimension.low <= value <= dimension.high
    return value if inside and abs(off - round(off)) < 1e-9 else None
