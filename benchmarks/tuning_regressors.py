"""What a search of each regressor's usual options gains on nodes that neither it nor training saw.

On Sonora Diamondback (SpeX), from the recipes that ship, with fewer samples, trees and steps. Each
is tuned on the validation's Teff nodes; then the recipe as it was and the best one are judged side
by side on the nodes held out, at a signal-to-noise of 50, by Huber losses of labels in their
deviations in the grid. Goals: for every kind no larger validation loss than the recipe as it is,
and the same again from the file that is written out; for those with much to choose (`OPEN`) a
smaller loss on the nodes held out, summed over labels.

``python -m benchmarks.tuning_regressors KIND ...`` tunes some only.
"""

import os
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from starsieve.archive import Archive
from starsieve.atmospheres.evaluate import evaluate_simulated
from starsieve.atmospheres.subjects import load_any
from starsieve.atmospheres.tune_recipe import TunePosteriorRecipe
from starsieve.jobs import run_task
from starsieve.readers import read
from starsieve.tuning.results import read_study
from starsieve.tuning.tune import best_text

SKIPPED = 77
SAMPLES = {"n_samples": 4000}
STEPS: Mapping[str, Any] = {"steps": 400, "validate_every": 50, "patience": None}
SMALL: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any], int]] = {
    "nearest": ({}, {}, 15),
    "ridge": ({}, SAMPLES, 25),
    "boosting": ({}, SAMPLES | {"n_rounds": 100}, 20),
    "forest": ({}, SAMPLES | {"n_trees": 40}, 20),
    "telescopeml": (STEPS, {}, 14),
}
"""By the shipped recipe's ending: what is smaller of its options and its network's; trials."""

OPEN = ("boosting", "telescopeml")


def main(kinds: Sequence[str] = ()) -> int:
    """Print a row for each regressor; return 1 if a goal is missed."""
    data = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data"))
    file = data / "browndwarf" / "grids" / "sonora-diamondback_spex-prism.h5"
    if not file.is_file():
        print(f"{file}: absent; STARSIEVE_TEST_DATA names the folder of real files.")
        return SKIPPED
    print("                       validation           nodes held out")
    print("             trials    as it is   best      as it is   best     seconds  best values")
    with (
        tempfile.TemporaryDirectory() as folder,
        Archive.create(Path(folder) / "archive") as archive,
    ):
        (grid,) = read(file)
        archive.spectra.add_grid(grid, "sonora-diamondback")
        missed = [goal for kind in kinds or SMALL for goal in _compare(archive, kind)]
    for goal in missed:
        print(f"MISSED: {goal}")
    return int(bool(missed))


def _compare(archive: Archive, kind: str) -> list[str]:
    """Tune one, print its row, and return the goals that it misses."""
    options, network, trials = SMALL[kind]
    recipe = resources.files("starsieve") / "recipes" / f"diamondback-{kind}.toml"
    training = tomllib.loads(recipe.read_text(encoding="utf-8")) | options
    training["network"] = training["network"] | network
    started = time.perf_counter()
    told = {"training": training, "trials": trials, "startup_trials": 6}
    found = run_task("atmospheres.tune", told, archive)
    seconds = time.perf_counter() - started
    best = tomllib.loads(best_text(read_study(archive, found["study"], TunePosteriorRecipe)))
    before = run_task("atmospheres.train", training, archive)["validation_loss"]
    again = run_task("atmospheres.train", best | {"model": f"{kind}-best"}, archive)
    after = found["best"]["value"]
    unseen = _judge(archive, training["model"], f"{kind}-best")
    chosen = found["best"]["values"].items()
    values = ", ".join(f"{name.removeprefix('network.')} {value}" for name, value in chosen)
    counts = f"{found['n_complete']} + {found['n_pruned']}"
    print(
        f"{kind:12s} {counts:9s} {before:8.4f}   {after:8.4f}  {unseen[0]:8.4f}   {unseen[1]:8.4f}"
        f"  {seconds:7.0f}  {values}",
        flush=True,
    )
    goals = {
        "no larger validation loss": after <= before,
        "the same loss again": again["validation_loss"] == after,
        "a smaller loss on the nodes held out": kind not in OPEN or unseen[1] < unseen[0],
    }
    return [f"{kind}: {goal}" for goal, reached in goals.items() if not reached]


def _judge(archive: Archive, before: str, after: str) -> tuple[float, float]:
    """Return both models' Huber losses on the nodes held out, summed over labels."""
    models = [load_any(name, archive) for name in (before, after)]
    result = evaluate_simulated(models[0], beside=models[1:], baselines=False)
    rows = result.metrics
    return (
        sum(float(row["huber"]) for row in rows if row["method"] == before),
        sum(float(row["huber"]) for row in rows if row["method"] == after),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
