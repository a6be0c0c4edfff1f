"""A small toy grid, with a hole in it, and recipes that train on it in a moment."""

import numpy as np

from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.data.synthetic import model_grid

WAVE = np.linspace(0.8, 2.45, 60)
LABELS = ("teff", "logg")

KINDS = {
    "convolutional": {
        "filters": 4,
        "conv_layers": 1,
        "first_units": 8,
        "first_layers": 1,
        "second_units": 8,
        "second_layers": 2,
    },
    "random-forest": {"n_trees": 20, "n_samples": 400},
    "gradient-boosting": {"n_rounds": 20, "n_components": 6, "n_samples": 400},
    "pca-ridge": {"n_components": 8, "n_samples": 400},
    "nearest": {},
}


def make_grid(*, hole=True):
    grid = model_grid(
        teff=(1000, 1200, 1400, 1600, 1800, 2000),
        logg=(4.0, 4.5, 5.0, 5.5),
        mh=(0.0,),
        fsed=(4.0,),
        wave=WAVE,
    )
    there = np.ones(len(grid), dtype=bool)
    there[-1] = not hole
    return grid.take(there)


def make_recipe(kind, **changes):
    options = {
        "collection": "toy",
        "model": f"toy-{kind}",
        "labels": LABELS,
        "resolution": 120.0,
        "validation": {"teff": [1400]},
        "held_out": {"teff": [1600]},
        "network": {"kind": kind, **KINDS[kind]},
    }
    if kind == "convolutional":
        quick = {"steps": 200, "batch_size": 32, "validate_every": 50, "learning_rate": 3e-3}
        options |= quick | {"device": "cpu"}
    return TrainRecipe.model_validate(options | changes)
