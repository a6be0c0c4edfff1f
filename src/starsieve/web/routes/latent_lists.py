"""Spectra of a latent space as tables: all of them, or those in a window of its map."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from fastapi import APIRouter, Request, Response

from starsieve.representations.latent_map import LatentMap, Window
from starsieve.web.answers import CSV, VOTABLE, csv_answer, json_answer, votable_answer
from starsieve.web.dependencies import Archived, Options, PageNumber, PageSize
from starsieve.web.latents.opened import get_map
from starsieve.web.latents.state import (
    AxisName,
    CollectionName,
    Edge,
    MapChoice,
    ModelName,
    address,
    read_window,
)
from starsieve.web.latents.tables import shown_table, spectra_table
from starsieve.web.pages import render
from starsieve.web.tables import WebTable

router = APIRouter(tags=["latent space"])

SPACE = "/latents/{collection}/{model}"
LIST = SPACE + "/spectra"


@dataclass(frozen=True, slots=True)
class Region:
    """Spectra in a window of a map; all of a space where there is no window.

    Parameters
    ----------
    latent_map : LatentMap
    choice : MapChoice
    window : (float, float, float, float), optional
    """

    latent_map: LatentMap
    choice: MapChoice
    window: Window | None

    @property
    def rows(self) -> "np.typing.NDArray[np.int64]":
        """Rows of the space."""
        if self.window is None:
            return np.arange(len(self.latent_map.space))
        return self.latent_map.rows_within(self.choice.x, self.choice.y, self.window)

    def query(self) -> Mapping[str, str]:
        """Return what an address says of it."""
        if self.window is None:
            return {}
        names = ("x_low", "x_high", "y_low", "y_high")
        edges = {name: f"{edge:.9g}" for name, edge in zip(names, self.window, strict=True)}
        return {"x": self.choice.x, "y": self.choice.y} | edges

    def table(self, rows: "np.typing.NDArray[np.int64]") -> WebTable:
        """Return some of its rows with latents, labels and what models infer."""
        space = self.latent_map.space
        where = "" if self.window is None else "-window"
        return spectra_table(space, rows, f"{space.collection}-{space.model}{where}")


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, as templates page through it."""

    number: int
    size: int
    total: int
    base: str
    query: Mapping[str, str]

    def url(self, number: int) -> str:
        """Return the address of another part."""
        return address(self.base, self.query, {"page": str(number), "size": str(self.size)})


def _region(
    archive: Archived, collection: str, model: str, x: str, y: str,
    edges: tuple[float | None, ...],
) -> Region:  # fmt: skip
    latent_map = get_map(archive, collection, model)
    choice = MapChoice.choose(latent_map, x, y, "none", "median")
    return Region(latent_map, choice, read_window(edges))


@router.get(LIST, include_in_schema=False)
def list_page(
    request: Request, archive: Archived, collection: CollectionName, model: ModelName,
    x: AxisName = "", y: AxisName = "", x_low: Edge = None, x_high: Edge = None,
    y_low: Edge = None, y_high: Edge = None, number: PageNumber = 1, size: PageSize = 50,
) -> Response:  # fmt: skip
    """Show the spectra in a window of the map, page by page."""
    region = _region(archive, collection, model, x, y, (x_low, x_high, y_low, y_high))
    rows, base = region.rows, LIST.format(collection=collection, model=model)
    page = Page(number, size, len(rows), base, region.query())
    space, here = region.latent_map.space, rows[(number - 1) * size : number * size]
    return render(
        request,
        "latents/spectra.html",
        space=space,
        table=shown_table(space, region.table(here)),
        page=page,
        region=region,
        axes=[region.latent_map.axis(name).label for name in (region.choice.x, region.choice.y)],
        csv=address(f"{base}.csv", region.query()),
        votable=address(f"{base}.vot", region.query()),
        up=base.removesuffix("/spectra"),
    )


@router.get(LIST + ".json")
def list_json(
    archive: Archived, collection: CollectionName, model: ModelName, x: AxisName = "",
    y: AxisName = "", x_low: Edge = None, x_high: Edge = None, y_low: Edge = None,
    y_high: Edge = None, number: PageNumber = 1, size: PageSize = 50,
) -> Response:  # fmt: skip
    """List the spectra in a window of the map with latents and labels, page by page."""
    region = _region(archive, collection, model, x, y, (x_low, x_high, y_low, y_high))
    rows = region.rows
    table = region.table(rows[(number - 1) * size : number * size])
    return json_answer(
        {"total": len(rows), "page": number, "size": size, "spectra": list(table.rows)}
    )


@router.get(LIST + ".csv", responses=CSV)
def list_csv(
    archive: Archived, options: Options, collection: CollectionName, model: ModelName,
    x: AxisName = "", y: AxisName = "", x_low: Edge = None, x_high: Edge = None,
    y_low: Edge = None, y_high: Edge = None,
) -> Response:  # fmt: skip
    """Return the spectra in a window of the map with latents and labels, as CSV."""
    region = _region(archive, collection, model, x, y, (x_low, x_high, y_low, y_high))
    return csv_answer(region.table(region.rows[: options.max_rows]))


@router.get(LIST + ".vot", responses=VOTABLE)
def list_votable(
    archive: Archived, options: Options, collection: CollectionName, model: ModelName,
    x: AxisName = "", y: AxisName = "", x_low: Edge = None, x_high: Edge = None,
    y_low: Edge = None, y_high: Edge = None,
) -> Response:  # fmt: skip
    """Return the spectra in a window of the map with latents and labels, as VOTable."""
    region = _region(archive, collection, model, x, y, (x_low, x_high, y_low, y_high))
    return votable_answer(region.table(region.rows[: options.max_rows]))


@router.get(SPACE + ".csv", responses=CSV)
def space_csv(
    archive: Archived, options: Options, collection: CollectionName, model: ModelName
) -> Response:
    """Return the spectra of a latent space with latents and labels, as CSV."""
    region = _region(archive, collection, model, "", "", ())
    return csv_answer(region.table(region.rows[: options.max_rows]))


@router.get(SPACE + ".vot", responses=VOTABLE)
def space_votable(
    archive: Archived, options: Options, collection: CollectionName, model: ModelName
) -> Response:
    """Return the spectra of a latent space with latents and labels, as VOTable."""
    region = _region(archive, collection, model, "", "", ())
    return votable_answer(region.table(region.rows[: options.max_rows]))
