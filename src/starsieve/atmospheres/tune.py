"""Search for the best options of a posterior, or of a regressor."""

from collections.abc import Mapping
from typing import Any

from starsieve.archive import Archive
from starsieve.atmospheres.network_recipes import Posterior
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.regressors.train import train_regressor
from starsieve.atmospheres.several.recipes import SeveralRecipe
from starsieve.atmospheres.several.train import train_several_on
from starsieve.atmospheres.train import train_on
from starsieve.atmospheres.tune_recipe import TunePosteriorRecipe, TuneSeveralRecipe
from starsieve.tuning.trials import Note, Progress, Training
from starsieve.tuning.tune import search


def tune(
    recipe: TunePosteriorRecipe,
    archive: Archive,
    progress: Progress | None = None,
    run: int | None = None,
) -> dict[str, Any]:
    """Search for the options of a training's recipe with which it ends best."""
    return search(recipe, archive, Training("atmospheres.train", train_once), progress, run)


def tune_several(
    recipe: TuneSeveralRecipe,
    archive: Archive,
    progress: Progress | None = None,
    run: int | None = None,
) -> dict[str, Any]:
    """Search for the options of a training on several grids with which it ends best."""
    several = Training("atmospheres.train-several", train_several_once)
    return search(recipe, archive, several, progress, run)


def train_once(
    recipe: TrainRecipe, archive: Archive, progress: Progress | None, note: Note | None
) -> Mapping[str, Any]:
    """Train on a gridded collection and return the metrics; the model is not kept."""
    spectra = archive.spectra.read_grid(recipe.collection)
    train_it = train_on if isinstance(recipe.network, Posterior) else train_regressor
    return train_it(spectra, recipe, {}, progress, note=note).card.metrics


def train_several_once(
    recipe: SeveralRecipe, archive: Archive, progress: Progress | None, note: Note | None
) -> Mapping[str, Any]:
    """Train on gridded collections and return the metrics; the model is not kept."""
    names = [choice.collection for choice in recipe.grids]
    spectra = {name: archive.spectra.read_grid(name) for name in names}
    return train_several_on(spectra, recipe, {}, progress, note=note).card.metrics
