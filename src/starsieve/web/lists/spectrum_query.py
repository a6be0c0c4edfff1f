"""Which spectra a list shows and how, as its address says it."""

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from starsieve.archive.spectrum_filters import SpectrumFilter, SpectrumOrder
from starsieve.web.lists.ranges import (
    LABEL,
    QUANTITY,
    Range,
    of_labels,
    of_predictions,
    read_range,
    split_quantity,
    write_range,
)

Word = Annotated[str, StringConstraints(max_length=80)]
Limit = Annotated[float | None, Field(allow_inf_nan=False, description="Of by.")]

COLUMNS = ("number", "object", "resolution")
"""What lists may be sorted by, beside labels and predicted parameters."""

SORT = rf"^-?(?:{'|'.join(COLUMNS)}|{QUANTITY[1:-1]})$"


class SpectrumQuery(BaseModel):
    """Which spectra are meant, in which order, and what is shown of them."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    q: Annotated[str, StringConstraints(max_length=200)] = Field(
        "", description="A part of the object's or the file's name."
    )
    collection: list[Word] = Field([], max_length=50, description="One of these.")
    medium: list[Literal["vacuum", "air"]] = Field([], max_length=2, description="In the file.")
    frame: list[Word] = Field([], max_length=10, description="Velocity frame of the wavelengths.")
    model: Word = Field("", description="It has predictions by this model.")
    in_distribution: bool | None = Field(None, description="What the model says of that.")
    target: int | None = Field(None, ge=1, le=2**31 - 1, description="Number of its star.")
    range: list[Range] = Field([], max_length=20, description="Of labels and parameters.")
    sort: Annotated[str, StringConstraints(max_length=180, pattern=SORT)] = Field(
        "number",
        description="number, object, resolution, label:NAME or MODEL:PARAMETER; - turns it round.",
    )
    label: list[Word] = Field([], max_length=20, description="Labels that are shown.")

    @field_validator("in_distribution", "target", mode="before")
    @classmethod
    def _nothing_if_empty(cls, value: Any) -> Any:
        # What is left empty in a form comes as an empty text.
        return None if value == "" else value

    def to_filter(self) -> SpectrumFilter:
        """Return which spectra are meant.

        Raises
        ------
        DataError
            If a distribution is asked for without a model.
        """
        limits = [read_range(text) for text in self.range]
        return SpectrumFilter(
            text=self.q.strip(),
            collections=tuple(self.collection),
            media=tuple(self.medium),
            frames=tuple(self.frame),
            labels=of_labels(limits),
            predicted=of_predictions(limits),
            model=self.model or None,
            in_distribution=self.in_distribution,
            target=self.target,
        )

    def to_order(self) -> SpectrumOrder:
        """Return in which order."""
        by, descending = self.sort.removeprefix("-"), self.sort.startswith("-")
        if by in COLUMNS:
            return SpectrumOrder(by, descending=descending)  # type: ignore[arg-type]
        model, name = split_quantity(by)
        return SpectrumOrder("predicted" if model else "label", name, model, descending)

    @property
    def narrows(self) -> bool:
        """Whether anything is asked of the spectra."""
        return self.to_filter() != SpectrumFilter()

    def address(self, path: str = "/spectra", **changes: Any) -> str:
        """Return where the list is, with some things changed; None leaves one out."""
        given = self.model_dump(exclude_defaults=True, exclude=self._passing) | changes
        # One list has one address, whatever was set first.
        return address(path, {n: given[n] for n in type(self).model_fields if n in given})

    def without(self, name: str, value: str) -> str:
        """Return where the list is without one of several values."""
        changes: dict[str, Any] = {name: [each for each in getattr(self, name) if each != value]}
        return self.address(**changes)

    def sorted_by(self, by: str) -> str:
        """Return where the list is, sorted by something; the other way round if it is already."""
        return self.address(sort=f"-{by}" if self.sort == by else by)

    def hidden(self, *fields: str) -> list[tuple[str, str]]:
        """Return what a form must carry along that has some fields of its own."""
        given = self.model_dump(exclude_defaults=True, exclude={*self._passing, *fields})
        return [
            (name, _word(each))
            for name, value in given.items()
            for each in (value if isinstance(value, list) else [value])
        ]

    @property
    def _passing(self) -> set[str]:
        return set()


class SpectrumListQuery(SpectrumQuery):
    """The same, a page at a time, with a range that a form adds."""

    page: int = Field(1, ge=1, le=1_000_000, description="From 1.")
    size: int = Field(50, ge=1, le=500, description="Rows of a page.")
    by: Annotated[str, StringConstraints(max_length=180)] = Field(
        "", description="What min and max are of, as in sort."
    )
    min: Limit = None
    max: Limit = None
    thumbnails: bool = Field(True, description="Whether the page shows small drawings.")

    @field_validator("min", "max", mode="before")
    @classmethod
    def _no_limit_if_empty(cls, value: Any) -> Any:
        return None if value == "" else value

    @property
    def was_typed(self) -> bool:
        """Whether a form sent this that has more than what it means."""
        return bool({"by", "min", "max"} & self.model_fields_set)

    def with_range(self) -> Self:
        """Return the same with what a form adds among the ranges."""
        who, name = split_quantity(self.by)
        if not name or (self.min is None and self.max is None):
            return self
        text = write_range(f"{who or LABEL}:{name}", self.min, self.max)
        others = [each for each in self.range if not each.startswith(f"{who or LABEL}:{name}:")]
        return self.model_copy(update={"range": [*others, text]})

    @property
    def offset(self) -> int:
        """Rows before the page."""
        return (self.page - 1) * self.size

    @property
    def _passing(self) -> set[str]:
        return {"by", "min", "max", "page"}


def address(path: str, given: dict[str, Any]) -> str:
    """Return an address with a query; what is empty is left out.

    Examples
    --------
    >>> address("/spectra", {"q": "GJ 229", "model": None, "frame": ["rest"]})
    '/spectra?q=GJ+229&frame=rest'
    """
    pairs = [
        (name, _word(each))
        for name, value in given.items()
        if value not in (None, "", [])
        for each in (value if isinstance(value, list | tuple) else [value])
    ]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
