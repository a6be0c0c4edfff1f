"""Normalising flows, built from zuko's parts."""

import math
from functools import partial
from typing import Any

import torch
import zuko
from torch import Tensor, nn

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
                        zuko.transforms.MonotonicRQSTransform, bound=1.0, slope=1e-4
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
        points = base[:, None].expand(-1, len(context), -1)
        for transform in reversed(self.flow.transform.transforms):
            points = _invert(transform, points, context)
        return points.clamp(-1.0, 1.0)


def _invert(transform: Any, points: Tensor, context: Tensor) -> Tensor:
    """Undo one autoregressive transform, feature by feature, each spline computed once.

    zuko's own inverse computes the splines of all features for each feature anew.
    """
    *hidden, last = transform.hyper
    found = torch.zeros_like(points)
    sizes = [math.prod(shape) for shape in transform.shapes]
    for number, feature in enumerate(transform.order.argsort().tolist()):
        known, given = found, context.expand(len(points), -1, -1)
        if number == 0:  # depends on the context alone: one spline for all draws
            known, given = found[:1], given[:1]
        values = torch.cat([known, given], dim=-1)
        for layer in hidden:
            values = layer(values)
        rows = slice(feature * transform.total, (feature + 1) * transform.total)
        weight = (last.mask * last.weight)[rows]
        shape = nn.functional.linear(values, weight, last.bias[rows])
        spline = transform.univariate(*shape.split(sizes, dim=-1))
        found[..., feature] = spline.inv(points[..., feature])
    return found
