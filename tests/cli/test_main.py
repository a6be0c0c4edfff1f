"""What every verb promises: streams, exit codes, one line per error, quick help."""

import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from starsieve import __version__
from starsieve.cli import read as read_module
from starsieve.errors import DataError, InterruptedRunError
from tests.cli.terminal import Terminal, heed_interrupts, in_new_process

HEAVY = {
    *("alembic", "astropy", "bokeh", "h5py", "matplotlib", "numpy", "pandas", "pydantic"),
    *("rich", "scipy", "specutils", "sqlalchemy", "torch", "zarr", "zuko"),
}
VERBS = (
    *("read", "ingest", "fetch", "archive", "infer", "train", "evaluate", "models"),
    *("demo", "run", "runs", "worker", "doctor", "cite"),
)


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    asks = (
        "import sys; from starsieve.cli.main import main; main(['--help']); "
        f"sys.exit(', '.join({HEAVY} & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", asks], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""
    assert done.returncode == 0


def test_help_names_every_verb_on_standard_output(terminal: Terminal) -> None:
    outcome = terminal("--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert all(f"\n  {verb} " in outcome.out for verb in VERBS)


@pytest.mark.parametrize("words", [(), ("archive",), ("fetch",), ("models",), ("runs",)])
def test_a_bare_call_answers_with_help(terminal: Terminal, words: tuple[str, ...]) -> None:
    outcome = terminal(*words)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Usage: starsieve")


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_begins_with_examples(terminal: Terminal, verb: str) -> None:
    outcome = terminal(verb, "-h")
    assert outcome.code == 0
    examples, options = outcome.out.index("For example:"), outcome.out.index("Options:")
    assert examples < options
    assert f"\n    starsieve {verb}" in outcome.out


def test_help_leaves_nothing_behind(terminal: Terminal) -> None:
    terminal("infer", "--help")
    assert not list(terminal.folder.iterdir())


def test_the_version_is_said(terminal: Terminal) -> None:
    assert terminal("--version").out == f"starsieve {__version__}\n"


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("raed", "x"), "'read'"),
        (("archive", "chekc"), "'check'"),
        (("read", "x", "--mdium", "air"), "--medium"),
        (("infer", "x", "--modl", "y"), "--model"),
    ],
)
def test_misspelt_words_are_asked_back(
    terminal: Terminal, words: tuple[str, ...], meant: str
) -> None:
    outcome = terminal(*words)
    assert outcome.code == 2
    assert outcome.out == ""
    assert len(outcome.messages) == 1
    assert outcome.err.startswith("starsieve: ")
    assert f"Did you mean {meant}?" in outcome.err


@pytest.mark.parametrize(
    "words",
    [
        ("read",),
        ("read", "x", "--medium", "water"),
        ("infer", "x", "--draws", "many"),
        ("runs", "show", "0"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(terminal: Terminal, words: tuple[str, ...]) -> None:
    outcome = terminal(*words)
    assert (outcome.code, outcome.out, len(outcome.messages)) == (2, "", 1)
    assert "--help" in outcome.err


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let ``starsieve read`` end with an error."""

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(read_module, "get_hints", fails)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (DataError("two\nlines"), 1, "starsieve: two lines"),
        (OSError(28, "No space left on device", "x.h5"), 1, "No space left on device: x.h5"),
        (RuntimeError("surprise"), 1, "starsieve: unexpected RuntimeError: surprise"),
        (InterruptedRunError("run 3 was cancelled"), 130, "run 3 was cancelled"),
        (KeyboardInterrupt(), 130, "starsieve: interrupted"),
    ],
)
def test_every_error_is_one_line(
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    said: str,
) -> None:
    fail_with(monkeypatch, error)
    outcome = terminal("read", "x")
    assert (outcome.code, outcome.out, len(outcome.messages)) == (code, "", 1)
    assert said in outcome.err
    assert "Traceback" not in outcome.err


def test_a_full_disk_says_what_to_do(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, OSError(28, "No space left on device"))
    assert "free some space and do the same again" in terminal("read", "x").err


def test_a_defect_says_how_to_see_where_it_is(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, RuntimeError("surprise"))
    assert "STARSIEVE_TRACEBACK=1" in terminal("read", "x").err
    with pytest.raises(RuntimeError, match="surprise"):
        terminal("--traceback", "read", "x")
    monkeypatch.setenv("STARSIEVE_TRACEBACK", "1")
    with pytest.raises(RuntimeError, match="surprise"):
        terminal("read", "x")


def test_warnings_are_one_line_on_standard_error(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warns(*_: object) -> None:
        warnings.warn("odd\nbut fine", UserWarning, stacklevel=1)
        warnings.warn("for programmers", DeprecationWarning, stacklevel=1)
        msg = "end"
        raise DataError(msg)

    monkeypatch.setattr(read_module, "get_hints", warns)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        outcome = terminal("read", "x")
    assert outcome.messages == ["starsieve: warning: odd but fine", "starsieve: end"]


def test_whoever_stops_reading_is_not_scolded(tmp_path: Path, spectrum_file: Path) -> None:
    words = [sys.executable, "-m", "starsieve", "read", "--json", *[str(spectrum_file)] * 500]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


def test_ctrl_c_ends_with_130(tmp_path: Path, spectrum_file: Path) -> None:
    words = [sys.executable, "-m", "starsieve", "read", "--json", *[str(spectrum_file)] * 5000]
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        text=True,
        preexec_fn=heed_interrupts,
    )
    assert process.stdout is not None
    process.stdout.readline()  # now it is at work
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines() == ["starsieve: interrupted."]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_the_verbs(tmp_path: Path, shell: str) -> None:
    outcome = in_new_process(
        [],
        tmp_path,
        _STARSIEVE_COMPLETE=f"complete_{shell}",
        COMP_WORDS="starsieve inf",
        COMP_CWORD="1",
        _TYPER_COMPLETE_ARGS="starsieve inf",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    assert "infer" in outcome.out
    assert "doctor" not in outcome.out


def test_completion_can_be_installed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    outcome = in_new_process(
        ["--install-completion", "bash"],
        tmp_path,
        HOME=str(home),
        _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1",
    )
    assert outcome.code == 0
    installed = (home / ".bash_completions" / "starsieve.sh").read_text()
    assert "_STARSIEVE_COMPLETE" in installed
