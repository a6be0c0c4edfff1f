"""Signing in: a browser shows the token once, and then brings it as a cookie."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from starsieve.web.dependencies import LONGEST_NAME, NAME_COOKIE
from starsieve.web.pages import render
from starsieve.web.token import COOKIE, is_token

router = APIRouter(include_in_schema=False)

A_MONTH = 30 * 24 * 3600


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> Response:
    """Ask for the token."""
    return render(request, "sign-in.html", next=own_path(next), wrong=False)


@router.post("/sign-in")
def sign_in(
    request: Request,
    token: Annotated[str, Form(max_length=200)],
    name: Annotated[str, Form(max_length=LONGEST_NAME)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Let the browser keep the token, if it is the right one."""
    if not is_token(request.app.state.archive.root, token.strip()):
        page = render(request, "sign-in.html", next=own_path(next), wrong=True)
        page.status_code = 403
        return page
    answer = RedirectResponse(own_path(next), 303)
    _keep(answer, request, COOKIE, token.strip())
    printable = "".join(letter for letter in name if letter.isascii() and letter.isprintable())
    _keep(answer, request, NAME_COOKIE, printable.replace(";", " ").replace(",", " ").strip())
    return answer


@router.post("/sign-out")
def sign_out() -> Response:
    """Let the browser forget the token."""
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE)
    answer.delete_cookie(NAME_COOKIE)
    return answer


def own_path(path: str) -> str:
    """Return a path of this app; the home page for anything that leads elsewhere.

    Examples
    --------
    >>> own_path("/runs?page=2"), own_path("//evil.example"), own_path("https://evil.example")
    ('/runs?page=2', '/', '/')
    """
    parts = urlsplit(path.replace("\\", "/"))
    leads_out = parts.scheme or parts.netloc or not path.startswith("/") or path.startswith("//")
    printable = path.isascii() and path.isprintable()
    return "/" if leads_out or not printable else path.replace("\\", "/")


def _keep(answer: Response, request: Request, name: str, value: str) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=A_MONTH,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
