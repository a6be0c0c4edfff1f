"""Ranges of labels and predicted parameters, as addresses say them: ``label:teff:1000..2000``."""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, StringConstraints

from starsieve.archive.spectrum_filters import LabelLimits, PredictedLimits

LABEL = "label"
"""In place of a model: a known value, not one that was inferred."""

_NUMBER = r"[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(?:[eE][+-]?\d{1,2})?"
PATTERN = rf"^[^:\x00-\x1f]{{1,80}}:[^\x00-\x1f]{{1,80}}:(?:{_NUMBER})?\.\.(?:{_NUMBER})?$"
QUANTITY = r"^[^:\x00-\x1f]{1,80}:[^\x00-\x1f]{1,80}$"

Range = Annotated[
    str,
    StringConstraints(max_length=220, pattern=PATTERN),
    Field(description="label:NAME:LOW..HIGH or MODEL:PARAMETER:LOW..HIGH; a limit may be missing."),
]
Limits = LabelLimits | PredictedLimits


def read_range(text: str) -> Limits:
    """Return what a range says.

    Examples
    --------
    >>> read_range("label:teff:1000..")
    LabelLimits(name='teff', low=1000.0, high=None)
    """
    quantity, _, limits = text.rpartition(":")
    who, name = split_quantity(quantity)
    first, _, last = limits.partition("..")
    low, high = (float(number) if number else None for number in (first, last))
    return PredictedLimits(who, name, low, high) if who else LabelLimits(name, low, high)


def write_range(quantity: str, low: float | None, high: float | None) -> str:
    """Return a range as text.

    Examples
    --------
    >>> write_range("label:teff", 1000.0, None)
    'label:teff:1000..'
    """
    return f"{quantity}:{_digits(low)}..{_digits(high)}"


def split_quantity(quantity: str) -> tuple[str, str]:
    """Return the model, nothing for a label, and the name of what ``WHO:NAME`` means."""
    who, _, name = quantity.partition(":")
    return ("" if who == LABEL else who), name


def is_range(text: str) -> bool:
    """Return whether a text says a range."""
    return re.match(PATTERN, text) is not None


def of_labels(limits: Iterable[Limits]) -> tuple[LabelLimits, ...]:
    """Return those that are of labels."""
    return tuple(each for each in limits if isinstance(each, LabelLimits))


def of_predictions(limits: Iterable[Limits]) -> tuple[PredictedLimits, ...]:
    """Return those that are of predicted parameters."""
    return tuple(each for each in limits if isinstance(each, PredictedLimits))


def _digits(number: float | None) -> str:
    return "" if number is None else f"{number:.12g}"
