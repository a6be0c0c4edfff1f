"""What is searched: ranges and choices of a recipe's options, checked against its own types."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from starsieve.tasks import Recipe

RANGE = {"low", "high", "log", "step"}
CHOICES = {"choices"}

NEVER = ("model", "description", "sources", "licence")
"""Options that change nothing of a training."""


class Range(BaseModel):
    """Numbers from `low` to `high`, both included.

    Parameters
    ----------
    log : bool
        Whether to try them evenly in their logarithm.
    step : number, optional
        Only ``low``, ``low + step``, ... are tried; by default 1 for whole numbers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: int | float
    high: int | float
    log: bool = False
    step: int | float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if not self.low < self.high:
            msg = f"low must be below high, got {self.low:g} and {self.high:g}"
            raise ValueError(msg)
        if self.log and (self.low <= 0 or self.step is not None):
            msg = f"log needs a low above 0 and no step, got low {self.low:g}, step {self.step}"
            raise ValueError(msg)
        if self.step is not None and self.step > self.high - self.low:
            msg = f"a step of {self.step:g} leaves only low = {self.low:g}"
            raise ValueError(msg)
        return self

    @property
    def ends(self) -> tuple[Any, ...]:
        """What must be allowed for all of it to be."""
        return (self.low, self.high)


class Choices(BaseModel):
    """Some values, in no order: numbers, words, lists or tables."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    choices: tuple[Any, ...] = Field(min_length=2)

    @model_validator(mode="before")
    @classmethod
    def _of_list(cls, value: Any) -> Any:
        return {"choices": value} if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _differ(self) -> Self:
        labels = self.labels
        if len(set(labels)) < len(labels):
            msg = f"choices must differ, got {', '.join(labels)}"
            raise ValueError(msg)
        return self

    @property
    def ends(self) -> tuple[Any, ...]:
        """What must be allowed for all of it to be."""
        return self.choices

    @property
    def labels(self) -> tuple[str, ...]:
        """What the choices are called."""
        return tuple(label_of(choice) for choice in self.choices)

    def label_for(self, value: Any) -> str | None:
        """Return what a value is called, or a label itself; None if it is no choice."""
        for choice, label in zip(self.choices, self.labels, strict=True):
            same = choice == value and isinstance(choice, bool) == isinstance(value, bool)
            if same or value == label:
                return label
        return None


def _kind(value: Any) -> str:
    listed = isinstance(value, list | tuple | Choices)
    return "choices" if listed or (isinstance(value, Mapping) and "choices" in value) else "range"


Dimension = Annotated[
    Annotated[Range, Tag("range")] | Annotated[Choices, Tag("choices")], Discriminator(_kind)
]
Values = Mapping[str, Any]
"""Of options, by their dotted names."""


def label_of(value: Any) -> str:
    """Return what a value is called: words as they are, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def flatten(search: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return ranges and choices by dotted names, as they may stand in tables within tables."""
    flat: dict[str, Any] = {}
    for name, value in search.items():
        if isinstance(value, Mapping) and not (set(value) & (RANGE | CHOICES)):
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def with_values(training: Recipe, values: Values) -> Recipe:
    """Return a recipe with other values of options.

    Raises
    ------
    pydantic.ValidationError
        If the recipe does not take them.
    """
    options = training.model_dump(mode="json")
    for name, value in values.items():
        *tables, last = name.split(".")
        table = options
        for part in tables:
            inner = table.get(part)
            table[part] = table = dict(inner) if isinstance(inner, Mapping) else {}
        table[last] = value
    return type(training).model_validate(options)


def value_in(training: Recipe, name: str) -> Any:
    """Return the value of an option by its dotted name; None if there is no such option."""
    value: Any = training.model_dump(mode="json")
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def is_whole(dimension: Range, training: Recipe, name: str) -> bool:
    """Return whether only whole numbers of a range are tried: what the recipe makes of its ends."""
    return all(
        isinstance(_value_read(with_values(training, {name: end}), name), int)
        for end in dimension.ends
    )


def check_space(search: Mapping[str, Dimension], training: Recipe) -> None:
    """Raise ValueError, with a reason for each option that can't be searched so."""
    if not search:
        msg = "search names no option: give ranges or choices, as learning_rate = {low=.., high=..}"
        raise ValueError(msg)
    wrong = [reason for name, dim in search.items() for reason in _objections(name, dim, training)]
    if wrong:
        raise ValueError("; ".join(wrong))


def usual_space(usual: Mapping[str, Any], training: Recipe) -> dict[str, Dimension]:
    """Return what of a usual search a recipe has the options for."""
    found: dict[str, Dimension] = TypeAdapter(dict[str, Dimension]).validate_python(usual)
    return {name: dim for name, dim in found.items() if not _objections(name, dim, training)}


def _objections(name: str, dimension: Dimension, training: Recipe) -> list[str]:
    if name in NEVER:
        return [f"{name}: it changes nothing of the training"]
    for value in dimension.ends:
        try:
            read = _value_read(with_values(training, {name: value}), name)
        except ValidationError as error:
            return [_reason(error, name, label_of(value), training)]
        if isinstance(dimension, Range):
            if isinstance(read, bool) or not isinstance(read, int | float):
                return [f"{name}: a range is for numbers; give choices instead"]
            if isinstance(read, int) and dimension.step not in (None, int(dimension.step or 0)):
                return [f"{name}: a step of whole numbers, got {dimension.step}"]
    return []


def _value_read(training: Recipe, name: str) -> Any:
    """Return the value of an option as the recipe holds it, in its own type."""
    value: Any = training
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part)
    return value


def _reason(error: ValidationError, name: str, value: str, training: Recipe) -> str:
    detail = error.errors()[0]
    if detail["type"] != "extra_forbidden":
        return f"{name} = {value}: {str(detail['msg']).removeprefix('Value error, ')}"
    close = get_close_matches(name, list(_names(training.model_dump(mode="json"))))
    meant = f", did you mean {close[0]!r}?" if close else ""
    return f"the training's recipe has no option {name!r}{meant}"


def _names(options: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in options.items():
        if isinstance(value, Mapping) and value:
            yield from _names(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"
