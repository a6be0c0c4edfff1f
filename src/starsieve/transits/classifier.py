"""Say what signals probably are, how sure that is, and why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import nn

from starsieve.archive import Archive
from starsieve.errors import DataError, ModelMismatchError
from starsieve.learn.library import find_model
from starsieve.learn.model import load_weights, read_card, read_tensors
from starsieve.transits.classifier_recipe import VettingNetworkOptions
from starsieve.transits.examples import CLASSES
from starsieve.transits.features import FEATURES
from starsieve.transits.networks import VettingNetwork
from starsieve.transits.table_features import FloatArray
from starsieve.transits.train_vetter import TASK
from starsieve.transits.vetter import Scores, Vetter
from starsieve.transits.vetting_inputs import DERIVED, Inputs, inputs_of, join_inputs
from starsieve.transits.views import Views

DEFAULT = "transit-vetter"
"""The vetter that ships."""

LEAST_WEIGHT = 0.05
"""Change of log odds below which something is no reason."""

WIDE_SPREAD = 0.2
OPPOSED = ("odd_view", "even_view")

__all__ = ["CLASSES", "DEFAULT", "Verdict", "Vetter", "classify", "load_vetter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a signal probably is.

    Parameters
    ----------
    class_probabilities : mapping of str to float
        By `CLASSES`; their sum is 1.
    planet_probability : float
        Calibrated, for the share of planets that the vetter's card states.
    spread : float
        Standard deviation of the members' probabilities of a planet.
    reasons : tuple of (str, float)
        A view or a number, and by how much the log odds of a planet fall without it (negative:
        it speaks against a planet); the weightiest first. Where two say the same, neither is
        missed much.
    warnings : tuple of str
    """

    class_probabilities: Mapping[str, float]
    planet_probability: float
    spread: float
    reasons: tuple[tuple[str, float], ...] = ()
    warnings: tuple[str, ...] = ()


def load_vetter(name: str | Path = DEFAULT, archive: Archive | None = None) -> Vetter:
    """Load a vetter by its name (in the archive, or shipped) or folder.

    Raises
    ------
    NotInArchiveError
        If there is no such model.
    ModelMismatchError
        If it is a model for something else, or damaged.
    FileError
        If its weights can't be read.
    """
    folder = find_model(name, archive, TASK)
    card = read_card(folder)
    state, arrays = read_tensors(folder, card)
    try:
        recipe = card.recipe
        options = VettingNetworkOptions.model_validate(recipe["network"])
        names, views = tuple(recipe["columns"]), tuple(recipe["views"])
        n_numbers = len(recipe["features"]) + len(DERIVED)
        n_networks = int(recipe["members"]) * int(recipe["networks"])
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{folder}: the model's card does not describe a vetter ({error})."
        raise ModelMismatchError(msg) from error
    networks = nn.ModuleList([VettingNetwork(options, views, n_numbers) for _ in range(n_networks)])
    load_weights(networks, state)
    return Vetter.from_parts(card, names, networks, arrays)


def classify(
    vetter: Vetter,
    views: Sequence[Views],
    features: Sequence[Mapping[str, float]],
    tic: Sequence[int | None] | None = None,
) -> list[Verdict]:
    """Say what signals probably are.

    Parameters
    ----------
    vetter : Vetter
    views : sequence of Views
    features : sequence of mappings
        Numbers of each signal by the names of `starsieve.transits.features`; any may be absent or
        NaN.
    tic : sequence of int, optional
        TIC numbers: signals of stars of the training set are judged by those members alone that
        never saw them.

    Raises
    ------
    DataError
        If there are not as many views as features, or stars.
    """
    counts = [len(views), len(features), *([] if tic is None else [len(tic)])]
    if len(set(counts)) > 1:
        msg = (
            "Expected one record of views, of features and, if given, one star for each signal; "
            f"got {', '.join(map(str, counts))}."
        )
        raise DataError(msg)
    if not views:
        return []
    inputs = inputs_of(views, features, vetter.features, vetter.views)
    star = None if tic is None else np.array([each or 0 for each in tic], dtype=np.int64)
    scores = vetter.score(inputs, star)
    reasons = explain(vetter, inputs, scores, star)
    return [
        Verdict(
            class_probabilities=dict(zip(CLASSES, map(float, scores.classes[row]), strict=True)),
            planet_probability=float(scores.planet[row]),
            spread=float(scores.spread[row]),
            reasons=reasons[row],
            warnings=tuple(_warnings(views[row], features[row], scores, row)),
        )
        for row in range(len(views))
    ]


def explain(
    vetter: Vetter, inputs: Inputs, scores: Scores, star: npt.NDArray[np.int64] | None = None
) -> list[tuple[tuple[str, float], ...]]:
    """Return for each signal what speaks for a planet and against it, the weightiest first.

    Every view and every number that is known is left out in turn; what the log odds of a planet
    lose by it is its weight.
    """
    parts = [(words, np.flatnonzero(known), less) for words, known, less in _parts(vetter, inputs)]
    found: list[list[tuple[str, float]]] = [[] for _ in range(len(inputs))]
    if not any(len(rows) for _, rows, _ in parts):
        return [() for _ in found]
    # All at once: a network takes many signals in hardly more time than one.
    every = np.concatenate([rows for _, rows, _ in parts])
    reduced = join_inputs([less.take(rows) for _, rows, less in parts])
    odds = vetter.score(reduced, None if star is None else star[every]).log_odds
    lost = iter((scores.log_odds[every] - odds).tolist())
    for words, rows, _ in parts:
        for row in rows.tolist():
            if abs(weight := next(lost)) >= LEAST_WEIGHT:
                found[row].append((words(row), weight))
    return [tuple(sorted(each, key=lambda pair: -abs(pair[1]))) for each in found]


Part = tuple[Callable[[int], str], npt.NDArray[np.bool_], Inputs]
"""What to call a part of the inputs in a row, where it is known, and the inputs without it."""


def _parts(vetter: Vetter, inputs: Inputs) -> Iterator[Part]:
    opposed = tuple(name for name in OPPOSED if name in vetter.views)
    groups: list[tuple[str, ...]] = [(name,) for name in vetter.views if name not in OPPOSED]
    for group in [*groups, opposed] if opposed else groups:
        known = np.any([np.isfinite(inputs.views[name][:, 0]) for name in group], axis=0)
        yield partial(_name_views, group), known, inputs.without_view(*group)
    for column, name in enumerate(vetter.features):
        values = inputs.table[:, column]
        words = partial(_name_number, name, values)
        yield words, np.isfinite(values), inputs.without_number(name)


def _name_views(group: tuple[str, ...], _: int) -> str:
    words = " and ".join(name.removesuffix("_view").replace("_", " ") for name in group)
    return f"{words} view"


def _name_number(name: str, values: FloatArray, row: int) -> str:
    unit, meaning = FEATURES.get(name, ("", name.replace("_", " ")))
    return f"{meaning}: {values[row]:.4g} {unit}".rstrip()


def _warnings(
    views: Views, features: Mapping[str, float], scores: Scores, row: int
) -> Iterator[str]:
    """Yield what a reader of a verdict must know."""
    if views.local_view is None:
        yield "there are too few data around the events for a view of them; the verdict is a guess"
    if not np.isfinite(features.get("period_days", np.nan)):
        yield "a single event: the vetter learnt from periodic signals only"
    if not np.isfinite(features.get("radius", np.nan)):
        yield "nothing is known of the star's size, so a large companion looks like a planet"
    if scores.spread[row] > WIDE_SPREAD:
        yield "the members of the ensemble disagree"
