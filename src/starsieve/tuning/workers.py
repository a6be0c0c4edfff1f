"""Several processes that work on the trials of one study."""

import logging
import os
import signal
import time
from collections.abc import Sequence
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue

import optuna
from optuna.trial import FrozenTrial, TrialState

from starsieve.archive import Archive
from starsieve.errors import DataError, StarsieveError
from starsieve.settings import Settings
from starsieve.tuning.journal import open_study
from starsieve.tuning.recipe import TuneRecipe
from starsieve.tuning.trials import Progress, Training, Worker, counting, give_back, marks_of, work

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
"""How often it is looked how far the workers are."""

STOP_SECONDS = 5.0
"""How long workers that are told to stop may take."""

MOST_DEATHS = 10
"""Of processes, before the study is given up."""

Failures = SimpleQueue[Exception]


def work_together(
    study: optuna.Study,
    recipe: TuneRecipe,
    archive: Archive,
    training: Training,
    worker: Worker,
    progress: Progress | None = None,
) -> None:
    """Let ``recipe.workers`` processes work on trials; return when they are done.

    A process that dies is replaced, and the trial that it was at is tried again.

    Raises
    ------
    StarsieveError
        What one of them ended with.
    DataError
        If they die again and again.
    """
    # A plain fork would copy locks that threads hold just then.
    safe = "forkserver" in get_all_start_methods()
    context = get_context("forkserver") if safe else get_context("spawn")
    context.set_forkserver_preload([__name__, training.once.__module__, "starsieve.learn.threads"])
    failures: Failures = context.SimpleQueue()
    given = (recipe, archive.settings, training, worker, failures)

    def start() -> BaseProcess:
        process = context.Process(target=_work, args=given)
        process.start()
        return process

    n_deaths = 0
    processes: list[BaseProcess] = []
    try:
        processes += [start() for _ in range(recipe.workers)]
        while processes:
            for process in [each for each in processes if not each.is_alive()]:
                processes.remove(process)
                if not failures.empty():
                    raise failures.get()
                if process.exitcode:
                    n_deaths += 1
                    _bury(study, process, worker, n_deaths)
                    processes.append(start())
            _tell(study, recipe, progress)
            time.sleep(LOOK_SECONDS)
    finally:
        _stop(processes)
        for trial in _running(study, worker):
            give_back(study, trial, killed=False)


def _work(
    recipe: TuneRecipe,
    settings: Settings,
    training: Training,
    worker: Worker,
    failures: Failures,
) -> None:
    """Work on trials in a process of its own, for as long as the one that started it lives."""
    from starsieve.learn.threads import share_threads

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    share_threads(recipe.workers)
    logging.getLogger("starsieve").addHandler(logging.NullHandler())  # not said once per trial
    parent = parent_process()

    def stop_alone(*_: object) -> None:
        if parent is not None and not parent.is_alive():
            os._exit(1)  # its trial will be found abandoned

    try:
        with Archive.open(settings.archive, settings.database_url) as archive:
            study = open_study(recipe, archive, training.task)
            work(study, recipe, archive, training, worker, stop_alone)
    except StarsieveError as error:
        failures.put(error)


def _bury(study: optuna.Study, process: BaseProcess, worker: Worker, n_deaths: int) -> None:
    """Give back the trial of a process that died."""
    log.warning("A worker ended with code %s; its trial is tried again.", process.exitcode)
    for trial in _running(study, worker):
        if marks_of(trial)["pid"] == process.pid:
            give_back(study, trial)
    if n_deaths >= MOST_DEATHS:
        msg = (
            f"{n_deaths} workers died, the last with code {process.exitcode}: there may be too "
            "little memory for so many; use fewer (--workers N)."
        )
        raise DataError(msg)


def _running(study: optuna.Study, worker: Worker) -> list[FrozenTrial]:
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return [trial for trial in running if marks_of(trial).get("life") == worker.life]


def _tell(study: optuna.Study, recipe: TuneRecipe, progress: Progress | None) -> None:
    if progress is None:
        return
    trials = counting(study.get_trials(deepcopy=False))
    done = sum(trial.state.is_finished() for trial in trials)
    progress(done, recipe.trials, f"{recipe.workers} workers")


def _stop(processes: Sequence[BaseProcess]) -> None:
    """Leave no process behind."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join()
