"""Which candidates a page lists, as its address says it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, create_model

from starsieve.archive.candidate_query import NUMBERS, SORTED, CandidateQuery
from starsieve.web.planets.columns import BY_NAME

Word = Annotated[str, StringConstraints(max_length=80)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


def none_if_empty(value: Any) -> Any:
    """Return None for what a form sends of a field that was left empty."""
    return None if value == "" else value


_Bound = Annotated[Finite | None, BeforeValidator(none_if_empty)]

if TYPE_CHECKING:
    Sorted = str
    Shown = str

    class Ranges(BaseModel):
        """Least and greatest values, ``min_NAME`` and ``max_NAME``."""

else:
    Sorted, Shown = Literal[SORTED], Literal[tuple(BY_NAME)]
    Ranges = create_model(
        "Ranges",
        **{
            f"{end}_{name}": (_Bound, Field(None, description=f"{words} {name}."))
            for name in NUMBERS
            for end, words in (("min", "Least"), ("max", "Greatest"))
        },
    )


class Asked(Ranges):
    """Which candidates, and how they are listed. What is not given is not asked."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    q: Annotated[str, StringConstraints(max_length=200)] = Field(
        "", description="Words in names and numbers."
    )
    origin: list[Word] = Field([], max_length=20, description="Lists: TOI, CTOI, search ...")
    disposition: list[Word] = Field(
        [], max_length=20, description="What lists say: PC, CP ..., or none."
    )
    verdict: list[Word] = Field([], max_length=20, description="What people say, or none.")
    model: Word = Field("", description="Whose probabilities; the latest if none is named.")
    sort: Sorted = Field("planet_probability", description="Column to sort by.")
    order: Literal["asc", "desc"] = Field("desc", description="Which way.")
    columns: list[Shown] = Field([], max_length=60, description="Columns; the usual ones if none.")

    @property
    def ranges(self) -> dict[str, tuple[float | None, float | None]]:
        """Least and greatest value of each number that is asked to lie in a range."""
        given = {
            name: (getattr(self, f"min_{name}"), getattr(self, f"max_{name}")) for name in NUMBERS
        }
        return {name: ends for name, ends in given.items() if ends != (None, None)}

    def to_query(self, target: int | None = None) -> CandidateQuery:
        """Return what the archive is asked."""
        return CandidateQuery(
            text=self.q.strip(),
            origins=tuple(self.origin),
            dispositions=tuple(_plain(self.disposition)),
            verdicts=tuple(_plain(self.verdict)),
            ranges=self.ranges,
            target=target,
            model=self.model or None,
            sort=self.sort,
            descending=self.order == "desc",
        )

    def address(self, path: str, without: Iterable[str] = (), **changes: Any) -> str:
        """Return an address with what is asked, some of it changed or left out.

        It leads to the first page, unless another is among the changes.
        """
        given = self.model_dump(exclude_defaults=True, exclude_none=True, exclude={"page"})
        given |= changes
        left_out = set(without)
        kept = {k: v for k, v in given.items() if k not in left_out and v not in (None, "", [])}
        query = urlencode(
            {k: f"{v:.9g}" if isinstance(v, float) else v for k, v in kept.items()}, doseq=True
        )
        return f"{path}?{query}" if query else path

    def toggled(self, path: str, facet: str, value: str) -> str:
        """Return the address with a value of a facet taken in, or left out if it was in."""
        chosen = list(getattr(self, facet))
        chosen = [v for v in chosen if v != value] if value in chosen else [*chosen, value]
        return self.address(path, **{facet: chosen})

    def sorted_by(self, path: str, name: str) -> str:
        """Return the address sorted by a column: the other way if it is sorted by that now."""
        turned = "asc" if name == self.sort and self.order == "desc" else "desc"
        return self.address(path, sort=name, order=turned)


class Listed(Asked):
    """Which candidates, and which page of their list."""

    page: int = Field(1, ge=1, le=1_000_000, description="From 1.")
    size: int = Field(50, ge=1, le=500, description="Rows of a page.")


NONE = "none"
"""Stands in addresses for what is not said."""


def _plain(values: Iterable[str]) -> Iterable[str]:
    return ("" if value == NONE else value for value in values)
