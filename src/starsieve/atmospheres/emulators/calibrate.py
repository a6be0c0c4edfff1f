"""Bring an emulator's errors to what they should be, where nodes and where planes are left out.

A node that is left out alone still has its neighbours along every other label: that says little of
points between the nodes. So every other value of each label is left out in turn, too, which is
like a grid of twice the step; errors have to hold there as well as where single nodes are missing.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.emulators.emulator import nearest_of
from starsieve.atmospheres.emulators.process import Kernel, invert
from starsieve.atmospheres.emulators.space import Space
from starsieve.data.spectrum import BoolArray, FloatArray

FRACTIONS = ((0.6827, 1.0), (0.95, 1.96))
"""Shares of errors that lie within so many standard deviations, if these are right."""

ENOUGH_VALUES = 5
"""Of a label, to leave every other one out: fewer would leave nothing to interpolate."""


def calibrate(
    kernel: Kernel, space: Space, values: FloatArray, misses: FloatArray, components: FloatArray
) -> float:
    """Return the factor by which errors fall short that are judged from the nodes around.

    Parameters
    ----------
    kernel : Kernel
    space : Space
    values : array, shape (n_nodes, n_components)
        The nodes' log flux.
    misses : array, shape (n_nodes, n_components)
        What each node differs by from the prediction of all others, over the deviation that the
        process expects of it.
    components : array, shape (n_components, n_pixels)

    Returns
    -------
    float
        The larger of those that bring 68 % and 95 % of the errors within one and two deviations,
        single nodes and planes taken together.
    """
    nodes = space.coordinates(space.nodes)
    inner = space.inner()
    off = misses @ components
    near = nearest_of(kernel, nodes, nodes, skip_self=True)
    ratios = [(np.abs(off) / _expected(off**2, near))[inner]]
    for out in planes(space):
        residuals, variance = _predict(kernel, nodes, values, out)
        near = np.flatnonzero(~out)[nearest_of(kernel, nodes[out], nodes[~out])]
        scaled = residuals @ components / np.sqrt(variance)[:, None]
        ratios.append(np.abs(scaled) / _expected(off**2, near))
    every = np.concatenate([ratio.ravel() for ratio in ratios])
    return float(max(np.quantile(every, share) / level for share, level in FRACTIONS))


def planes(space: Space) -> Iterator[BoolArray]:
    """Yield, for each label of `ENOUGH_VALUES` or more, the nodes at every other inner value."""
    for axis, place in zip(space.axes, space.places(space.nodes).T, strict=True):
        if len(axis) >= ENOUGH_VALUES:
            yield (place % 2 == 1) & (place < len(axis) - 1)


def _expected(squares: FloatArray, near: npt.NDArray[np.int64]) -> FloatArray:
    return np.asarray(np.sqrt(np.maximum(np.mean(squares[near], axis=1), 1e-300)))


def _predict(
    kernel: Kernel, nodes: FloatArray, values: FloatArray, out: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return how far nodes are from the prediction of the others, and its relative variance."""
    inverse = invert(kernel, nodes[~out])
    across = kernel.covariance(nodes[out], nodes[~out])
    own = np.diagonal(kernel.at_nodes(nodes[out]))
    known = np.sum((across @ inverse) * across, axis=1)
    variance = np.maximum(own - known, kernel.noise)  # `own` has the noise already
    return values[out] - across @ (inverse @ values[~out]), variance
