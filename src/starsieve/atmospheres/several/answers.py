"""What single grids say of a spectrum."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WORTH_SAYING = 0.01
"""Weight below which a grid is not named."""


@dataclass(frozen=True, slots=True)
class GridAnswer:
    """What one grid says of a spectrum.

    Parameters
    ----------
    weight : float
        Its share of the evidence.
    misfit : float
        Root mean square of what its best spectrum leaves, relative to the mean flux.
    parameters : mapping of str to float
        Medians of all labels that it varies.
    """

    weight: float
    misfit: float
    parameters: Mapping[str, float]

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "weight": self.weight,
            "misfit": self.misfit,
            "parameters": dict(self.parameters),
        }


def tell_weights(answers: Mapping[str, GridAnswer]) -> str:
    """Return in words which grids count: ``bt-settl 73 %, sonora-diamondback 22 %``."""
    ranked = sorted(answers.items(), key=lambda item: -item[1].weight)
    return ", ".join(f"{n} {each.weight:.0%}" for n, each in ranked if each.weight >= WORTH_SAYING)
