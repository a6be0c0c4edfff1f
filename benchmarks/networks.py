"""Accuracy of every network and baseline that has a recipe, trained small, on the same spectra.

On Sonora Diamondback (SpeX) and on Sonora Bobcat in TelescopeML's own layout. Whole Teff nodes are
held out; each is seen three times at a signal-to-noise of 50. R2 and Huber loss (of labels in
their deviations in the grid, of log Teff) by label. Goals: of the Huber losses on Diamondback, the
sum of the shipped posterior is below that of every other method, and those of the posteriors that
are trained here are below those of every baseline; TelescopeML's network has as many parameters
as it says, 8,438,756.

``python -m benchmarks.networks NAME ...`` trains some only.
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

import torch

from starsieve.atmospheres.evaluate import evaluate_simulated
from starsieve.atmospheres.evaluation import Evaluation
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.network_recipes import Posterior
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.regressors.train import train_regressor
from starsieve.atmospheres.subjects import AnyModel, load_any
from starsieve.atmospheres.train import train_on
from starsieve.data import SpectrumSet
from starsieve.readers import read

SKIPPED = 77
TELESCOPEML = 8_438_756
SHIPPED = "diamondback-spex"
MEDIAN = "posterior median"

FLOWS: Mapping[str, Any] = {"steps": 2500, "batch_size": 256, "validate_every": 500}
CONVOLUTIONS: Mapping[str, Any] = {"steps": 2000, "batch_size": 128, "validate_every": 500}
STEPS: Mapping[str, Any] = {"steps": 1500, "validate_every": 150, "patience": 4}

DIAMONDBACK: Mapping[str, Mapping[str, Any]] = {
    "diamondback-mixture": FLOWS,
    "diamondback-convolution": CONVOLUTIONS,
    "diamondback-telescopeml": STEPS,
    "diamondback-forest": {},
    "diamondback-boosting": {},
    "diamondback-ridge": {},
    "diamondback-nearest": {},
}
BOBCAT: Mapping[str, Mapping[str, Any]] = {
    "bobcat-telescopeml": {"steps": 500, "validate_every": 100, "patience": 4}
}
CLASSICAL = ("diamondback-boosting", "diamondback-ridge")
"""Recipes whose networks are fitted to Bobcat as well."""


def main(names: Sequence[str] = ()) -> int:
    """Print the tables; return 1 if a goal is missed."""
    grids = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data")) / "browndwarf" / "grids"
    if not grids.is_dir():
        print(f"{grids} is not there; STARSIEVE_TEST_DATA names the folder of real files.")
        return SKIPPED
    wanted = set(names or (*DIAMONDBACK, *BOBCAT))
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        if some := [name for name in DIAMONDBACK if name in wanted]:
            spectra = _read(grids / "sonora-diamondback_spex-prism.h5")
            recipes = [_recipe(name, DIAMONDBACK[name]) for name in some]
            others = [_train(spectra, recipe, Path(folder)) for recipe in recipes]
            missed |= _judge_diamondback(load_model(SHIPPED), others)
        for name in wanted & set(BOBCAT):
            spectra = _read(grids / "sonora-bobcat_table.csv.bz2")
            missed |= _judge_bobcat(spectra, _recipe(name, BOBCAT[name]), Path(folder))
    return int(missed)


def _judge_bobcat(spectra: SpectrumSet, own: TrainRecipe, folder: Path) -> bool:
    model = _train(spectra, own, folder)
    classical = [_train(spectra, _like(own, name), folder) for name in CLASSICAL]
    _show(evaluate_simulated(model, baselines=False, beside=classical))
    return sum(parameter.numel() for parameter in model.network.parameters()) != TELESCOPEML


def _judge_diamondback(shipped: AnyModel, others: Sequence[AnyModel]) -> bool:
    found = evaluate_simulated(shipped, baselines=False, beside=others)
    losses = _show(found)
    posteriors = [o.name for o in others if isinstance(o.recipe.network, Posterior)]
    baselines = [losses[name] for name in losses if name not in (MEDIAN, *posteriors)]
    worst = max([losses[name] for name in posteriors], default=losses[MEDIAN])
    return losses[MEDIAN] > min(losses.values()) or worst > min(baselines)


def _show(found: Evaluation) -> dict[str, float]:
    """Print R2 and Huber loss by method and label; return the sum of the losses by method."""
    labels = list(dict.fromkeys(row["label"] for row in found.metrics))
    print(f"\n{found.on}\n{'method':26}", *(f"{name:>16}" for name in labels), "  sum of Huber")
    losses: dict[str, float] = {}
    for method in dict.fromkeys(row["method"] for row in found.metrics):
        rows = {row["label"]: row for row in found.metrics if row["method"] == method}
        losses[method] = sum(rows[name]["huber"] for name in labels)
        cells = (f"{rows[name]['r2']:8.3f}{rows[name]['huber']:8.4f}" for name in labels)
        print(f"{method:26}", *cells, f"{losses[method]:14.4f}")
    return losses


def _recipe(name: str, changes: Mapping[str, Any]) -> TrainRecipe:
    text = resources.files("starsieve").joinpath(f"recipes/{name}.toml").read_text("utf-8")
    return TrainRecipe.model_validate(tomllib.loads(text) | dict(changes))


def _like(own: TrainRecipe, name: str) -> TrainRecipe:
    """Return the recipe of a classical network for another grid."""
    model = name.replace("diamondback", "bobcat")
    kept = ("collection", "labels", "resolution", "validation", "held_out")
    options = {key: getattr(own, key) for key in kept}
    return TrainRecipe(model=model, network=_recipe(name, {}).network, **options)


def _train(spectra: SpectrumSet, recipe: TrainRecipe, folder: Path) -> AnyModel:
    started = time.perf_counter()
    train = train_on if isinstance(recipe.network, Posterior) else train_regressor
    train(spectra, recipe, {}).save(folder / recipe.model)
    model = load_any(folder / recipe.model)
    n = sum(parameter.numel() for parameter in model.network.parameters())
    seconds = time.perf_counter() - started
    size = (folder / recipe.model / "weights.safetensors").stat().st_size / 1e6
    print(f"{recipe.model:26}{n:>12,} parameters {seconds:8.0f} s {size:8.1f} MB", flush=True)
    return model


def _read(path: Path) -> SpectrumSet:
    [spectra] = read(path)
    assert isinstance(spectra, SpectrumSet)
    return spectra


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    sys.exit(main(sys.argv[1:]))
