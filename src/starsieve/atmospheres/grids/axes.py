"""The labels of a model grid, each with the values that it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data import SpectrumSet
from starsieve.data.labels import plain_symbol
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

IntArray = npt.NDArray[np.int64]

WIDE = 2.0
"""A step between values that is wider than so many usual ones is a gap."""

NARROW = 0.1
"""Values nearer to each other than this share of the usual step are probably meant as one."""


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """One label of a grid.

    Parameters
    ----------
    name : str
    values : tuple of float or str
        What the label takes, increasing; words where it holds no numbers.
    codes : array of int, shape (n_spectra,)
        Which of the values each spectrum has.
    """

    name: str
    values: tuple[float, ...] | tuple[str, ...]
    codes: IntArray

    def __len__(self) -> int:
        return len(self.values)

    @property
    def symbol(self) -> str:
        """Name of the label in plain letters for people."""
        return plain_symbol(self.name)

    @property
    def is_number(self) -> bool:
        """Whether the values can be subtracted."""
        return not isinstance(self.values[0], str)

    @property
    def numbers(self) -> FloatArray:
        """The values as an array, shape (n_values,); only of a label of numbers."""
        return np.array(self.values, dtype=np.float64)

    @property
    def steps(self) -> FloatArray:
        """Differences between neighbouring values, shape (n_values - 1,)."""
        return np.diff(self.numbers) if self.is_number else np.empty(0)

    def gaps(self) -> tuple[tuple[float, float], ...]:
        """Return neighbouring values that are unusually far from each other."""
        return self._neighbours(self.steps > WIDE * _usual(self.steps))

    def doubles(self) -> tuple[tuple[float, float], ...]:
        """Return neighbouring values that are so near that they are probably meant as one."""
        return self._neighbours(self.steps < NARROW * _usual(self.steps))

    def show(self, codes: Sequence[int] | IntArray) -> str:
        """Return some of the values as people write them."""
        return ", ".join(show(self.values[code]) for code in codes)

    def _neighbours(self, where: npt.NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
        values = self.numbers.tolist() if self.is_number else []
        return tuple((values[i], values[i + 1]) for i in np.flatnonzero(where))


def show(value: float | str) -> str:
    """Return a value as people write it; single precision leaves no trail of digits.

    Examples
    --------
    >>> show(float(np.float32(0.3))), show("nc")
    ('0.3', 'nc')
    """
    return value if isinstance(value, str) else f"{value:.6g}"


def plain(value: float | str) -> float | str:
    """Return a value as JSON holds it, without what single precision added."""
    return value if isinstance(value, str) else float(f"{value:.7g}")


def axes_of(spectra: SpectrumSet, names: Sequence[str] | None = None) -> tuple[Axis, ...]:
    """Return the labels of a model grid.

    Parameters
    ----------
    spectra : SpectrumSet
    names : sequence of str, optional
        The labels that count. By default all numbers, and words of `meta` that tell spectra apart
        (a word for each spectrum, but not as many different ones as there are spectra).

    Raises
    ------
    DataError
        If there is no label, or a value is not known.
    """
    words = {} if names is not None else _words(spectra)
    chosen = list(spectra.labels) if names is None else list(names)
    missing = [name for name in chosen if name not in spectra.labels]
    if missing or not (chosen or words):
        known = ", ".join(spectra.labels) or "none"
        wanted = f"label {missing[0]!r}" if missing else "labels"
        msg = f"The grid has no {wanted}. It has: {known}. A grid needs a label for each parameter."
        raise DataError(msg)
    axes = [_axis(name, np.asarray(spectra.labels[name])) for name in chosen]
    return (*axes, *(_axis(name, values) for name, values in words.items()))


def _axis(name: str, column: npt.NDArray[Any]) -> Axis:
    if column.dtype.kind == "f" and not np.isfinite(column).all():
        n_unknown = int(np.sum(~np.isfinite(column)))
        msg = (
            f"Label {name!r} is not known of {n_unknown} of {len(column)} spectra; leave those "
            "out, or leave the label out."
        )
        raise DataError(msg)
    values, codes = np.unique(column, return_inverse=True)
    return Axis(name, tuple(values.tolist()), codes.astype(np.int64).ravel())


def _words(spectra: SpectrumSet) -> dict[str, npt.NDArray[Any]]:
    """Return what `meta` holds for each spectrum in words, unless it only names the spectra."""
    found = {}
    for name, values in spectra.meta.items():
        if isinstance(values, list) and len(values) == len(spectra) and name != "objects":
            n_values = len(set(map(str, values)))
            if 2 <= n_values <= len(spectra) // 2:
                found[name] = np.array([str(value) for value in values])
    return found


def _usual(steps: FloatArray) -> float:
    return float(np.median(steps)) if len(steps) else 0.0
