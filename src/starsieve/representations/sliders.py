"""Move through latents: decode any point, vary one with all others fixed, see who lives there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from starsieve.archive.columns import LabelColumn, SpectrumColumns
from starsieve.data import Embeddings
from starsieve.data.spectrum import check_shapes
from starsieve.errors import DataError, ModelMismatchError
from starsieve.representations.latent_ranges import Ranges
from starsieve.representations.space import LatentSpace, Near, make_space

FloatArray = npt.NDArray[np.float64]

MOST_NEIGHBOURS = 100
MOST_STEPS = 1000


class Decoder(Protocol):
    """A trained representation, as far as sliders ask it."""

    @property
    def name(self) -> str: ...
    @property
    def wave(self) -> npt.NDArray[Any]: ...
    @property
    def seen(self) -> npt.NDArray[np.bool_]: ...
    def decode(self, latents: npt.ArrayLike) -> FloatArray: ...


@dataclass(frozen=True, slots=True, eq=False)
class Sliders:
    """A decoder and the spectra that it has encoded; made by `make_sliders`.

    Parameters
    ----------
    model : Decoder
    space : LatentSpace
        Real spectra, and what is known of them.
    """

    model: Decoder
    space: LatentSpace

    def __repr__(self) -> str:
        of = self.space.collection
        return f"<Sliders: {self.n_latents} latents of {self.model.name!r}, {of or 'spectra'!r}>"

    @property
    def n_latents(self) -> int:
        """Number of latents."""
        return int(self.space.latents.shape[1])

    @property
    def ranges(self) -> Ranges:
        """Where each slider starts (the median) and ends, and how much it tells."""
        return self.space.ranges

    @property
    def order(self) -> npt.NDArray[np.intp]:
        """Numbers of the latents, those that tell most first."""
        return self.ranges.order

    def point(
        self, settings: Mapping[int, float] | None = None, start: npt.ArrayLike | None = None
    ) -> FloatArray:
        """Return a point, shape (n_latents,): the median, or `start`, with some latents moved.

        Raises
        ------
        DataError
            If there is no such latent, or a value is not finite.
        """
        n_latents = self.n_latents
        point = np.array(self.ranges.middle if start is None else start, np.float64)
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
        """Return the spectrum of a point: relative flux, shape (n_pixels,), on the model's grid.

        NaN where no spectrum of the training had any pixels: there the model can't say.
        """
        return np.asarray(self._decode(self.point(start=point)[None])[0])

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
        points[:, number] = np.linspace(self.ranges.low[number], self.ranges.high[number], steps)
        return points[:, number].copy(), self._decode(points)

    def neighbours(self, point: npt.ArrayLike, k: int = 5) -> list[Near]:
        """Return the real spectra whose latents are nearest to a point, the nearest first.

        Their distance is that of ``starsieve similar --by latent``.
        """
        if not 1 <= k <= MOST_NEIGHBOURS:
            msg = f"1 to {MOST_NEIGHBOURS} neighbours can be asked for, got {k}."
            raise DataError(msg)
        return self.space.neighbours(self.point(start=point), k)

    def _decode(self, points: FloatArray) -> FloatArray:
        return np.where(self.model.seen, self.model.decode(points), np.nan)

    def _number(self, latent: int) -> int:
        if not 0 <= latent < self.n_latents:
            msg = f"There are latents 0 to {self.n_latents - 1}, got {latent}."
            raise DataError(msg)
        return latent


def make_sliders(
    model: Decoder,
    embeddings: Embeddings,
    labels: Mapping[str, npt.ArrayLike] | None = None,
    objects: Sequence[str] | None = None,
) -> Sliders:
    """Put a model and what it made of spectra in memory together.

    Parameters
    ----------
    model : Decoder
    embeddings : Embeddings
        Rows of NaN are left out of everything.
    labels : mapping of str to array, shape (n_items,), optional
        What is known of the spectra; NaN where nothing is.
    objects : sequence of str, optional
        Their names.

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
    n_items = len(embeddings)
    columns = {name: np.asarray(v, np.float64) for name, v in (labels or {}).items()}
    check_shapes((n_items,), **columns)
    empty = np.full(n_items, "", dtype=object)
    names = empty if objects is None else np.array(objects, dtype=object)
    nowhere = np.full(n_items, -1)
    spectra = SpectrumColumns(embeddings.ids, names, empty, nowhere)
    known = [LabelColumn(name, "", (), values) for name, values in columns.items()]
    return Sliders(model, make_space(embeddings, spectra, known))
