"""What a study found: its trials, the best one, how it was come by, and which options matter."""

import csv
import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

from starsieve.archive import Archive
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.tuning.journal import distributions, load
from starsieve.tuning.recipe import TuneRecipe
from starsieve.tuning.space import Range
from starsieve.tuning.trials import values_of

State = Literal["complete", "pruned", "failed", "again", "running", "waiting"]
"""Of a trial; ``again`` is one that was cut off, and whose values were tried again."""

FEWEST = 4
"""Trials that went to their end, below which nothing can be said of what matters."""


@dataclass(frozen=True, slots=True)
class TrialResult:
    """One trial.

    Parameters
    ----------
    number : int
        From 1 on.
    state : str
        See `State`.
    value : float, optional
        Of the metric; of one that was stopped, the best validation loss that it had.
    values : mapping
        Of the options, by their dotted names.
    steps : int
        Of the training, up to its end or until it was stopped.
    seconds : float
        That it took.
    losses : tuple of (int, float)
        Best validation loss so far, by step.
    error : str, optional
        Why it failed.
    ended : datetime, optional
    """

    number: int
    state: State
    value: float | None
    values: Mapping[str, Any]
    steps: int
    seconds: float
    losses: tuple[tuple[int, float], ...] = ()
    error: str | None = None
    ended: datetime | None = None

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON: all but the losses by step."""
        record = asdict(self)
        del record["losses"]
        return record


@dataclass(frozen=True, slots=True)
class Budget:
    """The best value by what was spent; arrays of shape (n_trials,), trials as they ended.

    Parameters
    ----------
    spent : array
        Steps of training, or seconds where trainings know no steps, of all trials up to each.
    unit : {"steps", "s"}
    value : array
        Of each trial; NaN if it was stopped or failed.
    best : array
        The best up to each; NaN before the first.
    """

    spent: FloatArray
    unit: Literal["steps", "s"]
    value: FloatArray
    best: FloatArray

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON; what is not known is None."""
        arrays = {"spent": self.spent, "value": self.value, "best": self.best}
        known = {
            name: [float(v) if np.isfinite(v) else None for v in values]
            for name, values in arrays.items()
        }
        return {"unit": self.unit, **known}


@dataclass(frozen=True, slots=True)
class StudyResult:
    """What a study found so far.

    Parameters
    ----------
    recipe : TuneRecipe
        What was searched.
    task : str
        The training.
    trials : tuple of TrialResult
    importances : mapping of str to float
        Share of the metric's variance that each option explains, by functional analysis of
        variance in a random forest (Hutter et al. 2014); empty if too few trials went to their end.
    """

    recipe: TuneRecipe
    task: str
    trials: tuple[TrialResult, ...]
    importances: Mapping[str, float]

    @property
    def complete(self) -> list[TrialResult]:
        """Trials that went to their end."""
        return [trial for trial in self.trials if trial.state == "complete"]

    @property
    def best(self) -> TrialResult | None:
        """The best trial; None if none went to its end."""
        sign = -1.0 if self.recipe.direction == "maximise" else 1.0
        return min(self.complete, key=lambda t: sign * float(t.value or 0.0), default=None)

    @property
    def counts(self) -> dict[str, int]:
        """How many trials there are of each state that occurs."""
        states = [trial.state for trial in self.trials]
        return {state: states.count(state) for state in dict.fromkeys(states)}

    @property
    def log_scaled(self) -> frozenset[str]:
        """Options that are searched evenly in their logarithm."""
        search = self.recipe.search.items()
        return frozenset(name for name, each in search if isinstance(each, Range) and each.log)

    def budget(self) -> Budget:
        """Return how the best value came with what was spent."""
        done = [t for t in self.trials if t.state in ("complete", "pruned", "failed")]
        done.sort(key=lambda trial: (trial.ended is None, trial.ended))
        steps = all(trial.steps for trial in done if trial.state == "complete")
        spent = np.cumsum([float(t.steps if steps else t.seconds) for t in done])
        value = np.array(
            [float(t.value) if t.state == "complete" and t.value is not None else np.nan
             for t in done]
        )  # fmt: skip
        better = np.fmax if self.recipe.direction == "maximise" else np.fmin
        best = better.accumulate(value) if len(value) else value
        return Budget(np.asarray(spent, dtype=float), "steps" if steps else "s", value, best)


def read_result(
    study: optuna.Study, recipe: TuneRecipe, task: str, *, weigh: bool = True
) -> StudyResult:
    """Return what a study found so far; what matters only if it is to `weigh` that, too."""
    trials = study.get_trials(deepcopy=False)
    again = {trial.user_attrs.get("again") for trial in trials}
    results = tuple(_trial(trial, recipe, trial.number in again) for trial in trials)
    return StudyResult(recipe, task, results, _importances(study, recipe) if weigh else {})


def read_study(
    archive: Archive, name: str, kind: type[TuneRecipe], *, weigh: bool = True
) -> StudyResult:
    """Return what a study of an archive found so far.

    Parameters
    ----------
    kind : type of TuneRecipe
        Of the training's domain.
    weigh : bool
        Whether to find out which options matter, which takes longer than the rest.

    Raises
    ------
    NotInArchiveError
        If there is no study of that name.
    """
    info = archive.studies.get(name)
    recipe = kind.model_validate({**info.recipe, "study": name})
    study = load(archive, name, recipe.direction)
    return read_result(study, recipe, info.task, weigh=weigh)


def to_csv(result: StudyResult) -> str:
    """Return the trials as a table, a column for each option."""
    options = list(result.recipe.search)
    columns = ("trial", "state", result.recipe.metric, *options, "steps", "seconds", "error")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for trial in result.trials:
        values = [trial.values.get(name) for name in options]
        spent = (trial.steps, trial.seconds, trial.error)
        writer.writerow([trial.number, trial.state, trial.value, *values, *spent])
    return text.getvalue()


def need_best(result: StudyResult) -> TrialResult:
    """Return the best trial.

    Raises
    ------
    DataError
        If no trial went to its end.
    """
    if result.best is None:
        told = ", ".join(f"{n} {state}" for state, n in result.counts.items()) or "none at all"
        reasons = [trial.error for trial in result.trials if trial.error]
        last = f" The last that failed: {reasons[-1]}" if reasons else ""
        name = result.recipe.name
        msg = f"No trial of the study {name!r} has gone to its end yet ({told}).{last}"
        raise DataError(msg)
    return result.best


def _trial(trial: FrozenTrial, recipe: TuneRecipe, tried_again: bool) -> TrialResult:
    sign = -1.0 if recipe.direction == "maximise" else 1.0
    losses = tuple((step, sign * v) for step, v in sorted(trial.intermediate_values.items()))
    spent = trial.user_attrs.get("spent", {})
    return TrialResult(
        number=trial.number + 1,
        state="again" if tried_again else _STATES[trial.state],
        value=trial.value,
        values=dict(values_of(trial.params, recipe.search)),
        steps=int(spent.get("steps", 0)),
        seconds=float(spent.get("seconds", 0.0)),
        losses=losses,
        error=trial.user_attrs.get("error"),
        ended=trial.datetime_complete,
    )


_STATES: Mapping[TrialState, State] = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
}


def _importances(study: optuna.Study, recipe: TuneRecipe) -> dict[str, float]:
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(complete) < FEWEST or len({trial.value for trial in complete}) < 2:
        return {}
    varied: Sequence[str] = [
        name
        for name in distributions(recipe.search, recipe.training)
        if len({trial.params[name] for trial in complete}) > 1
    ]
    if not varied:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        evaluator = FanovaImportanceEvaluator(seed=recipe.seed)
        found = get_param_importances(study, evaluator=evaluator, params=list(varied))
    return {name: float(share) for name, share in found.items()}
