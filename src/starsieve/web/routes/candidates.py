"""Candidates: their list, and the page of each."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from starsieve.transits.sheet import EXOFOP, MAST
from starsieve.transits.verdicts import CLASSES
from starsieve.web.answers import (
    CSV,
    VOTABLE,
    csv_answer,
    json_answer,
    votable_answer,
)
from starsieve.web.dependencies import Archived, Errandry, Options
from starsieve.web.pages import render
from starsieve.web.planets import listing
from starsieve.web.planets.asked import Asked, Listed
from starsieve.web.planets.candidate import (
    CandidatePage,
    check_facts,
    figure_facts,
    parameter_table,
    read_candidate,
)
from starsieve.web.planets.columns import (
    BY_NAME,
    COLUMNS,
    MORE_RANGES,
    RANGED,
    choose,
    for_people,
)
from starsieve.web.planets.star import parameter_table as star_table
from starsieve.web.planets.view import find_candidate

router = APIRouter(tags=["planets"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Of the candidate, in the archive.")]


@router.get("/candidates", include_in_schema=False)
def candidates_page(
    request: Request, archive: Archived, asked: Annotated[Listed, Query()]
) -> Response:
    """Show the table of candidates."""
    page = listing.read_listing(archive, asked)
    return render(
        request,
        "planets/candidates.html",
        asked=asked,
        defaults=Asked(),
        table=listing.page_table(page.rows, asked),
        page=listing.Pager(asked, page.total),
        total=page.total,
        facets=listing.facets(page, asked),
        facet_titles=listing.FACET_TITLES,
        sort=listing.sorting(asked),
        models=listing.score_models(archive),
        columns=COLUMNS,
        shown={column.name for column in choose(asked.columns)},
        ranged=[for_people(BY_NAME[name]) for name in RANGED],
        more_ranges=[for_people(BY_NAME[name]) for name in MORE_RANGES],
        ranges=asked.ranges,
        is_narrowed=asked.address("", without=("sort", "order", "columns", "size")) != "",
        here=asked.address("", without=("size",)),
        files=asked.address("", without=("columns", "size")),
    )


@router.get("/candidates.json")
def candidates_list(archive: Archived, asked: Annotated[Listed, Query()]) -> Response:
    """Return candidates, and how many there are of each list, disposition and verdict."""
    page = listing.read_listing(archive, asked)
    return json_answer(
        {
            "page": asked.page,
            "size": asked.size,
            "total": page.total,
            "facets": page.facets,
            "models": dict(listing.score_models(archive)),
            "candidates": page.rows,
        }
    )


@router.get("/candidates.csv", responses=CSV)
def candidates_csv(
    archive: Archived, options: Options, asked: Annotated[Asked, Query()]
) -> Response:
    """Return all candidates that are asked for as CSV, with the columns chosen, or all."""
    return csv_answer(listing.file_table(archive, asked, options.max_rows))


@router.get("/candidates.vot", responses=VOTABLE)
def candidates_votable(
    archive: Archived, options: Options, asked: Annotated[Asked, Query()]
) -> Response:
    """Return all candidates that are asked for as VOTable, with the columns chosen, or all."""
    return votable_answer(listing.file_table(archive, asked, options.max_rows))


@router.get("/candidates/{number:int}", include_in_schema=False)
def candidate_page(
    request: Request,
    archive: Archived,
    errands: Errandry,
    number: Number,
    asked: Annotated[Asked, Query()],
) -> Response:
    """Show a candidate and all that is known of it."""
    page = read_candidate(archive, number, asked)
    found = find_candidate(archive, errands, page.row) if page.n_light_curves else None
    seen = found or {}
    labels = archive.labels.of_target(page.row.target)
    tic = page.target.tic
    return render(
        request,
        "planets/candidate.html",
        figures=bool(page.n_light_curves) or any(each.weighted for each in page.judged),
        page=page,
        row=page.row,
        seen=seen,
        looked=found is not None,
        carried=asked.address("", without=listing.NOT_CARRIED),
        list_url=_list_url(page, asked),
        classes=CLASSES,
        parameters=parameter_table(page.row, seen),
        checks=check_facts(page.row, seen),
        facts=figure_facts(page.row, seen),
        stars=star_table(labels),
        listed_star=page.listed_star,
        extra=page.extra,
        links=[]
        if tic is None
        else [("ExoFOP", EXOFOP.format(tic=tic)), ("MAST", MAST.format(tic=tic))],
    )


@router.get("/candidates/{number:int}.json")
def candidate_record(archive: Archived, errands: Errandry, number: Number) -> Response:
    """Return all that is known of a candidate; `seen` once its light curves are looked at."""
    page = read_candidate(archive, number, Asked())
    seen = find_candidate(archive, errands, page.row) if page.n_light_curves else None
    return json_answer(page.to_record() | {"seen": seen})


def _list_url(page: CandidatePage, asked: Asked) -> str:
    """Return the address of the page of the list that a candidate stands on."""
    size = Listed.model_fields["size"].default
    return asked.address(listing.PATH, page=(page.neighbours.place - 1) // size + 1)
