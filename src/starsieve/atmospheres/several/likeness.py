"""How unlike a spectrum is to all that a model was tuned on.

The spectra most like it are combined linearly to come as near as they can (the weights of locally
linear embedding; Roweis & Saul 2000, Science 290, 2323), and what is left is counted in errors.
So a kind of object that is there, but rare, does not stand out, and noise does not count.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from starsieve.atmospheres.several.network import SOFT, Reconstruction
from starsieve.data.spectrum import BoolArray, FloatArray

NEIGHBOURS = 10
TOLERANCE = 0.02
"""What spectra of one kind differ by, in the measure of the features, besides noise."""

RIDGE = 0.1
LARGEST = 25.0
"""Variance of a bin that was not seen, relative to the mean flux."""

LEVEL = 0.975
"""Share of the labelled spectra that are alike, by members of other folds."""


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """Labelled spectra to compare with.

    Parameters
    ----------
    bins : array, shape (n, n_bins)
        Of the spectra, as the network's features have them.
    folds : array of int, shape (n,)
    most : float
        Score above which a spectrum is unlike them.
    """

    bins: FloatArray
    folds: npt.NDArray[np.int64]
    most: float

    def score(
        self, features: Tensor, layout: Reconstruction, folds: npt.NDArray[np.int64]
    ) -> FloatArray:
        """Return how unlike spectra are: root mean square of what is left, in errors, shape (n,).

        Parameters
        ----------
        features : tensor, shape (n, n_features)
        layout : Reconstruction
            What made them.
        folds : array of int, shape (n,)
            Of spectra that are themselves among the labelled ones: those of the same fold are
            not compared with. -1 for others.
        """
        bins, sigma = split_features(features, layout)
        weight = 1.0 / (sigma**2 + TOLERANCE**2)
        others = np.asarray(folds)[:, None] != self.folds
        known = self.bins.astype(np.float64)
        apart = (weight * bins**2).sum(axis=1)[:, None]
        apart = apart - 2.0 * (weight * bins) @ known.T + weight @ (known**2).T
        near = np.argsort(np.where(others, apart, np.inf), axis=1)[:, : self._n_near(others)]
        return _left_over(bins, weight, known[near])

    def _n_near(self, others: BoolArray) -> int:
        return int(min(NEIGHBOURS, others.sum(axis=1).min()))


def measure_likeness(
    features: Tensor, layout: Reconstruction, folds: npt.NDArray[np.int64]
) -> Likeness:
    """Return what to compare with, and the score that `LEVEL` of it have at most."""
    bins, _ = split_features(features, layout)
    # As they are kept.
    known = Likeness(bins.astype(np.float16), folds, np.inf)
    scores = known.score(features, layout, folds)
    return Likeness(known.bins, folds, float(np.quantile(scores, LEVEL)))


def split_features(
    features: Tensor, layout: Reconstruction
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the spectrum's bins and their errors, shapes (n, n_bins), of features."""
    n_bins = len(layout.bins)
    found = features.numpy().astype(np.float64)
    bins, noise = found[:, -2 * n_bins : -n_bins], found[:, -n_bins:]
    variance = np.minimum(1.0 / np.maximum(np.expm1(noise), 1e-6), LARGEST)
    flux = np.sinh(bins) * SOFT
    return bins, np.sqrt(variance / (flux**2 + SOFT**2))


def _left_over(bins: FloatArray, weight: FloatArray, near: FloatArray) -> FloatArray:
    """Return what the best combination of neighbours, (n, n_near, n_bins), leaves, shape (n,)."""
    centre = near.mean(axis=1)
    away, wanted = near - centre[:, None], bins - centre
    weighted = away * weight[:, None]
    gram = weighted @ away.transpose(0, 2, 1)
    n_near = gram.shape[1]
    trace = np.trace(gram, axis1=1, axis2=2)[:, None, None]
    gram = gram + (RIDGE * trace / n_near + 1e-9) * np.eye(n_near)
    share = np.linalg.solve(gram, (weighted @ wanted[:, :, None]))[:, :, 0]
    left = wanted - np.einsum("nk,nkb->nb", share, away)
    return np.asarray(np.sqrt((weight * left**2).mean(axis=1)))
