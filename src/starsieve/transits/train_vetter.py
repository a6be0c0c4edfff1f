"""Train a vetter on signals whose nature is known."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier

from starsieve.archive import Archive
from starsieve.data.spectrum import BoolArray
from starsieve.errors import DataError
from starsieve.learn.history import FILE as HISTORY
from starsieve.learn.log import Log
from starsieve.learn.loop import Note
from starsieve.learn.model import Model, ModelCard, Output
from starsieve.learn.trees import forest_arrays
from starsieve.stats import average_precision, calibration_error, roc_auc
from starsieve.transits.classifier_recipe import TrainVetterRecipe
from starsieve.transits.example_files import read_examples
from starsieve.transits.examples import CLASSES, Examples, join_examples
from starsieve.transits.network_fit import fit_network, named
from starsieve.transits.ranker import fill_gaps, folds_of
from starsieve.transits.table_features import FloatArray
from starsieve.transits.vetter import ANSWERS, Vetter, VetterMember, apply_blend, to_probability
from starsieve.transits.vetting_inputs import Inputs, inputs_of_examples

Progress = Callable[[int, int, str], None]

TASK = "transits.vet"
LIMITS = (
    "Judges shapes and numbers of a light curve, not pixels: a blended binary whose eclipses look "
    "like transits can't be told from a planet. It learnt from signals that people judged by eye, "
    "whose judgements are partly wrong, and from periodic ones only. Probabilities hold for "
    "signals of which the stated share are planets."
)
REGULARISATION = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A vetter, and what its members say of the stars that they never saw.

    Parameters
    ----------
    vetter : Vetter
    odds : array, shape (n_signals, 3)
        Log odds of a planet by `starsieve.transits.vetter.ANSWERS`, of the examples.
    classes : array, shape (n_signals, n_classes)
        The networks' probabilities.
    probability : array, shape (n_signals,)
        Of a planet, by all answers, blended as the other stars taught.
    weight : array, shape (n_signals,)
        By which the recipe's share of planets holds for each source.
    """

    vetter: Vetter
    odds: FloatArray
    classes: FloatArray
    probability: FloatArray
    weight: FloatArray


def train_vetter(
    recipe: TrainVetterRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Train a vetter, keep it in the archive under its name, and return its metrics."""
    examples = join_examples([read_examples(file) for file in recipe.files])
    folder = archive.models.folder(recipe.model)
    with Log(folder / HISTORY) as log:
        vetter = fit_vetter(examples, recipe, progress, log.add).vetter
    card = Model(vetter.card, vetter.all_networks(), vetter.to_arrays()).save(folder)
    archive.models.register(recipe.model)
    return {"model": recipe.model, "weights_sha256": card.weights_sha256, **card.metrics}


def fit_vetter(
    examples: Examples,
    recipe: TrainVetterRecipe,
    progress: Progress | None = None,
    note: Note | None = None,
) -> Trained:
    """Train the members, each without another part of the stars, and blend them on these parts.

    `note` is told the losses of each network.

    Raises
    ------
    DataError
        If the examples are too few, or of one kind only.
    """
    inputs = inputs_of_examples(examples, recipe.features, recipe.views)
    known = np.isfinite(inputs.table)
    medians = np.zeros(len(inputs.names))
    some = known.any(axis=0)
    medians[some] = np.nanmedian(inputs.table[:, some], axis=0)
    weight = balance(examples, recipe.planet_share)
    fold = folds_of(examples.star, recipe.members)
    members: list[VetterMember] = []
    odds, classes = np.zeros((len(examples), len(ANSWERS))), np.zeros(examples.allowed.shape)
    for number in range(recipe.members):
        seen = fold != number
        _check_parts(examples.planet[seen], examples.planet[~seen], recipe)
        rows = np.flatnonzero(seen)
        member = _fit_member(
            inputs.take(rows),
            examples.take(rows),
            weight[seen],
            medians,
            recipe,
            number,
            progress,
            note,
        )
        members.append(member)
        if (~seen).any():
            unseen = inputs.take(np.flatnonzero(~seen))
            odds[~seen], classes[~seen] = member.answer(unseen, medians)
    blends = [
        fit_blend(odds[fold != n], examples.planet[fold != n], weight[fold != n])
        for n in range(recipe.members)
    ]
    blended = np.stack([apply_blend(odds, blend) for blend in blends])[fold, np.arange(len(fold))]
    probability = to_probability(blended)
    vetter = Vetter(
        card=_card(recipe, inputs, examples, probability, weight),
        features=recipe.features,
        views=tuple(inputs.views),
        names=inputs.names,
        medians=medians,
        members=tuple(members),
        blend=fit_blend(odds, examples.planet, weight),
        stars=np.unique(examples.star),
    )
    return Trained(vetter, odds, classes, probability, weight)


def balance(examples: Examples, planet_share: float) -> FloatArray:
    """Return weights by which this share of each source's signals are planets; their mean is 1.

    A source of one kind only keeps its rows as they are.
    """
    weight = np.ones(len(examples))
    for source in np.unique(examples.source):
        rows = examples.source == source
        planet = examples.planet & rows
        share = planet.sum() / rows.sum()
        if 0 < share < 1:
            weight[planet] = planet_share / share
            weight[rows & ~planet] = (1 - planet_share) / (1 - share)
    return weight


def fit_blend(odds: FloatArray, planet: BoolArray, weight: FloatArray) -> FloatArray:
    """Return weights, none negative, and what to add, that make of several log odds the best one.

    Parameters
    ----------
    odds : array, shape (n_signals, n_answers)
        Of signals that the answers were not trained on.
    planet : array of bool, shape (n_signals,)
    weight : array, shape (n_signals,)
    """
    n_answers = odds.shape[1]
    design = np.column_stack([odds, np.ones(len(odds))])
    share = weight / weight.sum()

    def loss(blend: FloatArray) -> tuple[float, FloatArray]:
        total = design @ blend
        value = share @ (np.logaddexp(0, total) - planet * total)
        slope = design.T @ (share * (to_probability(total) - planet))
        apart = blend[:-1] - 1 / n_answers
        penalty = np.append(apart, 0.0) * REGULARISATION
        return float(value + 0.5 * apart @ apart * REGULARISATION), slope + penalty

    start = np.append(np.full(n_answers, 1 / n_answers), 0.0)
    bounds = [(0.0, None)] * n_answers + [(None, None)]
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x)


def _check_parts(seen: BoolArray, unseen: BoolArray, recipe: TrainVetterRecipe) -> None:
    if not seen.any() or seen.all() or not len(unseen):
        msg = (
            f"{len(seen) + len(unseen)} examples with {int(seen.sum() + unseen.sum())} planets are "
            f"too few for {recipe.members} members that each leave out a part of the stars; give "
            "more examples of both kinds, or set a smaller number of members."
        )
        raise DataError(msg)


def _fit_member(
    inputs: Inputs,
    examples: Examples,
    weight: FloatArray,
    medians: FloatArray,
    recipe: TrainVetterRecipe,
    number: int,
    progress: Progress | None,
    note: Note | None,
) -> VetterMember:
    seed = recipe.seed * recipe.members + number
    x = fill_gaps(inputs.table, medians)
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
    ).fit(x, examples.planet, sample_weight=weight)
    random = ExtraTreesClassifier(
        forest.trees,
        min_samples_leaf=forest.smallest_leaf,
        max_features=forest.feature_share,
        random_state=seed,
    ).fit(x, examples.planet, sample_weight=weight)
    networks = []
    for which in range(recipe.networks):
        done = number * recipe.networks + which

        def report(step: int, total: int, what: str, done: int = done) -> None:
            if progress is not None:
                n_networks = recipe.members * recipe.networks
                progress(done * total + step, n_networks * total, what)

        own_seed = seed * recipe.networks + which
        network = fit_network(
            inputs, examples.allowed, weight, recipe, own_seed, report, named(note, done + 1)
        )
        networks.append(network)
    return VetterMember(tuple(networks), forest_arrays(boosted), forest_arrays(random))


def _card(
    recipe: TrainVetterRecipe,
    inputs: Inputs,
    examples: Examples,
    probability: FloatArray,
    weight: FloatArray,
) -> ModelCard:
    options = recipe.model_dump(mode="json")
    options |= {"files": [Path(file).name for file in recipe.files], "views": list(inputs.views)}
    return ModelCard(
        name=recipe.model,
        task=TASK,
        description=recipe.description,
        outputs=tuple(Output(name=name, unit="", minimum=0.0, maximum=1.0) for name in CLASSES),
        recipe=options | {"columns": list(inputs.names)},
        training_files=dict(examples.files),
        sources=recipe.sources,
        licence=recipe.licence,
        metrics=score_sources(examples, probability, weight),
        limits=f"{LIMITS} Share of planets: {recipe.planet_share:g}.",
    )


def score_sources(
    examples: Examples, probability: FloatArray, weight: FloatArray
) -> dict[str, dict[str, float]]:
    """Return by source how well planets are told from the rest, on stars not trained on."""
    scores = {}
    for source in np.unique(examples.source):
        rows = examples.source == source
        planet, found = examples.planet[rows], probability[rows]
        scores[str(source)] = {
            "n": int(rows.sum()),
            "n_planets": int(planet.sum()),
            "average_precision": average_precision(found, planet),
            "roc_auc": roc_auc(found, planet),
            "calibration_error": calibration_error(found, planet, weight[rows]),
        }
    return scores
