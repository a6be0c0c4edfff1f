"""Neighbours as pages tell of them: by name, with the labels that most of them have."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from starsieve.data.labels import LABELS

MOST_LABELS = 6


def labels_of(neighbours: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the labels that most of them have, those that everybody knows first."""
    counts = Counter(name for each in neighbours for name in each["labels"])
    ordered = sorted(counts, key=lambda name: (name not in LABELS, -counts[name], name))
    return ordered[:MOST_LABELS]


def title_of(neighbour: Mapping[str, Any]) -> str:
    """Return a neighbour's name, or its file's, or its number."""
    name = str(neighbour["object"] or "").strip()
    return name or neighbour["file"] or f"spectrum {neighbour['id']}"
