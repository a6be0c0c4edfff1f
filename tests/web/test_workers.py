"""Workers beside the app: alive while it is, replaced when they die, and gone with it."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from starsieve.archive import Archive
from starsieve.web import workers
from starsieve.web.workers import Workers
from tests.cli.test_runs import PROGRAM

ROOT = Path(__file__).parents[2]
COUNTING = (sys.executable, "-c", PROGRAM, "worker", "--quiet", "--with-parent")
LONG = {"up_to": 100_000, "seconds": 0.05}


@pytest.fixture(autouse=True)
def _known_task(monkeypatch: pytest.MonkeyPatch, database_url: str | None) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(workers, "LOOK_SECONDS", 0.05)
    if database_url is not None:
        monkeypatch.setenv("STARSIEVE_DATABASE_URL", database_url)


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def pids(kept: Workers) -> list[int]:
    return [place.process.pid for place in kept._places if place.process is not None]


def test_queued_runs_are_worked_off(archive: Archive) -> None:
    numbers = [archive.runs.queue("tests.count", {"up_to": 2}) for _ in range(3)]

    with Workers(archive.root, 2, command=COUNTING):
        wait_until(lambda: archive.runs.counts() == {"done": 3})

    assert "counting: 0 of 2" in archive.runs.log(numbers[0])


def test_a_stop_leaves_the_run_to_be_resumed(archive: Archive) -> None:
    number = archive.runs.queue("tests.count", LONG)

    with Workers(archive.root, 1, command=COUNTING) as kept:
        wait_until(lambda: archive.runs.get(number).done)
        assert kept.alive == 1

    assert kept.alive == 0
    run = archive.runs.get(number)
    assert (run.status, run.error) == ("interrupted", "its worker was told to stop")


def test_a_killed_worker_is_replaced_and_its_run_marked(archive: Archive) -> None:
    number = archive.runs.queue("tests.count", LONG)

    with Workers(archive.root, 1, command=COUNTING) as kept:
        wait_until(lambda: archive.runs.get(number).done)
        (first,) = pids(kept)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: archive.runs.get(number).status == "interrupted")
        (second,) = pids(kept)
        archive.runs.requeue(number)
        wait_until(lambda: archive.runs.get(number).status == "running")

    assert first != second


def test_workers_that_die_at_once_come_back_ever_more_slowly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    command = (sys.executable, "-c", "import sys; print('no disk', file=sys.stderr); sys.exit(3)")

    with caplog.at_level(logging.WARNING), Workers(tmp_path, 1, command=command):
        wait_until(lambda: len(caplog.messages) >= 2)

    first, second = caplog.messages[:2]
    assert first == "A worker ended with code 3 (no disk); the next one comes in 1 s."
    assert kept_waiting(caplog) >= 1.0
    assert second.endswith("the next one comes in 2 s.")


def kept_waiting(caplog: pytest.LogCaptureFixture) -> float:
    first, second = caplog.records[:2]
    return second.created - first.created


def test_none_may_be_asked_for(archive: Archive) -> None:
    with Workers(archive.root, 0) as kept:
        assert kept.alive == 0


def test_one_that_does_not_heed_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "STOP_SECONDS", 0.3)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(100)"

    with Workers(tmp_path, 2, command=(sys.executable, "-c", deaf)) as kept:
        wait_until(lambda: kept.alive == 2)
        ids = pids(kept)
        time.sleep(0.5)

    for pid in ids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_command_that_is_not_there_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.WARNING),
        Workers(tmp_path, 1, command=("/no/such/program",)) as kept,
    ):
        wait_until(lambda: caplog.messages)
        assert kept.alive == 0

    assert "can't be started" in caplog.messages[0]


def test_workers_have_the_variables_that_they_are_given(tmp_path: Path) -> None:
    said = tmp_path / "said"
    program = (
        f"import os; open({str(said)!r}, 'w').write(os.environ.get('OMP_NUM_THREADS', 'none'))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}

    with Workers(tmp_path, 1, environment, command=(sys.executable, "-c", program)):
        wait_until(lambda: said.exists() and said.read_text())

    assert said.read_text() == "none"
