import logging
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from starsieve import jobs
from starsieve.archive import Archive
from starsieve.errors import DataError, InterruptedRunError, NotInArchiveError, RecipeError
from starsieve.tasks import Recipe, Task


class CountRecipe(Recipe):
    upto: int


def count(
    recipe: CountRecipe, archive: Archive, progress: Callable[[int, int, str], None]
) -> dict[str, Any]:
    """Count, and tell how far it is."""
    for number in range(recipe.upto):
        progress(number, recipe.upto, "counting")
    return {"counted": recipe.upto, "runs": len(archive.runs.list())}


def count_silently(recipe: CountRecipe, archive: Archive) -> dict[str, Any]:
    return {"counted": recipe.upto}


def count_wrongly(recipe: CountRecipe, archive: Archive) -> dict[str, Any]:
    if recipe.upto > 3:
        msg = f"{recipe.upto} is too far."
        raise DataError(msg)
    return {"counted": 1 // (recipe.upto - 1)}


def cancel_oneself(
    recipe: CountRecipe, archive: Archive, progress: Callable[[int, int, str], None]
) -> dict[str, Any]:
    (run,) = archive.runs.list()
    if run.seed == 0:
        archive.runs.cancel(run.number)
    progress(1, 2, "going on")
    return {}


def speak(
    recipe: CountRecipe, archive: Archive, progress: Callable[[int, int, str], None]
) -> dict[str, Any]:
    progress(0, 2, "listening")
    logging.getLogger("starsieve.somewhere").info("heard %d things", 2)
    logging.getLogger("elsewhere").warning("not ours")
    warnings.warn("one of them is odd", stacklevel=1)
    progress(0, recipe.upto, "thinking")
    return {}


def press_control_c(recipe: CountRecipe, archive: Archive) -> dict[str, Any]:
    raise KeyboardInterrupt


TASKS = {
    function.__name__: Task(
        function.__name__, CountRecipe, f"tests.test_jobs:{function.__name__}", "Count."
    )
    for function in (
        count,
        count_silently,
        count_wrongly,
        cancel_oneself,
        speak,
        press_control_c,
    )
}


@pytest.fixture(autouse=True)
def toy_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    def get_task(name: str) -> Task:
        if name not in TASKS:
            raise NotInArchiveError(name)
        return TASKS[name]

    monkeypatch.setattr(jobs, "get_task", get_task)
    monkeypatch.setattr(jobs, "PROGRESS_SECONDS", 0.0)


def test_a_run_is_recorded_with_all_that_made_it(archive: Archive) -> None:
    told: list[tuple[int, int, str]] = []

    result = jobs.run_task(
        "count", {"upto": 3, "seed": 5}, archive, progress=lambda *now: told.append(now)
    )

    (run,) = archive.runs.list()
    assert result == run.result == {"counted": 3, "runs": 1}
    assert (run.status, run.recipe, run.seed) == ("done", {"seed": 5, "upto": 3}, 5)
    assert (run.done, run.total) == (2, 3)
    assert run.versions["starsieve"]
    assert run.versions["python"]
    assert told == [(0, 3, "counting"), (1, 3, "counting"), (2, 3, "counting")]


def test_a_task_need_not_tell_how_far_it_is(archive: Archive) -> None:
    assert jobs.run_task("count_silently", {"upto": 3}, archive) == {"counted": 3}


def test_a_wrong_recipe_is_refused_and_leaves_no_run(archive: Archive) -> None:
    with pytest.raises(RecipeError, match="did you mean 'upto'"):
        jobs.run_task("count", {"uptoo": 3}, archive)
    assert archive.runs.list() == []


@pytest.mark.parametrize(
    ("upto", "error", "recorded"),
    [
        (4, DataError, "4 is too far."),
        (1, ZeroDivisionError, "ZeroDivisionError: integer division or modulo by zero"),
    ],
)
def test_a_failure_is_recorded_and_raised(
    archive: Archive, upto: int, error: type[Exception], recorded: str
) -> None:
    with pytest.raises(error):
        jobs.run_task("count_wrongly", {"upto": upto}, archive)

    (run,) = archive.runs.list()
    assert (run.status, run.error) == ("failed", recorded)


def test_a_cancelled_run_stops_and_can_be_resumed(archive: Archive) -> None:
    with pytest.raises(InterruptedRunError, match="runs resume"):
        jobs.run_task("cancel_oneself", {"upto": 3}, archive)

    (run,) = archive.runs.list()
    assert run.status == "cancelled"
    with pytest.raises(InterruptedRunError):
        jobs.resume(run.number, archive)
    assert len(archive.runs.list()) == 1


def test_an_interrupted_run_is_marked_so(archive: Archive) -> None:
    with pytest.raises(KeyboardInterrupt):
        jobs.run_task("press_control_c", {"upto": 3}, archive)

    assert archive.runs.list()[0].status == "interrupted"


def test_a_failed_run_is_resumed_under_its_number(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError):
        jobs.run_task("count_wrongly", {"upto": 9}, archive)
    (failed,) = archive.runs.list()
    monkeypatch.setitem(TASKS, "count_wrongly", TASKS["count_silently"])

    assert jobs.resume(failed.number, archive) == {"counted": 9}

    (run,) = archive.runs.list()
    assert (run.number, run.status, run.error) == (failed.number, "done", None)
    with pytest.raises(NotInArchiveError, match="is done"):
        jobs.resume(failed.number, archive)


def test_a_worker_works_off_the_queue_whatever_fails(archive: Archive) -> None:
    archive.runs.queue("count", {"upto": 2})
    archive.runs.queue("count_wrongly", {"upto": 9})
    archive.runs.queue("count_wrongly", {"upto": 1})
    archive.runs.queue("forgotten.task", {})
    archive.runs.queue("count", {"uptoo": 2})
    archive.runs.queue("count_silently", {"upto": 2})

    assert jobs.worker(archive, once=True) == 2

    statuses = [run.status for run in reversed(archive.runs.list())]
    assert statuses == ["done", "failed", "failed", "failed", "failed", "done"]


def test_a_long_silence_is_broken_by_the_heartbeat(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[int] = []
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.001)
    monkeypatch.setattr(archive.runs, "beat", beats.append)

    with jobs._heartbeat(7, archive):
        while not beats:
            pass

    assert beats[0] == 7


def test_a_run_keeps_what_is_said_meanwhile(archive: Archive) -> None:
    level = logging.getLogger("starsieve").level

    with pytest.warns(UserWarning, match="odd"):
        jobs.run_task("speak", {"upto": 7}, archive)
    logging.getLogger("starsieve.somewhere").warning("after the run")

    lines = [line[20:] for line in archive.runs.log(1).splitlines()]
    assert lines[0].startswith("INFO    speak by process")
    assert lines[1:] == [
        "INFO    listening: 0 of 2",
        "INFO    heard 2 things",
        "WARNING UserWarning: one of them is odd",
        "INFO    thinking: 0 of 7",
        "INFO    done",
    ]
    assert logging.getLogger("starsieve").level == level


def test_an_unexpected_error_leaves_where_it_came_from(archive: Archive) -> None:
    with pytest.raises(ZeroDivisionError):
        jobs.run_task("count_wrongly", {"upto": 1}, archive)
    with pytest.raises(DataError):
        jobs.run_task("count_wrongly", {"upto": 4}, archive)

    assert "in count_wrongly" in archive.runs.log(1)
    assert archive.runs.log(2).endswith("ERROR   4 is too far.\n")


def test_resuming_adds_to_the_log(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError):
        jobs.run_task("count_wrongly", {"upto": 9}, archive)
    monkeypatch.setitem(TASKS, "count_wrongly", TASKS["count_silently"])

    jobs.resume(1, archive)

    ends = [line[20:] for line in archive.runs.log(1).splitlines()]
    assert [ends[1], ends[3]] == ["ERROR   9 is too far.", "INFO    done"]
