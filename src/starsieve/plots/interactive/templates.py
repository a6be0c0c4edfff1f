"""Figures whose JSON is made once and filled with numbers for each request.

Building a figure and turning it to JSON takes Bokeh 20 to 100 ms, however few points it has, since
that goes by the number of models and their properties. Filling in arrays, labels and ranges takes
less than 5 ms. So a figure that is asked for often is built once for each of its forms, with empty
sources, and kept as a `Template`; what changes is addressed by the models' names.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from bokeh.core.serialization import Serializer

Columns = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Template:
    """The JSON of a figure that waits for its numbers.

    Parameters
    ----------
    text : str
        What `style.as_json` made of it, as JSON.
    paths : mapping of str to tuple
        Where in it the models with a name are.
    """

    text: str
    paths: Mapping[str, tuple[str | int, ...]]

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "Template":
        """Keep what `style.as_json` returned."""
        paths: dict[str, tuple[str | int, ...]] = {}
        _find_names(item["doc"], (), paths)
        return cls(json.dumps(item), paths)


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """A template and its numbers; `style.as_json` makes one of both.

    Parameters
    ----------
    template : Template
    data : mapping of str to columns
        By the name of a source: arrays by column. Double precision is sent as single, except for
        what `exact` names: a screen shows no more.
    values : mapping of str to mapping
        By the name of a model: values by property.
    exact : set of str
        Columns that keep double precision.
    about : mapping
        For the page's scripts: what else they must know of the figure.
    """

    template: Template
    data: Mapping[str, Columns] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    exact: frozenset[str] = frozenset()
    about: Mapping[str, Any] = field(default_factory=dict)

    def to_item(self) -> dict[str, Any]:
        """Return what a page embeds.

        Raises
        ------
        KeyError
            If the template has no model of a name.
        """
        item: dict[str, Any] = json.loads(self.template.text)
        encoder = Serializer(deferred=False)
        for name, columns in self.data.items():
            self._attributes(item, name)["data"] = encode_columns(columns, self.exact)
        for name, values in self.values.items():
            self._attributes(item, name).update(
                {key: encoder.encode(value) for key, value in values.items()}
            )
        return item | {"about": dict(self.about)} if self.about else item

    def _attributes(self, item: dict[str, Any], name: str) -> dict[str, Any]:
        node: Any = item["doc"]
        for step in self.template.paths[name]:
            node = node[step]
        attributes: dict[str, Any] = node.setdefault("attributes", {})
        return attributes


def encode_columns(columns: Columns, exact: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the data of a source as BokehJS reads it: in a figure, or in a patch of one.

    Parameters
    ----------
    columns : mapping of str to array
    exact : set of str
        Columns that keep double precision.
    """
    encoder = Serializer(deferred=False)
    entries = [
        [name, encoder.encode(np.asarray(values) if name in exact else _sent(np.asarray(values)))]
        for name, values in columns.items()
    ]
    return {"type": "map", "entries": entries}


def _sent(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if values.dtype.kind != "f":
        return values
    # what is too large for single precision becomes infinite, and is not drawn either way
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, dtype=np.float32)


def _find_names(
    node: Any, path: tuple[str | int, ...], paths: dict[str, tuple[str | int, ...]]
) -> None:
    """Find all models that have a name; a model stands where it is first referred to."""
    if isinstance(node, dict):
        if node.get("type") == "object" and (name := node.get("attributes", {}).get("name")):
            paths[name] = path
        for key, below in node.items():
            _find_names(below, (*path, key), paths)
    elif isinstance(node, list):
        for place, below in enumerate(node):
            _find_names(below, (*path, place), paths)
