"""Time of the command line: help, one file cold, and 700 files with 1,000 draws each.

Goals, on two cores: help 0.3 s, one file 6 s, 700 files 30 s. Whole processes are timed, from the
start of the interpreter to its end.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SKIPPED = 77
N_FILES = 700
GOALS = {"help": 0.3, "one file": 6.0, "700 files, 1,000 draws": 30.0}


def main() -> int:
    """Print the times beside their goals; return 1 if one is missed."""
    data = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data"))
    files = sorted((data / "browndwarf" / "observed" / "spex").glob("*.fits.gz"))[:N_FILES]
    if len(files) < N_FILES:
        print(f"{data}: fewer than {N_FILES} spectra; STARSIEVE_TEST_DATA names their folder.")
        return SKIPPED
    names = [str(file.absolute()) for file in files]
    times = {
        "help": min(_time("--help") for _ in range(5)),
        "one file": min(_time("infer", names[0]) for _ in range(3)),
        "700 files, 1,000 draws": _time("infer", *names, "--draws", "1000", "--json"),
    }
    print(f"{'what':24}{'seconds':>9}{'goal':>7}")
    for what, seconds in times.items():
        print(f"{what:24}{seconds:9.2f}{GOALS[what]:7.1f}")
    return int(any(seconds > GOALS[what] for what, seconds in times.items()))


def _time(*arguments: str) -> float:
    command = [str(Path(sys.executable).with_name("starsieve")), *arguments]
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - started
        left = list(Path(folder).iterdir())
    if done.returncode not in (0, 3) or left:
        msg = f"{arguments[0]} ended with {done.returncode}, left {left}: {done.stderr[-300:]}"
        raise RuntimeError(msg)
    return seconds


if __name__ == "__main__":
    sys.exit(main())
