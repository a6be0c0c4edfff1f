"""The check of a grid as a part of training on it."""

import logging

from starsieve.atmospheres.grids.check import check_grid
from starsieve.atmospheres.grids.result import GridCheck
from starsieve.atmospheres.grids.splits import check_split, keep_together
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.simulate import in_bands
from starsieve.data import SpectrumSet

log = logging.getLogger(__name__)


def know_grid(spectra: SpectrumSet, recipe: TrainRecipe) -> tuple[TrainRecipe, GridCheck]:
    """Check the grid as the recipe's networks see it, at the best S/N that they meet.

    What the check finds is logged as warnings.

    Returns
    -------
    recipe : TrainRecipe
        With whole groups of copies held out, if it splits by groups.
    check : GridCheck

    Raises
    ------
    DataError
        If the recipe's split puts copies of one spectrum on several sides.
    """
    check = check_grid(
        spectra,
        name=recipe.collection,
        labels=recipe.labels,
        snr=recipe.observing.snr[1],
        used=~in_bands(spectra.wave, recipe.observing.masked),
        seed=recipe.seed,
    )
    for finding in check.findings():
        log.warning("%s: %s", recipe.collection, finding)
    if recipe.split_by == "groups":
        recipe = keep_together(check.copies, recipe)
    check_split(check.copies, recipe)
    return recipe, check


def limit_of_copies(check: GridCheck) -> str:
    """Return what a model of the grid can't tell apart, to go on its card; or nothing."""
    tied = "; ".join(tie.describe() for tie in check.copies.ties())
    return f" In its grid {tied}: these can't be told apart." if tied else ""
