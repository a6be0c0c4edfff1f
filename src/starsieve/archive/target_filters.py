"""Which stars a list shows, in which order, and what it shows of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from starsieve.archive.records import LabelRow, Target
from starsieve.errors import DataError

LARGEST_RADIUS = 18_000.0

TargetThing = Literal["light_curves", "candidates", "spectra"]
TargetOrderedBy = Literal[
    "number", "name", "tic", "ra", "dec", "light_curves", "candidates", "spectra"
]


@dataclass(frozen=True, slots=True)
class Cone:
    """A circle on the sky: centre (ICRS, degree) and radius (arcsecond, at most five degrees)."""

    ra: float
    dec: float
    radius: float = 60.0

    def __post_init__(self) -> None:
        if not (0 <= self.ra <= 360 and -90 <= self.dec <= 90):
            msg = (
                f"A position needs 0 <= ra <= 360 and -90 <= dec <= 90, got {self.ra}, {self.dec}."
            )
            raise DataError(msg)
        if not 0 < self.radius <= LARGEST_RADIUS:
            msg = f"A radius must be at most {LARGEST_RADIUS:g} arcsecond, got {self.radius:g}."
            raise DataError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFilter:
    """Which stars are meant: those for which all that is given holds.

    Parameters
    ----------
    text : str
        The name contains it, whatever the case; or it is a TIC, Gaia or KIC number.
    cone : Cone, optional
    has : tuple of str
        Of `TargetThing`: what the archive has of them.
    """

    text: str = ""
    cone: Cone | None = None
    has: tuple[TargetThing, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A star as a list shows it.

    Parameters
    ----------
    target : Target
    n_light_curves, n_candidates, n_spectra : int
    labels : mapping of str to LabelRow
        Those that were asked for; of several origins the first.
    distance_arcsec : float, optional
        From the centre of the cone that was asked for.
    """

    target: Target
    n_light_curves: int
    n_candidates: int
    n_spectra: int
    labels: Mapping[str, LabelRow] = field(default_factory=dict)
    distance_arcsec: float | None = None
