"""Search for the best options of a vetter or a ranker."""

from collections.abc import Mapping
from typing import Any

from starsieve.archive import Archive
from starsieve.transits.classifier_recipe import TrainVetterRecipe
from starsieve.transits.example_files import read_examples
from starsieve.transits.examples import join_examples
from starsieve.transits.ranking_recipe import TrainRankerRecipe
from starsieve.transits.train_ranker import decide, fit_ranker, read_tables
from starsieve.transits.train_vetter import fit_vetter
from starsieve.transits.tune_recipe import TuneRankerRecipe, TuneVetterRecipe
from starsieve.tuning.trials import Note, Progress, Training
from starsieve.tuning.tune import search


def tune_vetter(
    recipe: TuneVetterRecipe,
    archive: Archive,
    progress: Progress | None = None,
    run: int | None = None,
) -> dict[str, Any]:
    """Search for the options of a vetter's recipe with which it judges best."""
    return search(recipe, archive, Training("transits.train", vetter_once), progress, run)


def tune_ranker(
    recipe: TuneRankerRecipe,
    archive: Archive,
    progress: Progress | None = None,
    run: int | None = None,
) -> dict[str, Any]:
    """Search for the options of a ranker's recipe with which it judges best."""
    return search(recipe, archive, Training("transits.train-ranker", ranker_once), progress, run)


def vetter_once(
    recipe: TrainVetterRecipe,
    archive: Archive,  # noqa: ARG001 - the recipe names files
    progress: Progress | None,
    note: Note | None,
) -> Mapping[str, Any]:
    """Train a vetter and return its metrics; the model is not kept."""
    examples = join_examples([read_examples(file) for file in recipe.files])
    return fit_vetter(examples, recipe, progress, note).vetter.card.metrics


def ranker_once(
    recipe: TrainRankerRecipe,
    archive: Archive,  # noqa: ARG001 - the recipe names files
    progress: Progress | None,
    note: Note | None,
) -> Mapping[str, Any]:
    """Train a ranker and return its metrics; the model is not kept."""
    tables, stars = read_tables(recipe)
    return fit_ranker(decide(tables, stars, recipe), recipe, progress, note)[1]
