"""Stretch posteriors so that their intervals hold known values as often as they say.

A split-conformal correction in the manner of conformalised quantile regression (Romano et al.
2019, NeurIPS, arXiv:1905.03222): the distances of the quantiles from the median are multiplied by
one factor for the central 68 % and one for the central 95 %, each the smallest that holds as many
of the values. Factors belong to classes of a first label's median, such as M, L and T dwarfs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import FloatArray

LEVELS = (0.68, 0.95)
SMALLEST, LARGEST = 0.05, 5.0
FACTORS = np.round(np.geomspace(SMALLEST, LARGEST, 185), 4)


CLASS_LABEL = "teff"


def class_label(names: Iterable[str]) -> str:
    """Return which of the calibrated labels tells classes apart: Teff, or else the first."""
    known = tuple(names)
    return CLASS_LABEL if CLASS_LABEL in known else known[0]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Factors of a label's posterior.

    Parameters
    ----------
    edges : tuple of float
        Where classes meet, in the unit of the label that tells classes apart.
    inner, outer : tuple of float
        Factors of the 68 and the 95 % interval, by class.
    """

    edges: tuple[float, ...]
    inner: tuple[float, ...]
    outer: tuple[float, ...]

    def __call__(self, draws: FloatArray, classes: FloatArray) -> FloatArray:
        """Return stretched draws.

        Parameters
        ----------
        draws : array, shape (n, n_draws)
        classes : array, shape (n,)
            Values of the label that tells classes apart.
        """
        number = np.digitize(classes, self.edges)
        inner, outer = np.array(self.inner)[number], np.array(self.outer)[number]
        return stretch(draws, inner, outer)

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {"edges": self.edges, "inner": self.inner, "outer": self.outer}

    @classmethod
    def from_record(cls, record: Mapping[str, Sequence[float]]) -> Self:
        """Return what `to_record` wrote."""
        return cls(*(tuple(record[name]) for name in ("edges", "inner", "outer")))


def stretch(draws: FloatArray, inner: FloatArray, outer: FloatArray) -> FloatArray:
    """Return draws whose quantiles are farther from the median, or nearer.

    Parameters
    ----------
    draws : array, shape (n, n_draws)
    inner, outer : arrays, shape (n,)
        Factors at the ends of the 68 and the 95 % interval; in between and beyond, they go over
        into each other.

    Returns
    -------
    array, shape (n, n_draws)
        In the order of the draws.
    """
    low, left, middle, right, high = np.quantile(
        draws, (0.025, 0.16, 0.5, 0.84, 0.975), axis=1, keepdims=True
    )
    off = draws - middle
    near = np.where(off < 0, middle - left, right - middle)
    far = np.where(off < 0, middle - low, high - middle)
    inner, outer = inner[:, None], np.maximum(outer[:, None] * far, inner[:, None] * near)
    size = np.abs(off)
    slope = (outer - inner * near) / np.maximum(far - near, 1e-12 * np.maximum(far, 1e-300))
    # Beyond the 95 % interval one factor holds, or a few far draws would be thrown out wildly.
    beyond = outer / np.maximum(far, 1e-300)
    stretched = np.where(
        size <= near,
        inner * size,
        np.where(size <= far, inner * near + slope * (size - near), beyond * size),
    )
    return np.asarray(middle + np.sign(off) * stretched)


def fit_stretch(
    draws: FloatArray,
    truth: FloatArray,
    errors: FloatArray | None,
    classes: FloatArray,
    edges: Sequence[float],
) -> Stretch:
    """Find the factors that make intervals hold known values.

    Parameters
    ----------
    draws : array, shape (n, n_draws)
        Of objects that whoever drew them had never seen.
    truth : array, shape (n,)
        NaN where unknown.
    errors : array, shape (n,), optional
        Of the known values, added in quadrature; they have to be independent.
    classes : array, shape (n,)
    edges : sequence of float
        See `Stretch`.
    """
    number = np.digitize(classes, edges)
    inner, outer = [], []
    for each in range(len(edges) + 1):
        rows = (number == each) & np.isfinite(truth)
        if not rows.any():
            inner.append(1.0)
            outer.append(1.0)
            continue
        own = None if errors is None else errors[rows]
        found = [_factor(draws[rows], truth[rows], own, level) for level in LEVELS]
        inner.append(found[0])
        outer.append(found[1])
    return Stretch(tuple(float(edge) for edge in edges), tuple(inner), tuple(outer))


def _factor(draws: FloatArray, truth: FloatArray, errors: FloatArray | None, level: float) -> float:
    """Return the smallest factor with which intervals hold the level's share, and one more.

    Where errors of the truth are added, it is not below one. Stated errors that exceed the
    scatter can't be what they say they are, and no interval could be narrow enough for them.
    """
    needed = min(np.ceil(level * (len(truth) + 1)) / len(truth), 1.0)
    off, side, added = _distances(draws, truth, errors, level)
    for factor in FACTORS if errors is None else FACTORS[FACTORS >= 1.0]:
        if np.mean(off <= np.hypot(factor * side, added)) >= needed:
            return float(factor)
    return LARGEST


def holds(
    draws: FloatArray,
    truth: FloatArray,
    errors: FloatArray | None = None,
    level: float = 0.68,
    factor: float = 1.0,
) -> npt.NDArray[np.bool_]:
    """Return whether central intervals, errors of the truth added in quadrature, hold the truth.

    Parameters
    ----------
    draws : array, shape (n, n_draws)
    truth, errors : arrays, shape (n,)
    level : float
    factor : float
        By which the intervals are stretched.

    Returns
    -------
    array of bool, shape (n,)
    """
    off, side, added = _distances(draws, truth, errors, level)
    return np.asarray(off <= np.hypot(factor * side, added))


def _distances(
    draws: FloatArray, truth: FloatArray, errors: FloatArray | None, level: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return how far from the median the truth is, and the interval's end, and the errors' part."""
    tail = (1.0 - level) / 2.0
    low, middle, high = np.quantile(draws, (tail, 0.5, 1.0 - tail), axis=1)
    side = np.where(truth < middle, middle - low, high - middle)
    added = np.zeros_like(middle) if errors is None else errors * _normal_quantile(1.0 - tail)
    return np.abs(truth - middle), side, added


def _normal_quantile(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))
