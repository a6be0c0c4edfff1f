"""Trials: begun one at a time, watched while they train, and tried again if they were cut off."""

import math
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from starsieve.archive import Archive
from starsieve.errors import DataError, InterruptedRunError, StarsieveError
from starsieve.tuning.journal import distributions, make_sampler
from starsieve.tuning.metric import metric_in
from starsieve.tuning.recipe import TuneRecipe
from starsieve.tuning.space import Choices, Dimension, Values, with_values

Progress = Callable[[int, int, str], None]
Note = Callable[[int, str, Mapping[str, float]], None]
"""As `starsieve.learn.loop` tells losses: a step, what they are of, and numbers by name."""

MOST_TRIES = 3
"""Of the same values: what kills its process again and again counts as failed."""

LONGEST_REASON = 500
"""Letters that are kept of why a trial failed."""

ONLY_FAILURES = 3
"""So many without one that ended well, and the study is given up."""


@dataclass(frozen=True, slots=True)
class Training:
    """A training that can be tuned.

    Parameters
    ----------
    task : str
        Its name.
    once : callable
        Trains by a recipe on what is in an archive, keeps no model, and returns metrics. It is
        given a progress callback, and what is told losses by step; both may stop it by raising.
    """

    task: str
    once: Callable[[Any, Archive, Progress | None, Note | None], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Worker:
    """Who works on trials.

    Parameters
    ----------
    life : str
        Of one carrying-out of a run, shared by its processes.
    run : int, optional
        Number of the run.
    deadline : float, optional
        Of `time.time`, after which no trial is begun.
    """

    life: str
    run: int | None = None
    deadline: float | None = None

    def mark(self) -> dict[str, Any]:
        """Return what a trial keeps of who worked on it."""
        here = {"host": socket.gethostname(), "pid": os.getpid()}
        return here | {"life": self.life, "run": self.run}


def work(
    study: optuna.Study,
    recipe: TuneRecipe,
    archive: Archive,
    training: Training,
    worker: Worker,
    progress: Progress | None = None,
) -> None:
    """Work on trials until there are enough of them, or time is up."""
    while (begun := begin(study, recipe, archive, worker)) is not None:
        trial, done = begun
        what = f"trial {trial.number + 1}{_best_so_far(study)}"

        def tell(*_: object, done: int = done, what: str = what) -> None:
            if progress is not None:
                progress(done, recipe.trials, what)

        tell()
        carry_out(study, trial, recipe, archive, training, tell)


def begin(
    study: optuna.Study, recipe: TuneRecipe, archive: Archive, worker: Worker
) -> tuple[Trial, int] | None:
    """Return the next trial, with values chosen, and how many have ended; None if none is due."""
    if worker.deadline is not None and time.time() >= worker.deadline:
        return None
    with archive.studies.alone(recipe.name):
        counted = counting(study.get_trials(deepcopy=False))
        if len(counted) >= recipe.trials:
            return None
        study.sampler = make_sampler(recipe, len(counted))
        trial = study.ask(distributions(recipe.search, recipe.training))
        trial.set_user_attr("worker", worker.mark())
    return trial, sum(each.state.is_finished() for each in counted)


def counting(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Return the trials that have ended or are at work, without those that are tried again."""
    again = {trial.user_attrs.get("again") for trial in trials}
    return [t for t in trials if t.state != TrialState.WAITING and t.number not in again]


def carry_out(
    study: optuna.Study,
    trial: Trial,
    recipe: TuneRecipe,
    archive: Archive,
    training: Training,
    progress: Progress | None = None,
) -> None:
    """Train with a trial's values, and keep what came of it.

    Raises
    ------
    InterruptedRunError, KeyboardInterrupt
        If it was cut off: its values will be tried again.
    DataError
        If nothing but failures came of the first trials.
    """
    watch = _Watch(trial, -1.0 if recipe.direction == "maximise" else 1.0)
    try:
        wanted = with_values(recipe.training, values_of(trial.params, recipe.search))
        metrics = training.once(wanted, archive, progress, watch.note)
        value = metric_in(metrics, recipe.metric)
    except optuna.TrialPruned:
        watch.close()
        study.tell(trial, state=TrialState.PRUNED)
    except (KeyboardInterrupt, InterruptedRunError):
        watch.close()
        give_back(study, trial, killed=False)
        raise
    except Exception as error:
        known = isinstance(error, StarsieveError)
        watch.close(str(error) if known else f"{type(error).__name__}: {error}")
        study.tell(trial, state=TrialState.FAIL)
        if known and not isinstance(error, DataError):
            raise  # another trial would meet it, too
        _check_hope(study)
    else:
        watch.close()
        study.tell(trial, value)


def values_of(params: Mapping[str, Any], search: Mapping[str, Dimension]) -> Values:
    """Return the values of options that Optuna's parameters stand for."""
    values = {}
    for name, value in params.items():
        dimension = search[name]
        if isinstance(dimension, Choices):
            value = dimension.choices[dimension.labels.index(value)]
        values[name] = value
    return values


def sweep(study: optuna.Study, archive: Archive, worker: Worker) -> int:
    """Give back the trials whose process is gone; return how many."""
    archive.runs.mark_interrupted()
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    lost = [trial for trial in running if _is_abandoned(trial, archive, worker)]
    for trial in lost:
        give_back(study, trial)
    return len(lost)


def give_back(study: optuna.Study, trial: Trial | FrozenTrial, *, killed: bool = True) -> None:
    """End a trial that was cut off, and let its values be tried again.

    Not if that has killed a process `MOST_TRIES` times: then it counts as failed.
    """
    study.tell(trial.number, state=TrialState.FAIL)
    tries = int(trial.user_attrs.get("tries", 1)) + killed
    if tries <= MOST_TRIES:
        marks = {"again": trial.number, "tries": tries}
        study.enqueue_trial(trial.params, user_attrs=marks)


def marks_of(trial: FrozenTrial) -> Mapping[str, Any]:
    """Return who worked on a trial; nothing if its process was killed as it began."""
    marks: Mapping[str, Any] = trial.user_attrs.get("worker", {})
    return marks


def _is_abandoned(trial: FrozenTrial, archive: Archive, worker: Worker) -> bool:
    marks = marks_of(trial)
    if marks.get("life") == worker.life:
        return False
    run = marks.get("run")
    if run is not None:
        return run == worker.run or archive.runs.get(run).status != "running"
    return "pid" not in marks or not _is_alive(marks)


def _is_alive(marks: Mapping[str, Any]) -> bool:
    """Return whether a process outside of any run is there; on another machine it is."""
    if marks["host"] != socket.gethostname() or os.name != "posix":
        return True
    if marks["pid"] == os.getpid():
        return False  # an earlier call of this very process
    try:
        os.kill(int(marks["pid"]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _check_hope(study: optuna.Study) -> None:
    """Raise DataError if no trial has ended well and several have failed."""
    trials = study.get_trials(deepcopy=False)
    if any(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in trials):
        return
    reasons = [trial.user_attrs["error"] for trial in trials if "error" in trial.user_attrs]
    if len(reasons) >= ONLY_FAILURES:
        msg = f"The first {len(reasons)} trials failed, the last one so: {reasons[-1]}"
        raise DataError(msg)


def _best_so_far(study: optuna.Study) -> str:
    try:
        return f", best {study.best_value:.5g}"
    except ValueError:  # none has ended well
        return ""


@dataclass(slots=True)
class _Watch:
    """Follows a training: reports its best validation loss so far, and stops it if that is bad."""

    trial: Trial
    sign: float
    best: float = math.inf
    step: int = 0
    reported: int = -1
    started: float = field(default_factory=time.monotonic)

    def note(self, step: int, part: str, values: Mapping[str, float]) -> None:
        """Hear losses of a step."""
        self.step = max(self.step, step)
        if part != "validation" or not math.isfinite(values.get("loss", math.nan)):
            return
        self.best = min(self.best, float(values["loss"]))
        if step > self.reported:
            self.reported = step
            self.trial.report(self.sign * self.best, step)
            if self.trial.should_prune():
                raise optuna.TrialPruned

    def close(self, error: str | None = None) -> None:
        """Keep how much was spent, and why nothing came of it."""
        spent = {"seconds": round(time.monotonic() - self.started, 3), "steps": self.step}
        self.trial.set_user_attr("spent", spent)
        if error is not None:
            self.trial.set_user_attr("error", error[:LONGEST_REASON])
