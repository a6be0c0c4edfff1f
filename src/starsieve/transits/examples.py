"""Signals whose nature is known, to learn from: their views, numbers, and possible classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import BoolArray
from starsieve.transits.table_features import FloatArray
from starsieve.transits.views import N_GLOBAL, N_LOCAL, Float32Array, Views

CLASSES = ("planet", "eclipsing binary", "other astrophysical", "systematics")
PLANET = 0

VIEW_SIZES: Mapping[str, int] = {
    "global_view": N_GLOBAL,
    "local_view": N_LOCAL,
    "odd_view": N_LOCAL,
    "even_view": N_LOCAL,
    "secondary_view": N_LOCAL,
    "half_phase_view": N_LOCAL,
}
"""The views that a classifier may use, and their numbers of bins."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Signals of known nature.

    Parameters
    ----------
    views : mapping of str to float32 array, shape (n_signals, n_bins)
        Those of `VIEW_SIZES` that there are, as `starsieve.transits.views` scales them; a row of
        NaN where a signal lacks one.
    features : mapping of str to array, shape (n_signals,)
        Numbers by the names of `starsieve.transits.features`, NaN where unknown.
    allowed : array of bool, shape (n_signals, n_classes)
        Which of `CLASSES` the label leaves open.
    star : array of int64, shape (n_signals,)
        TIC numbers, and negative KIC numbers: signals of one star are never split.
    source : array of str, shape (n_signals,)
        Name of the file.
    files : mapping of str to str
        Names of the files and the SHA-256 of their content.
    """

    views: Mapping[str, Float32Array]
    features: Mapping[str, FloatArray]
    allowed: BoolArray
    star: npt.NDArray[np.int64]
    source: npt.NDArray[np.str_]
    files: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.star)

    @property
    def planet(self) -> BoolArray:
        """Whether each is a planet; no label leaves that open."""
        return np.asarray(self.allowed[:, PLANET])

    def take(self, rows: npt.NDArray[Any]) -> Self:
        """Return some of the signals."""
        return type(self)(
            {name: view[rows] for name, view in self.views.items()},
            {name: values[rows] for name, values in self.features.items()},
            self.allowed[rows],
            self.star[rows],
            self.source[rows],
            self.files,
        )


def stack_views(views: Sequence[Views]) -> dict[str, Float32Array]:
    """Return the views of several signals as one array each, rows of NaN where there is none."""
    stacks: dict[str, Float32Array] = {}
    for name, size in VIEW_SIZES.items():
        stack = np.full((len(views), size), np.nan, dtype=np.float32)
        for row, each in enumerate(views):
            view = getattr(each, name)
            if view is not None:
                stack[row] = view
        stacks[name] = stack
    return stacks


def join_examples(parts: Sequence[Examples]) -> Examples:
    """Return the signals of several sources as one; what one of them lacks is unknown there."""
    views = list(dict.fromkeys(name for part in parts for name in part.views))
    features = list(dict.fromkeys(name for part in parts for name in part.features))

    def column(part: Examples, name: str) -> FloatArray:
        return part.features.get(name, np.full(len(part), np.nan))

    def view(part: Examples, name: str) -> Float32Array:
        absent = np.full((len(part), VIEW_SIZES[name]), np.nan, dtype=np.float32)
        return part.views.get(name, absent)

    return Examples(
        {name: np.concatenate([view(part, name) for part in parts]) for name in views},
        {name: np.concatenate([column(part, name) for part in parts]) for name in features},
        np.concatenate([part.allowed for part in parts]),
        np.concatenate([part.star for part in parts]),
        np.concatenate([part.source for part in parts]),
        {name: digest for part in parts for name, digest in part.files.items()},
    )
