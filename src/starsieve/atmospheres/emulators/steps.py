"""Labels in steps between the nodes of a grid."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import FloatArray

LOGARITHMIC = frozenset({"teff", "fsed"})
"""Labels whose logarithm is what spectra change evenly with."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How one label becomes a coordinate: 0 at its first value, 1 after a typical step.

    Parameters
    ----------
    logarithmic : bool
        Whether its logarithm counts.
    start, step, floor : float
        Of the label or its logarithm; lowest value of the label that is told apart.
    """

    logarithmic: bool
    start: float
    step: float
    floor: float

    @classmethod
    def of(cls, name: str, axis: FloatArray) -> Self:
        """Return it for a label that takes the values `axis`, increasing."""
        logarithmic = name in LOGARITHMIC and axis[0] > 0
        at = np.log(axis) if logarithmic else axis
        floor = 1e-3 * float(axis[0]) if logarithmic else -np.inf
        return cls(logarithmic, float(at[0]), float(np.median(np.diff(at))), floor)

    def __call__(self, values: FloatArray) -> npt.NDArray[np.float64]:
        """Return coordinates of values, in their shape."""
        at = np.log(np.maximum(values, self.floor)) if self.logarithmic else values
        return np.asarray((at - self.start) / self.step, dtype=np.float64)
