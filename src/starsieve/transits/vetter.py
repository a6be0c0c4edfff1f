"""A trained vetter: networks and trees that each left out another part of the stars."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from starsieve.errors import ModelMismatchError
from starsieve.learn.model import ModelCard
from starsieve.learn.trees import Forest, predict_forest
from starsieve.transits.examples import CLASSES, PLANET
from starsieve.transits.networks import VettingNetwork
from starsieve.transits.ranker import fill_gaps, folds_of, log_odds
from starsieve.transits.table_features import FloatArray
from starsieve.transits.vetting_inputs import Inputs

ANSWERS = ("networks", "boosted trees", "random trees")
BATCH = 1024


@dataclass(frozen=True, slots=True, eq=False)
class VetterMember:
    """Networks, boosted trees and extremely randomised trees that saw the same stars."""

    networks: tuple[VettingNetwork, ...]
    boosted: Forest
    random: Forest

    def answer(self, inputs: Inputs, medians: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what each kind says, and the networks' classes.

        Returns
        -------
        array, shape (n_signals, 3)
            Log odds of a planet, by `ANSWERS`.
        array, shape (n_signals, n_classes)
            Probabilities.
        """
        classes = np.mean([classify_by(network, inputs) for network in self.networks], axis=0)
        x = fill_gaps(inputs.table, medians)
        odds = (
            log_odds(classes[:, PLANET]),
            predict_forest(self.boosted, x),
            log_odds(predict_forest(self.random, x)),
        )
        return np.stack(odds, axis=1), classes


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What a vetter says of signals.

    Parameters
    ----------
    log_odds : array, shape (n_signals,)
        Of a planet, calibrated.
    classes : array, shape (n_signals, n_classes)
        Probabilities, in the order of `CLASSES`.
    spread : array, shape (n_signals,)
        Standard deviation of the members' probabilities of a planet.
    """

    log_odds: FloatArray
    classes: FloatArray
    spread: FloatArray

    @property
    def planet(self) -> FloatArray:
        """Probability of a planet, shape (n_signals,)."""
        return np.asarray(self.classes[:, PLANET])


@dataclass(frozen=True, slots=True, eq=False)
class Vetter:
    """Members, and what makes one calibrated answer of all.

    Parameters
    ----------
    card : ModelCard
    features, views : tuple of str
        Which numbers and views it takes.
    names : tuple of str
        Columns of the table that the trees take.
    medians : array, shape (n_names,)
        Stand in the trees' table where a number is unknown.
    members : tuple of VetterMember
    blend : array, shape (4,)
        Weights of the log odds of `ANSWERS`, and what is added.
    stars : array of int64
        Whose signals it learnt from, sorted.
    """

    card: ModelCard
    features: tuple[str, ...]
    views: tuple[str, ...]
    names: tuple[str, ...]
    medians: FloatArray
    members: tuple[VetterMember, ...]
    blend: FloatArray
    stars: npt.NDArray[np.int64]

    @property
    def name(self) -> str:
        """The model's name."""
        return self.card.name

    def score(self, inputs: Inputs, star: npt.NDArray[np.int64] | None = None) -> Scores:
        """Return probabilities; a star of the training set is judged by who never saw it.

        Parameters
        ----------
        inputs : Inputs
        star : array of int64, shape (n_signals,), optional
            TIC numbers, 0 where unknown.

        Raises
        ------
        ModelMismatchError
            If these are other inputs than those of the training.
        """
        if inputs.names != self.names:
            other = sorted(set(inputs.names) ^ set(self.names)) or ["their order"]
            msg = f"The vetter {self.name} takes other inputs; they differ in {', '.join(other)}."
            raise ModelMismatchError(msg)
        answers = [member.answer(inputs, self.medians) for member in self.members]
        odds = np.stack([apply_blend(each, self.blend) for each, _ in answers])
        classes = np.stack([each for _, each in answers])
        weight = self._weights(len(inputs), star)
        mean = (weight * odds).sum(axis=0)
        spread = to_probability(odds).std(axis=0)
        return Scores(mean, join_classes(mean, np.einsum("mr,mrc->rc", weight, classes)), spread)

    def _weights(self, n: int, star: npt.NDArray[np.int64] | None) -> FloatArray:
        weight = np.full((len(self.members), n), 1 / len(self.members))
        if star is not None:
            seen = np.isin(star, self.stars) & (star != 0)
            weight[:, seen] = 0.0
            weight[folds_of(star[seen], len(self.members)), np.flatnonzero(seen)] = 1.0
        return weight

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return everything but card, names and networks as arrays, as they are saved."""
        arrays: dict[str, npt.NDArray[Any]] = {
            "medians": self.medians,
            "blend": self.blend,
            "stars": self.stars,
        }
        for number, member in enumerate(self.members):
            arrays |= member.boosted.to_arrays(f"member{number}.boosted.")
            arrays |= member.random.to_arrays(f"member{number}.random.")
        return arrays

    def all_networks(self) -> nn.ModuleList:
        """Return the networks of all members, one member after the other."""
        return nn.ModuleList([each for member in self.members for each in member.networks])

    @classmethod
    def from_parts(
        cls,
        card: ModelCard,
        names: tuple[str, ...],
        networks: nn.ModuleList,
        arrays: Mapping[str, npt.NDArray[Any]],
    ) -> Self:
        """Return the vetter whose `to_arrays` and `all_networks` these are.

        Raises
        ------
        ModelMismatchError
            If arrays are missing or damaged.
        """
        recipe = card.recipe
        n_members, n_own = int(recipe["members"]), int(recipe["networks"])
        try:
            medians, blend, stars = (arrays[name] for name in ("medians", "blend", "stars"))
        except KeyError as error:
            msg = f"The vetter's arrays {error} are missing."
            raise ModelMismatchError(msg) from error
        if medians.shape != (len(names),) or blend.shape != (len(ANSWERS) + 1,):
            msg = f"The vetter's {len(medians)} medians do not belong to {len(names)} columns."
            raise ModelMismatchError(msg)
        members = tuple(
            VetterMember(
                tuple(networks[i] for i in range(number * n_own, (number + 1) * n_own)),  # type: ignore[misc]
                Forest.from_arrays(arrays, f"member{number}.boosted."),
                Forest.from_arrays(arrays, f"member{number}.random."),
            )
            for number in range(n_members)
        )
        return cls(
            card, tuple(recipe["features"]), tuple(recipe["views"]), names, medians, members,
            blend, stars,
        )  # fmt: skip


def classify_by(network: VettingNetwork, inputs: Inputs) -> FloatArray:
    """Return a network's class probabilities, shape (n_signals, n_classes)."""
    parts = [np.zeros((0, len(CLASSES)))]
    network.eval()
    with torch.inference_mode():
        for start in range(0, len(inputs), BATCH):
            some = inputs.take(np.arange(start, min(start + BATCH, len(inputs))))
            views = {name: torch.as_tensor(view) for name, view in some.views.items()}
            numbers = torch.as_tensor(some.numbers, dtype=torch.float32)
            parts.append(torch.softmax(network(views, numbers), dim=1).double().numpy())
    return np.concatenate(parts)


def apply_blend(odds: FloatArray, blend: FloatArray) -> FloatArray:
    """Return one log odds of those of `ANSWERS`, shape (n_signals, 3)."""
    return np.asarray(odds @ blend[:-1] + blend[-1])


def to_probability(odds: FloatArray) -> FloatArray:
    """Return the probability that belongs to log odds."""
    return np.asarray(1 / (1 + np.exp(-odds)))


def join_classes(planet_odds: FloatArray, classes: FloatArray) -> FloatArray:
    """Return probabilities with that of a planet as calibrated, the rest as the networks share it.

    Parameters
    ----------
    planet_odds : array, shape (n_signals,)
        Log odds.
    classes : array, shape (n_signals, n_classes)
        The networks' probabilities.
    """
    planet = to_probability(planet_odds)[:, None]
    others = np.delete(classes, PLANET, axis=1)
    others = others / np.maximum(others.sum(axis=1, keepdims=True), 1e-12)
    return np.insert(others * (1 - planet), PLANET, planet[:, 0], axis=1)
