"""Where a visitor of a latent space is: what an address says, and the address of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Self
from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt
from fastapi import Path, Query

from starsieve.errors import DataError
from starsieve.representations.latent_map import LatentMap, Statistic, Window
from starsieve.representations.space import LatentSpace

FloatArray = npt.NDArray[np.float64]

NAME = r"^[a-z0-9][a-z0-9._-]{0,79}$"
DIGITS = 5
"""Significant ones of a latent in an address: finer than a slider can be moved."""

PREFERRED = ("teff", "spt")
"""Labels that colour a map at first, if they are known."""

CollectionName = Annotated[str, Path(pattern=NAME)]
ModelName = Annotated[str, Path(pattern=NAME)]
Start = Annotated[
    int | None,
    Query(ge=1, le=2**53, description="Spectrum to start from; by default the median latents."),
]
Moved = Annotated[
    str,
    Query(
        alias="set",
        max_length=6000,
        description="Latents moved from there, as in 4:1.25,7:-0.3.",
        examples=["0:1.25"],
    ),
]
AxisName = Annotated[
    str,
    Query(max_length=200, description="z3, pc1, MODEL:PARAMETER, or a label; empty: a good one."),
]
ColourName = Annotated[
    str, Query(max_length=200, description="As an axis; `none` for the density alone.")
]
StatisticName = Annotated[Statistic, Query(description="Of the colour, where spectra are many.")]
FARTHEST = 1e15
"""On a map; no latents lie beyond."""

Edge = Annotated[
    float | None,
    Query(ge=-FARTHEST, le=FARTHEST, allow_inf_nan=False, description="Of the window."),
]
Coordinate = Annotated[
    float, Query(ge=-FARTHEST, le=FARTHEST, allow_inf_nan=False, description="On the map.")
]


@dataclass(frozen=True, slots=True)
class Position:
    """A point among latents.

    Parameters
    ----------
    start : int, optional
        Number of the spectrum that it starts from; None for the median of all.
    moved : mapping of int to float
        Latents that are elsewhere.
    """

    start: int | None = None
    moved: Mapping[int, float] = field(default_factory=dict)

    @classmethod
    def read(cls, start: int | None, moved: str) -> Self:
        """Return the position that an address says.

        Raises
        ------
        DataError
            If it can't be read.
        """
        found: dict[int, float] = {}
        for part in moved.split(",") if moved else ():
            number, _, value = part.partition(":")
            try:
                found[int(number)] = float(value)
            except ValueError:
                msg = f"set: expected latents and values as in 4:1.25,7:-0.3, got {part[:40]!r}."
                raise DataError(msg) from None
        if not all(map(math.isfinite, found.values())):
            msg = "set: every value must be a finite number."
            raise DataError(msg)
        return cls(start, found)

    def query(self) -> dict[str, str]:
        """Return what an address says of it."""
        said = {} if self.start is None else {"start": str(self.start)}
        if self.moved:
            parts = (f"{n}:{value:.{DIGITS}g}" for n, value in sorted(self.moved.items()))
            said["set"] = ",".join(parts)
        return said

    def begin(self, space: LatentSpace) -> FloatArray:
        """Return where it starts, shape (n_latents,).

        Raises
        ------
        NotInArchiveError
            If the space has no such spectrum.
        """
        if self.start is None:
            return space.ranges.middle.copy()
        return np.array(space.latents[space.row_of(self.start)], np.float64)

    def point(self, space: LatentSpace) -> FloatArray:
        """Return the point, shape (n_latents,).

        Raises
        ------
        NotInArchiveError
            If the space has no such spectrum.
        DataError
            If there is no such latent.
        """
        point = self.begin(space)
        for number, value in self.moved.items():
            if not 0 <= number < len(point):
                msg = f"set: there are latents 0 to {len(point) - 1}, got {number}."
                raise DataError(msg)
            point[number] = value
        return point


@dataclass(frozen=True, slots=True)
class MapChoice:
    """What a map shows.

    Parameters
    ----------
    x, y : str
        Names of axes.
    colour : str
        Name of what colours; ``""`` for the density alone.
    statistic : {"median", "mean"}
    """

    x: str
    y: str
    colour: str = ""
    statistic: Statistic = "median"

    @classmethod
    def choose(cls, latent_map: LatentMap, x: str, y: str, colour: str, statistic: str) -> Self:
        """Return what an address asks for, with good choices where it says nothing.

        Raises
        ------
        DataError
            If there is no such axis.
        """
        first, second = first_axes(latent_map)
        if not colour:
            colour = first_colour(latent_map.space)
        chosen = cls(x or first, y or second, "" if colour == "none" else colour)
        for name in filter(None, (chosen.x, chosen.y, chosen.colour)):
            latent_map.axis(name)
        return replace(chosen, statistic="mean" if statistic == "mean" else "median")

    def query(self) -> dict[str, str]:
        """Return what an address says of it."""
        said = {"x": self.x, "y": self.y, "colour": self.colour or "none"}
        return said if self.statistic == "median" else said | {"statistic": self.statistic}


def read_window(edges: tuple[float | None, ...]) -> Window | None:
    """Return the window that four edges say, None if none is given.

    Raises
    ------
    DataError
        If only some are, or they are no window.
    """
    known = [edge for edge in edges if edge is not None]
    if not known:
        return None
    if len(known) < 4:
        msg = "A window has four edges: x_low, x_high, y_low and y_high."
        raise DataError(msg)
    x_low, x_high, y_low, y_high = known
    if not (x_low < x_high and y_low < y_high):
        msg = f"A window goes from low to high, got x {x_low} to {x_high}, y {y_low} to {y_high}."
        raise DataError(msg)
    return x_low, x_high, y_low, y_high


def first_axes(latent_map: LatentMap) -> tuple[str, str]:
    """Return two axes for a first map: components, or the latents where there is but one."""
    n_components = len(latent_map.components.shares)
    return ("pc1", "pc2") if n_components > 1 else ("z0", "z0")


def first_colour(space: LatentSpace) -> str:
    """Return what colours a first map: temperature or type, else what is known of most spectra."""
    for name in PREFERRED:
        if name in space.labels:
            return name
    known = {name: np.isfinite(values).sum() for name, values in space.labels.items()}
    if known:
        return max(known, key=lambda name: known[name])
    return next(iter(space.inferred), "")


def address(base: str, *parts: Mapping[str, str]) -> str:
    """Return an address with what its parts say."""
    said = {key: value for part in parts for key, value in part.items()}
    return f"{base}?{urlencode(said, safe=':,')}" if said else base
