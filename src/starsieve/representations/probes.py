"""Small models that read a label off frozen latents: neighbours, polynomials, smooth kernels.

All but the neighbours are robust ridge regressions on features, so that one decomposition serves
every penalty and every label.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from starsieve.stats.neighbours import nearest

FloatArray = npt.NDArray[np.float64]
Kind = Literal["neighbours", "linear", "quadratic", "matern"]

NEIGHBOURS = (3, 5, 8, 12, 20, 30)
POWERS = (0.5, 1.0)
LENGTHS = (2.0, 4.0)
PENALTIES = tuple(float(p) for p in 10.0 ** np.arange(-4, 1.1, 0.5))

MOST_SQUARED = 30
"""Latents, those of the largest spread, whose products are features of the quadratic probe."""

MOST_LANDMARKS = 1000
"""Spectra that features of the kernel refer to; with fewer it is kernel ridge, exactly."""

ROBUST = 1.5
"""Deviations beyond which a labelled spectrum pulls no harder (Huber): some labels are wrong."""

ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Option:
    """One way of reading a label off latents.

    Parameters
    ----------
    kind : {"neighbours", "linear", "quadratic", "matern"}
    power : float
        Latents are divided by this power of their deviation: 1 makes all of them count alike,
        0.5 leaves those that vary more with more to say.
    k : int
        Neighbours, each weighing by one over its distance.
    length : float
        Of the Matern kernel of order 3/2, in units of the latents' overall spread.
    penalty : float
        Of the ridge.
    """

    kind: Kind
    power: float
    k: int = 0
    length: float = 0.0
    penalty: float = 0.0

    def __str__(self) -> str:
        if self.kind == "neighbours":
            return f"{self.k} neighbours (scaled by deviation^{self.power:g})"
        length = f", length {self.length:g}" if self.kind == "matern" else ""
        return f"{self.kind}{length}, penalty {self.penalty:.1g} (deviation^{self.power:g})"


def list_families() -> list[Option]:
    """Return an option of each family; a family's own choices are those of `path`."""
    families = [Option(kind, p) for kind in ("neighbours", "linear", "quadratic") for p in POWERS]
    return families + [Option("matern", p, length=s) for p in POWERS for s in LENGTHS]


def path(family: Option) -> list[Option]:
    """Return all options of a family: numbers of neighbours, or penalties."""
    if family.kind == "neighbours":
        return [replace(family, k=k) for k in NEIGHBOURS]
    return [replace(family, penalty=penalty) for penalty in PENALTIES]


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Latents centred and divided by a power of their deviation, to an overall spread of 1."""

    centre: FloatArray
    divisor: FloatArray

    @classmethod
    def fit(cls, latents: FloatArray, power: float) -> Self:
        """Learn from latents, shape (n_items, n_latents)."""
        deviation = latents.std(axis=0)
        # A latent that never varies would otherwise be divided by nothing.
        safe = np.where(deviation > 1e-9 * deviation.max(initial=0.0), deviation, 1.0)
        spread = np.sqrt(np.sum((deviation / safe**power) ** 2))
        return cls(latents.mean(axis=0), safe**power * (spread if spread > 0 else 1.0))

    def __call__(self, latents: FloatArray) -> FloatArray:
        return (latents - self.centre) / self.divisor


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What a ridge regression works on.

    Parameters
    ----------
    family : Option
    scaling : Scaling
    columns : array of int
        Latents whose products are taken.
    landmarks : array, shape (n_landmarks, n_latents)
        Scaled latents that distances are taken to.
    mixing : array, shape (n_landmarks, n_landmarks)
        Makes inner products of features those of the kernel.
    """

    family: Option
    scaling: Scaling
    columns: npt.NDArray[np.intp]
    landmarks: FloatArray
    mixing: FloatArray

    @classmethod
    def fit(cls, family: Option, latents: FloatArray) -> Self:
        """Learn scales and landmarks from latents, shape (n_items, n_latents)."""
        scaling = Scaling.fit(latents, family.power)
        columns = np.sort(np.argsort(-latents.std(axis=0), kind="stable")[:MOST_SQUARED])
        if family.kind != "matern":
            return cls(family, scaling, columns, np.empty((0, 0)), np.empty((0, 0)))
        step = max(1, -(-len(latents) // MOST_LANDMARKS))
        landmarks = scaling(latents[::step])
        values, vectors = np.linalg.eigh(_matern(landmarks, landmarks, family.length))
        kept = values > 1e-9 * values[-1]
        return cls(family, scaling, columns, landmarks, vectors[:, kept] / np.sqrt(values[kept]))

    def __call__(self, latents: FloatArray) -> FloatArray:
        """Return features, shape (n_items, n_features)."""
        scaled = self.scaling(latents)
        if self.family.kind == "matern":
            return _matern(scaled, self.landmarks, self.family.length) @ self.mixing
        if self.family.kind == "linear":
            return scaled
        chosen = scaled[:, self.columns]
        first, second = np.triu_indices(chosen.shape[1])
        return np.hstack([scaled, chosen[:, first] * chosen[:, second]])


@dataclass(frozen=True, slots=True, eq=False)
class RidgeProbe:
    """Features times coefficients; several options at once share features."""

    features: Features
    mean: FloatArray
    offset: FloatArray
    coefficients: FloatArray

    def predict(self, latents: FloatArray) -> FloatArray:
        """Return values, shape (n_items, n_options, n_labels)."""
        flat = self.coefficients.reshape(len(self.coefficients), -1)
        found = (self.features(latents) - self.mean) @ flat
        return found.reshape(len(latents), *self.coefficients.shape[1:]) + self.offset

    def only(self, option: int, label: int) -> Self:
        """Return one option's probe of one label."""
        one = self.coefficients[:, [option]][:, :, [label]]
        offset = self.offset[[option]][:, [label]]
        return replace(self, offset=offset, coefficients=one)


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourProbe:
    """Weighted means of the labels of the nearest latents."""

    scaling: Scaling
    latents: FloatArray
    values: FloatArray
    ks: tuple[int, ...]

    def predict(self, latents: FloatArray) -> FloatArray:
        """Return values, shape (n_items, n_options, n_labels)."""
        most = min(max(self.ks), len(self.latents))
        distances, rows = nearest(self.latents, self.scaling(latents), most)
        # One that is met exactly decides alone, as nearly as numbers can.
        weights = 1.0 / np.maximum(distances, 1e-6 * distances[:, -1:] + 1e-12)
        found = [
            np.sum(weights[:, :k, None] * self.values[rows[:, :k]], axis=1)
            / np.sum(weights[:, :k], axis=1)[:, None]
            for k in self.ks
        ]
        return np.stack(found, axis=1)

    def only(self, option: int, label: int) -> Self:
        """Return one option's probe of one label."""
        return replace(self, values=self.values[:, [label]], ks=(self.ks[option],))


Probe = RidgeProbe | NeighbourProbe


def fit_path(options: Sequence[Option], latents: FloatArray, values: FloatArray) -> Probe:
    """Fit options of one family at once.

    Parameters
    ----------
    options : sequence of Option
        Of one family: they differ in ``k`` or ``penalty`` alone.
    latents : array, shape (n_items, n_latents)
    values : array, shape (n_items, n_labels)
    """
    family = options[0]
    if family.kind == "neighbours":
        scaling = Scaling.fit(latents, family.power)
        return NeighbourProbe(scaling, scaling(latents), values, tuple(o.k for o in options))
    features = Features.fit(family, latents)
    inputs = features(latents)
    mean = inputs.mean(axis=0)
    roots, vectors = np.linalg.eigh((inputs - mean).T @ (inputs - mean))
    shrink = 1.0 / (np.maximum(roots, 0.0)[:, None] + [option.penalty for option in options])
    coefficients, offset = _fit_robustly((inputs - mean) @ vectors, shrink, values)
    flat = vectors @ coefficients.reshape(len(vectors), -1)
    return RidgeProbe(features, mean, offset, flat.reshape(coefficients.shape))


def _fit_robustly(
    rotated: FloatArray, shrink: FloatArray, values: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients of features, shape (n_features, n_options, n_labels), and offsets.

    Labels that are far from what the others predict are brought nearer and fitted again: Huber's
    M-estimate by pseudo-values, which leaves the decomposition as it is.
    """
    n_items, n_options = len(values), shrink.shape[1]
    leverage = np.minimum(rotated**2 @ shrink + 1.0 / n_items, 0.99)[:, :, None]
    pseudo = np.repeat(values[:, None], n_options, axis=1)
    given = pseudo
    for _ in range(ROUNDS - 1):
        coefficients, offset = _fit_plainly(rotated, shrink, pseudo)
        fitted = (rotated @ coefficients.reshape(len(shrink), -1)).reshape(pseudo.shape) + offset
        # What the others say of each: a wrong label must not hide behind its own pull.
        unseen = pseudo - (pseudo - fitted) / (1.0 - leverage)
        off = given - unseen
        limit = ROBUST * 1.4826 * np.median(np.abs(off), axis=0)
        pseudo = unseen + np.clip(off, -limit, limit)
    return _fit_plainly(rotated, shrink, pseudo)


def _fit_plainly(
    rotated: FloatArray, shrink: FloatArray, values: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients and offsets, of values of shape (n_items, n_options, n_labels)."""
    offset = values.mean(axis=0)
    pull = rotated.T @ (values - offset).reshape(len(values), -1)
    return shrink[:, :, None] * pull.reshape(len(shrink), *values.shape[1:]), offset


def _matern(a: FloatArray, b: FloatArray, length: float) -> FloatArray:
    squares = np.sum(a**2, axis=1)[:, None] + np.sum(b**2, axis=1) - 2.0 * a @ b.T
    scaled = np.sqrt(3.0 * np.maximum(squares, 0.0)) / length
    return np.asarray((1.0 + scaled) * np.exp(-scaled), np.float64)
