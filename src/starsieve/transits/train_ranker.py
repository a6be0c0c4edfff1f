"""Train a ranker on tables of candidates whose nature is decided."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from torch import nn

from starsieve.archive import Archive
from starsieve.data.catalogue import Catalogue
from starsieve.errors import DataError, RecipeError
from starsieve.learn.history import FILE as HISTORY
from starsieve.learn.log import Log
from starsieve.learn.loop import Note
from starsieve.learn.model import Model, ModelCard, Output
from starsieve.learn.trees import forest_arrays
from starsieve.readers.catalogues import read_catalogue
from starsieve.stats import roc_auc
from starsieve.transits.leaks import leak_features
from starsieve.transits.ranker import TASK, Member, Ranker, fill_gaps, folds_of
from starsieve.transits.ranking_recipe import TrainRankerRecipe
from starsieve.transits.ranking_table import candidates_of, features_of, join_stars, problems
from starsieve.transits.table_features import DERIVED, MEASURED, FeatureTable, FloatArray
from starsieve.transits.tree_losses import tell_losses, tree_losses

Progress = Callable[[int, int, str], None]
BoolArray = npt.NDArray[np.bool_]

LIMITS = (
    "Judges a row of a table, not a light curve: it knows neither centroids nor shapes. It learnt "
    "from candidates that somebody decided, which are brighter and were asked for more often than "
    "others, so among all candidates its probabilities hold for that kind of selection. On "
    "candidates announced after its training it does worse than its metrics say."
)


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Rows whose nature is known.

    Parameters
    ----------
    features : FeatureTable
    planet : array of bool, shape (n_rows,)
    tic : array of int64, shape (n_rows,)
        Rows of one star are never split.
    """

    features: FeatureTable
    planet: BoolArray
    tic: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.tic)

    def take(self, rows: npt.NDArray[Any]) -> Self:
        """Return some of the rows."""
        return type(self)(self.features.take(rows), self.planet[rows], self.tic[rows])

    def join(self, other: Self) -> Self:
        """Return these rows and those of another table with the same features."""
        values = np.concatenate([self.features.values, other.features.values])
        return type(self)(
            FeatureTable(self.features.names, values),
            np.concatenate([self.planet, other.planet]),
            np.concatenate([self.tic, other.tic]),
        )


def train_ranker(
    recipe: TrainRankerRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Train a ranker, keep it in the archive under its name, and return its metrics."""
    tables, stars = read_tables(recipe)
    folder = archive.models.folder(recipe.model)
    with Log(folder / HISTORY) as log:
        ranker, metrics = fit_ranker(decide(tables, stars, recipe), recipe, progress, log.add)
    card = _card(recipe, ranker, metrics, [*tables, *stars])
    card = Model(card, nn.Identity(), ranker.to_arrays()).save(folder)
    archive.models.register(recipe.model)
    return {"model": recipe.model, "weights_sha256": card.weights_sha256, **card.metrics}


def read_tables(recipe: TrainRankerRecipe) -> tuple[list[Catalogue], list[Catalogue]]:
    """Return a recipe's tables of candidates, and of stars."""
    tables = [read_catalogue(file) for file in recipe.tables]
    return tables, [read_catalogue(file) for file in recipe.stars]


def decide(
    tables: Sequence[Catalogue], stars: Sequence[Catalogue], recipe: TrainRankerRecipe
) -> Decided:
    """Return the rows of tables whose nature is known, and that are sound.

    Raises
    ------
    DataError
        If a table is none of candidates, or no row of one of the two classes is left.
    """
    parts = [_decided_rows(table, stars, recipe) for table in tables]
    decided = parts[0]
    for part in parts[1:]:
        decided = decided.join(part)
    if not (decided.planet.any() and (~decided.planet).any()):
        msg = (
            f"Of {', '.join(recipe.tables)}, rows with the dispositions "
            f"{', '.join(recipe.planets)}: {decided.planet.sum()}, with "
            f"{', '.join(recipe.others)}: {(~decided.planet).sum()}. Both are needed."
        )
        raise DataError(msg)
    return decided


def _decided_rows(
    table: Catalogue, stars: Sequence[Catalogue], recipe: TrainRankerRecipe
) -> Decided:
    columns = join_stars(candidates_of(table), table["tic"], stars)
    features = features_of(table, columns, _chosen_features(recipe, table))
    disposition = table["disposition"].astype(str)
    tic = table["tic"]
    known = np.isin(disposition, (*recipe.planets, *recipe.others)) & (tic > 0)
    sound = np.array([not problem for problem in problems(columns)], dtype=bool)
    planet = np.isin(disposition, recipe.planets)
    return Decided(features, planet, tic).take(np.flatnonzero(known & sound))


def _chosen_features(recipe: TrainRankerRecipe, table: Catalogue) -> list[str]:
    if unknown := sorted(set(recipe.without) - {*MEASURED, *DERIVED}):
        msg = f"Option 'without': no feature {', '.join(unknown)}."
        raise RecipeError(msg)
    leaks = leak_features(table).names if recipe.include_leaks else ()
    names = (*MEASURED, *recipe.extra, *DERIVED, *leaks)
    return [name for name in names if name not in recipe.without]


def fit_ranker(
    decided: Decided,
    recipe: TrainRankerRecipe,
    progress: Progress | None = None,
    note: Note | None = None,
) -> tuple[Ranker, dict[str, float]]:
    """Grow the members, each without another part of the stars, and calibrate on these parts.

    `note` is told the loss of the boosted trees, tree by tree, on the stars that they saw and on
    those that they did not.

    Returns
    -------
    Ranker
    dict of str to float
        How well each member did on the stars that it never saw.

    Raises
    ------
    DataError
        If a member would see stars of one kind only, or none would be left out.
    """
    # A feature that is unknown in all rows says nothing, whatever stands for it.
    known: BoolArray = np.asarray(np.isfinite(decided.features.values).any(axis=0))
    medians = np.zeros(len(known))
    medians[known] = np.nanmedian(decided.features.values[:, known], axis=0)
    x = fill_gaps(decided.features.values, medians)
    grown = x if recipe.learn_gaps else _close_gaps(decided.features.values, medians, recipe.seed)
    fold = folds_of(decided.tic, recipe.members)
    members, odds, losses = [], np.zeros(len(decided)), []
    for number in range(recipe.members):
        seen = fold != number
        if seen.all() or decided.planet[seen].all() or not decided.planet[seen].any():
            msg = (
                f"{len(decided)} rows are too few for {recipe.members} members that each leave out "
                "a part of the stars; set a smaller number of members, or give more rows."
            )
            raise DataError(msg)
        seed = recipe.seed * recipe.members + number
        boosted, random = _grow(grown[seen], decided.planet[seen], recipe, seed)
        member = Member(forest_arrays(boosted), forest_arrays(random))
        odds[~seen] = member.log_odds(x[~seen])
        members.append(member)
        if note is not None:
            losses.append(tree_losses(boosted, x, decided.planet, seen))
        if progress is not None:
            progress(number + 1, recipe.members, "growing trees")
    if note is not None:
        tell_losses(note, losses)
    slope, intercept = _calibration(odds, decided.planet)
    stars = np.unique(decided.tic)
    ranker = Ranker(decided.features.names, medians, tuple(members), slope, intercept, stars)
    return ranker, score_probabilities(ranker.calibrate(odds), decided.planet)


def _close_gaps(values: FloatArray, medians: FloatArray, seed: int) -> FloatArray:
    """Return rows whose gaps are filled from complete rows that are drawn at random.

    A median that stands in many rows would tell the trees which rows have gaps; a value that any
    row may have does not. A column that most rows lack stays as it is: borrowed, it would be noise.
    """
    known = np.isfinite(values)
    common = known.mean(axis=0) > 0.5
    complete = np.flatnonzero(known[:, common].all(axis=1))
    if not len(complete):
        return fill_gaps(values, medians)
    lender = np.random.default_rng(seed).choice(complete, len(values))
    return fill_gaps(np.where(known | ~common, values, values[lender]), medians)


def _grow(
    x: FloatArray, planet: BoolArray, recipe: TrainRankerRecipe, seed: int
) -> tuple[HistGradientBoostingClassifier, ExtraTreesClassifier]:
    boosting, forest = recipe.boosting, recipe.forest
    boosted = HistGradientBoostingClassifier(
        learning_rate=boosting.learning_rate,
        max_iter=boosting.iterations,
        max_leaf_nodes=boosting.leaves,
        min_samples_leaf=boosting.smallest_leaf,
        l2_regularization=boosting.l2,
        max_features=boosting.feature_share,
        early_stopping=False,
        random_state=seed,
    ).fit(x, planet)
    random = ExtraTreesClassifier(
        forest.trees,
        min_samples_leaf=forest.smallest_leaf,
        max_features=forest.feature_share,
        random_state=seed,
    ).fit(x, planet)
    return boosted, random


def recalibrate(ranker: Ranker, decided: Decided) -> Ranker:
    """Return the ranker with probabilities for another selection of candidates.

    Planets are rarer in one table than in another; the trees stay, slope and intercept are
    fitted to these rows. A star of the training is judged by the member that never saw it.
    """
    scores = ranker.score(decided.features, decided.tic)
    probability = np.clip(scores.probability, 1e-12, 1 - 1e-12)
    stated = np.log(probability / (1 - probability))
    odds = (stated - ranker.intercept) / ranker.slope
    slope, intercept = _calibration(odds, decided.planet)
    return replace(ranker, slope=slope, intercept=intercept)


def _calibration(odds: FloatArray, planet: BoolArray) -> tuple[float, float]:
    """Return slope and intercept of Platt's calibration."""
    fitted = LogisticRegression(C=1e4, tol=1e-8).fit(odds[:, None], planet)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def score_probabilities(probability: FloatArray, planet: BoolArray) -> dict[str, float]:
    """Return AUC, accuracy at 0.5, Brier score and expected calibration error."""
    return {
        "n_rows": float(len(planet)),
        "n_planets": float(planet.sum()),
        "auc": roc_auc(probability, planet),
        "accuracy": float(np.mean((probability >= 0.5) == planet)),
        "brier": float(np.mean((probability - planet) ** 2)),
        "ece": calibration_error(probability, planet),
    }


def calibration_error(probability: FloatArray, planet: BoolArray, n_bins: int = 10) -> float:
    """Return the expected calibration error: |mean probability - rate|, weighted over even bins.

    Examples
    --------
    >>> calibration_error(np.array([0.9, 0.9, 0.1, 0.1]), np.array([True, True, False, True]))
    0.25
    """
    bin_of = np.minimum((probability * n_bins).astype(int), n_bins - 1)
    gap = np.bincount(bin_of, weights=probability - planet, minlength=n_bins)
    return float(np.abs(gap).sum() / len(probability))


def _card(
    recipe: TrainRankerRecipe,
    ranker: Ranker,
    metrics: dict[str, float],
    files: Sequence[Catalogue],
) -> ModelCard:
    options = recipe.model_dump(mode="json")
    names = {field: [file.rpartition("/")[2] for file in options[field]] for field in _FILES}
    return ModelCard(
        name=recipe.model,
        task=TASK,
        description=recipe.description,
        outputs=(Output(name="planet_probability", unit="", minimum=0.0, maximum=1.0),),
        recipe=options | names | {"features": list(ranker.names)},
        training_files={file.file.rpartition("/")[2]: file.content_hash for file in files},
        sources=recipe.sources,
        licence=recipe.licence,
        metrics=metrics,
        limits=LIMITS,
    )


_FILES = ("tables", "stars")
