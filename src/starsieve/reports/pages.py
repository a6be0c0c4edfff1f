"""Pages of HTML: self-contained, without scripts, and whole or not there at all."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from starsieve.plots import write_atomically
from starsieve.reports.parts import Link, Page, Svg, Value
from starsieve.reports.words import symbol


def render(page: Page) -> str:
    """Return a page as HTML."""
    return _environment().get_template("page.html").render(page=page)


def write_page(page: Page, path: Path) -> Path:
    """Write a page and return its path; folders on the way are made.

    Raises
    ------
    FileError
        If it can't be written. A page that stood there before still does.
    """
    return write_atomically(path, render(page).encode(errors="replace"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("starsieve.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["symbol"] = symbol
    environment.tests["link"] = lambda cell: isinstance(cell, Link)
    environment.tests["value"] = lambda cell: isinstance(cell, Value)
    environment.tests["svg"] = lambda cell: isinstance(cell, Svg)
    return environment
