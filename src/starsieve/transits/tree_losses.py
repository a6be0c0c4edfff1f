"""How a loss falls while trees are added: what stands for the history of a network's training."""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from starsieve.data.spectrum import BoolArray
from starsieve.learn.loop import Note
from starsieve.transits.table_features import FloatArray

LEAST = 1e-9
"""Probabilities are kept that far off 0 and 1: a single wrong certainty would be infinite."""

Losses = Mapping[str, FloatArray]
"""Loss after each tree, shape (n_trees,), by the rows that it is of."""


def tree_losses(
    trees: HistGradientBoostingClassifier, x: FloatArray, positive: BoolArray, seen: BoolArray
) -> Losses:
    """Return the mean log loss of rows that trees were grown on, and of the others."""
    probability = np.stack([found[:, 1] for found in trees.staged_predict_proba(x)])
    kept = np.clip(probability, LEAST, 1 - LEAST)
    loss = -np.where(positive, np.log(kept), np.log1p(-kept))
    return {"training": loss[:, seen].mean(axis=1), "unseen stars": loss[:, ~seen].mean(axis=1)}


def tell_losses(note: Note, members: Sequence[Losses]) -> None:
    """Tell the mean losses of several members, tree by tree."""
    for number in range(len(members[0]["training"])):
        for rows in members[0]:
            mean = float(np.mean([losses[rows][number] for losses in members]))
            note(number + 1, rows, {"log loss of boosted trees": mean})
