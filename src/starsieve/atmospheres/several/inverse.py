"""Draws through monotonic splines, faster than by objects that can do more.

The splines are those of `zuko.transforms.MonotonicRQSTransform` (rational-quadratic: Durkan et al.
2019, arXiv:1906.04032), by which densities are computed and trained. To draw from them, only the
one bin that each draw falls into has to be known in full. Draws lie side by side in memory, a
spline's numbers far apart: so the processor works on many draws at once.
"""

import math

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
    bins = (len(numbers) + 1) // 3
    sizes = _softened(numbers[: 2 * bins], 2.0).exp()
    widths, heights = sizes[:bins], sizes[bins:]
    right, top = widths.cumsum(0), heights.cumsum(0)
    wanted = (values + 1.0) / 2.0 * top[-1]
    bin_of = (top[:-1] < wanted).sum(0, keepdim=True)

    def there(rows: Tensor) -> Tensor:
        return rows.gather(0, bin_of)[0]

    width, height = there(widths), there(heights)
    # The first and the last knot have a slope of one.
    slopes = torch.nn.functional.pad(numbers[2 * bins :], (0, 0, 1, 1))
    before, after = (_softened(there(part), 1.0).exp() for part in (slopes[:-1], slopes[1:]))
    part_up = ((wanted - there(top)) / height + 1.0).clamp(0.0, 1.0)
    part_along = _solve(part_up, height / top[-1] / width * right[-1], before, after)
    return (there(right) + (part_along - 1.0) * width) / right[-1] * 2.0 - 1.0


def _softened(numbers: Tensor, factor: float) -> Tensor:
    return numbers / (1.0 + (numbers * (factor / math.log(LEAST_SLOPE))).abs())


def _solve(part_up: Tensor, mean: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """Return which part of a bin's width belongs to a part of its height (Durkan's eqs. 25-29).

    `mean` is the bin's own slope; `before` and `after` are those at its ends.
    """
    bend = part_up * (before + after - 2.0 * mean)
    a, b, c = mean - before + bend, before - bend, -mean * part_up
    return 2.0 * c / (-b - (b * b - 4.0 * a * c).sqrt())
