"""The box of parameters that several grids share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from starsieve.atmospheres.emulators.space import Space
from starsieve.atmospheres.emulators.steps import LOGARITHMIC
from starsieve.data.spectrum import FloatArray


@dataclass(frozen=True, slots=True)
class Box:
    """Labels and their ranges, scaled to [-1, 1]; Teff and fsed by their logarithm.

    Parameters
    ----------
    names : tuple of str
    low, high : tuple of float
        Ends of each label's range, in its unit.
    """

    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @classmethod
    def around(cls, spaces: Sequence[Space], names: Sequence[str]) -> Self:
        """Return the box that holds the nodes of all grids."""
        low, high = [], []
        for name in names:
            columns = [s.nodes[:, s.names.index(name)] for s in spaces if name in s.names]
            low.append(float(min(column.min() for column in columns)))
            high.append(float(max(column.max() for column in columns)))
        return cls(tuple(names), tuple(low), tuple(high))

    @property
    def ranges(self) -> Mapping[str, tuple[float, float]]:
        """Ends by label."""
        return dict(zip(self.names, zip(self.low, self.high, strict=True), strict=True))

    def scale(self, name: str, values: FloatArray) -> FloatArray:
        """Return one label's values as places in [-1, 1]; NaN stays, outside stays outside."""
        low, high = self._ends(name)
        return np.asarray(2.0 * (_bend(name, np.asarray(values)) - low) / (high - low) - 1.0)

    def unscale(self, name: str, places: FloatArray) -> FloatArray:
        """Return the values at places in [-1, 1]."""
        low, high = self._ends(name)
        bent = low + (np.asarray(places, dtype=np.float64) + 1.0) / 2.0 * (high - low)
        return np.asarray(np.exp(bent) if name in LOGARITHMIC else bent)

    def width(self, name: str, values: FloatArray, errors: FloatArray) -> FloatArray:
        """Return small errors of values, in the box's measure."""
        low, high = self._ends(name)
        slope = 1.0 / np.asarray(values) if name in LOGARITHMIC else 1.0
        return np.asarray(2.0 * np.asarray(errors) * slope / (high - low))

    def from_box(self, points: FloatArray) -> FloatArray:
        """Return parameters, shape (..., n_labels), at points of the box."""
        return np.stack(
            [self.unscale(name, points[..., i]) for i, name in enumerate(self.names)], axis=-1
        )

    def _ends(self, name: str) -> tuple[float, float]:
        low, high = self.ranges[name]
        return float(_bend(name, np.asarray(low))), float(_bend(name, np.asarray(high)))


def _bend(name: str, values: FloatArray) -> FloatArray:
    return np.asarray(np.log(values) if name in LOGARITHMIC else values)
