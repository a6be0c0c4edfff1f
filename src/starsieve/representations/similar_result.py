"""Spectra like a query, how alike they are, and where they differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from starsieve.data import Spectrum
from starsieve.errors import Failure
from starsieve.representations.differences import Difference, Overlay

By = Literal["latent", "spectrum", "both"]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbour:
    """A spectrum that is like the query.

    Parameters
    ----------
    id : int
    file, object : str
        ``""`` where not known.
    distance : float
        As `Similar.definition` says.
    labels : mapping of str to float
        Those that are known.
    latent_distance, spectrum_distance : float, optional
        Both kinds, where both were measured.
    velocity : float, optional
        km/s by which the query recedes relative to it.
    scale : float, optional
        Flux of the query over its own, each in its own unit.
    n_common : int
        Pixels compared; 0 if spectra were not compared.
    common_um : (float, float), optional
        First and last wavelength of them.
    differences : tuple of Difference
        Where the two differ most.
    overlay : Overlay, optional
    """

    id: int
    file: str
    object: str
    distance: float
    labels: Mapping[str, float] = field(default_factory=dict)
    latent_distance: float | None = None
    spectrum_distance: float | None = None
    velocity: float | None = None
    scale: float | None = None
    n_common: int = 0
    common_um: tuple[float, float] | None = None
    differences: tuple[Difference, ...] = ()
    overlay: Overlay | None = None

    @property
    def title(self) -> str:
        """The object's name, or whatever else names the spectrum."""
        return self.object or Path(self.file).name or f"spectrum {self.id}"

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "id": self.id,
            "file": self.file,
            "object": self.object,
            "distance": self.distance,
            "latent_distance": self.latent_distance,
            "spectrum_distance": self.spectrum_distance,
            "labels": dict(self.labels),
            "velocity_km_s": self.velocity,
            "scale": self.scale,
            "n_common": self.n_common,
            "common_um": None if self.common_um is None else list(self.common_um),
            "differences": [each.to_record() for each in self.differences],
        }


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Similar(Sequence[Neighbour]):
    """The neighbours of a query, the nearest first.

    Parameters
    ----------
    query : str
        Its file, object or number.
    spectrum : Spectrum
        As it was asked with.
    neighbours : tuple of Neighbour
    by : {"latent", "spectrum", "both"}
    definition : str
        What the distance is.
    collection, model : str
        Where they were looked for, and by whose latents; ``""`` if there is none.
    n_compared : int
        Spectra that could have been found.
    notes : tuple of str
        What was assumed or left out.
    failures : tuple of Failure
        Spectra that could not be compared, and why.
    """

    query: str
    spectrum: Spectrum
    neighbours: tuple[Neighbour, ...]
    by: By
    definition: str
    collection: str = ""
    model: str = ""
    n_compared: int = 0
    notes: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()

    def __len__(self) -> int:
        return len(self.neighbours)

    def __getitem__(self, number: Any) -> Any:
        return self.neighbours[number]

    def __iter__(self) -> Iterator[Neighbour]:
        return iter(self.neighbours)

    def __repr__(self) -> str:
        return f"<Similar: {len(self)} of {self.n_compared} spectra like {self.query}>"

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(HEADINGS, *self.cells(), strict=True)]
        rows = [HEADINGS, *self.cells()]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join([*lines, f"distance: {self.definition}"])

    def cells(self) -> list[tuple[str, ...]]:
        """Return a row of text for each neighbour, under `HEADINGS`."""
        return [_cells(each) for each in self.neighbours]

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "query": self.query,
            "collection": self.collection,
            "by": self.by,
            "model": self.model,
            "definition": self.definition,
            "n_compared": self.n_compared,
            "neighbours": [each.to_record() for each in self.neighbours],
            "notes": list(self.notes),
        }


HEADINGS = ("id", "object", "distance", "velocity (km/s)", "labels", "differs in")


def _cells(each: Neighbour) -> tuple[str, ...]:
    labels = ", ".join(f"{name} {value:.4g}" for name, value in each.labels.items())
    velocity = "" if each.velocity is None else f"{each.velocity:.1f}"
    why = "; ".join(map(str, each.differences))
    return (str(each.id), each.title, f"{each.distance:.3f}", velocity, labels, why)
