"""Run a task and record the run, whoever asked for it."""

import inspect
import logging
import os
import platform
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from starsieve.archive import Archive, RunInfo
from starsieve.archive.run_log import RunLog
from starsieve.errors import InterruptedRunError, StarsieveError
from starsieve.registry import get_task
from starsieve.tasks import Recipe, Task

log = logging.getLogger(__name__)

BEAT_SECONDS = 30.0
"""How often a run says that it is alive; the archive gives it up after many such silences."""

PROGRESS_SECONDS = 1.0
"""How often progress is written down, and somebody's wish to cancel is looked for."""

POLL_SECONDS = 2.0
"""How often an idle worker looks for a queued run."""

VERSIONS_OF = ("starsieve", "numpy", "scipy", "torch", "zuko", "optuna", "zarr")

Progress = Callable[[int, int, str], None]
"""Called with what is done, of how much, and what is being done."""


def run_task(
    name: str, options: Mapping[str, Any], archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Validate options, run the task, and keep the outcome in the archive.

    A task's function is called with the recipe and the archive, and, if it has a parameter of
    that name, with ``progress``: it should call that often, for there a cancelled run stops. One
    with a parameter ``run`` is given the number of the run, to say where what it keeps is from.

    Parameters
    ----------
    name : str
        Of the task.
    options : mapping
        Of its recipe.
    archive : Archive
    progress : callable, optional
        See `Progress`.

    Returns
    -------
    dict
        What the task's function returns: names and numbers, no arrays.

    Raises
    ------
    NotInArchiveError
        If there is no such task.
    RecipeError
        If an option is missing, unknown or impossible. Nothing is recorded then.
    InterruptedRunError
        If the run is cancelled meanwhile.
    StarsieveError
        Whatever the task raises; the run is recorded as failed.
    """
    task = get_task(name)
    recipe = task.read_recipe(options)
    number = archive.runs.start(
        name, recipe.model_dump(mode="json"), seed=recipe.seed, versions=get_versions()
    )
    return _carry_out(task, recipe, number, archive, progress)


def resume(number: int, archive: Archive, progress: Progress | None = None) -> dict[str, Any]:
    """Run again what failed, was cancelled or interrupted, under its old number.

    Raises
    ------
    NotInArchiveError
        If there is no such run, or it is running or done.
    StarsieveError
        As `run_task`.
    """
    run = archive.runs.restart(number, get_versions())
    return _run_again(run, archive, progress)


def worker(archive: Archive, once: bool = False, progress: Progress | None = None) -> int:
    """Work off queued runs, the oldest first; return how many ended well.

    A run that fails is recorded as such, and the next one is taken.

    Parameters
    ----------
    archive : Archive
    once : bool
        Whether to stop when nothing is queued, instead of waiting for more.
    progress : callable, optional
        See `Progress`.
    """
    n_done = 0
    while True:
        archive.runs.mark_interrupted()
        run = archive.runs.take(get_versions())
        if run is not None:
            try:
                _run_again(run, archive, progress)
            except Exception as error:  # the run's record says it, too
                log.warning("Run %d, %s: %s", run.number, run.task, error)
            else:
                n_done += 1
        elif once:
            return n_done
        else:
            time.sleep(POLL_SECONDS)


def heed_termination() -> None:
    """Let a termination signal interrupt what this process does, as Ctrl-C would."""

    def interrupt(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what is under way shall be written down
        msg = "its worker was told to stop"
        raise KeyboardInterrupt(msg)

    signal.signal(signal.SIGTERM, interrupt)


def stop_with_parent() -> None:
    """Let this process end as if told to when the process that started it is gone."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="watch of the parent", daemon=True).start()


def get_versions() -> dict[str, str]:
    """Return the versions of Python and of what results may depend on, as far as installed."""
    versions = {"python": platform.python_version()}
    for name in VERSIONS_OF:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def _run_again(run: RunInfo, archive: Archive, progress: Progress | None) -> dict[str, Any]:
    try:
        task = get_task(run.task)
        recipe = task.read_recipe(run.recipe)
    except StarsieveError as error:  # a task or an option that this version has no more
        archive.runs.finish(run.number, error=str(error))
        raise
    return _carry_out(task, recipe, run.number, archive, progress)


def _carry_out(
    task: Task, recipe: Recipe, number: int, archive: Archive, progress: Progress | None
) -> dict[str, Any]:
    said = archive.runs.open_log(number)
    run = archive.runs.get(number)
    said.write(
        f"{task.name} by process {run.pid} on {run.host}, starsieve {run.versions['starsieve']}"
    )
    try:
        with _heartbeat(number, archive), _heard(said):
            result = _call(task, recipe, number, archive, _watch(number, archive, said, progress))
        archive.runs.finish(number, result=result)
    except InterruptedRunError as error:
        said.write(str(error), "WARNING")
        archive.runs.finish(number, status="cancelled", error=str(error))
        raise
    except KeyboardInterrupt as error:
        why = str(error) or "interrupted from the keyboard"
        said.write(why, "WARNING")
        archive.runs.finish(number, status="interrupted", error=why)
        raise
    except Exception as error:
        known = isinstance(error, StarsieveError)
        said.write(str(error) if known else traceback.format_exc(), "ERROR")
        kind = "" if known else f"{type(error).__name__}: "
        archive.runs.finish(number, status="failed", error=f"{kind}{error}")
        raise
    said.write("done")
    return result


def _call(
    task: Task, recipe: Recipe, number: int, archive: Archive, progress: Progress
) -> dict[str, Any]:
    function = task.load()
    wanted = inspect.signature(function).parameters
    offered = {"progress": progress, "run": number}
    extra = {name: value for name, value in offered.items() if name in wanted}
    result: dict[str, Any] = function(recipe, archive, **extra)
    return result


def _watch(number: int, archive: Archive, said: RunLog, progress: Progress | None) -> Progress:
    """Return a progress callback that records progress and stops a cancelled run."""
    last = -PROGRESS_SECONDS
    part: tuple[int, str] | None = None

    def watch(done: int, total: int, what: str = "") -> None:
        nonlocal last, part
        if progress is not None:
            progress(done, total, what)
        if time.monotonic() - last < PROGRESS_SECONDS:
            return
        last = time.monotonic()
        archive.runs.progress(number, done, total, what)
        if part != (total, what):
            part = (total, what)
            said.write(f"{what or 'at work'}: {done} of {total}")
        if archive.runs.is_cancelled(number):
            msg = f"Run {number} was cancelled. To go on with it: starsieve runs resume {number}"
            raise InterruptedRunError(msg)

    return watch


@contextmanager
def _heard(said: RunLog) -> Iterator[None]:
    """Put into a run's log what this package logs and warns of; others hear it as before."""
    package, show = logging.getLogger("starsieve"), warnings.showwarning
    handler, level = _Ear(said), package.level

    def note(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        said.write(f"{category.__name__}: {message}", "WARNING")
        show(message, category, *where, **more)

    package.addHandler(handler)
    package.setLevel(min(package.getEffectiveLevel(), logging.INFO))
    warnings.showwarning = note
    try:
        yield
    finally:
        warnings.showwarning = show
        package.setLevel(level)
        package.removeHandler(handler)


class _Ear(logging.Handler):
    """Writes what is logged into a run's log."""

    def __init__(self, said: RunLog) -> None:
        super().__init__(logging.INFO)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.write(self.format(record), record.levelname)


@contextmanager
def _heartbeat(number: int, archive: Archive) -> Iterator[None]:
    """Say every now and then that the run is alive, also while it reports no progress."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT_SECONDS):
            try:
                archive.runs.beat(number)
            except StarsieveError as error:  # the next beat may get through
                log.warning("Run %d: %s", number, error)

    thread = threading.Thread(target=beat, name=f"heartbeat of run {number}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
