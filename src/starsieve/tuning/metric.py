"""The number that a training is tuned by, among all that it returns."""

import math
from collections.abc import Mapping
from typing import Any

from starsieve.errors import DataError, RecipeError


def metric_in(metrics: Mapping[str, Any], name: str) -> float:
    """Return a number by its dotted name.

    Raises
    ------
    RecipeError
        If the training returns no such number.
    DataError
        If it is not finite.
    """
    value: Any = metrics
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        known = ", ".join(_numbers(metrics)) or "none"
        msg = f"The training returns no number {name!r} to tune by. There are: {known}."
        raise RecipeError(msg)
    if not math.isfinite(value):
        msg = f"{name} is {value}."
        raise DataError(msg)
    return float(value)


def _numbers(metrics: Mapping[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            found += _numbers(value, f"{prefix}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append(f"{prefix}{name}")
    return found
