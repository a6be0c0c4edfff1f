"""What is known of an object beside its spectrum: priors on parameters, and its age."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self, get_args

import numpy as np

from starsieve.atmospheres.recipes import Age
from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

MORE_DRAWS = 20
"""Draws to choose from, for each one that is asked for under a prior."""

FEWEST = 100.0
"""Effective draws below which the answer is said to be rough."""

_NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_NORMAL = re.compile(rf"^({_NUMBER})\s*(?:\+-|\+/-|±)\s*({_NUMBER})$")
_UNIFORM = re.compile(rf"^({_NUMBER})\s*\.\.\s*({_NUMBER})$")


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of a parameter.

    Parameters
    ----------
    name : str
        Of the label.
    kind : {"normal", "uniform"}
    first, second : float
        Mean and standard deviation, or both ends, in the label's unit.
    """

    name: str
    kind: Literal["normal", "uniform"]
    first: float
    second: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``logg=4.5+-0.2`` or ``teff=1000..1500``.

        Raises
        ------
        DataError
            If it is neither.
        """
        name, _, value = (part.strip() for part in text.partition("="))
        if found := _NORMAL.match(value):
            prior = cls(name, "normal", float(found[1]), float(found[2]))
        elif found := _UNIFORM.match(value):
            prior = cls(name, "uniform", float(found[1]), float(found[2]))
        else:
            msg = f"Prior {text!r}: expected LABEL=MEAN+-SIGMA or LABEL=LOW..HIGH."
            raise DataError(msg)
        wrong = prior.second <= (0.0 if prior.kind == "normal" else prior.first)
        if not name or wrong:
            msg = f"Prior {text!r}: expected a label, and SIGMA above 0 or HIGH above LOW."
            raise DataError(msg)
        return prior

    def log_density(self, values: FloatArray) -> FloatArray:
        """Return the logarithm of the density, but for a constant, shape of `values`."""
        if self.kind == "normal":
            return np.asarray(-0.5 * ((values - self.first) / self.second) ** 2)
        inside = (values >= self.first) & (values <= self.second)
        return np.where(inside, 0.0, -np.inf)

    @property
    def text(self) -> str:
        """What `parse` reads."""
        between = "+-" if self.kind == "normal" else ".."
        return f"{self.name}={self.first!r}{between}{self.second!r}"

    def __str__(self) -> str:
        unit = get_label(self.name).unit.partition("(")[0]
        numbers = (
            f"{self.first:g} ± {self.second:g}"
            if self.kind == "normal"
            else f"{self.first:g} to {self.second:g}"
        )
        return f"{self.name} {numbers} {unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of objects beside their spectra.

    Parameters
    ----------
    age : {"young", "intermediate", "field"}, optional
        About: below 100 million years, some hundred million, above.
    priors : tuple of Prior
        They multiply what a model was trained under: all that its grids hold, evenly, or the
        objects that it was tuned on.
    """

    age: Age | None = None
    priors: tuple[Prior, ...] = field(default=())

    def check(self, names: Sequence[str], *, knows_ages: bool) -> None:
        """Raise DataError if a model with these labels can't use it."""
        if self.age is not None and self.age not in get_args(Age):
            msg = f"age must be one of {', '.join(get_args(Age))}, got {self.age!r}."
            raise DataError(msg)
        if self.age is not None and not knows_ages:
            msg = "This model tells no ages apart; take ultracool-spex, or a prior on logg."
            raise DataError(msg)
        for prior in self.priors:
            if prior.name not in names:
                msg = f"No prior on {prior.name!r}: the model infers {', '.join(names)}."
                raise DataError(msg)

    def told(self) -> list[str]:
        """Return in words what was given, for who reads the result."""
        age = [f"age class given: {self.age}"] if self.age else []
        return age + [f"prior given: {prior}" for prior in self.priors]


NOTHING_GIVEN = Given()


def under_priors(
    draws: FloatArray, names: Sequence[str], priors: Sequence[Prior], n_draws: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Choose draws by how probable priors make them (sampling importance resampling).

    Parameters
    ----------
    draws : array, shape (n, n_more, n_labels)
    names : sequence of str
    priors : sequence of Prior
    n_draws, seed : int

    Returns
    -------
    draws : array, shape (n, n_draws, n_labels)
    effective : array, shape (n,)
        How many independent draws these are worth; zero where a prior excludes all of them, and
        the draws are then those without it.
    """
    columns: Mapping[str, int] = {name: column for column, name in enumerate(names)}
    log_weight = np.zeros(draws.shape[:2])
    for prior in priors:
        log_weight += prior.log_density(draws[:, :, columns[prior.name]])
    top = log_weight.max(axis=1, keepdims=True)
    possible = np.isfinite(top[:, 0])
    weight = np.exp(np.where(possible[:, None], log_weight - np.where(np.isfinite(top), top, 0), 0))
    weight /= weight.sum(axis=1, keepdims=True)
    effective = np.where(possible, 1.0 / np.sum(weight**2, axis=1), 0.0)
    # Evenly spaced numbers through the weights, from one random start: the least noise.
    start = np.random.default_rng((seed, 77)).random()
    at = (np.arange(n_draws) + start) / n_draws
    rows = np.stack([np.searchsorted(np.cumsum(each), at) for each in weight])
    rows = np.minimum(rows, draws.shape[1] - 1)
    return np.take_along_axis(draws, rows[:, :, None], axis=1), effective
