"""What is seen of a candidate in its star's light: figures, and the vetting sheet."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from starsieve.archive import Archive
from starsieve.errors import NotInArchiveError
from starsieve.plots.interactive.reasons import reasons_figure
from starsieve.plots.interactive.style import as_json
from starsieve.web.answers import (
    CSV,
    csv_answer,
    described_as,
    json_answer,
)
from starsieve.web.dependencies import Archived, Errandry, Theme
from starsieve.web.pages import render
from starsieve.web.planets.asked import Asked
from starsieve.web.planets.candidate import read_candidate
from starsieve.web.planets.drawn import draw_candidate, view_table
from starsieve.web.planets.view import ask_candidate, ask_sheet, result_of

router = APIRouter(tags=["planets"])

PDF = described_as("application/pdf")

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Of the candidate, in the archive.")]
View = Annotated[
    str, Path(max_length=20, description="orbit, transit, odd-even, secondary or reasons.")
]
FoldedName = Annotated[
    str, Path(max_length=20, description="full, transit, odd, even, secondary or residual.")
]
Model = Annotated[str, Query(max_length=80, description="Whose reasons; the first by default.")]


@router.get("/candidates/{number:int}/view.json")
def candidate_seen(archive: Archived, errands: Errandry, number: Number) -> Response:
    """Look for a candidate in its star's light; return how far that is, then what is seen."""
    errand = ask_candidate(archive, errands, archive.candidates.get(number))
    return json_answer(errand.to_record() | {"seen": errand.result})


@router.get("/candidates/{number:int}/figures/{view}.json")
def candidate_figure(
    archive: Archived,
    errands: Errandry,
    number: Number,
    view: View,
    theme: Theme = "light",
    model: Model = "",
) -> Response:
    """Return a figure of a candidate for BokehJS; 202 while its light curves are looked at."""
    if view == "reasons":
        weighted = read_candidate(archive, number, Asked()).weighted_reasons(model)
        return json_answer(as_json(reasons_figure(weighted, theme), theme))
    errand = ask_candidate(archive, errands, archive.candidates.get(number))
    if not errand.has_ended:
        return json_answer(errand.to_record(), 202)
    result_of(errand)
    figure = draw_candidate(errand, view, theme)
    return json_answer(as_json(figure, theme))


@router.get("/candidates/{number:int}/views/{view}.csv", responses=CSV)
def candidate_view_csv(
    archive: Archived, errands: Errandry, number: Number, view: FoldedName
) -> Response:
    """Return a folded view as CSV: medians in bins, and the model; 202 until it is there."""
    errand = ask_candidate(archive, errands, archive.candidates.get(number))
    if not errand.has_ended:
        return json_answer(errand.to_record(), 202)
    result_of(errand)
    return csv_answer(view_table(errand, view))


@router.get("/candidates/{number:int}/sheet", include_in_schema=False)
def sheet_page(request: Request, archive: Archived, errands: Errandry, number: Number) -> Response:
    """Show a candidate's vetting sheet, or how far the drawing of it is."""
    errand = ask_sheet(archive, errands, archive.candidates.get(number))
    page = read_candidate(archive, number, Asked())
    return render(request, "planets/sheet.html", page=page, errand=errand, result=errand.result)


@router.get("/candidates/{number:int}/sheet.json")
def sheet_record(archive: Archived, errands: Errandry, number: Number) -> Response:
    """Draw a candidate's vetting sheet; return how far that is, then what the model said."""
    errand = ask_sheet(archive, errands, archive.candidates.get(number))
    return json_answer(errand.to_record() | {"result": errand.result})


@router.get("/candidates/{number:int}/sheet.pdf", responses=PDF)
def sheet_pdf(archive: Archived, errands: Errandry, number: Number) -> Response:
    """Return a candidate's vetting sheet as PDF; 202 while it is drawn."""
    return _sheet_file(archive, errands, number, "pdf", "application/pdf", {})


@router.get("/candidates/{number:int}/sheet.html", include_in_schema=False)
def sheet_html(archive: Archived, errands: Errandry, number: Number) -> Response:
    """Return a candidate's vetting sheet as a page that needs nothing else."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
    headers = {"content-security-policy": policy}
    return _sheet_file(archive, errands, number, "html", "text/html; charset=utf-8", headers)


def _sheet_file(
    archive: Archive,
    errands: Errandry,
    number: int,
    kind: str,
    media_type: str,
    headers: Mapping[str, str],
) -> Response:
    errand = ask_sheet(archive, errands, archive.candidates.get(number))
    if not errand.has_ended:
        return json_answer(errand.to_record(), 202)
    name = result_of(errand).get(kind)
    if name is None:
        msg = f"The sheet of candidate {number} has no {kind}: there is nothing to draw."
        raise NotInArchiveError(msg)
    content = (errand.folder / name).read_bytes()
    return Response(content, media_type=media_type, headers=dict(headers))
