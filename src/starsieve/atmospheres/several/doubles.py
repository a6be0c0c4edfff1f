"""Whether a spectrum looks like the sum of two that a model was tuned on.

The test for spectral binaries by templates (Burgasser et al. 2010, ApJ 710, 1142): all sums of two
labelled spectra, at any ratio, against the best one alone. Where a sum comes much nearer, and its
parts are unlike each other, the spectrum may be of two objects, and what is inferred is of neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from starsieve.atmospheres.several.calibrate import stretch
from starsieve.atmospheres.several.likeness import TOLERANCE, Likeness, split_features
from starsieve.atmospheres.several.network import SOFT, Reconstruction
from starsieve.data.spectrum import BoolArray, FloatArray

CANDIDATES = 64
"""Nearest labelled spectra that a part of the sum is sought among; the other is any."""

ALIKE, ROUNDING = 1e-4, 1e-6
"""Shares of squares that single precision can't tell from nothing."""

LEAST_GAIN, LEAST_APART = 1.7, 0.5
"""A sum has to come so many times nearer than the best single spectrum, and its parts to differ by
so much (root mean square over bins, in the measure of the features)."""

WIDER: Mapping[str, float] = {"logg": 1.3}
"""How many times as wide labels are quoted then: as sums of singles of known labels ask for."""


@dataclass(frozen=True, slots=True, eq=False)
class Doubles:
    """How much better the best sum of two labelled spectra is than the best single one.

    Parameters
    ----------
    gain : array, shape (n,)
        Root mean square distance of the best single spectrum, in errors, over that of the sum.
    apart : array, shape (n,)
        By how much the sum's two parts differ.
    pairs : array of int, shape (n, 2)
        Rows of the labelled spectra, the brighter first.
    widened : bool
        Whether answers are by draws that were widened; those by a likelihood are not.
    """

    gain: FloatArray
    apart: FloatArray
    pairs: npt.NDArray[np.int64]
    widened: bool = True

    @property
    def suspected(self) -> BoolArray:
        """Which spectra may be of two objects, shape (n,)."""
        return np.asarray((self.gain > LEAST_GAIN) & (self.apart > LEAST_APART))

    def widen(self, draws: FloatArray, names: tuple[str, ...]) -> FloatArray:
        """Return draws, shape (n, n_draws, n_labels), those of suspected doubles as wide as asked.

        Parameters
        ----------
        names : tuple of str
            Of the labels.
        """
        if not (rows := np.flatnonzero(self.suspected)).size:
            return draws
        wider = draws.copy()
        for column, name in enumerate(names):
            if name in WIDER:
                factors = np.full(len(rows), WIDER[name])
                wider[rows, :, column] = stretch(draws[rows, :, column], factors, factors)
        return wider

    def tell(self, row: int) -> list[str]:
        """Return what a reader of an answer must know of this."""
        if not self.suspected[row]:
            return []
        quoted = "".join(
            f", and {name} is quoted {by:g} times as wide" for name, by in WIDER.items()
        )
        return [
            f"the sum of two labelled spectra, unlike each other, comes {self.gain[row]:.1f} times "
            f"nearer than any one of them: it may be two objects{quoted if self.widened else ''}; "
            "what is inferred is of neither alone"
        ]


def find_doubles(
    known: Likeness, features: Tensor, layout: Reconstruction, folds: npt.NDArray[np.int64]
) -> Doubles:
    """Compare spectra with sums of two of the labelled ones, and with each of them alone.

    Parameters
    ----------
    known : Likeness
        The labelled spectra.
    features, layout, folds
        As of `Likeness.score`: spectra of the same fold are not compared with.
    """
    bins, sigma = split_features(features, layout)
    flux = np.sinh(bins) * SOFT
    weight = 1.0 / ((sigma**2 + TOLERANCE**2) * (flux**2 + SOFT**2))
    templates = np.sinh(known.bins.astype(np.float32)) * np.float32(SOFT)
    flux, weight = flux.astype(np.float32), weight.astype(np.float32)
    gain, pairs = np.ones(len(flux)), np.zeros((len(flux), 2), dtype=np.int64)
    for fold in np.unique(folds):
        others = np.flatnonzero(known.folds != fold)
        compared, squares = templates[others], templates[others] ** 2
        for row in np.flatnonzero(folds == fold):
            gain[row], found = _best_pair(flux[row], weight[row], compared, squares)
            pairs[row] = others[found]
    ends = known.bins[pairs].astype(np.float64)
    apart = np.sqrt(((ends[:, 0] - ends[:, 1]) ** 2).mean(axis=1))
    return Doubles(gain, apart, pairs)


def _best_pair(
    flux: FloatArray, weight: FloatArray, templates: FloatArray, squares: FloatArray
) -> tuple[float, npt.NDArray[np.int64]]:
    """Return how much nearer the best sum is than the best single, and its parts' rows.

    Scales are fitted, and both of a sum are positive.
    """
    right, power = templates @ (weight * flux), squares @ weight
    alone = np.maximum(right, 0.0) ** 2 / power
    first = np.argsort(-alone)[:CANDIDATES]
    cross = (templates[first] * weight) @ templates.T
    a, b, p, q = right[first, None], right[None], power[first, None], power[None]
    of_first, of_second = q * a - cross * b, p * b - cross * a
    # Of two that are hardly unlike each other nothing is left to solve for.
    explained = (of_first * a + of_second * b) / np.maximum(p * q - cross**2, ALIKE * p * q)
    explained[(of_first <= 0) | (of_second <= 0)] = 0.0
    one, two = np.unravel_index(np.argmax(explained), explained.shape)
    total = float((weight * flux**2).sum())
    most, least = float(alone.max()), ROUNDING * total
    nearer = max(total - most, least) / max(total - max(float(explained[one, two]), most), least)
    rows = np.array([first[one], two])
    light = np.array([of_first[one, two], of_second[one, two]]) * templates[rows].mean(axis=1)
    return float(np.sqrt(nearer)), rows[np.argsort(-light)]
