"""A list of stars: as its address says it, and as rows for pages, programs and files."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from starsieve.archive import Archive
from starsieve.archive.paging import Page
from starsieve.archive.search_words import USUAL_RADIUS, read_cone
from starsieve.archive.target_filters import (
    LARGEST_RADIUS,
    Cone,
    TargetFilter,
    TargetOrderedBy,
    TargetRow,
)
from starsieve.archive.target_lists import count_targets, list_targets
from starsieve.errors import DataError
from starsieve.web.cached import Cached
from starsieve.web.lists.facets import Choice, Facet
from starsieve.web.lists.spectrum_query import address
from starsieve.web.tables import Column, WebTable

Thing = Literal["light_curves", "candidates", "spectra"]
LABELS = ("tmag", "teff", "radius")
"""Of the TESS Input Catalog, if the archive has that."""

COLUMNS = (
    Column("id", "number", meaning="Number in the archive", ucd="meta.id;meta.main"),
    Column("name", "star", ucd="meta.id"),
    Column("tic", "TIC", meaning="Number in the TESS Input Catalog", ucd="meta.id"),
    Column("gaia", "Gaia", meaning="Source number of Gaia", ucd="meta.id"),
    Column("kic", "KIC", meaning="Number in the Kepler Input Catalog", ucd="meta.id"),
    Column("ra", "RA", "deg", "Right ascension, ICRS", 5, "pos.eq.ra;meta.main"),
    Column("dec", "Dec", "deg", "Declination, ICRS", 5, "pos.eq.dec;meta.main"),
    Column("tmag", "Tmag", "mag", "TESS magnitude", 2),
    Column("teff", "teff", "K", "Effective temperature", 0),
    Column("radius", "radius", "solRad", "Radius", 2),
    Column("n_candidates", "candidates", meaning="Possible planets"),
    Column("n_light_curves", "light curves"),
    Column("n_spectra", "spectra"),
    Column("distance_arcsec", "distance", "arcsec", "From the place that was asked for", 1),
)
SORTED = {
    "number": "id",
    "name": "name",
    "tic": "tic",
    "ra": "ra",
    "dec": "dec",
    "candidates": "n_candidates",
    "light_curves": "n_light_curves",
    "spectra": "n_spectra",
}
"""What stars may be sorted by, and the column that shows it."""


_counts: Cached[dict[str, int]] = Cached(256)


class TargetQuery(BaseModel):
    """Which stars are meant, and in which order."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    q: Annotated[str, StringConstraints(max_length=200)] = Field(
        "", description="A part of the name, or a TIC, Gaia or KIC number."
    )
    near: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description='Around coordinates: "84.29 -80.47" (degree), or sexagesimal.'
    )
    radius: float = Field(
        USUAL_RADIUS, gt=0, le=LARGEST_RADIUS, description="Around near, in arcsecond."
    )
    has: list[Thing] = Field([], max_length=3, description="What the archive has of them.")
    sort: Annotated[
        str, StringConstraints(max_length=20, pattern=rf"^-?(?:{'|'.join(SORTED)})$")
    ] = Field("number", description=f"{', '.join(SORTED)}; - turns it round.")

    @field_validator("radius", mode="before")
    @classmethod
    def _usual_if_empty(cls, value: Any) -> Any:
        return USUAL_RADIUS if value == "" else value

    def to_filter(self) -> TargetFilter:
        """Return which stars are meant.

        Raises
        ------
        DataError
            If what should be coordinates is none.
        """
        return TargetFilter(
            text=self.q.strip(), cone=self._cone(), has=tuple(sorted(set(self.has)))
        )

    @property
    def by(self) -> TargetOrderedBy:
        """What they are sorted by."""
        return self.sort.removeprefix("-")  # type: ignore[return-value]

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self.sort.startswith("-")

    def address(self, path: str = "/targets", **changes: Any) -> str:
        """Return where the list is, with some things changed; None leaves one out."""
        given = self.model_dump(exclude_defaults=True, exclude={"page"}) | changes
        return address(path, {n: given[n] for n in type(self).model_fields if n in given})

    def sorted_by(self, by: str) -> str:
        """Return where the list is, sorted by something; most first where things are counted."""
        turned = {by: f"-{by}", f"-{by}": by}.get(self.sort)
        return self.address(sort=turned or (f"-{by}" if by in Thing.__args__ else by))  # type: ignore[attr-defined]

    def _cone(self) -> Cone | None:
        if not self.near.strip():
            return None
        cone = read_cone(self.near)
        if cone is None:
            msg = (
                f"{self.near!r} is no place on the sky. Give right ascension and declination, as "
                "84.29 -80.47 in degree, or 05:37:10 -80:28:09."
            )
            raise DataError(msg)
        if "radius" in self.model_fields_set:
            return Cone(cone.ra, cone.dec, self.radius)
        return cone


class TargetListQuery(TargetQuery):
    """The same, a page at a time."""

    page: int = Field(1, ge=1, le=1_000_000, description="From 1.")
    size: int = Field(50, ge=1, le=500, description="Rows of a page.")


@dataclass(frozen=True, slots=True)
class TargetList:
    """Some of the stars that are asked for, and how many of all have what."""

    query: TargetQuery
    page: Page[TargetRow]

    @property
    def table(self) -> WebTable:
        """A row for each star, for files."""
        rows = [_cells(row) for row in self.page.rows]
        near = bool(self.query.near.strip())
        return WebTable("stars", [c for c in COLUMNS if near or c.name != "distance_arcsec"], rows)

    @property
    def shown(self) -> WebTable:
        """The same without what nobody knows of any of them, the name first."""
        table = self.table
        known = [
            column
            for column in table.columns
            if any(row.get(column.name) not in (None, 0) for row in table.rows)
        ]
        first = [column for column in known if column.name == "name"]
        others = [column for column in known if column.name not in ("name", "id")]
        number = [column for column in known if column.name == "id"]
        return WebTable("stars", [*first, *others, *number], table.rows)


def read_targets(archive: Archive, query: TargetQuery, limit: int, offset: int = 0) -> TargetList:
    """Return some of the stars that a query means.

    Raises
    ------
    DataError
        If what should be coordinates is none.
    """
    page = list_targets(
        archive,
        query.to_filter(),
        query.by,
        descending=query.descending,
        labels=LABELS,
        limit=limit,
        offset=offset,
    )
    return TargetList(query, page)


def target_facet(archive: Archive, query: TargetQuery) -> Facet:
    """Return what the archive may have of stars, and of how many."""
    asked = query.to_filter()
    state = (str(archive.root), archive.catalogue.stamp(), asked)
    counts = _counts.get(state, lambda: count_targets(archive, asked))
    choices = []
    for thing, n in counts.items():
        chosen = thing in query.has
        others = [each for each in query.has if each != thing]
        href = query.address(has=others if chosen else [*others, thing])
        choices.append(Choice(thing.replace("_", " "), n, href, chosen))
    return Facet("The archive has", tuple(choices))


def _cells(row: TargetRow) -> dict[str, Any]:
    star = row.target
    cells: dict[str, Any] = {
        name: getattr(star, name) for name in ("id", "name", "tic", "gaia", "kic", "ra", "dec")
    }
    cells |= {name: getattr(row, name) for name in ("n_candidates", "n_light_curves", "n_spectra")}
    cells |= {name: label.value for name, label in row.labels.items()}
    return cells | {"distance_arcsec": row.distance_arcsec, "href": f"/targets/{star.id}"}
