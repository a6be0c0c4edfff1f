"""Draws through monotonic splines, faster than by objects that can do more.

The splines are those of `zuko.transforms.MonotonicRQSTransform` (rational-quadratic: Durkan et al.
2019, arXiv:1906.04032), by which densities are computed and trained. To draw from them, only the
one bin that each draw falls into has to be known in full. Draws lie side by side in memory, a
spline's numbers far apart: so the processor works on many draws at once.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

LEAST_SLOPE = 1e-4
"""Of a spline; its softened numbers stay within half, and its slopes within all, of this range."""


def invert_splines(numbers: Tensor, values: Tensor) -> Tensor:
    """Return where splines on [-1, 1] take given values.

    Parameters
    ----------
    numbers : tensor, shape (3 * bins - 1, n)
        Before they are made widths, heights and slopes: so many of each, one slope less.
    values : tensor, shape (n,)
        In [-1, 1].

    Returns
    -------
    tensor, shape (n,)
    """
    return _find(numbers, values).places


def invert_with_slopes(numbers: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Return what `invert_splines` does, and the logarithms of the splines' slopes there."""
    found = _find(numbers, values)
    along, mean, before, after = found.part_along, found.mean, found.before, found.after
    back = 1.0 - along
    both = along * back
    upper = after * along * along + 2.0 * mean * both + before * back * back
    part = mean / (mean + (before + after - 2.0 * mean) * both)
    return found.places, (part * part * upper).log()


class _Found(NamedTuple):
    """Places, and the bins they are in: mean slope, slopes at the ends, the place's part."""

    places: Tensor
    part_along: Tensor
    mean: Tensor
    before: Tensor
    after: Tensor


def _find(numbers: Tensor, values: Tensor) -> _Found:
    bins = (len(numbers) + 1) // 3
    sizes = _softened(numbers[: 2 * bins], 2.0).exp().view(2, bins, -1)  # widths, then heights
    ends = sizes.cumsum(1)
    whole = ends[:, -1]
    wanted = (values + 1.0) / 2.0 * whole[1]
    bin_of = (ends[1, :-1] < wanted).sum(0, keepdim=True)
    width, height = sizes.gather(1, bin_of.expand(2, 1, -1))[:, 0]
    right, top = ends.gather(1, bin_of.expand(2, 1, -1))[:, 0]
    # The first and the last knot have a slope of one.
    slopes = torch.nn.functional.pad(numbers[2 * bins :], (0, 0, 1, 1))
    before, after = _softened(slopes.gather(0, torch.cat([bin_of, bin_of + 1])), 1.0).exp()
    mean = height / whole[1] / width * whole[0]
    part_up = ((wanted - top) / height + 1.0).clamp(0.0, 1.0)
    along = _solve(part_up, mean, before, after)
    places = (right + (along - 1.0) * width) / whole[0] * 2.0 - 1.0
    return _Found(places, along, mean, before, after)


def _softened(numbers: Tensor, factor: float) -> Tensor:
    return numbers / (1.0 + (numbers * (factor / math.log(LEAST_SLOPE))).abs())


def _solve(part_up: Tensor, mean: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """Return which part of a bin's width belongs to a part of its height (Durkan's eqs. 25-29).

    `mean` is the bin's own slope; `before` and `after` are those at its ends.
    """
    bend = part_up * (before + after - 2.0 * mean)
    a, b, c = mean - before + bend, before - bend, -mean * part_up
    return 2.0 * c / (-b - (b * b - 4.0 * a * c).sqrt())
