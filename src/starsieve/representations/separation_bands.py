"""Where the Earth's air absorbs, species by species: ranges only, no spectra.

The ranges are those of the bands as spectroscopists name them: of oxygen the gamma (2-0), B (1-0)
and A (0-0) bands and the two infrared systems, of water the overtone and combination polyads. See
for instance Smette et al. (2015, A&A 576, A77) and Gordon et al. (2022, JQSRT 277, 107949).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Species:
    """A gas of the air.

    Parameters
    ----------
    name : str
    bands : pairs
        Vacuum micron in the observer's frame: where it absorbs noticeably.
    follows_airmass : bool
        Whether it is so well mixed that its column is that of all air.
    """

    name: str
    bands: tuple[Range, ...]
    follows_airmass: bool


SPECIES = (
    Species(
        "O2",
        ((0.6274, 0.6332), (0.6866, 0.6970), (0.7592, 0.7720), (1.0550, 1.0800), (1.2480, 1.2900)),
        follows_airmass=True,
    ),
    Species(
        "H2O",
        (
            *((0.5030, 0.5100), (0.5400, 0.5480), (0.5680, 0.5770), (0.5860, 0.6010)),
            *((0.6275, 0.6360), (0.6455, 0.6610), (0.6860, 0.7060), (0.7120, 0.7460)),
            *((0.7800, 0.8000), (0.8070, 0.8420), (0.8900, 0.9950), (1.0800, 1.1700)),
            *((1.2480, 1.2700), (1.3000, 1.5200), (1.7200, 2.0800), (2.3000, 2.5500)),
        ),
        follows_airmass=False,
    ),
)

WINDOWS: tuple[Range, ...] = (
    *((0.5885, 0.5993), (0.6272, 0.6330), (0.6468, 0.6590), (0.68655, 0.6970)),
    *((0.7160, 0.7340), (0.7592, 0.7720), (0.8120, 0.8350)),
)
"""Vacuum micron: where lines are separated unless other ranges are asked for. Each holds lines that
reach one per cent and more above a dry site, and is narrow enough for a simple continuum."""


def in_bands(wave: FloatArray, species: Species) -> BoolArray:
    """Return where a species absorbs, shape as `wave` (vacuum micron, observer's frame)."""
    inside = np.zeros(np.shape(wave), dtype=bool)
    for low, high in species.bands:
        inside |= (wave >= low) & (wave <= high)
    return inside


def check_ranges(ranges: tuple[Range, ...]) -> None:
    """Raise DataError unless the ranges are pairs of growing, positive numbers that part."""
    for low, high in ranges:
        if not 0 < low < high:
            msg = f"A range must be two growing numbers in vacuum micron, got {low} to {high}."
            raise DataError(msg)
    ordered = sorted(ranges)
    for (_, high), (low, _) in pairwise(ordered):
        if low < high:
            msg = f"Two ranges overlap at {low:.5g} micron; give each wavelength once."
            raise DataError(msg)
