"""A light curve folded on a signal, as much of it as a screen shows."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from starsieve.data.spectrum import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FoldedView:
    """Points around an event, their medians in bins, and perhaps a model.

    Parameters
    ----------
    x, flux : arrays, shape (n_points,)
        Some of the points: days from the middle of the event, or phase; and relative flux.
    centre, median, error : arrays, shape (n_bins,)
        Of all points: middles of bins that hold some, their medians, and the errors of these.
    model_x, model_flux : arrays, shape (n_model,), optional
    n_points : int
        How many points there are, shown or not.
    """

    x: FloatArray
    flux: FloatArray
    centre: FloatArray
    median: FloatArray
    error: FloatArray
    model_x: FloatArray | None = None
    model_flux: FloatArray | None = None
    n_points: int = 0

    def to_arrays(self, name: str) -> dict[str, FloatArray]:
        """Return the arrays under names of their own, for a file that holds several views."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {f"{name}.{key}": np.asarray(v) for key, v in found.items() if v is not None}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, FloatArray], name: str) -> Self | None:
        """Return the view that `to_arrays` put under a name; None if there is none."""
        found: dict[str, Any] = {
            field.name: np.asarray(arrays[f"{name}.{field.name}"])
            for field in fields(cls)
            if f"{name}.{field.name}" in arrays
        }
        if "x" not in found:
            return None
        return cls(**{**found, "n_points": int(found["n_points"])})
