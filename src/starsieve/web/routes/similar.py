"""Spectra like one: ask by any measure, see how alike they are, and go on to the next."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from starsieve.plots.interactive.likeness import likeness_figure
from starsieve.plots.interactive.style import as_json
from starsieve.web.answers import CSV, VOTABLE, csv_answer, json_answer, votable_answer
from starsieve.web.dependencies import Archived, Errandry, Theme
from starsieve.web.neighbours import labels_of, title_of
from starsieve.web.pages import render
from starsieve.web.retrieval import views
from starsieve.web.retrieval.answer import Answer, answer
from starsieve.web.retrieval.asked import Asked
from starsieve.web.retrieval.examples import list_examples
from starsieve.web.retrieval.pair import compare_pair, explain
from starsieve.web.retrieval.source import open_source
from starsieve.web.spectra.page import name_of

router = APIRouter(tags=["spectra"])

Question = Annotated[Asked, Query()]
Neighbour = Annotated[int, Query(ge=1, le=2**31 - 1, description="A spectrum of the archive.")]

WAIT = {"Retry-After": "2"}


@router.get("/similar", include_in_schema=False)
def similar_page(request: Request, asked: Question) -> Response:
    """Show what is like a query, or ask for one."""
    archive = request.app.state.archive
    found = answer(archive, request.app.state.errands, asked)
    examples = list_examples(archive, found.collections) if found.source is None else ()
    given = _context(found) | {"examples": examples}
    return render(request, "similar/similar.html", figures=True, **given)


@router.get("/similar.json")
def similar_record(archive: Archived, errands: Errandry, asked: Question) -> Response:
    """Return the spectra most like one, as `starsieve similar --json`; 202 until they are found.

    Meanwhile the answer has `status`, `done`, `total` and `what`.
    """
    found = answer(archive, errands, asked)
    return _waiting(found) or json_answer(_record(found))


@router.get("/similar.csv", responses=CSV)
def similar_csv(archive: Archived, errands: Errandry, asked: Question) -> Response:
    """Return the spectra most like one as CSV; 202 until they are found."""
    found = answer(archive, errands, asked)
    return _waiting(found) or csv_answer(views.to_table(found))


@router.get("/similar.vot", responses=VOTABLE)
def similar_votable(archive: Archived, errands: Errandry, asked: Question) -> Response:
    """Return the spectra most like one as VOTable; 202 until they are found."""
    found = answer(archive, errands, asked)
    return _waiting(found) or votable_answer(views.to_table(found))


@router.get("/similar/pair.json")
def pair_drawn(
    archive: Archived,
    errands: Errandry,
    asked: Question,
    neighbour: Neighbour,
    theme: Theme = "light",
) -> Response:
    """Return the figure of a query over another spectrum, and in `about` how alike they are."""
    source = open_source(archive, errands, asked)
    found = compare_pair(archive, source, neighbour, asked)
    assert found.overlay is not None
    title = name_of(archive.spectra.info(neighbour))
    ranges = [(each.low_um, each.high_um) for each in found.differences]
    figure = likeness_figure(found.overlay, theme, (source.title, title), ranges)
    item = as_json(figure, theme)
    item["about"] = explain(found) | {"record": found.to_record()}
    return json_answer(item)


def _waiting(found: Answer) -> Response | None:
    """Return what to say while an errand is at work, None if it is not."""
    if found.errand is None or not found.is_waiting:
        return None
    return json_answer(found.errand.to_record(), 202, WAIT)


def _record(found: Answer) -> dict[str, Any]:
    """Return the answer in JSON; `status` is done, failed, or empty without a question."""
    if found.source is None:
        return {"status": "empty", "collections": [each.name for each in found.collections]}
    if found.record is None:
        return {"status": "failed", "error": found.note, "query": found.source.name}
    return {"status": "done", **found.record}


def _context(found: Answer) -> dict[str, Any]:
    neighbours = [] if found.record is None else found.record["neighbours"]
    return {
        "answer": found,
        "asked": found.asked,
        "by_words": views.BY_WORDS,
        "yardsticks": views.YARDSTICK_WORDS,
        "table": views.to_table(found),
        "neighbours": [
            {
                "record": each,
                "title": title_of(each),
                "next": f"/similar{views.next_query(found.asked, each['id'])}",
                "figure": views.pair_address(found.asked, each["id"]),
                "labels": [(n, each["labels"][n]) for n in labels_of([each])],
            }
            for each in neighbours
        ],
        "address": f"/similar.json{found.asked.words()}",
        "files": [
            (n.upper(), f"/similar.{n}{found.asked.words()}") for n in ("csv", "vot", "json")
        ],
        "command": views.command(found),
    }
