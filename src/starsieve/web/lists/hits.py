"""What a search found, as pages show it: by kind, with addresses."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from urllib.parse import quote, urlencode

from starsieve.archive.search import SearchResult
from starsieve.archive.search_hits import Hit, HitKind

TITLES: dict[HitKind, str] = {
    "target": "Stars",
    "candidate": "Possible planets",
    "object": "Spectra",
    "spectrum": "Spectra",
    "collection": "Collections",
    "model": "Models",
    "run": "Runs",
}
"""Kinds in the order in which a page shows them."""


def href_of(hit: Hit) -> str:
    """Return the address of what was found.

    Examples
    --------
    >>> href_of(Hit(kind="object", title="GJ 229 B", name="GJ 229 B"))
    '/spectra?q=GJ+229+B'
    """
    if hit.kind == "object":
        return f"/spectra?{urlencode({'q': hit.name})}"
    if hit.kind == "collection":
        if hit.subtitle.endswith("light curves"):
            return "/targets?has=light_curves"
        return f"/spectra?{urlencode({'collection': hit.name})}"
    if hit.kind == "model":
        return f"/models/{quote(hit.name, safe='')}"
    folder = {"target": "targets", "spectrum": "spectra", "candidate": "candidates"}
    return f"/{folder.get(hit.kind, 'runs')}/{hit.id}"


def by_kind(hits: Iterable[Hit]) -> dict[str, list[Hit]]:
    """Return hits under the titles of their kinds."""
    groups: dict[str, list[Hit]] = {title: [] for title in TITLES.values()}
    for hit in hits:
        groups[TITLES[hit.kind]].append(hit)
    return {title: some for title, some in groups.items() if some}


def more_of(result: SearchResult) -> dict[str, str]:
    """Return where there is more than is shown, by the title of the kind."""
    words = urlencode({"q": result.meant.text})
    lists: dict[HitKind, str] = {
        "target": f"/targets?{words}",
        "spectrum": f"/spectra?{words}",
        "candidate": f"/candidates?{words}",
    }
    return {TITLES[kind]: lists[kind] for kind in result.more if kind in lists}


def to_record(hit: Hit) -> dict[str, Any]:
    """Return a hit as it goes into JSON."""
    return {**asdict(hit), "exact": hit.rank == 0, "href": href_of(hit)}
