"""What a list can be narrowed to, with how many there are, and what it is narrowed to now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starsieve.archive.spectrum_filters import SpectrumCounts
from starsieve.web.lists.ranges import read_range, split_quantity
from starsieve.web.lists.spectrum_query import SpectrumQuery

MOST = 12
"""Values of a facet that are shown at once."""

BOTH = {True: "inside", False: "outside"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a list can have: how many rows, where that list is, whether it is this one."""

    words: str
    n: int | None
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """Values of one kind."""

    title: str
    choices: tuple[Choice, ...]

    @property
    def first(self) -> tuple[Choice, ...]:
        """Those that are shown at once."""
        return self.choices[:MOST]

    @property
    def rest(self) -> tuple[Choice, ...]:
        """The others."""
        return self.choices[MOST:]


def spectrum_facets(query: SpectrumQuery, counts: SpectrumCounts) -> list[Facet]:
    """Return what a list of spectra can be narrowed to."""
    facets = [
        Facet("Collection", _several(query, "collection", counts.collections)),
        Facet("Wavelengths in the file", _several(query, "medium", counts.media)),
        Facet("Velocity frame", _several(query, "frame", counts.frames)),
        Facet("Parameters by", _models(query, counts.models)),
    ]
    if query.model:
        facets.append(Facet(f"What {query.model} knows", _inside(query, counts.in_distribution)))
    return [facet for facet in facets if len(facet.choices) > 1 or _any_chosen(facet)]


def narrowed_by(query: SpectrumQuery) -> list[tuple[str, str]]:
    """Return what a list is narrowed to, in words, and where it is without that."""
    found = []
    if query.q.strip():
        found.append((f"“{query.q.strip()}”", query.address(q=None)))
    for name in ("collection", "medium", "frame"):
        found += [(value, query.without(name, value)) for value in getattr(query, name)]
    if query.model:
        words = f"parameters by {query.model}"
        found.append((words, query.address(model=None, in_distribution=None)))
    if query.in_distribution is not None:
        words = f"{BOTH[query.in_distribution]} what it knows"
        found.append((words, query.address(in_distribution=None)))
    if query.target is not None:
        found.append((f"star {query.target}", query.address(target=None)))
    found += [(describe_range(text), query.without("range", text)) for text in query.range]
    return found


def describe_range(text: str) -> str:
    """Return a range in words.

    Examples
    --------
    >>> describe_range("label:teff:1000..2000"), describe_range("sonora:logg:..4.5")
    ('teff 1000 to 2000', 'logg by sonora at most 4.5')
    """
    quantity, _, limits = text.rpartition(":")
    who, name = split_quantity(quantity)
    low, _, high = limits.partition("..")
    between = f"{low} to {high}" if low and high else f"at least {low}" if low else "known"
    between = f"at most {high}" if high and not low else between
    return f"{name} by {who} {between}" if who else f"{name} {between}"


def describe_quantity(by: str) -> str:
    """Return what ``label:NAME`` or ``MODEL:NAME`` means, in words."""
    who, name = split_quantity(by)
    return f"{name} by {who}" if who else name


def ranges_are_possible(query: SpectrumQuery) -> bool:
    """Return whether every range has its lower limit below its upper one."""
    limits = [read_range(text) for text in query.range]
    return all(each.low is None or each.high is None or each.low <= each.high for each in limits)


def _several(query: SpectrumQuery, name: str, counts: Mapping[str, int]) -> tuple[Choice, ...]:
    chosen: list[str] = getattr(query, name)
    numbers = dict(counts) | {value: 0 for value in chosen if value not in counts}
    choices = []
    for value, n in numbers.items():
        there = value in chosen
        more: dict[str, Any] = {name: [*chosen, value]}
        href = query.without(name, value) if there else query.address(**more)
        choices.append(Choice(value, n, href, there))
    return tuple(choices)


def _models(query: SpectrumQuery, counts: Mapping[str, int]) -> tuple[Choice, ...]:
    choices = []
    for model, n in (dict(counts) or {query.model: 0}).items():
        chosen = model == query.model
        href = query.address(model=None if chosen else model, in_distribution=None)
        choices.append(Choice(model, n, href, chosen))
    return tuple(choice for choice in choices if choice.words)


def _inside(query: SpectrumQuery, counts: Mapping[bool, int]) -> tuple[Choice, ...]:
    choices = []
    for value, words in BOTH.items():
        chosen = query.in_distribution is value
        href = query.address(in_distribution=None if chosen else value)
        choices.append(Choice(words, counts.get(value, 0), href, chosen))
    return tuple(choices)


def _any_chosen(facet: Facet) -> bool:
    return any(choice.chosen for choice in facet.choices)
