"""What goes wrong, told in one shape: ``{"error": ...}`` to programs, a page to people."""

import logging
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from starsieve.errors import (
    ArchiveError,
    NotInArchiveError,
    SourceError,
    StarsieveError,
)
from starsieve.web.answers import json_answer
from starsieve.web.guard import App, Message, Receive, Refused, Scope, Send
from starsieve.web.pages import render, wants_page

log = logging.getLogger(__name__)


class Busy(StarsieveError):  # noqa: N818 - nothing is wrong
    """More was asked for than can be done at once."""


STATUS: tuple[tuple[type[StarsieveError], int], ...] = (
    (NotInArchiveError, 404),
    (Busy, 503),
    (ArchiveError, 503),
    (SourceError, 502),
    (StarsieveError, 400),
)
"""The first that fits."""

WORDS = {
    400: "That can't be done",
    401: "Sign in first",
    403: "Not allowed",
    404: "Nothing here",
    405: "Not in this way",
    409: "Not now",
    413: "Too much",
    422: "That was not understood",
    500: "A defect",
    502: "A remote archive did not answer",
    503: "Not just now",
}


class Problem(BaseModel):
    """What is told of everything that goes wrong."""

    error: str


DESCRIBED: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": WORDS[status]}
    for status in (400, 401, 403, 404, 413, 422, 503)
}
"""What any address may answer, for the description of the interface."""


def add_handlers(app: FastAPI) -> None:
    """Let an app tell what goes wrong."""
    app.add_exception_handler(StarsieveError, _explain_own)
    app.add_exception_handler(RequestValidationError, _explain_request)
    app.add_exception_handler(HTTPException, _explain_http)


def tell(request: Request, status: int, message: str, headers: Any = None) -> Response:
    """Return an error as the one who asks wants it."""
    if not wants_page(request):
        return json_answer({"error": message}, status, headers)
    words = WORDS.get(status, "Something went wrong")
    page = render(request, "error.html", status=status, words=words, message=message)
    page.status_code = status
    page.headers.update(headers or {})
    return page


def _explain_own(request: Request, error: Exception) -> Response:
    status = next(code for kind, code in STATUS if isinstance(error, kind))
    headers = {"retry-after": "10"} if status == 503 else None
    # Where the archive lies is for the command line to say.
    message = str(error).replace(str(request.app.state.archive.root), "the archive")
    if isinstance(error, ArchiveError):  # these name folders and servers
        log.error("%s", error)
        message = (
            "The archive can't be read or written just now; whoever runs it finds why in the log."
        )
    return tell(request, status, message, headers)


def _explain_request(request: Request, error: Exception) -> Response:
    told = error.errors() if isinstance(error, RequestValidationError) else ()
    parts = []
    for detail in told:
        where = ".".join(str(part) for part in detail["loc"][1:]) or str(detail["loc"][0])
        given = "" if detail["type"] == "missing" else f", got {str(detail['input'])[:60]!r}"
        parts.append(f"{where}: {detail['msg']}{given}")
    return tell(request, 422, "; ".join(parts) or "The request was not understood.")


def _explain_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = str(error.detail)
    if error.status_code == 404 and message == "Not Found":
        message = "There is no such page."
    return tell(request, error.status_code, message, error.headers)


class Defects:
    """Tell of what nobody foresaw, without telling more than a number that the log has, too."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Refused:
            raise
        except Exception as error:
            number = uuid4().hex[:8]
            log.error("Defect %s at %s", number, scope.get("path"), exc_info=error)
            if begun:
                raise
            message = f"Something unexpected went wrong. The log has it under {number}."
            await tell(Request(scope), 500, message)(scope, receive, send)
