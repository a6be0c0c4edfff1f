"""The list of spectra: narrowed, sorted, a page at a time, or as a table to take away."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from starsieve.web.answers import (
    CSV,
    VOTABLE,
    csv_answer,
    json_answer,
    votable_answer,
)
from starsieve.web.dependencies import Archived, Options, Spectra
from starsieve.web.lists.facets import (
    describe_quantity,
    narrowed_by,
    ranges_are_possible,
    spectrum_facets,
)
from starsieve.web.lists.spectra import read_list, show_label, show_predicted, title_of
from starsieve.web.lists.spectrum_query import SpectrumListQuery, SpectrumQuery
from starsieve.web.pages import render

router = APIRouter(tags=["spectra"])

Listed = Annotated[SpectrumListQuery, Query()]
Asked = Annotated[SpectrumQuery, Query()]


@router.get("/spectra", include_in_schema=False)
def spectra_page(request: Request, query: Listed) -> Response:
    """Show spectra, with what they can be narrowed to."""
    asked = query.with_range()
    if query.was_typed:  # so that the address says what is meant, and nothing twice
        return RedirectResponse(asked.address(), 303)
    found = read_list(
        request.app.state.archive, request.app.state.spectra, asked, asked.size, asked.offset
    )
    return render(
        request,
        "lists/spectra.html",
        query=asked,
        found=found,
        page={
            "number": asked.page,
            "size": asked.size,
            "total": found.counts.total,
            "url": lambda number: asked.address(page=number),
        },
        facets=spectrum_facets(asked, found.counts),
        narrowed=narrowed_by(asked),
        possible=ranges_are_possible(asked),
        show_label=show_label,
        show_predicted=show_predicted,
        title_of=title_of,
        sorted_words=describe_quantity(asked.sort.removeprefix("-")),
    )


@router.get("/spectra.json")
def spectra_json(archive: Archived, spectra: Spectra, query: Listed) -> Response:
    """Return spectra, how many there are, and how many there would be of each kind."""
    asked = query.with_range()
    found = read_list(archive, spectra, asked, asked.size, asked.offset)
    return json_answer(
        {
            "page": asked.page,
            "size": asked.size,
            "total": found.counts.total,
            "facets": {
                "collection": found.counts.collections,
                "medium": found.counts.media,
                "frame": found.counts.frames,
                "model": found.counts.models,
                "in_distribution": {
                    str(value).lower(): n for value, n in found.counts.in_distribution.items()
                },
            },
            "spectra": found.to_records(),
        }
    )


@router.get("/spectra.csv", responses=CSV)
def spectra_csv(archive: Archived, spectra: Spectra, options: Options, query: Asked) -> Response:
    """Return all spectra that are asked for as CSV, with labels and parameters."""
    return csv_answer(read_list(archive, spectra, query, options.max_rows).table)


@router.get("/spectra.vot", responses=VOTABLE)
def spectra_votable(
    archive: Archived, spectra: Spectra, options: Options, query: Asked
) -> Response:
    """Return all spectra that are asked for as VOTable, with labels and parameters."""
    return votable_answer(read_list(archive, spectra, query, options.max_rows).table)
