"""Pages, rendered on the server."""

from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from starsieve.reports import symbol
from starsieve.web import assets
from starsieve.web.guard import CSP_FIGURES
from starsieve.web.token import COOKIE, is_token
from starsieve.web.words import ago, breakable, count, size

NAVIGATION = (
    ("/spectra", "Spectra"),
    ("/latents", "Latent space"),
    ("/similar", "Similar"),
    ("/candidates", "Planets"),
    ("/targets", "Stars"),
    ("/models", "Models"),
    ("/runs", "Runs"),
    ("/uploads", "Upload"),
)

TWINS = (".json", ".csv", ".vot", ".fits", ".txt")


def render(
    request: Request, template: str, *, figures: bool = False, **context: Any
) -> HTMLResponse:
    """Return a page.

    Parameters
    ----------
    request : Request
    template : str
        Below ``templates``.
    figures : bool
        Whether it holds some: then BokehJS is loaded, and may set styles.
    context
        For the template.
    """
    shared = {
        "request": request,
        "path": request.url.path,
        "query": request.url.query,
        "navigation": NAVIGATION,
        "signed_in": signed_in(request),
        "figures": figures,
    }
    page = _environment().get_template(template).render(shared | context)
    headers = {"content-security-policy": CSP_FIGURES} if figures else {}
    return HTMLResponse(page.encode(errors="replace"), headers={"vary": "cookie", **headers})


def signed_in(request: Request) -> bool:
    """Return whether whoever asks may write."""
    given = request.cookies.get(COOKIE, "")
    return bool(given) and is_token(request.app.state.archive.root, given)


def wants_page(request: Request) -> bool:
    """Return whether a person asks, rather than a program."""
    accepts = request.headers.get("accept", "")
    return "text/html" in accepts and not request.url.path.endswith(TWINS)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("starsieve.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"asset": assets.address}
    environment.filters |= {"symbol": symbol, "ago": ago, "count": count, "size": size}
    environment.filters |= {"breakable": breakable}
    return environment
