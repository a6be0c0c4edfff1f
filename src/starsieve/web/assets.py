"""Style sheets, modules and BokehJS: compressed once, and cached by browsers until they change."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from starsieve.plots.interactive.style import bokeh_files

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent / "static"
BOKEH = ("bokeh.min.js",)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    media_type: str
    plain: bytes
    packed: bytes


@cache
def _files() -> Mapping[str, Path]:
    own = {path.name: path for path in FOLDER.iterdir() if path.suffix in TYPES}
    return own | {name: bokeh_files() / "js" / name for name in BOKEH}


@cache
def stamp() -> str:
    """Return what changes whenever one of the files does; it is a part of their addresses."""
    digest = hashlib.sha256()
    for name, path in sorted(_files().items()):
        digest.update(name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def address(name: str) -> str:
    """Return where an asset is."""
    return f"/static/{stamp()}/{name}"


@cache
def _asset(name: str) -> Asset:
    path = _files()[name]
    plain = path.read_bytes()
    return Asset(f"{TYPES[path.suffix]}; charset=utf-8", plain, gzip.compress(plain, 9, mtime=0))


@router.get("/static/{version}/{name}")
def get_asset(request: Request, version: str, name: str) -> Response:
    """Return a style sheet or a module."""
    if name not in _files():
        raise HTTPException(404)
    asset = _asset(name)
    headers = {"cache-control": FOREVER if version == stamp() else "no-cache"}
    headers["vary"] = "accept-encoding"
    content = asset.plain
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"], content = "gzip", asset.packed
    return Response(content, media_type=asset.media_type, headers=headers)
