"""How far an object is: what a user says of it, and draws of it."""

import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError

UNITS = {"distance": "pc", "parallax": "mas"}
BIASED = 0.2
"""Relative error of a parallax above which its inverse is no good distance."""

_PATTERN = re.compile(r"\s*([^\s+±]+?)\s*(?:(?:\+-|\+/-|±)\s*(\S+)\s*)?")


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance or a parallax, with its error.

    Parameters
    ----------
    value, error : float
        In parsec, or in milliarcseconds if it is a parallax.
    kind : {"distance", "parallax"}

    Raises
    ------
    DataError
        If the value is not positive, the error negative, or either not finite; or a parallax is
        too uncertain to be turned into a distance.
    """

    value: float
    error: float = 0.0
    kind: Literal["distance", "parallax"] = "distance"

    def __post_init__(self) -> None:
        numbers = (self.value, self.error)
        if not (np.all(np.isfinite(numbers)) and self.value > 0 and self.error >= 0):
            msg = (
                f"A {self.kind} must be a positive number of {UNITS[self.kind]} with an error of "
                f"zero or more, got {self.value:g} +- {self.error:g}."
            )
            raise DataError(msg)
        if self.error > BIASED * self.value:
            msg = (
                f"The {self.kind} {self} has an error of {self.error / self.value:.0%}: more than "
                f"{BIASED:.0%} gives no distance without knowing where such objects are "
                "(Bailer-Jones 2015, PASP 127, 994)."
            )
            raise DataError(msg)

    def __str__(self) -> str:
        error = f" +- {self.error:g}" if self.error else ""
        return f"{self.value:g}{error} {UNITS[self.kind]}"

    def draw(self, n: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """Return n draws of the distance in parsec, shape (n,)."""
        # Errors are a fifth at the most: a draw that is not positive is five of them away.
        found = np.abs(self.value + self.error * rng.standard_normal(n))
        return np.asarray(found if self.kind == "distance" else 1000.0 / found)

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {"kind": self.kind, "value": self.value, "error": self.error, "unit": self.unit}

    @property
    def unit(self) -> str:
        """``pc`` or ``mas``."""
        return UNITS[self.kind]


def parse_distance(text: str, kind: Literal["distance", "parallax"] = "distance") -> Distance:
    """Return the distance that a text says: ``11.13``, ``11.13+-0.05`` or ``11.13 ± 0.05``.

    Raises
    ------
    DataError
        If it says something else, or something impossible.

    Examples
    --------
    >>> parse_distance("11.13+-0.05")
    Distance(value=11.13, error=0.05, kind='distance')
    """
    found = _PATTERN.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        value, error = float(found[1]), float(found[2] or 0.0)
    except ValueError:
        msg = f"--{kind} {text}: expected a number of {UNITS[kind]}, as 11.13 or 11.13+-0.05."
        raise DataError(msg) from None
    return Distance(value, error, kind)
