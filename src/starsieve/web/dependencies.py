"""What handlers ask for: the archive, the options, who writes, which part of a list."""

from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from starlette.exceptions import HTTPException

from starsieve.archive import Archive
from starsieve.archive.spectrum_index import SpectrumIndex
from starsieve.web.errands import Errands
from starsieve.web.options import WebOptions
from starsieve.web.token import COOKIE, is_token

NAME_COOKIE = "starsieve-name"
ANONYMOUS = "web"
LONGEST_NAME = 60


def get_archive(request: Request) -> Archive:
    """Return the archive that is served."""
    archive: Archive = request.app.state.archive
    return archive


def get_options(request: Request) -> WebOptions:
    """Return the options of the app."""
    options: WebOptions = request.app.state.options
    return options


def get_spectra(request: Request) -> SpectrumIndex:
    """Return what finds spectra."""
    spectra: SpectrumIndex = request.app.state.spectra
    return spectra


def get_errands(request: Request) -> Errands:
    """Return what carries out work apart from the archive."""
    errands: Errands = request.app.state.errands
    return errands


def require_writer(request: Request) -> str:
    """Return the name under which somebody writes.

    A browser brings the token in a cookie, a program in ``Authorization: Bearer TOKEN``.

    Raises
    ------
    HTTPException
        401 without the token.
    """
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    token = given.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")
    if not token or not is_token(request.app.state.archive.root, token):
        msg = (
            "Writing needs the token that was shown when the app first started. Sign in at "
            "/sign-in, or send it as Authorization: Bearer TOKEN. A new one: starsieve serve "
            "--new-token."
        )
        raise HTTPException(401, msg, {"www-authenticate": "Bearer"})
    name = request.cookies.get(NAME_COOKIE) or request.headers.get("x-starsieve-name", "")
    printable = "".join(letter for letter in name if letter.isprintable()).strip()
    return printable[:LONGEST_NAME] or ANONYMOUS


Archived = Annotated[Archive, Depends(get_archive)]
Errandry = Annotated[Errands, Depends(get_errands)]
Spectra = Annotated[SpectrumIndex, Depends(get_spectra)]
Options = Annotated[WebOptions, Depends(get_options)]
Writer = Annotated[str, Depends(require_writer)]
PageNumber = Annotated[int, Query(alias="page", ge=1, le=1_000_000, description="From 1.")]
PageSize = Annotated[int, Query(alias="size", ge=1, le=500, description="Rows of a page.")]
Theme = Annotated[Literal["light", "dark"], Query(alias="theme", description="Of a figure.")]
