"""The app itself: its interface for programs, whether it is well, and what it counts."""

import time
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

import starsieve
from starsieve.web.answers import json_answer
from starsieve.web.dependencies import Archived
from starsieve.web.pages import render

router = APIRouter()

METHODS = ("get", "post", "put", "delete")


@router.get("/api", include_in_schema=False)
def api_page(request: Request) -> Response:
    """Show every address that programs may use."""
    return render(request, "api.html", groups=_groups(request.app.openapi()))


@router.get("/health.json", tags=["the app"])
def health(archive: Archived) -> Response:
    """Say that the app answers and reaches its archive; 503 if it does not reach it."""
    n_collections = len(archive.collections.names())
    return json_answer(
        {"status": "ok", "version": starsieve.__version__, "n_collections": n_collections}
    )


@router.get("/metrics", tags=["the app"], response_class=PlainTextResponse)
def metrics(request: Request) -> Response:
    """Return counts of requests, in Prometheus's text format."""
    found = request.app.state.metrics
    gauges = [("uptime_seconds", "Since this process started.", time.time() - found.started)]
    return PlainTextResponse(found.text(gauges))


def _groups(description: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return operations by the word that their address begins with."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in sorted(description["paths"].items()):
        for method, operation in operations.items():
            if method not in METHODS:
                continue
            first_word = path.strip("/").partition("/")[0].partition(".")[0]
            tag = str(next(iter(operation.get("tags") or [first_word])))
            groups.setdefault(tag, []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "words": operation.get("description", operation.get("summary", "")),
                    "parameters": [
                        (each["name"], each.get("description", ""), each.get("required", False))
                        for each in operation.get("parameters", ())
                    ],
                }
            )
    return groups
