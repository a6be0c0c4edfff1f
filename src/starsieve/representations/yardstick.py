"""What a distance between latents is: which differences count, and how much."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from starsieve.data import Embeddings
from starsieve.errors import DataError

Array = npt.NDArray[np.float64]
Words = npt.NDArray[np.str_]
Numbers = npt.NDArray[np.int64]
Yardstick = Literal["spread", "repeats"]

FEWEST_REPEATS = 30
"""Spectra of an object beyond its first, over all objects, that a covariance is learnt from."""

SHRINKAGE = 0.2
"""Of the covariance of repeats towards its diagonal, which few repeats tell better."""

FARTHEST = 2.0
"""Times the median length of a difference between repeats: those beyond count as at it."""

DEFINITIONS = {
    "spread": (
        "Euclidean distance of latents, each divided by its spread over the collection (1.48 MAD, "
        "and the latent's own error in quadrature)"
    ),
    "repeats": (
        "Mahalanobis distance of latents by the covariance of repeated spectra of the same object: "
        "1 is a typical difference along one direction"
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """A linear map after which the Euclidean distance is the one that is meant.

    Parameters
    ----------
    yardstick : {"spread", "repeats"}
    matrix : array, shape (n_latents, n_latents)
    n_repeats : int
        Spectra that a covariance of repeats was learnt from.
    """

    yardstick: Yardstick
    matrix: Array
    n_repeats: int = 0

    def __call__(self, latents: npt.NDArray[np.floating]) -> Array:
        """Return latents in units of the yardstick, shape (n, n_latents)."""
        return np.asarray(latents @ self.matrix, dtype=float)

    @property
    def definition(self) -> str:
        """What the distance is, in words."""
        return DEFINITIONS[self.yardstick]


def measure_space(
    embeddings: Embeddings,
    objects: Words | Numbers | None = None,
    yardstick: Yardstick | None = None,
) -> Space:
    """Learn how to measure distances in a collection.

    Where objects were observed again and again, the differences between their spectra say what an
    instrument does to the same star; that is what a difference is to be compared with. Without
    repeats each latent is divided by its spread.

    Parameters
    ----------
    embeddings : Embeddings
    objects : array of str or int, shape (n_items,), optional
        What each is a spectrum of; ``""`` or -1 where not known.
    yardstick : {"spread", "repeats"}, optional
        By default repeats, if there are `FEWEST_REPEATS` of them.

    Raises
    ------
    DataError
        If fewer than two latents are known, or repeats are asked for and there are not enough.
    """
    if yardstick is not None and yardstick not in get_args(Yardstick):
        msg = f"yardstick must be one of {', '.join(get_args(Yardstick))}, got {yardstick!r}."
        raise DataError(msg)
    known = embeddings.known
    if known.sum() < 2:
        msg = f"Only {known.sum()} spectra have latents, so no distance can be measured in them."
        raise DataError(msg)
    latents = embeddings.latents[known].astype(float)
    deviations = (
        np.zeros((0, latents.shape[1]))
        if objects is None
        else deviations_of_repeats(latents, objects[known])
    )
    n_repeats, enough = len(deviations), len(deviations) >= FEWEST_REPEATS
    if yardstick == "repeats" and not enough:
        msg = (
            f"{n_repeats} repeated spectra of known objects are too few to learn from; expected "
            f"{FEWEST_REPEATS} or more. Use the spread over the collection."
        )
        raise DataError(msg)
    if enough and yardstick != "spread":
        return Space("repeats", _inverse_root(deviations), n_repeats)
    sigma = None if embeddings.sigma is None else embeddings.sigma[known]
    return Space("spread", np.diag(1.0 / _spread(latents, sigma)))


def deviations_of_repeats(latents: Array, objects: Words | Numbers) -> Array:
    """Return how repeats of objects differ from their means, shape (n_repeats, n_latents).

    Scaled so that their mean square is the variance of one spectrum; one row per spectrum beyond
    an object's first. Single wild ones are drawn in.
    """
    order = np.argsort(objects, kind="stable")
    names, starts, counts = np.unique(objects[order], return_index=True, return_counts=True)
    unknown = names == ("" if names.dtype.kind == "U" else -1)
    rows = []
    for count in np.unique(counts[(counts > 1) & ~unknown]).tolist():
        first = starts[(counts == count) & ~unknown]
        groups = latents[order[first[:, None] + np.arange(count)]]
        # an orthonormal basis of differences: independent rows, one fewer than spectra
        basis = np.linalg.qr(np.eye(count)[:, : count - 1] - 1.0 / count)[0]
        rows.append(np.einsum("cr,gcl->grl", basis, groups).reshape(-1, latents.shape[1]))
    if not rows:
        return np.zeros((0, latents.shape[1]))
    found = np.concatenate(rows)
    spread = np.sqrt(np.mean(found**2, axis=0))
    lengths = np.linalg.norm(found / np.where(spread > 0, spread, 1.0), axis=1)
    limit = FARTHEST * np.median(lengths)
    drawn_in = np.maximum(1.0, lengths / max(limit, 1e-300))
    return np.asarray(found / drawn_in[:, None])


def _inverse_root(deviations: Array) -> Array:
    covariance = deviations.T @ deviations / len(deviations)
    diagonal = np.diag(covariance)
    least = 1e-6 * max(float(diagonal.max()), 1e-300)
    covariance = (1 - SHRINKAGE) * covariance
    covariance += np.diag(SHRINKAGE * diagonal + least)
    return np.asarray(np.linalg.cholesky(np.linalg.inv(covariance)))


def _spread(latents: Array, sigma: npt.NDArray[np.floating] | None) -> Array:
    """Return each latent's spread; one that says nothing has large errors, so it counts little."""
    middle = np.median(latents, axis=0)
    spread2 = (1.482602 * np.median(np.abs(latents - middle), axis=0)) ** 2
    spread2 = np.where(spread2 > 0, spread2, np.var(latents, axis=0))
    if sigma is not None:
        spread2 = spread2 + np.mean(sigma.astype(float) ** 2, axis=0)
    return np.asarray(np.sqrt(np.where(spread2 > 0, spread2, 1.0)))
