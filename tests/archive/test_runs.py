import multiprocessing
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from starsieve.archive import Archive, schema
from starsieve.errors import NotInArchiveError


def test_a_run_is_recorded_from_start_to_end(archive: Archive) -> None:
    number = archive.runs.start("some.task", {"seed": 3}, seed=3, versions={"numpy": "2"})
    archive.runs.progress(number, 4, 10)
    running = archive.runs.get(number)
    archive.runs.finish(number, result={"n": 10})

    done = archive.runs.get(number)

    assert (running.status, running.done, running.total) == ("running", 4, 10)
    assert (running.pid, running.seed, running.versions) == (os.getpid(), 3, {"numpy": "2"})
    assert (done.status, done.result, done.error) == ("done", {"n": 10}, None)
    assert done.started is not None
    assert done.ended is not None
    assert done.created <= done.started <= done.ended <= datetime.now(UTC)


def test_a_failure_is_recorded(archive: Archive) -> None:
    number = archive.runs.start("some.task", {})
    archive.runs.finish(number, error="no such \x00 collection")

    run = archive.runs.get(number)

    assert (run.status, run.error) == ("failed", r"no such \0 collection")


def test_runs_are_listed_newest_first(archive: Archive) -> None:
    numbers = [archive.runs.queue(f"task.{n}", {}) for n in range(3)]

    assert [run.number for run in archive.runs.list()] == numbers[::-1]


def test_the_oldest_queued_run_is_taken_once(archive: Archive) -> None:
    numbers = [archive.runs.queue("some.task", {"n": n}) for n in range(2)]

    taken = [archive.runs.take() for _ in range(3)]

    assert [run.number if run else None for run in taken] == [*numbers, None]
    assert taken[0] is not None
    assert taken[0].status == "running"


def take_all(root: Path, url: str | None, taken: "multiprocessing.Queue[int]") -> None:
    with Archive.open(root, url) as archive:
        while (run := archive.runs.take()) is not None:
            taken.put(run.number)


def test_no_two_workers_take_the_same_run(archive: Archive, database_url: str | None) -> None:
    numbers = [archive.runs.queue("some.task", {}) for _ in range(40)]
    context = multiprocessing.get_context("spawn")
    taken: multiprocessing.Queue[int] = context.Queue()
    arguments = (archive.root, database_url, taken)

    workers = [context.Process(target=take_all, args=arguments) for _ in range(2)]
    for worker in workers:
        worker.start()
    found = [taken.get(timeout=60) for _ in numbers]
    for worker in workers:
        worker.join()

    assert sorted(found) == numbers
    assert taken.empty()


def test_a_queued_run_that_is_cancelled_never_starts(archive: Archive) -> None:
    number = archive.runs.queue("some.task", {})

    archive.runs.cancel(number)

    assert archive.runs.take() is None
    assert archive.runs.is_cancelled(number)
    assert archive.runs.get(number).ended is not None


def test_only_what_has_not_ended_can_be_cancelled(archive: Archive) -> None:
    number = archive.runs.start("some.task", {})
    archive.runs.finish(number, result={})

    with pytest.raises(NotInArchiveError, match="is done"):
        archive.runs.cancel(number)
    with pytest.raises(NotInArchiveError, match="No run 77"):
        archive.runs.cancel(77)
    with pytest.raises(NotInArchiveError, match="is done"):
        archive.runs.restart(number)


def test_a_run_whose_process_died_is_marked_interrupted(archive: Archive) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    mine, lost, silent = (archive.runs.start("some.task", {}) for _ in range(3))
    table = schema.run
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with archive.catalogue.writing() as connection:
        connection.execute(update(table).where(table.c.id == lost).values(pid=dead.pid))
        connection.execute(
            update(table).where(table.c.id == silent).values(host="elsewhere", heartbeat=long_ago)
        )

    assert archive.runs.mark_interrupted() == [silent, lost]

    statuses = {run.number: run.status for run in archive.runs.list()}
    assert statuses == {mine: "running", lost: "interrupted", silent: "interrupted"}
    assert archive.runs.restart(lost).status == "running"


def test_a_sign_of_life_keeps_a_run_elsewhere_running(archive: Archive) -> None:
    number = archive.runs.start("some.task", {})
    table = schema.run
    with archive.catalogue.writing() as connection:
        connection.execute(
            update(table).values(host="elsewhere", heartbeat=datetime.now(UTC) - timedelta(hours=1))
        )

    archive.runs.beat(number)

    assert archive.runs.mark_interrupted() == []


def test_a_new_part_of_the_work_is_timed_anew(archive: Archive) -> None:
    number = archive.runs.start("some.task", {})
    archive.runs.progress(number, 2, 10, "reading")
    archive.runs.progress(number, 5, 10, "reading")
    reading = archive.runs.get(number)
    archive.runs.progress(number, 1, 7, "fitting")
    fitting = archive.runs.get(number)

    assert (reading.what, reading.done, reading.since_done) == ("reading", 5, 2)
    assert (fitting.what, fitting.done, fitting.since_done) == ("fitting", 1, 1)
    assert reading.since is not None
    assert fitting.since is not None
    assert reading.since < fitting.since


def test_who_asks_is_kept(archive: Archive) -> None:
    number = archive.runs.queue("some.task", {}, who="Henrietta")

    assert archive.runs.get(number).who == "Henrietta"


def test_a_failed_run_can_wait_for_a_worker_again(archive: Archive) -> None:
    number = archive.runs.start("some.task", {"n": 1})
    archive.runs.finish(number, error="no space left")

    queued = archive.runs.requeue(number)

    assert (queued.status, queued.error, queued.ended) == ("queued", None, None)
    with pytest.raises(NotInArchiveError, match="is queued"):
        archive.runs.requeue(number)
    taken = archive.runs.take()
    assert taken is not None
    assert (taken.number, taken.recipe) == (number, {"n": 1})


def test_what_has_yet_to_stop_cannot_be_resumed(archive: Archive) -> None:
    number = archive.runs.start("some.task", {})
    archive.runs.cancel(number)

    with pytest.raises(NotInArchiveError, match="about to stop"):
        archive.runs.requeue(number)
    archive.runs.finish(number, status="cancelled", error="cancelled")

    assert archive.runs.requeue(number).status == "queued"


def test_runs_are_counted_by_status(archive: Archive) -> None:
    for _ in range(3):
        archive.runs.queue("some.task", {})
    archive.runs.take()

    assert archive.runs.counts() == {"queued": 2, "running": 1}


def test_a_run_that_ends_while_it_is_looked_for_stays_ended(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = archive.runs.start("some.task", {})
    running = archive.runs.get(number)
    archive.runs.finish(number, result={})
    monkeypatch.setattr(archive.runs, "lost", lambda: [running])

    archive.runs.mark_interrupted()

    assert archive.runs.get(number).status == "done"
