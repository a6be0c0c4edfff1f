"""What a model makes of spectra: a short vector of latents each, and numbers beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import FloatArray, check_shapes
from starsieve.errors import DataError


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Embeddings:
    """The latents of many items, a row each.

    Parameters
    ----------
    latents : array, shape (n_items, n_latents)
        NaN in a whole row where a model can't say.
    ids : array of int, shape (n_items,)
        Archive numbers, or any numbers that tell the items apart.
    sigma : array, shape (n_items, n_latents), optional
        Standard deviation of each latent's posterior; None where a model has none.
    columns : mapping of str to array, shape (n_items,)
        Numbers found on the way: ``velocity`` and ``velocity_error`` (km/s), ``chi2_reduced`` of
        the reconstruction, ``coverage`` (fraction of the model's pixels that were usable).
    model, collection : str
        What made them and of what; ``""`` where that is not known.

    Raises
    ------
    DataError
        If shapes do not fit, or an item's number comes twice.
    """

    latents: FloatArray
    ids: npt.NDArray[np.int64]
    sigma: FloatArray | None = None
    columns: Mapping[str, FloatArray] = field(default_factory=dict)
    model: str = ""
    collection: str = ""

    def __post_init__(self) -> None:
        if self.latents.ndim != 2:
            msg = f"latents must have shape (n_items, n_latents), got {self.latents.shape}."
            raise DataError(msg)
        check_shapes(self.latents.shape, sigma=self.sigma)
        check_shapes(self.latents.shape[:1], ids=self.ids, **self.columns)
        increase = bool((np.diff(self.ids) > 0).all())  # as they mostly do
        if not increase and len(np.unique(self.ids)) != len(self.ids):
            msg = "Two embeddings are of the same item; each item may have one."
            raise DataError(msg)

    def __len__(self) -> int:
        return len(self.latents)

    def __repr__(self) -> str:
        of = f" of {self.collection!r}" if self.collection else ""
        by = f" by {self.model!r}" if self.model else ""
        return f"<Embeddings{of}{by}: {len(self)} x {self.latents.shape[1]}>"

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Where the model could say something, shape (n_items,)."""
        return np.asarray(np.isfinite(self.latents).all(axis=1))

    def take(self, rows: npt.NDArray[Any] | slice) -> Self:
        """Return the given rows (numbers, a mask or a slice)."""
        return type(self)(
            self.latents[rows],
            self.ids[rows],
            None if self.sigma is None else self.sigma[rows],
            {name: values[rows] for name, values in self.columns.items()},
            self.model,
            self.collection,
        )
