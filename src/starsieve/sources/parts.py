"""Files of which only the beginning is there, and whether a service can give the rest."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests


def state_of(part: Path) -> Path:
    """Return where is written which file a part is of."""
    return part.with_name(part.name + ".json")


def put_aside(part: Path) -> None:
    """Move content that is wrong to where nobody takes it for good."""
    part.replace(part.with_name(part.name + ".bad"))


def describe(response: requests.Response, length: int | None) -> dict[str, Any]:
    """Return what shows, in another attempt, whether the service still has the same file."""
    etag = response.headers.get("ETag", "")
    strong = etag if etag.startswith('"') else ""
    return {"validator": strong or response.headers.get("Last-Modified", ""), "length": length}


def so_far(part: Path) -> tuple[int, dict[str, Any]]:
    """Return how many bytes are there that can be continued, and of which file."""
    try:
        state = json.loads(state_of(part).read_text())
        n_bytes = part.stat().st_size
        if state["validator"] and state["length"] and 0 < n_bytes < state["length"]:
            return n_bytes, state
    except (OSError, ValueError, KeyError, TypeError):
        pass  # nothing to go on with: start at the beginning
    return 0, {}


def continues(response: requests.Response, start: int, state: Mapping[str, Any]) -> bool:
    """Return whether an answer is the rest of the same file."""
    if response.status_code != HTTPStatus.PARTIAL_CONTENT:
        return False
    end, length = state["length"] - 1, state["length"]
    validator = describe(response, None)["validator"]
    return response.headers.get("Content-Range") == f"bytes {start}-{end}/{length}" and (
        validator in ("", state["validator"])
    )
