"""Line by line: how well the air's lines are gone, and whether the star's are what they were."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.data.grids import SPEED_OF_LIGHT, air_to_vacuum
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import FileError
from starsieve.representations.separation import Separation
from starsieve.representations.separation_bands import SPECIES
from starsieve.representations.separation_model import Parts, log_transmission, residuals
from starsieve.representations.separation_spectra import air_error
from starsieve.representations.separation_windows import Window

MIN_DEPTH = 0.005
"""Of the lines that are looked for in the learnt spectrum."""

MIN_SIGNIFICANCE = 4.0

CLEAN = 0.002
"""Log absorption below which a pixel is outside of the air's lines."""

NEIGHBOURHOOD = 40.0
"""km/s on both sides of a line, whose clean pixels it is compared with."""

COLUMNS = {
    "wave_um": ("vacuum", 1.0),
    "vacuum_angstrom": ("vacuum", 1e-4),
    "air_angstrom": ("air", 1e-4),
}
"""Columns of a list of lines: medium, and micron in its unit."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the air: vacuum micron in the observer's frame."""

    wave: float
    species: str = ""


@dataclass(frozen=True, slots=True)
class LineScore:
    """How well a line of the air was told apart.

    Parameters
    ----------
    wave : float
        Vacuum micron, in the observer's frame.
    species : str
    depth, depth_error : float
        In the learnt spectrum of the air, at the mean amplitudes.
    depth_before, depth_after : float
        Mean over the exposures of what lacks at the line against star and continuum.
    residual, residual_beside : float
        Root mean square of what is left over its expected noise, in the line and beside it.
    n_pixels : int
        Within the line, of all exposures.
    """

    wave: float
    species: str
    depth: float
    depth_error: float
    depth_before: float
    depth_after: float
    residual: float
    residual_beside: float
    n_pixels: int

    @property
    def ratio(self) -> float:
        """Residual in the line over that beside it."""
        return self.residual / self.residual_beside if self.residual_beside > 0 else float("nan")

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return asdict(self) | {"ratio": self.ratio}


def find_lines(separation: Separation, min_depth: float = MIN_DEPTH) -> tuple[Line, ...]:
    """Return the lines of the learnt spectra of the air, by wavelength.

    A line is a minimum that is deeper than `min_depth` and than `MIN_SIGNIFICANCE` errors.
    """
    found = []
    for number, window in enumerate(separation.windows):
        places = fine_places(window)
        matrix = window.air.matrix(places)
        air = matrix @ separation.templates[number].air.T
        for gas, species in enumerate(SPECIES):
            only = np.zeros(air.shape)
            only[:, gas] = 1.0
            error = air_error(separation.left_out[number], air, matrix, only)
            depth = 1.0 - np.exp(air[:, gas])
            limit = np.maximum(min_depth, MIN_SIGNIFICANCE * error)
            tops = np.flatnonzero(
                (depth[1:-1] >= depth[:-2]) & (depth[1:-1] > depth[2:]) & (depth > limit)[1:-1]
            )
            found += [Line(float(np.exp(places[top + 1])), species.name) for top in tops]
    return tuple(sorted(found, key=lambda line: line.wave))


def fine_places(window: Window) -> FloatArray:
    """Return log wavelengths in the observer's frame, four a knot, shape (n_places,)."""
    centres = window.air.centres
    return np.linspace(centres[2], centres[-3], 4 * (len(centres) - 5) + 1)


def read_lines(path: str | Path) -> tuple[Line, ...]:
    """Read a list of lines: a CSV table with one of the columns of `COLUMNS`, and ``species``.

    Raises
    ------
    FileError
        If it can't be read, has none of the columns, or a cell is no wavelength.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"{path}: can't be read as a CSV table: {error}."
        raise FileError(msg) from error
    names = [name for name in COLUMNS if rows and name in rows[0]]
    if not names:
        msg = f"{path}: expected rows with a column {', '.join(COLUMNS)}; has {_named(rows)}."
        raise FileError(msg)
    medium, unit = COLUMNS[names[0]]
    lines = []
    for number, row in enumerate(rows, start=2):
        wave = unit * _positive(row[names[0]], f"{path}: row {number}")
        if medium == "air":
            wave = float(air_to_vacuum(np.array([wave]))[0])
        lines.append(Line(wave, (row.get("species") or "").strip()))
    return tuple(sorted(lines, key=lambda line: line.wave))


def _named(rows: Sequence[dict[str, str]]) -> str:
    return f"columns {', '.join(map(str, rows[0]))}" if rows else "no rows"


def _positive(text: str | None, where: str) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = float("nan")
    if not 0 < number < np.inf:
        msg = f"{where}: expected a wavelength, got {text!r}."
        raise FileError(msg)
    return number


def score_lines(separation: Separation, lines: Sequence[Line]) -> tuple[LineScore, ...]:
    """Return how well each line was told apart; lines outside of all windows are left out."""
    scores = []
    for number, (window, parts) in enumerate(
        zip(separation.windows, separation.parts, strict=True)
    ):
        seen = _Seen.of(separation, window, parts)
        for line in lines:
            score = _score(separation, number, line, seen)
            scores += [score] if score is not None else []
    return tuple(sorted(scores, key=lambda score: score.wave))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The rows of a window in the observer's frame: what air took, what is left."""

    place: FloatArray
    log_t: FloatArray
    residual: FloatArray
    pull: FloatArray
    clean: BoolArray

    @classmethod
    def of(cls, separation: Separation, window: Window, parts: Parts) -> "_Seen":
        state = separation.state
        residual = residuals(window, parts, state)
        log_t = log_transmission(parts, state)
        place = window.place - (state.observer_shift + state.air_shift)[window.exposure]
        return cls(place, log_t, residual, residual / window.sigma, np.abs(log_t) < CLEAN)


def _score(separation: Separation, number: int, line: Line, seen: _Seen) -> LineScore | None:
    window, templates = separation.windows[number], separation.templates[number]
    place = np.log(line.wave)
    low, high = _extent(window, templates.air.sum(axis=0), place)
    inside = (seen.place >= low) & (seen.place <= high)
    near = np.abs(seen.place - place) < NEIGHBOURHOOD / SPEED_OF_LIGHT
    beside = near & seen.clean & ~inside
    if inside.sum() < 3 or beside.sum() < 10:
        return None
    matrix = window.air.matrix(np.array([place]))
    air = matrix @ templates.air.T
    error = air_error(separation.left_out[number], air, matrix, np.ones(air.shape))
    core = np.abs(seen.place - place) <= window.air.step
    core = core if core.any() else inside
    return LineScore(
        wave=line.wave,
        species=line.species or SPECIES[int(np.argmin(air[0]))].name,
        depth=float(1.0 - np.exp(air.sum())),
        depth_error=float(error[0] * np.exp(air.sum())),
        depth_before=float(1.0 - np.mean(np.exp(seen.residual[core] + seen.log_t[core]))),
        depth_after=float(1.0 - np.mean(np.exp(seen.residual[core]))),
        residual=rms(seen.pull[inside]),
        residual_beside=rms(seen.pull[beside]),
        n_pixels=int(inside.sum()),
    )


def _extent(window: Window, air: FloatArray, place: float) -> tuple[float, float]:
    """Return where a line is at least half as deep as in its middle; a knot if it is nowhere."""
    steps = window.air.step * np.arange(0, 12, 0.25)
    ends = []
    for sign in (-1.0, 1.0):
        along = window.air.matrix(place + sign * steps) @ air
        over = np.flatnonzero(along > 0.5 * along[0])
        first = over[0] if len(over) and along[0] < -CLEAN else 4
        ends.append(place + sign * steps[first])
    return ends[0], ends[1]


def rms(values: FloatArray) -> float:
    """Return the root mean square, outliers held at five: cosmic rays are no telluric lines."""
    return float(np.sqrt(np.mean(np.clip(values, -5.0, 5.0) ** 2)))
