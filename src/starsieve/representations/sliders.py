"""Move through latents: decode any point, vary one with all others fixed, see who lives there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from starsieve.data import Embeddings
from starsieve.data.spectrum import check_shapes
from starsieve.errors import DataError, ModelMismatchError
from starsieve.representations.distances import typical_errors
from starsieve.stats.informative import absolute_deviations, divergences
from starsieve.stats.neighbours import ExactIndex

FloatArray = npt.NDArray[np.float64]

RANGE = (0.005, 0.995)
"""Quantiles of the embeddings between which a latent is moved."""

MOST_NEIGHBOURS = 100
MOST_STEPS = 1000


class Decoder(Protocol):
    """A trained representation, as far as sliders ask it."""

    @property
    def name(self) -> str: ...
    @property
    def wave(self) -> npt.NDArray[Any]: ...
    def decode(self, latents: npt.ArrayLike) -> FloatArray: ...


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A real spectrum near a point, and what is known of it."""

    id: int
    object: str
    distance: float
    labels: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Sliders:
    """A decoder and the spectra that it has encoded; made by `make_sliders`.

    Parameters
    ----------
    model : Decoder
    embeddings : Embeddings
        Of real spectra; rows of NaN are left out of everything.
    labels : mapping of str to array, shape (n_items,)
        What is known of them; NaN where nothing is.
    objects : sequence of str
        Their names, or nothing.
    errors : array, shape (n_latents,)
        Typical errors of the latents: distances are in units of them.
    index : ExactIndex
        Of the embeddings' latents.
    middle, low, high : arrays, shape (n_latents,)
        Where each slider starts (the median) and ends.
    information : array, shape (n_latents,)
        How much each latent tells: nats where the model has posteriors, else its median absolute
        deviation.
    """

    model: Decoder
    embeddings: Embeddings
    labels: Mapping[str, FloatArray]
    objects: Sequence[str]
    errors: FloatArray
    index: ExactIndex
    middle: FloatArray
    low: FloatArray
    high: FloatArray
    information: FloatArray

    def __repr__(self) -> str:
        of = self.embeddings.collection
        return f"<Sliders: {len(self.middle)} latents of {self.model.name!r}, {of or 'spectra'!r}>"

    @property
    def order(self) -> npt.NDArray[np.intp]:
        """Numbers of the latents, those that tell most first."""
        return np.argsort(-self.information, kind="stable")

    def point(
        self, settings: Mapping[int, float] | None = None, start: npt.ArrayLike | None = None
    ) -> FloatArray:
        """Return a point, shape (n_latents,): the median, or `start`, with some latents moved.

        Raises
        ------
        DataError
            If there is no such latent, or a value is not finite.
        """
        n_latents = len(self.middle)
        point = np.array(self.middle if start is None else start, np.float64)
        if point.shape != (n_latents,):
            msg = f"A point has {n_latents} latents, got {point.size}."
            raise DataError(msg)
        for latent, value in (settings or {}).items():
            point[self._number(latent)] = value
        if not np.all(np.isfinite(point)):
            wrong = int(np.argmin(np.isfinite(point)))
            msg = f"Latent {wrong} must be a finite number, got {point[wrong]}."
            raise DataError(msg)
        return point

    def decode(self, point: npt.ArrayLike) -> FloatArray:
        """Return the spectrum of a point: relative flux, shape (n_pixels,), on the model's grid."""
        flux: FloatArray = self.model.decode(self.point(start=point)[None])[0]
        return flux

    def traverse(
        self, latent: int, steps: int = 7, start: npt.ArrayLike | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Move one latent over its range with all others fixed.

        Returns
        -------
        values : array, shape (steps,)
            Of the latent.
        flux : array, shape (steps, n_pixels)
        """
        if not 2 <= steps <= MOST_STEPS:
            msg = f"A traversal has 2 to {MOST_STEPS} steps, got {steps}."
            raise DataError(msg)
        number = self._number(latent)
        points = np.tile(self.point(start=start), (steps, 1))
        points[:, number] = np.linspace(self.low[number], self.high[number], steps)
        return points[:, number].copy(), self.model.decode(points)

    def neighbours(self, point: npt.ArrayLike, k: int = 5) -> list[Neighbour]:
        """Return the real spectra whose latents are nearest to a point, the nearest first."""
        if not 1 <= k <= MOST_NEIGHBOURS:
            msg = f"1 to {MOST_NEIGHBOURS} neighbours can be asked for, got {k}."
            raise DataError(msg)
        query = self.point(start=point)[None]
        k = min(k, len(self.embeddings))
        distances, rows = self.index.nearest(query / self.errors, k)
        return [
            Neighbour(
                int(self.embeddings.ids[row]),
                str(self.objects[row]),
                float(distance),
                {n: float(v[row]) for n, v in self.labels.items() if np.isfinite(v[row])},
            )
            for distance, row in zip(distances[0], rows[0].tolist(), strict=True)
        ]

    def _number(self, latent: int) -> int:
        if not 0 <= latent < len(self.middle):
            msg = f"There are latents 0 to {len(self.middle) - 1}, got {latent}."
            raise DataError(msg)
        return latent


def make_sliders(
    model: Decoder,
    embeddings: Embeddings,
    labels: Mapping[str, npt.ArrayLike] | None = None,
    objects: Sequence[str] | None = None,
) -> Sliders:
    """Put a model and what it made of a collection together.

    Raises
    ------
    DataError
        If no spectrum could be encoded.
    ModelMismatchError
        If another model made the embeddings.
    """
    if embeddings.model and embeddings.model != model.name:
        msg = f"The embeddings are of {embeddings.model!r}, not of {model.name!r}."
        raise ModelMismatchError(msg)
    columns = {name: np.asarray(v, np.float64) for name, v in (labels or {}).items()}
    check_shapes((len(embeddings),), **columns)
    known = embeddings.known
    if not known.any():
        msg = f"None of {len(embeddings)} spectra could be encoded, so there is nowhere to start."
        raise DataError(msg)
    kept = embeddings.take(known)
    names = np.array(objects if objects is not None else [""] * len(embeddings), dtype=object)
    latents = np.asarray(kept.latents, np.float64)
    errors = typical_errors(kept)
    low, middle, high = np.quantile(latents, (RANGE[0], 0.5, RANGE[1]), axis=0)
    return Sliders(
        model,
        kept,
        {name: values[known] for name, values in columns.items()},
        names[known].tolist(),
        errors,
        ExactIndex.of(latents / errors),
        middle,
        low,
        high,
        _information(latents, kept.sigma),
    )


def _information(latents: FloatArray, sigma: npt.NDArray[Any] | None) -> FloatArray:
    if sigma is not None and np.all(np.isfinite(sigma)) and np.all(sigma > 0):
        return divergences(latents, np.asarray(sigma, np.float64))
    return absolute_deviations(latents)
