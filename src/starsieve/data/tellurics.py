"""Where the Earth's air absorbs, in vacuum micron as seen from the ground.

Edges are where absorption becomes visible at low resolution, by the model atmospheres that correct
for it: Smette et al. (2015, A&A 576, A77; molecfit) and Gullikson et al. (2014, AJ 148, 53;
TelFit). Between the bands there are single lines, too, and how deep all of them are depends on
the water above the telescope.
"""

from dataclasses import dataclass
from typing import Literal

Strength = Literal["weak", "strong"]


@dataclass(frozen=True, slots=True)
class TelluricBand:
    """A range (vacuum micron, topocentric) in which a molecule of the air absorbs.

    `strength` is "strong" where a dry site lets through less than half of the light somewhere,
    at a resolving power of some hundreds.
    """

    molecule: str
    start: float
    stop: float
    strength: Strength


TELLURIC_BANDS = (
    TelluricBand("O₂", 0.6278, 0.6320, "weak"),
    TelluricBand("O₂", 0.6868, 0.6945, "weak"),
    TelluricBand("H₂O", 0.7160, 0.7345, "weak"),
    TelluricBand("O₂", 0.7593, 0.7715, "strong"),
    TelluricBand("H₂O", 0.8120, 0.8350, "weak"),
    TelluricBand("H₂O", 0.8930, 0.9850, "strong"),
    TelluricBand("H₂O", 1.105, 1.165, "strong"),
    TelluricBand("O₂", 1.265, 1.273, "weak"),
    TelluricBand("H₂O", 1.33, 1.50, "strong"),
    TelluricBand("CO₂", 1.57, 1.615, "weak"),
    TelluricBand("H₂O", 1.75, 1.98, "strong"),
    TelluricBand("CO₂", 1.995, 2.080, "strong"),
    TelluricBand("CH₄", 2.30, 2.40, "weak"),
    TelluricBand("H₂O", 2.48, 2.90, "strong"),
    TelluricBand("CH₄", 3.20, 3.40, "strong"),
    TelluricBand("CO₂", 4.17, 4.45, "strong"),
    TelluricBand("H₂O", 4.90, 7.80, "strong"),
)


def telluric_bands_between(low: float, high: float) -> list[TelluricBand]:
    """Return the bands that lie in a range (vacuum micron) at least in part, in order.

    Examples
    --------
    >>> [band.molecule for band in telluric_bands_between(0.75, 0.83)]
    ['O₂', 'H₂O']
    """
    return [band for band in TELLURIC_BANDS if band.stop >= low and band.start <= high]
