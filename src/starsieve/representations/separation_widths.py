"""Equivalent widths of stellar lines before and after the lines of the air are taken out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from starsieve.data.spectrum import FloatArray
from starsieve.representations.separation import Separation
from starsieve.representations.separation_spectra import Correction

N_LINES = 50
MIN_DEPTH = 0.05
EDGE_KNOTS = 1.5
"""Knots around a line's ends over which the continuum beside it is averaged."""

UNTOUCHED = 0.001
"""Log absorption by the air that leaves a width as it is."""


@dataclass(frozen=True, slots=True)
class StellarLine:
    """A line of a star, between the nearest maxima of its template: log barycentric wavelength."""

    star: str
    place: float
    low: float
    high: float
    depth: float


@dataclass(frozen=True, slots=True)
class WidthScore:
    """A line's equivalent width in picometre, before and after, as the median of exposures.

    Parameters
    ----------
    star : str
    wave : float
        Vacuum micron, barycentric.
    depth : float
    before, after : float
        Before: in exposures whose lines of the air leave the star's alone.
    n_before, n_after : int
        Exposures that count.
    """

    star: str
    wave: float
    depth: float
    before: float
    after: float
    n_before: int
    n_after: int

    @property
    def change(self) -> float:
        """Relative change of the width."""
        return abs(self.after / self.before - 1.0)

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return asdict(self) | {"change": self.change}


def find_stellar_lines(separation: Separation) -> tuple[StellarLine, ...]:
    """Return the lines of the stellar templates, the deepest first."""
    found = []
    for window, templates in zip(separation.windows, separation.templates, strict=True):
        centres = window.stellar.centres
        places = np.linspace(centres[2], centres[-3], 4 * (len(centres) - 5) + 1)
        matrix = window.stellar.matrix(places)
        for star, coefficients in zip(separation.stars, templates.stellar, strict=True):
            found += _lines_of(star, places, np.exp(matrix @ coefficients))
    return tuple(sorted(found, key=lambda line: -line.depth))


def _lines_of(star: str, places: FloatArray, flux: FloatArray) -> list[StellarLine]:
    """Return the minima of a spectrum that are deep below the lower of the maxima beside them."""
    inner = np.arange(1, len(flux) - 1)
    low = inner[(flux[1:-1] <= flux[:-2]) & (flux[1:-1] < flux[2:])]
    high = inner[(flux[1:-1] >= flux[:-2]) & (flux[1:-1] > flux[2:])]
    lines = []
    for bottom in low:
        left, right = high[high < bottom], high[high > bottom]
        if len(left) and len(right):
            shoulder = min(flux[left[-1]], flux[right[0]])
            depth = 1.0 - float(flux[bottom] / shoulder)
            if depth > MIN_DEPTH:
                ends = float(places[left[-1]]), float(places[right[0]])
                lines.append(StellarLine(star, float(places[bottom]), *ends, depth))
    return lines


def score_widths(
    separation: Separation,
    corrections: Sequence[Correction],
    lines: Sequence[StellarLine],
    count: int = N_LINES,
) -> tuple[WidthScore, ...]:
    """Return the width before and after of the first `count` lines that can be compared.

    Lines that no exposure shows clean of the air are left out: there is no truth for them.
    """
    step = EDGE_KNOTS * separation.windows[0].stellar.step
    scores = []
    for line in lines:
        before, after = [], []
        for exposure, each in zip(separation.exposures, corrections, strict=True):
            if exposure.star != line.star:
                continue
            place = exposure.log_wave
            near = (place >= line.low - step) & (place <= line.high + step)
            if not near.any() or not each.after.usable[near].all():
                continue
            after.append(_width(place, each.after.flux, line, step))
            if np.abs(each.log_transmission[near]).max() < UNTOUCHED:
                before.append(_width(place, each.before.flux, line, step))
        if before and after and np.median(before) > 0:
            scores.append(
                WidthScore(
                    star=line.star,
                    wave=float(np.exp(line.place)),
                    depth=line.depth,
                    before=1e6 * float(np.median(before)),
                    after=1e6 * float(np.median(after)),
                    n_before=len(before),
                    n_after=len(after),
                )
            )
        if len(scores) == count:
            break
    return tuple(scores)


def _width(place: FloatArray, flux: FloatArray, line: StellarLine, step: float) -> float:
    """Return the equivalent width in micron against a straight line between a line's ends."""
    ends = [float(np.mean(flux[np.abs(place - end) <= step])) for end in (line.low, line.high)]
    rows = (place >= line.low) & (place <= line.high)
    level = np.interp(place[rows], [line.low, line.high], ends)
    return float(np.trapezoid(1.0 - flux[rows] / level, np.exp(place[rows])))
