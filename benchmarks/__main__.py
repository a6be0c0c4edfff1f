"""Run every benchmark, or those named, each in an interpreter of its own."""

import subprocess
import sys
from pathlib import Path

SKIPPED = 77
"""What a benchmark exits with when it can't run here; the usual code of test drivers."""


def list_benchmarks() -> list[str]:
    """Return the names of all benchmarks: the public modules of this folder."""
    paths = sorted(Path(__file__).parent.glob("*.py"))
    return [path.stem for path in paths if not path.stem.startswith("_")]


def main(names: list[str]) -> int:
    """Run benchmarks in turn; return 1 if one fell short of its goal, 2 for an unknown name."""
    known = list_benchmarks()
    if unknown := sorted(set(names) - set(known)):
        print(f"No benchmark {', '.join(unknown)}; there are: {', '.join(known)}.", file=sys.stderr)
        return 2
    outcome = {}
    for name in names or known:
        print(f"\n== {name}", flush=True)
        outcome[name] = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"]).returncode
    print("\n== summary")
    for name, code in outcome.items():
        print(f"{name:32s} {'ok' if code == 0 else 'skipped' if code == SKIPPED else 'fell short'}")
    return int(any(code not in (0, SKIPPED) for code in outcome.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
