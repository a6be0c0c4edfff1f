"""The table of candidates: rows, facets, ranges, and the addresses that lead on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from starsieve.archive import Archive
from starsieve.archive.candidate_pages import (
    CandidatePage,
    iterate_candidates,
    list_score_models,
    read_candidate_page,
)
from starsieve.archive.candidate_query import FACETS
from starsieve.web.planets.asked import NONE, Asked, Listed
from starsieve.web.planets.columns import ABLE, BY_NAME, COLUMNS, choose, name_of
from starsieve.web.tables import Column, WebTable

PATH = "/candidates"
NOT_CARRIED = ("columns", "size")
"""What belongs to the list alone, and does not go along to a candidate's page."""

FACET_TITLES = {"origin": "List", "disposition": "Said by the list", "verdict": "Said here"}


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet: how it is called, how many there are, and what a click asks."""

    words: str
    count: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Pager:
    """A page of the list, as the templates' pager wants it."""

    asked: Listed
    total: int

    @property
    def number(self) -> int:
        """Of this page, from 1."""
        return self.asked.page

    @property
    def size(self) -> int:
        """Rows of a page."""
        return self.asked.size

    def url(self, number: int) -> str:
        """Return the address of another page."""
        return self.asked.address(PATH, page=number)


def read_listing(archive: Archive, asked: Listed) -> CandidatePage:
    """Return a page of the candidates that are asked for."""
    start = (asked.page - 1) * asked.size
    return read_candidate_page(archive, asked.to_query(), start, asked.size)


def page_table(rows: Sequence[Mapping[str, Any]], asked: Asked) -> WebTable:
    """Return rows as a page shows them: with names in words, and links."""
    columns: list[Column] = list(choose(asked.columns))
    carried = asked.address("", without=NOT_CARRIED)
    shown = [
        {
            **row,
            "name": name_of(row["origin"], row["name"]),
            "href": f"{PATH}/{row['id']}{carried}",
            "star_href": f"/targets/{row['target']}",
        }
        for row in rows
    ]
    return WebTable("candidates", columns, shown, "Candidates")


def file_table(archive: Archive, asked: Asked, most: int) -> WebTable:
    """Return all candidates that are asked for as a table for files, at most so many.

    It has the columns that are chosen, or all of them.
    """
    rows = list(islice(iterate_candidates(archive, asked.to_query()), most))
    chosen = [BY_NAME[name] for name in dict.fromkeys(asked.columns)]
    columns = chosen or list(COLUMNS)
    return WebTable("candidates", columns, rows, "Candidates of planets")


def facets(page: CandidatePage, asked: Asked) -> dict[str, list[FacetValue]]:
    """Return what the list can be narrowed to, by facet, the most frequent first."""
    return {facet: _values(facet, page.facets[facet], asked) for facet in FACETS}


def _values(facet: str, counts: Mapping[str, int], asked: Asked) -> list[FacetValue]:
    chosen = getattr(asked, facet)
    found = [
        FacetValue(
            words=_words(facet, value),
            count=count,
            url=asked.toggled(PATH, facet, value or NONE),
            chosen=(value or NONE) in chosen,
        )
        for value, count in sorted(counts.items(), key=lambda item: -item[1])
    ]
    return [each for each in found if each.count or each.chosen]


def _words(facet: str, value: str) -> str:
    if not value:
        return "nothing yet"
    return "found here (search)" if (facet, value) == ("origin", "search") else value


def sorting(asked: Asked) -> dict[str, Any]:
    """Return how the table is sorted, as the templates' table wants it."""
    return {
        "by": asked.sort,
        "descending": asked.order == "desc",
        "able": ABLE,
        "url": lambda name: asked.sorted_by(PATH, name),
    }


def score_models(archive: Archive) -> list[tuple[str, int]]:
    """Return the models that have judged candidates, and how many each."""
    return list(list_score_models(archive).items())
