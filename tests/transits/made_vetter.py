"""A vetter that trains in a second: it tells boxes from Vs, and knows nothing else."""

from functools import cache
from pathlib import Path

import numpy as np

from starsieve.learn.model import Model
from starsieve.transits.classifier import DEFAULT
from starsieve.transits.classifier_recipe import TrainVetterRecipe
from starsieve.transits.examples import Examples
from starsieve.transits.train_vetter import fit_vetter
from starsieve.transits.vetter import Vetter

TINY = {
    "model": DEFAULT,
    "files": ["made"],
    "features": ["depth_ppm", "period_days"],
    "views": ["local_view"],
    "members": 2,
    "networks": 1,
    "epochs": 12,
    "batch_size": 32,
    "network": {"channels": 2, "features_per_view": 4, "hidden": 8, "dropout": 0.0},
    "boosting": {"iterations": 10, "learning_rate": 0.3, "leaves": 3, "smallest_leaf": 5},
    "forest": {"trees": 5, "smallest_leaf": 3},
    "planet_share": 0.5,
    "sources": ["Made in the tests"],
}


@cache
def make_vetter() -> Vetter:
    return fit_vetter(make_signals(120), TrainVetterRecipe.model_validate(TINY)).vetter


def save_vetter(folder: Path) -> Path:
    """Save the vetter as a model's folder is."""
    vetter = make_vetter()
    Model(vetter.card, vetter.all_networks(), vetter.to_arrays()).save(folder)
    return folder


def make_signals(n: int) -> Examples:
    """Make planets, which are boxes, and eclipsing binaries, which are deep Vs."""
    rng = np.random.default_rng(0)
    planet = np.arange(n) % 2 == 0
    bins = np.linspace(-2, 2, 61)
    box = -np.clip((0.55 - np.abs(bins)) / 0.1, 0, 1)
    v = -np.clip(1 - np.abs(bins) / 0.55, 0, 1)
    views = np.where(planet[:, None], box, v) + rng.normal(0, 0.03, (n, len(bins)))
    depth = np.where(planet, rng.uniform(500, 2e4, n), rng.uniform(2e3, 2e5, n))
    return Examples(
        views={"local_view": views.astype(np.float32)},
        features={"depth_ppm": depth, "period_days": rng.uniform(1, 12, n)},
        allowed=np.stack([planet, ~planet, ~planet & False, ~planet & False], axis=1),
        star=np.arange(1, n + 1),
        source=np.full(n, "made"),
        files={"made": "0" * 64},
    )
