"""A trained ranker: trees that answer with a probability, its spread, and what it rests on."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive
from starsieve.errors import ModelMismatchError
from starsieve.learn.library import find_model
from starsieve.learn.model import ModelCard, read_card, read_tensors
from starsieve.learn.trees import Forest, explain_forest, mean_answer, predict_forest
from starsieve.transits.table_features import FeatureTable, FloatArray

TASK = "transits.rank"
SHIPPED = "toi-ranker"
MARGIN = 0.005
"""Probabilities of a forest closer to 0 or 1 than this say no more than this."""

TINY = 1e-9
"""A step of probability that is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """Boosted trees and extremely randomised trees that saw the same stars."""

    boosted: Forest
    random: Forest

    def log_odds(self, x: FloatArray) -> FloatArray:
        """Return the mean of both answers as logarithms of the odds, shape (n_rows,)."""
        probability = predict_forest(self.random, x)
        return 0.5 * (predict_forest(self.boosted, x) + log_odds(probability))

    def explain(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the log odds, and what each feature adds to them, shape (n_rows, n_features)."""
        boosted, boosted_shares = explain_forest(self.boosted, x)
        probability, shares = explain_forest(self.random, x)
        start = np.full(len(x), mean_answer(self.random))
        # Shares of a probability become shares of the log odds in proportion.
        step = probability - start
        moved = log_odds(probability) - log_odds(start)
        factor = np.divide(moved, step, out=np.zeros_like(step), where=np.abs(step) > TINY)
        odds = 0.5 * (boosted + log_odds(probability))
        return odds, 0.5 * (boosted_shares + shares * factor[:, None])


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What a ranker says of rows.

    Parameters
    ----------
    probability : array, shape (n_rows,)
    spread : array, shape (n_rows,)
        Standard deviation of the members' probabilities.
    contributions : array, shape (n_rows, n_features)
        What each feature adds to the log odds.
    seen : array of bool, shape (n_rows,)
        The star was in the training table; a member answers that never saw it.
    """

    probability: FloatArray
    spread: FloatArray
    contributions: FloatArray
    seen: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """Members that each left out another part of the stars, and what turns them into one answer.

    Parameters
    ----------
    names : tuple of str
        Features, in the order of the trees.
    medians : array, shape (n_features,)
        Stand where a feature is unknown: so that a gap as such says nothing.
    members : tuple of Member
    slope, intercept : float
        From the mean log odds to those of a calibrated probability.
    stars : array of int64
        TIC numbers of the training table, sorted.
    """

    names: tuple[str, ...]
    medians: FloatArray
    members: tuple[Member, ...]
    slope: float
    intercept: float
    stars: npt.NDArray[np.int64]

    def fill(self, features: FeatureTable) -> FloatArray:
        """Return the features as the trees take them, without gaps.

        Raises
        ------
        ModelMismatchError
            If they are other features than those of the training.
        """
        if features.names != self.names:
            other = sorted(set(features.names) ^ set(self.names)) or ["their order"]
            msg = f"The ranker was trained on other features; they differ in {', '.join(other)}."
            raise ModelMismatchError(msg)
        return fill_gaps(features.values, self.medians)

    def score(self, features: FeatureTable, tic: npt.NDArray[np.int64]) -> Scores:
        """Return probabilities; a star of the training table is judged by who never saw it."""
        x = self.fill(features)
        explained = [member.explain(x) for member in self.members]
        odds = np.stack([each for each, _ in explained])
        shares = np.stack([each for _, each in explained])
        seen = np.isin(tic, self.stars) & (tic > 0)
        weight = np.full(odds.shape, 1 / len(self.members))
        weight[:, seen] = 0.0
        weight[folds_of(tic[seen], len(self.members)), np.flatnonzero(seen)] = 1.0
        return Scores(
            probability=self.calibrate((weight * odds).sum(axis=0)),
            spread=self.calibrate(odds).std(axis=0),
            contributions=self.slope * np.einsum("mr,mrf->rf", weight, shares),
            seen=seen,
        )

    def calibrate(self, odds: FloatArray) -> FloatArray:
        """Return probabilities for mean log odds."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * odds + self.intercept))))

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return everything but the names as arrays, as they are saved."""
        arrays: dict[str, npt.NDArray[Any]] = {
            "medians": self.medians,
            "calibration": np.array([self.slope, self.intercept]),
            "stars": self.stars,
        }
        for number, member in enumerate(self.members):
            arrays |= member.boosted.to_arrays(f"member{number}.boosted.")
            arrays |= member.random.to_arrays(f"member{number}.random.")
        return arrays

    @classmethod
    def from_arrays(cls, names: tuple[str, ...], arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """Return the ranker that `to_arrays` wrote.

        Raises
        ------
        ModelMismatchError
            If arrays are missing or damaged.
        """
        n_members = len({name.partition(".")[0] for name in arrays if name.startswith("member")})
        try:
            medians = arrays["medians"]
            slope, intercept = (float(each) for each in arrays["calibration"])
            stars = arrays["stars"]
        except (KeyError, ValueError) as error:
            msg = f"The ranker's arrays are damaged ({error})."
            raise ModelMismatchError(msg) from error
        if medians.shape != (len(names),) or not n_members:
            msg = f"The ranker's {len(medians)} medians do not belong to {len(names)} features."
            raise ModelMismatchError(msg)
        members = tuple(
            Member(
                Forest.from_arrays(arrays, f"member{number}.boosted."),
                Forest.from_arrays(arrays, f"member{number}.random."),
            )
            for number in range(n_members)
        )
        return cls(names, medians, members, slope, intercept, stars)


def fill_gaps(values: FloatArray, medians: FloatArray) -> FloatArray:
    """Return values as float32 holds them, with the median where one is unknown."""
    filled = np.where(np.isfinite(values), values, medians)
    return filled.astype(np.float32).astype(np.float64)


def folds_of(tic: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.intp]:
    """Return which part of the stars each belongs to: by its number, the same on all machines."""
    return np.array([zlib.crc32(str(each).encode()) % n for each in tic.tolist()], dtype=np.intp)


def log_odds(probability: FloatArray) -> FloatArray:
    """Return the logarithm of the odds of probabilities, which are kept off 0 and 1."""
    kept = np.clip(probability, MARGIN, 1 - MARGIN)
    return np.asarray(np.log(kept / (1 - kept)))


def load_ranker(
    name: str | Path = SHIPPED, archive: Archive | None = None
) -> tuple[ModelCard, Ranker]:
    """Load a ranker by its name (in the archive, or shipped) or folder.

    Raises
    ------
    NotInArchiveError
        If there is no such model.
    ModelMismatchError
        If it is no ranker, or damaged.
    """
    folder = find_model(name, archive, task=TASK)
    return _load(folder, read_card(folder).weights_sha256)


@lru_cache(maxsize=4)
def _load(folder: Path, _weights: str) -> tuple[ModelCard, Ranker]:
    card = read_card(folder)
    names = card.recipe.get("features")
    if not isinstance(names, list):
        msg = f"{folder}: the card of a ranker must name its features."
        raise ModelMismatchError(msg)
    _, arrays = read_tensors(folder, card)
    return card, Ranker.from_arrays(tuple(names), arrays)
