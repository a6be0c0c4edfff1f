"""Why two spectra are not the same: where they differ most."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

N_BINS = 60
"""Of the common range: as fine as a reason is given."""

MOST_RANGES = 3
LEAST_SHARE = 0.05
"""Of chi-square: a range with less is no reason."""

SIGNIFICANT = 2.0
"""Times what is expected of a bin's pixels."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A range of wavelengths in which two spectra differ.

    Parameters
    ----------
    low_um, high_um : float
        Vacuum micron, as the query has them.
    share : float
        Of the chi-square of the whole comparison.
    excess : float
        Mean of query over fitted reference less one, weighted by what is known of each pixel.
    """

    low_um: float
    high_um: float
    share: float
    excess: float

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "low_um": round(self.low_um, 6),
            "high_um": round(self.high_um, 6),
            "share": round(self.share, 3),
            "excess": round(self.excess, 4),
        }

    def __str__(self) -> str:
        return f"{self.low_um:.4g}-{self.high_um:.4g} um ({self.share:.0%}, {self.excess:+.1%})"


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A query and a neighbour on one grid, arrays of shape (n_pixels,).

    Parameters
    ----------
    wave : array
        Vacuum micron.
    flux : array
        The query, normalised.
    model : array
        The neighbour, shifted and scaled to it, with the smooth ratio of both.
    weight : array
        One over the variance that is expected of their difference; 0 where not both are usable.
    """

    wave: Array
    flux: Array
    model: Array
    weight: Array

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """Where both have usable pixels."""
        return np.asarray(self.weight > 0)

    @property
    def ends(self) -> tuple[float, float]:
        """First and last common wavelength, micron."""
        common = self.wave[self.valid]
        return float(common[0]), float(common[-1])


def find_differences(overlay: Overlay) -> tuple[Difference, ...]:
    """Return the ranges in which a query and a neighbour differ most, the worst first.

    None of them is there by chance: each has at least `SIGNIFICANT` times the chi-square expected.
    """
    wave, weight, model = overlay.wave, overlay.weight, overlay.model
    parts = weight * (overlay.flux - model) ** 2
    pixels = np.flatnonzero(weight > 0)
    total = float(parts.sum())
    if len(pixels) < 2 or total <= 0:
        return ()
    edges = np.linspace(pixels[0], pixels[-1] + 1, min(N_BINS, len(pixels)) + 1).astype(int)
    sums, counts = (np.add.reduceat(each, edges[:-1]) for each in (parts, weight > 0))
    high = sums > SIGNIFICANT * np.maximum(counts, 1)
    found = []
    for first, last in _runs(high):
        low, stop = edges[first], edges[last + 1]
        inside = slice(low, stop)
        norm = float(np.sum(weight[inside] * model[inside] ** 2))
        excess = float(np.sum((weight * (overlay.flux - model) * model)[inside])) / max(
            norm, 1e-300
        )
        share = float(parts[inside].sum()) / total
        found.append(Difference(float(wave[low]), float(wave[stop - 1]), share, excess))
    found.sort(key=lambda each: -each.share)
    return tuple(each for each in found[:MOST_RANGES] if each.share >= LEAST_SHARE)


def _runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and last place of each run of True."""
    steps = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    starts, stops = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [(int(a), int(b) - 1) for a, b in zip(starts, stops, strict=True)]
