"""Search for the best options of a representation."""

from collections.abc import Mapping
from typing import Any

from starsieve.archive import Archive
from starsieve.learn.distributed import get_device
from starsieve.representations.fit import Surroundings
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.train import train_from
from starsieve.representations.tune_recipe import TuneRepresentationRecipe
from starsieve.tuning.trials import Note, Progress, Training
from starsieve.tuning.tune import search


def tune(
    recipe: TuneRepresentationRecipe,
    archive: Archive,
    progress: Progress | None = None,
    run: int | None = None,
) -> dict[str, Any]:
    """Search for the options of a training's recipe with which it ends best."""
    return search(recipe, archive, Training("representations.train", train_once), progress, run)


def train_once(
    recipe: TrainRecipe, archive: Archive, progress: Progress | None, note: Note | None
) -> Mapping[str, Any]:
    """Train on collections and return the metrics; the model is not kept."""
    around = Surroundings(get_device(recipe.device), progress=progress, note=note)
    return train_from(archive, recipe, {}, around).card.metrics
