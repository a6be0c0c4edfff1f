"""Home: what is in this archive, and where to begin."""

from fastapi import APIRouter, Request, Response

from starsieve.web.answers import json_answer
from starsieve.web.dependencies import Archived
from starsieve.web.lists.home import list_counts, read_home
from starsieve.web.pages import render
from starsieve.web.runs.views import BADGES, title_of

router = APIRouter(tags=["the app"])


@router.get("/", include_in_schema=False)
def home_page(request: Request, archive: Archived) -> Response:
    """Show what is in the archive."""
    home = read_home(archive)
    return render(
        request,
        "lists/empty.html" if home.overview.is_empty else "lists/home.html",
        home=home,
        counts=list_counts(home),
        badges=BADGES,
        title_of=title_of,
    )


@router.get("/home.json")
def home_json(archive: Archived) -> Response:
    """Return what is in the archive, with examples, and what ran last."""
    return json_answer(read_home(archive).to_record())
