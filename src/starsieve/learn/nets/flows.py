"""Normalising flows, built from zuko's parts."""

import math
from functools import partial
from typing import Any

import torch
import zuko
from torch import Tensor, nn

from starsieve.learn.nets.splines import LEAST_SLOPE, invert_with_slopes

MARGIN = 1e-4
"""Rounding can carry a point on the box's edge this far out; the base is that much wider."""


class BoxFlow(nn.Module):
    """A conditional density on the box [-1, 1]^d, without mass outside of it.

    A neural spline flow (Durkan et al. 2019, arXiv:1906.04032), autoregressive, whose splines map
    the box onto itself and whose base is uniform on it: sampling needs no rejection.

    Parameters
    ----------
    n_features, n_context : int
        Dimensions of the box and of the context.
    transforms, hidden, bins : int
        Number of autoregressive transforms, width of their two hidden layers, bins per spline.
    """

    def __init__(
        self, n_features: int, n_context: int, transforms: int, hidden: int, bins: int
    ) -> None:
        super().__init__()
        forward = torch.arange(n_features)
        self.flow = zuko.flows.Flow(
            [
                zuko.flows.MaskedAutoregressiveTransform(
                    features=n_features,
                    context=n_context,
                    order=forward if number % 2 == 0 else forward.flip(0),
                    univariate=partial(
                        zuko.transforms.MonotonicRQSTransform, bound=1.0, slope=LEAST_SLOPE
                    ),
                    shapes=[(bins,), (bins,), (bins - 1,)],
                    hidden_features=(hidden, hidden),
                )
                for number in range(transforms)
            ],
            zuko.lazy.UnconditionalDistribution(
                zuko.distributions.BoxUniform,
                torch.full((n_features,), -1.0 - MARGIN),
                torch.full((n_features,), 1.0 + MARGIN),
                buffer=True,
            ),
        )

    def log_prob(self, points: Tensor, context: Tensor) -> Tensor:
        """Return log densities, shape (n,), of points (n, d) given contexts (n, n_context)."""
        with torch.autocast(points.device.type, enabled=False):  # splines need all digits
            density: Tensor = self.flow(context.float()).log_prob(points)
        return density

    def sample(self, base: Tensor, context: Tensor) -> Tensor:
        """Return draws, shape (n_draws, n, d), inside of the box, for contexts (n, n_context).

        `base` holds evenly distributed points of the box, shape (n_draws, d), that are carried
        over to every context: what is drawn for one does not depend on the others.
        """
        return self.draw(base, context)[0]

    def draw(self, base: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Return what `sample` does, and the draws' log densities, shape (n_draws, n)."""
        points = base[:, None].expand(-1, len(context), -1)
        log_density = torch.full(points.shape[:2], -points.shape[2] * math.log(2 * (1 + MARGIN)))
        log_density = log_density.to(points.device)
        for transform in reversed(self.flow.transform.transforms):
            points, log_slope = _invert(transform, points, context)
            log_density += log_slope
        return points.clamp(-1.0, 1.0), log_density


def _invert(transform: Any, points: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
    """Undo one autoregressive transform, feature by feature, each spline computed once.

    zuko's own inverse computes the splines of all features for each feature anew. Returned are
    points, shape (n_draws, n, d), and the logarithm of the transform's slope, shape (n_draws, n).
    """
    n_draws, n, d = points.shape
    first, *hidden, last = transform.hyper
    found, log_slope = torch.zeros_like(points), torch.zeros_like(points[..., 0])
    weight, last_weight = first.mask * first.weight, last.mask * last.weight
    of_context = nn.functional.linear(context, weight[:, d:], first.bias)
    for number, feature in enumerate(transform.order.argsort().tolist()):
        values = of_context
        if number:  # the first depends on the context alone: one spline for all draws
            values = (values + found @ weight[:, :d].T).flatten(0, 1)
        for layer in hidden:
            values = layer(values)
        rows = slice(feature * transform.total, (feature + 1) * transform.total)
        numbers = torch.addmm(last.bias[rows, None], last_weight[rows], values.T)
        if not number:
            numbers = numbers.repeat(1, n_draws)
        place, slope = invert_with_slopes(numbers, points[..., feature].flatten())
        found[..., feature] = place.view(n_draws, n)
        log_slope += slope.view(n_draws, n)
    return found, log_slope
