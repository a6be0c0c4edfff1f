"""The list of stars: by name, number or place, with what the archive has of each."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from starsieve.web.answers import (
    CSV,
    VOTABLE,
    csv_answer,
    json_answer,
    votable_answer,
)
from starsieve.web.dependencies import Archived, Options
from starsieve.web.lists.targets import (
    SORTED,
    TargetListQuery,
    TargetQuery,
    read_targets,
    target_facet,
)
from starsieve.web.pages import render

router = APIRouter(tags=["stars"])

Listed = Annotated[TargetListQuery, Query()]
Asked = Annotated[TargetQuery, Query()]


@router.get("/targets", include_in_schema=False)
def targets_page(request: Request, query: Listed) -> Response:
    """Show stars."""
    archive = request.app.state.archive
    found = read_targets(archive, query, query.size, (query.page - 1) * query.size)
    return render(
        request,
        "lists/targets.html",
        query=query,
        found=found,
        facet=target_facet(archive, query),
        sort=_sort(query),
        page={
            "number": query.page,
            "size": query.size,
            "total": found.page.total,
            "url": lambda number: query.address(page=number),
        },
    )


@router.get("/targets.json")
def targets_json(archive: Archived, query: Listed) -> Response:
    """Return stars, how many there are, and of how many the archive has what."""
    found = read_targets(archive, query, query.size, (query.page - 1) * query.size)
    facet = target_facet(archive, query)
    return json_answer(
        {
            "page": query.page,
            "size": query.size,
            "total": found.page.total,
            "exact": found.page.exact,
            "facets": {
                "has": {choice.words.replace(" ", "_"): choice.n for choice in facet.choices}
            },
            "targets": found.table.rows,
        }
    )


@router.get("/targets.csv", responses=CSV)
def targets_csv(archive: Archived, options: Options, query: Asked) -> Response:
    """Return all stars that are asked for as CSV."""
    return csv_answer(read_targets(archive, query, options.max_rows).table)


@router.get("/targets.vot", responses=VOTABLE)
def targets_votable(archive: Archived, options: Options, query: Asked) -> Response:
    """Return all stars that are asked for as VOTable."""
    return votable_answer(read_targets(archive, query, options.max_rows).table)


def _sort(query: TargetQuery) -> dict[str, Any]:
    by_column = {column: by for by, column in SORTED.items()}
    return {
        "by": SORTED[query.by],
        "descending": query.descending,
        "able": () if query.near.strip() else tuple(by_column),
        "url": lambda column: query.sorted_by(by_column[column]),
    }
