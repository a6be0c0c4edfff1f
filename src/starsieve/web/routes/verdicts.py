"""What people say of candidates."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from starsieve.archive import Archive
from starsieve.transits.verdicts import give_verdict, undo_verdict, verdict_of
from starsieve.web.answers import json_answer
from starsieve.web.dependencies import Archived, Writer
from starsieve.web.pages import wants_page
from starsieve.web.planets.asked import Asked

router = APIRouter(tags=["planets"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Of the candidate, in the archive.")]
Value = Annotated[str, Form(max_length=40, description="PC, EB, V, IS or U.")]
Comment = Annotated[str, Form(max_length=500, description="Why.")]


@router.post("/candidates/{number:int}/verdict")
def candidate_verdict(
    request: Request,
    archive: Archived,
    who: Writer,
    number: Number,
    asked: Annotated[Asked, Query()],
    value: Value,
    comment: Comment = "",
) -> Response:
    """Keep what you say that a candidate is."""
    new = give_verdict(archive, number, value, who, comment)
    return _told(request, archive, number, asked, {"new": new})


@router.post("/candidates/{number:int}/verdict/undo")
def candidate_undo(
    request: Request,
    archive: Archived,
    who: Writer,
    number: Number,
    asked: Annotated[Asked, Query()],
) -> Response:
    """Take back your last verdict on a candidate: what you said before holds again."""
    undo_verdict(archive, number, who)
    return _told(request, archive, number, asked, {})


def _told(
    request: Request, archive: Archive, number: int, asked: Asked, more: Mapping[str, Any]
) -> Response:
    if wants_page(request):
        return RedirectResponse(asked.address(f"/candidates/{number}"), 303)
    history = archive.candidates.dispositions(number)
    found = {"candidate": number, "verdict": verdict_of(history), "history": history}
    return json_answer({**found, **more})
