"""Which wavelengths drive each parameter: what an explanation holds, and how it is told."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray, check_choice
from starsieve.errors import DataError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from starsieve.atmospheres.best_fit import Fit

CAVEAT = (
    "Each band was left out alone. What several bands tell in common doesn't show: if one of them "
    "is missing, the others (its neighbours above all) stand in for it, so that a small number "
    "doesn't mean that a band tells nothing. The numbers say what this model does with this "
    "spectrum, not what the physics of an atmosphere is."
)
"""What occlusion by band can't tell."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A band that one parameter depends on.

    Parameters
    ----------
    low, high : float
        Its edges in micron.
    influence, shift, widening : float
        As in `Explanation`.
    """

    low: float
    high: float
    influence: float
    shift: float
    widening: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Explanation:
    """What becomes of one spectrum's posterior when each band is missing in turn.

    Parameters
    ----------
    names : tuple of str
        The model's labels.
    bands : array, shape (n_bands, 2)
        Edges in micron, vacuum.
    n_pixels : array of int, shape (n_bands,)
        Pixels of the model's grid in each band that the spectrum has.
    whole : array, shape (n_labels, 3)
        16th, 50th and 84th percentile of the posterior, in the labels' units.
    without : array, shape (n_bands, n_labels, 3)
        The same without each band; NaN where there is nothing to leave out, or too little would
        be left.
    influence : array, shape (n_bands, n_labels)
        Mean distance between the 5th to 95th percentiles of the posteriors with and without the
        band, in sigma (a Wasserstein distance without the tails). It counts both that a
        posterior moves and that it widens.
    floor : array, shape (n_labels,)
        Influence that two sets of draws from the same posterior have on each other: what does
        not exceed it is the draws' own scatter.

    Raises
    ------
    DataError
        If the shapes do not belong together.
    """

    names: tuple[str, ...]
    bands: FloatArray
    n_pixels: npt.NDArray[np.int64]
    whole: FloatArray
    without: FloatArray
    influence: FloatArray
    floor: FloatArray

    def __post_init__(self) -> None:
        n, d = len(self.bands), len(self.names)
        expected: dict[str, tuple[int, ...]] = {"bands": (n, 2), "n_pixels": (n,), "whole": (d, 3)}
        expected |= {"without": (n, d, 3), "influence": (n, d), "floor": (d,)}
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                msg = f"{name} must have shape {shape}, got {getattr(self, name).shape}."
                raise DataError(msg)

    def __repr__(self) -> str:
        return f"<Explanation by {len(self.bands)} bands: {'; '.join(self.sentences())}>"

    @property
    def sigma(self) -> FloatArray:
        """Half of each label's 68 % interval, shape (n_labels,)."""
        return (self.whole[:, 2] - self.whole[:, 0]) / 2

    @property
    def shift(self) -> FloatArray:
        """How far the median moves without the band, in sigma; shape (n_bands, n_labels)."""
        moved = self.without[:, :, 1] - self.whole[:, 1]
        return _divide(moved, self.sigma)

    @property
    def widening(self) -> FloatArray:
        """Width of the 68 % interval without the band over that with it, (n_bands, n_labels)."""
        return _divide((self.without[:, :, 2] - self.without[:, :, 0]) / 2, self.sigma)

    def drivers(self, name: str) -> tuple[Driver, ...]:
        """Return the bands whose influence on a label exceeds the floor, the strongest first.

        Raises
        ------
        DataError
            If the model has no such label.
        """
        check_choice("The label", name, self.names)
        column = self.names.index(name)
        influence = np.nan_to_num(self.influence[:, column], nan=-1.0)
        order = np.argsort(-influence, kind="stable")
        return tuple(
            Driver(
                float(self.bands[row, 0]),
                float(self.bands[row, 1]),
                float(influence[row]),
                float(self.shift[row, column]),
                float(self.widening[row, column]),
            )
            for row in order
            if influence[row] > self.floor[column]
        )

    def sentences(self, most: int = 3) -> Iterator[str]:
        """Yield one line for each label: its strongest bands, at most so many."""
        if not np.isfinite(self.without).any():
            yield "no band can be left out: too little of the spectrum would remain"
            return
        for name in self.names:
            found = [
                f"{each.low:.2f}-{each.high:.2f} micron ({each.influence:.2f} sigma)"
                for each in self.drivers(name)[:most]
            ]
            yield f"{name}: {', '.join(found) or 'no single band'}"

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON; what is not a finite number becomes None."""
        labels = {}
        for column, name in enumerate(self.names):
            quantiles = self.without[:, column].T
            labels[name] = {
                "unit": get_label(name).unit,
                "sigma": _known(self.sigma[column]),
                "shift": _list(self.shift[:, column]),
                "widening": _list(self.widening[:, column]),
                "influence": _list(self.influence[:, column]),
                "floor": _known(self.floor[column]),
                "q16_without": _list(quantiles[0]),
                "median_without": _list(quantiles[1]),
                "q84_without": _list(quantiles[2]),
                "drivers_um": [[each.low, each.high] for each in self.drivers(name)],
            }
        return {
            "bands_um": self.bands.tolist(),
            "n_pixels": self.n_pixels.tolist(),
            "parameters": labels,
        }

    def plot(self, fit: "Fit | None" = None, *, title: str = "") -> "Figure":
        """Return a figure of every parameter without each band, below the spectrum if given."""
        from starsieve.plots.explanations import plot_explanation

        return plot_explanation(self, fit, title=title)


def _divide(values: FloatArray, sigma: FloatArray) -> FloatArray:
    """Return values, shape (n_bands, n_labels), in sigma; NaN where sigma is zero."""
    return np.asarray(values / np.where(sigma > 0, sigma, np.nan))


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _list(values: FloatArray) -> list[float | None]:
    return [_known(value) for value in values]
