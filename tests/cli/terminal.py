"""Run the command line as a user would."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from starsieve.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code, and what it wrote where."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """The JSON lines of standard output."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def messages(self) -> list[str]:
        """The lines of standard error."""
        return self.err.splitlines()


class Terminal:
    """A terminal in an empty folder: commands run in this process, so that tests stay quick."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def __call__(self, *words: str | Path) -> Outcome:
        self._capture.readouterr()
        code = main([str(word) for word in words])
        out, err = self._capture.readouterr()
        return Outcome(code, out, err)


def in_new_process(words: Sequence[str | Path], folder: Path, **environment: str) -> Outcome:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "starsieve", *map(str, words)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def heed_interrupts() -> None:
    """Undo, in a new process, that Ctrl-C is ignored: so do processes started in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
