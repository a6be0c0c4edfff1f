"""``starsieve run``, ``runs`` and ``worker``: what ran, how it ended, and going on with it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from starsieve import registry
from tests.cli.tasks import COUNT
from tests.cli.terminal import Terminal, heed_interrupts

ROOT = Path(__file__).parents[2]


PROGRAM = (
    "import sys; from starsieve import registry; from tests.cli.tasks import COUNT; "
    "from starsieve.cli.main import main; registry.TASKS[COUNT.name] = COUNT; "
    "sys.exit(main(sys.argv[1:]))"
)
LONG = ("--set", "seconds=0.05", "--set", "up_to=100000")


def start(*words: str, folder: Path) -> subprocess.Popen[str]:
    """Start a command in a process of its own that knows the task of these tests."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
        preexec_fn=heed_interrupts,
    )


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: Terminal) -> Path:
    """An archive, a task that counts, and a recipe for it."""
    monkeypatch.setitem(registry.TASKS, COUNT.name, COUNT)
    terminal("archive", "create")
    path = tmp_path / "count.toml"
    path.write_text("up_to = 4\n")
    return path


def test_a_run_is_recorded_with_its_result(terminal: Terminal, recipe: Path) -> None:
    outcome = terminal("run", "tests.count", recipe, "--set", "up_to=7", "--json")
    assert (outcome.code, outcome.records, outcome.err) == (0, [{"counted": 7}], "")
    (run,) = terminal("runs", "list", "--json").records
    assert (run["number"], run["task"], run["status"]) == (1, "tests.count", "done")
    (shown,) = terminal("runs", "show", "1", "--json").records
    assert shown["recipe"]["up_to"] == 7
    assert shown["result"] == {"counted": 7}
    assert "python" in shown["versions"]
    assert "tests.count" in terminal("runs", "list").out
    assert "counted" in terminal("runs", "show", "1").out


def test_a_misspelt_option_is_asked_back_and_nothing_recorded(
    terminal: Terminal, recipe: Path
) -> None:
    outcome = terminal("run", "tests.count", recipe, "--set", "uptoo=7")
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "did you mean 'up_to'?" in outcome.err
    assert terminal("runs", "list", "--json").records == []


def test_an_unknown_task_is_one_line(terminal: Terminal, recipe: Path) -> None:
    outcome = terminal("run", "tests.cuont", recipe)
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "tests.count" in outcome.err


def test_a_failed_run_is_one_line_and_recorded(terminal: Terminal, recipe: Path) -> None:
    outcome = terminal("run", "tests.count", recipe, "--set", "fail_at=2")
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    (run,) = terminal("runs", "list", "--json").records
    assert run["status"] == "failed"
    assert "stumbled at 2" in run["error"]


def test_a_queued_run_waits_for_a_worker(terminal: Terminal, recipe: Path) -> None:
    queued = terminal("run", "tests.count", recipe, "--queue", "--json")
    assert queued.records == [{"run": 1, "task": "tests.count", "status": "queued"}]
    assert terminal("worker", "--once").code == 0
    (run,) = terminal("runs", "list", "--json").records
    assert run["status"] == "done"


def test_a_queued_recipe_is_checked_at_once(terminal: Terminal, recipe: Path) -> None:
    outcome = terminal("run", "tests.count", recipe, "--queue", "--set", "up_to=many")
    assert outcome.code == 1
    assert "up_to" in outcome.err
    assert terminal("runs", "list", "--json").records == []


def test_a_cancelled_run_never_starts_but_can_be_resumed(terminal: Terminal, recipe: Path) -> None:
    terminal("run", "tests.count", recipe, "--queue")
    assert terminal("runs", "cancel", "1").code == 0
    terminal("worker", "--once")
    assert terminal("runs", "show", "1", "--json").records[0]["status"] == "cancelled"
    resumed = terminal("runs", "resume", "1", "--json")
    assert (resumed.code, resumed.records) == (0, [{"counted": 4}])


def test_what_a_run_said_can_be_read(terminal: Terminal, recipe: Path) -> None:
    terminal("run", "tests.count", recipe, "--set", "fail_at=2")
    terminal("run", "tests.count", recipe, "--queue")

    whole = terminal("runs", "log", "1")
    assert (whole.code, whole.err) == (0, "")
    assert "counting: 0 of 4" in whole.out
    assert "ValueError: stumbled at 2" in whole.out
    (record,) = terminal("runs", "log", "1", "--tail", "1", "--json").records
    assert record["run"] == 1
    assert record["log"] == whole.out.splitlines()[-1:]
    assert terminal("runs", "log", "2").messages == ["starsieve: run 2 has said nothing yet."]


@pytest.mark.parametrize("verb", ["show", "cancel", "log", "resume"])
def test_a_run_that_is_not_there_is_one_line(terminal: Terminal, recipe: Path, verb: str) -> None:
    outcome = terminal("runs", verb, "9")
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "No run 9" in outcome.err


def test_ctrl_c_marks_the_run_interrupted_and_it_can_be_resumed(
    terminal: Terminal, recipe: Path
) -> None:
    process = start("run", "tests.count", str(recipe), *LONG, folder=terminal.folder)
    while not any(run["done"] for run in terminal("runs", "list", "--json").records):
        assert process.poll() is None
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines() == ["starsieve: interrupted."]
    (run,) = terminal("runs", "list", "--json").records
    assert run["status"] == "interrupted"


def test_a_worker_that_is_told_to_stop_leaves_its_run_to_be_resumed(
    terminal: Terminal, recipe: Path
) -> None:
    terminal("run", "tests.count", recipe, "--queue", *LONG)
    process = start("worker", "--quiet", folder=terminal.folder)
    while not any(run["done"] for run in terminal("runs", "list", "--json").records):
        assert process.poll() is None
    process.terminate()
    out, err = process.communicate(timeout=60)

    assert (process.returncode, out) == (130, "")
    assert err.splitlines() == ["starsieve: interrupted."]
    (run,) = terminal("runs", "list", "--json").records
    assert (run["status"], run["error"]) == ("interrupted", "its worker was told to stop")


def test_a_worker_can_end_with_whoever_started_it(terminal: Terminal, recipe: Path) -> None:
    middle = (
        "import subprocess, sys; "
        "print(subprocess.Popen([sys.executable, '-c', sys.argv[1], 'worker', '--quiet', "
        "'--with-parent'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid, flush=True); "
        "sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", middle, PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=terminal.folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    terminal("run", "tests.count", recipe, "--queue", *LONG)
    while not any(run["done"] for run in terminal("runs", "list", "--json").records):
        os.kill(worker, 0)
    parent.kill()
    parent.communicate()

    while terminal("runs", "list", "--json").records[0]["status"] == "running":
        time.sleep(0.1)
    assert terminal("runs", "list", "--json").records[0]["status"] == "interrupted"
