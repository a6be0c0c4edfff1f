"""Read back what a figure's JSON holds."""

import base64
import gzip
from collections.abc import Iterator
from typing import Any

import numpy as np


def models(item: Any) -> Iterator[dict[str, Any]]:
    """Yield every model in the JSON of a figure."""
    if isinstance(item, dict):
        if item.get("type") == "object":
            yield item
        for below in item.values():
            yield from models(below)
    elif isinstance(item, list):
        for below in item:
            yield from models(below)


def attributes(item: Any, name: str) -> dict[str, Any]:
    """Return the properties of the model of a name."""
    (found,) = [m for m in models(item) if m.get("attributes", {}).get("name") == name]
    return found["attributes"]


def columns(item: Any, name: str) -> dict[str, Any]:
    """Return the columns of the source of a name, as arrays or lists of words."""
    return {key: array(value) for key, value in attributes(item, name)["data"]["entries"]}


def array(encoded: dict[str, Any]) -> Any:
    """Return an array that was encoded."""
    if encoded["dtype"] == "object":
        return encoded["array"]
    data = gzip.decompress(base64.b64decode(encoded["array"]["data"]))
    return np.frombuffer(data, encoded["dtype"]).reshape(encoded["shape"])


def has(item: Any, name: str) -> bool:
    """Return whether there is a model of a name."""
    return any(m.get("attributes", {}).get("name") == name for m in models(item))
