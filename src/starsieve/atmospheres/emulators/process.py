"""A Gaussian process over the nodes of a grid, and what leaving nodes out says of it.

One kernel serves all of a spectrum's components (an intrinsic coregionalisation model), so that
the prediction is a weighted sum of the nodes' spectra, and leaving out each node in turn costs one
inverse (Rasmussen & Williams 2006, Gaussian Processes for Machine Learning, eqs. 5.10 to 5.12).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_solve, cholesky
from scipy.optimize import minimize

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError

TREND_VARIANCE = 100.0
"""Of the linear trend under the process, relative to the process: little is assumed of it."""

SHORTEST, LONGEST = 2.0, 10.0
"""Bounds of the kernel's lengths, in steps between nodes. Shorter ones would leave a node that is
left out well predicted along other labels, and points between the nodes badly along this one."""

LEAST_NOISE, MOST_NOISE = 1e-8, 0.1
NODES_TO_CHOOSE_BY = 400
TRIALS = 120

Smoothness = Literal["1/2", "3/2", "5/2"]
SMOOTHNESS: tuple[Smoothness, ...] = ("1/2", "3/2", "5/2")


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A Matérn kernel with a length for each label, over a linear trend.

    Parameters
    ----------
    smoothness : {"1/2", "3/2", "5/2"}
        The first is rough: almost straight lines between nodes.
    lengths : array, shape (n_labels,)
        In steps between nodes.
    noise : float
        Variance of the nodes' own scatter, relative to the process.
    centre, spread : arrays, shape (n_labels,)
        Of the nodes' coordinates, to bring the trend to one scale.
    """

    smoothness: Smoothness
    lengths: FloatArray
    noise: float
    centre: FloatArray
    spread: FloatArray

    def correlate(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return the process' covariance of points, shape (n, m), without trend and noise."""
        a, b = (first - self.centre) / self.lengths, (second - self.centre) / self.lengths
        apart = np.sum(a * a, axis=1)[:, None] + np.sum(b * b, axis=1) - 2.0 * (a @ b.T)
        np.maximum(apart, 0.0, out=apart)
        apart *= {"1/2": 1.0, "3/2": 3.0, "5/2": 5.0}[self.smoothness]
        distance = np.sqrt(apart)
        close = np.exp(-distance)
        if self.smoothness == "3/2":
            close *= 1.0 + distance
        elif self.smoothness == "5/2":
            apart /= 3.0
            close *= 1.0 + distance + apart
        return np.asarray(close)

    def trend(self, points: FloatArray) -> FloatArray:
        """Return what the linear trend is made of, shape (n, 1 + n_labels)."""
        scaled = (points - self.centre) / self.spread
        ones = np.ones((len(points), 1), dtype=scaled.dtype)
        return np.concatenate([ones, scaled], axis=1)

    def covariance(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return the covariance of points, shape (n, m), with the trend."""
        trends = self.trend(first) @ self.trend(second).T
        return np.asarray(self.correlate(first, second) + TREND_VARIANCE * trends)

    def as_type(self, kind: np.dtype[Any]) -> "Kernel":
        """Return the same kernel in another precision."""
        return Kernel(
            self.smoothness,
            self.lengths.astype(kind),
            self.noise,
            self.centre.astype(kind),
            self.spread.astype(kind),
        )

    def of_labels(self, columns: Sequence[int]) -> "Kernel":
        """Return the kernel of some of the labels, where the others are the same."""
        chosen = list(columns)
        return Kernel(
            self.smoothness,
            self.lengths[chosen],
            self.noise,
            self.centre[chosen],
            self.spread[chosen],
        )

    def at_nodes(self, nodes: FloatArray) -> FloatArray:
        """Return the covariance of the nodes' values, shape (n, n), noise included."""
        found = self.covariance(nodes, nodes)
        found[np.diag_indices_from(found)] += self.noise
        return found


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """What each node's neighbours say of it.

    Parameters
    ----------
    inverse : array, shape (n, n)
        Of the nodes' covariance.
    variance : array, shape (n,)
        Of the prediction, relative to the process.
    residuals : array, shape (n, n_values)
        The node's values less the prediction.
    """

    inverse: FloatArray
    variance: FloatArray
    residuals: FloatArray


def invert(kernel: Kernel, nodes: FloatArray) -> npt.NDArray[np.float64]:
    """Return the inverse of the nodes' covariance, shape (n, n).

    Raises
    ------
    DataError
        If nodes are too close to each other to be told apart.
    """
    try:
        factor = cholesky(kernel.at_nodes(nodes), lower=True)
    except np.linalg.LinAlgError as error:
        msg = "Nodes of the grid lie too close to each other to be told apart."
        raise DataError(msg) from error
    return np.asarray(cho_solve((factor, True), np.eye(len(nodes))), dtype=np.float64)


def leave_out(kernel: Kernel, nodes: FloatArray, values: FloatArray) -> LeftOut:
    """Predict each node from all others.

    Parameters
    ----------
    nodes : array, shape (n, n_labels)
        Coordinates.
    values : array, shape (n, n_values)
    """
    inverse = invert(kernel, nodes)
    variance = 1.0 / np.diagonal(inverse)
    return LeftOut(inverse, variance, (inverse @ values) * variance[:, None])


def choose_kernel(nodes: FloatArray, values: FloatArray, counted: BoolArray, seed: int) -> Kernel:
    """Return the kernel of least error where nodes are left out.

    Least is the mean over nodes of the root of the error, so that a few bad ones of a grid, or
    its coldest models, do not decide. Of a large grid, nodes drawn by `seed` are looked at.

    Parameters
    ----------
    nodes : array, shape (n, n_labels)
        Coordinates.
    values : array, shape (n, n_values)
    counted : array of bool, shape (n,)
        Nodes whose errors count: those that the others surround.
    """
    rows = np.random.default_rng(seed).permutation(len(nodes))[:NODES_TO_CHOOSE_BY]
    matters = counted[rows] if counted[rows].any() else np.ones(len(rows), dtype=bool)
    found = [_choose_lengths(each, nodes, values, rows, matters) for each in SMOOTHNESS]
    return min(found, key=lambda each: each[0])[1]


def _choose_lengths(
    smoothness: Smoothness,
    nodes: FloatArray,
    values: FloatArray,
    rows: npt.NDArray[np.int64],
    matters: BoolArray,
) -> tuple[float, Kernel]:
    """Return the least error of kernels of one smoothness, and the kernel that has it."""
    n_labels = nodes.shape[1]
    low = np.log([SHORTEST] * n_labels + [LEAST_NOISE])
    high = np.log([LONGEST] * n_labels + [MOST_NOISE])
    centre, spread = nodes.mean(axis=0), nodes.std(axis=0)

    def make(point: FloatArray) -> Kernel:
        inside = np.exp(np.clip(point, low, high))
        return Kernel(smoothness, inside[:-1], float(inside[-1]), centre, spread)

    def cost(point: FloatArray) -> float:
        try:
            out = leave_out(make(point), nodes[rows], values[rows])
        except DataError:
            return 1e6
        beyond = float(np.sum((point - np.clip(point, low, high)) ** 2))
        squares = np.sum(out.residuals[matters] ** 2, axis=1)
        return float(np.log(np.maximum(np.mean(squares**0.25), 1e-300))) + beyond

    start = np.log([3.0 * SHORTEST] * n_labels + [1e-4])
    best = minimize(
        cost, start, method="Nelder-Mead", options={"maxfev": TRIALS, "xatol": 0.05, "fatol": 2e-4}
    )
    return float(best.fun), make(np.asarray(best.x))
