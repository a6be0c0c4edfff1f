"""The search box: names, numbers, places, files; what is the only thing meant is opened at once."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from starsieve.archive import Archive
from starsieve.archive.search import SearchResult, search_archive
from starsieve.archive.spectrum_index import SpectrumIndex
from starsieve.learn.library import PRETRAINED
from starsieve.web.answers import json_answer
from starsieve.web.dependencies import Archived, Spectra
from starsieve.web.lists.hits import by_kind, href_of, more_of, to_record
from starsieve.web.pages import render

router = APIRouter(tags=["search"])

Words = Annotated[
    str,
    Query(
        alias="q",
        max_length=200,
        description="A name or a part of one, TIC 25155310, TOI-270.01, KIC, Gaia, coordinates "
        "with or without a radius, the name of a file, spectrum 17, run 3.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=100, description="Hits of each kind.")]

SHOWN = 10


@router.get("/search", include_in_schema=False)
def search_page(request: Request, archive: Archived, spectra: Spectra, q: Words = "") -> Response:
    """Show what is found, or the only thing that is meant."""
    result = _search(archive, spectra, q, SHOWN)
    if result.sole is not None:
        return RedirectResponse(href_of(result.sole), 303)
    return render(
        request,
        "lists/search.html",
        result=result,
        groups=by_kind(result.hits),
        more=more_of(result),
        href_of=href_of,
    )


@router.get("/search.json")
def search_json(
    archive: Archived, spectra: Spectra, q: Words = "", limit: Limit = SHOWN
) -> Response:
    """Return what is found, what is just meant first, and what the words were taken for."""
    result = _search(archive, spectra, q, limit)
    return json_answer(
        {
            "query": q,
            "meant": result.meant,
            "hits": [to_record(hit) for hit in result.hits],
            "more": sorted(result.more),
        }
    )


def _search(archive: Archive, spectra: SpectrumIndex, text: str, limit: int) -> SearchResult:
    shipped = [folder.name for folder in PRETRAINED.iterdir() if folder.is_dir()]
    return search_archive(archive, text, limit, models=shipped, index=spectra)
