"""Latent spaces: which there are, the map, the sliders, and what latents mean."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from starsieve.plots.interactive.style import as_json
from starsieve.representations.latent_map import LatentMap
from starsieve.web.answers import CSV, VOTABLE, csv_answer, json_answer, votable_answer
from starsieve.web.dependencies import Archived, Theme
from starsieve.web.latents.meaning import information_table, scores_table
from starsieve.web.latents.opened import get_map, get_meaning, get_observed, get_outliers
from starsieve.web.latents.page import describe, page_context
from starsieve.web.latents.state import (
    AxisName,
    CollectionName,
    ColourName,
    Coordinate,
    Edge,
    MapChoice,
    ModelName,
    Moved,
    Position,
    Start,
    StatisticName,
    read_window,
)
from starsieve.web.latents.tables import spaces_table
from starsieve.web.latents.views import (
    decode,
    draw_information,
    draw_map,
    draw_spectrum,
    draw_traversal,
    move_map,
    nearest,
)
from starsieve.web.pages import render

router = APIRouter(tags=["latent space"])

SPACE = "/latents/{collection}/{model}"
A_MINUTE = {"cache-control": "private, max-age=60"}

Neighbours = Annotated[int, Query(ge=0, le=50, description="Real spectra to name.")]
Outliers = Annotated[bool, Query(description="Point out spectra unlike all others.")]
Number = Annotated[int, Query(ge=1, le=2**53, description="Of a spectrum.")]
Latent = Annotated[int, Query(ge=0, le=100_000)]


def _spaces(archive: Archived) -> Any:
    return spaces_table(archive.embeddings.list())


@router.get("/latents", include_in_schema=False)
def spaces_page(request: Request, archive: Archived) -> Response:
    """Show which collections are encoded by which models."""
    table = _spaces(archive)
    names = [each.name for each in archive.collections.list() if each.kind != "light curves"]
    return render(request, "latents/list.html", table=table, collections=names)


@router.get("/latents.json")
def spaces_json(archive: Archived) -> Response:
    """List the latent spaces of the archive."""
    return json_answer({"spaces": _spaces(archive).rows})


@router.get("/latents.csv", responses=CSV)
def spaces_csv(archive: Archived) -> Response:
    """List the latent spaces of the archive, as CSV."""
    return csv_answer(_spaces(archive))


@router.get("/latents.vot", responses=VOTABLE)
def spaces_votable(archive: Archived) -> Response:
    """List the latent spaces of the archive, as VOTable."""
    return votable_answer(_spaces(archive))


@router.get(SPACE + ".json")
def space_json(
    archive: Archived, collection: CollectionName, model: ModelName, start: Start = None,
    moved: Moved = "",
) -> Response:  # fmt: skip
    """Describe a latent space: its latents and their ranges, axes, labels, and what is near."""
    latent_map = get_map(archive, collection, model)
    position = Position.read(start, moved)
    return json_answer(describe(archive, latent_map, position))


@router.get(SPACE + "/map.json")
def map_json(
    archive: Archived, collection: CollectionName, model: ModelName, x: AxisName = "",
    y: AxisName = "", colour: ColourName = "", statistic: StatisticName = "median",
    start: Start = None, moved: Moved = "", outliers: Outliers = False, theme: Theme = "light",
) -> Response:  # fmt: skip
    """Return the map as a Bokeh figure: points, or the density where spectra are many."""
    latent_map = get_map(archive, collection, model)
    choice = MapChoice.choose(latent_map, x, y, colour, statistic)
    known = get_outliers(archive, latent_map.space) if outliers else None
    figure = draw_map(latent_map, choice, Position.read(start, moved), known, theme)
    return _figure(figure, theme)


@router.get(SPACE + "/window.json")
def window_json(
    archive: Archived, collection: CollectionName, model: ModelName, x: AxisName = "",
    y: AxisName = "", colour: ColourName = "", statistic: StatisticName = "median",
    x_low: Edge = None, x_high: Edge = None, y_low: Edge = None, y_high: Edge = None,
) -> Response:  # fmt: skip
    """Return what a window of the map shows, as a patch of its figure."""
    latent_map = get_map(archive, collection, model)
    choice = MapChoice.choose(latent_map, x, y, colour, statistic)
    window = read_window((x_low, x_high, y_low, y_high))
    return _quick(move_map(latent_map, choice, window))


@router.get(SPACE + "/place.json")
def place_json(
    archive: Archived, collection: CollectionName, model: ModelName, at_x: Coordinate,
    at_y: Coordinate, x: AxisName = "", y: AxisName = "", x_low: Edge = None,
    x_high: Edge = None, y_low: Edge = None, y_high: Edge = None,
) -> Response:  # fmt: skip
    """Return the spectrum that the map shows nearest to a place."""
    latent_map = get_map(archive, collection, model)
    choice = MapChoice.choose(latent_map, x, y, "none", "median")
    window = read_window((x_low, x_high, y_low, y_high)) or latent_map.window(choice.x, choice.y)
    row = latent_map.nearest_row(choice.x, choice.y, (at_x, at_y), window)
    found = latent_map.space.near(row)
    return json_answer({"id": found.id, "object": found.object, "labels": found.labels})


@router.get(SPACE + "/decode.json")
def decode_json(
    archive: Archived, collection: CollectionName, model: ModelName, start: Start = None,
    moved: Moved = "", x: AxisName = "", y: AxisName = "", neighbours: Neighbours = 6,
) -> Response:  # fmt: skip
    """Return the spectrum that a position of the sliders decodes to, and what is near.

    `flux` belongs to `wave` of spectrum.json: relative, of a median of about 1, null where the
    model can't say.
    """
    latent_map = get_map(archive, collection, model)
    choice = MapChoice.choose(latent_map, x, y, "none", "median")
    position = Position.read(start, moved)
    return _quick(decode(archive, latent_map, choice, position, neighbours), A_MINUTE)


@router.get(SPACE + "/neighbours.json")
def neighbours_json(
    archive: Archived, collection: CollectionName, model: ModelName, start: Start = None,
    moved: Moved = "", x: AxisName = "", y: AxisName = "", neighbours: Neighbours = 10,
) -> Response:  # fmt: skip
    """Return the real spectra nearest to a position; a spectrum itself is not among its own."""
    latent_map = get_map(archive, collection, model)
    choice = MapChoice.choose(latent_map, x, y, "none", "median")
    position = Position.read(start, moved)
    own = position.start is not None and not position.moved
    of = position.start if own and position.start else position.point(latent_map.space)
    return json_answer(nearest(latent_map, choice, of, neighbours))


@router.get(SPACE + "/observed.json")
def observed_json(
    archive: Archived, collection: CollectionName, model: ModelName, number: Number
) -> Response:
    """Return a real spectrum as the model sees it: on its grid, at rest, of a median of about 1."""
    space = get_map(archive, collection, model).space
    flux = get_observed(archive, space, number)
    return json_answer({"id": number, "flux": flux.round(5)}, headers=A_MINUTE)


@router.get(SPACE + "/spectrum.json")
def spectrum_json(
    archive: Archived, collection: CollectionName, model: ModelName, start: Start = None,
    moved: Moved = "", theme: Theme = "light",
) -> Response:  # fmt: skip
    """Return the decoded spectrum as a Bokeh figure, with the start and the nearest real one."""
    latent_map = get_map(archive, collection, model)
    position = Position.read(start, moved)
    return _figure(draw_spectrum(archive, latent_map, position, theme), theme)


@router.get(SPACE + "/traversal.json")
def traversal_json(
    archive: Archived, collection: CollectionName, model: ModelName, latent: Latent = 0,
    start: Start = None, moved: Moved = "", theme: Theme = "light",
) -> Response:  # fmt: skip
    """Return a Bokeh figure of what one latent does to the spectrum while all others stay."""
    space = get_map(archive, collection, model).space
    position = Position.read(start, moved)
    return _figure(draw_traversal(archive, space, position, latent, theme), theme)


@router.get(SPACE + "/meaning.json")
def meaning_json(archive: Archived, collection: CollectionName, model: ModelName) -> Response:
    """Return what the newest run found latents to mean: information on labels, and scores."""
    tables = get_meaning(archive, get_map(archive, collection, model).space)
    if tables is None:
        return json_answer({"run": None})
    return json_answer(
        {
            "run": tables.run,
            "ended": tables.ended,
            "is_old": tables.is_old,
            "n_spectra": tables.n_spectra,
            "information": information_table(tables).rows,
            "scores": scores_table(tables).rows,
        }
    )


@router.get(SPACE + "/meaning-figure.json")
def meaning_figure(
    archive: Archived, collection: CollectionName, model: ModelName, theme: Theme = "light"
) -> Response:
    """Return maps of the mutual information of latents and labels as a Bokeh figure."""
    tables = get_meaning(archive, get_map(archive, collection, model).space)
    if tables is None:
        return json_answer({"error": "No run has looked at what these latents mean yet."}, 404)
    return _figure(draw_information(tables, theme), theme)


@router.get(SPACE, include_in_schema=False)
def space_page(
    request: Request, archive: Archived, collection: CollectionName, model: ModelName,
    x: AxisName = "", y: AxisName = "", colour: ColourName = "",
    statistic: StatisticName = "median", start: Start = None, moved: Moved = "",
    outliers: Outliers = False, all: Annotated[bool, Query()] = False,
) -> Response:  # fmt: skip
    """Show the map, the sliders, the spectrum, and what latents mean."""
    latent_map: LatentMap = get_map(archive, collection, model)
    choice = MapChoice.choose(latent_map, x, y, colour, statistic)
    position = Position.read(start, moved)
    context = page_context(archive, latent_map, choice, position, outliers=outliers, all=all)
    return render(request, "latents/space.html", figures=True, **context)


def _figure(figure: Any, theme: Theme) -> Response:
    return _quick(as_json(figure, theme))


def _quick(data: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """Return JSON of data that holds nothing but what JSON knows: looking through it takes long."""
    content = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return Response(content, media_type="application/json", headers=headers)
