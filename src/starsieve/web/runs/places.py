"""What of a run only those may see who may write: where things are on the server."""

import re
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from starsieve.web.dependencies import require_writer

_PATH = re.compile(r"(?<![\w.:/])(?:/[^\s/'\",:;()\[\]{}]+){2,}/?")


def is_trusted(request: Request) -> bool:
    """Return whether who asks has the token."""
    try:
        require_writer(request)
    except HTTPException:
        return False
    return True


Trusted = Annotated[bool, Depends(is_trusted)]


def without_places(value: Any) -> Any:
    """Return a text, or all texts in a list or a mapping, with no more of a path than its end.

    Examples
    --------
    >>> without_places({"error": "No collection 'a' in /data/vera/archive.", "n": 3})
    {'error': "No collection 'a' in …/archive.", 'n': 3}
    """
    if isinstance(value, str):
        return _PATH.sub(lambda found: "…/" + found[0].rstrip("/").rpartition("/")[2], value)
    if isinstance(value, dict):
        return {key: without_places(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_places(each) for each in value]
    return value


def public_log(text: str) -> str:
    """Return a log without the lines that tell where in the program an error came from."""
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith(" ")]
    return str(without_places("".join(lines)))
