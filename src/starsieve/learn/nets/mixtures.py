"""Mixture densities."""

import math

import torch
from torch import Tensor, nn

SHRINK = 1e-4
"""Share of the box by which it is narrowed: its edges would be infinitely far away."""

LEAST = 1e-6
"""Closest that a share of a Gaussian is taken to 0 or 1."""

WIDEST = 1.0
"""Natural logarithm of the largest deviation of a Gaussian; the even density has 0."""

EVEN = WIDEST - math.log(math.expm1(WIDEST))
"""What gives a deviation of 1."""

HALF_LOG_TAU = 0.5 * math.log(2 * math.pi)


class BoxMixture(nn.Module):
    """A conditional density on the box [-1, 1]^d: a mixture of Gaussians in another space.

    A mixture density network (Bishop 1994, Aston University NCRG/94/004). Each coordinate goes
    through the quantiles of a normal distribution, so that the box becomes all of space and an
    even density becomes one Gaussian of mean 0 and variance 1. The Gaussians have full
    covariances, by their Cholesky factors.

    Parameters
    ----------
    n_features, n_context : int
        Dimensions of the box and of the context.
    n_gaussians : int
    """

    def __init__(self, n_features: int, n_context: int, n_gaussians: int) -> None:
        super().__init__()
        self.n_features, self.n_gaussians = n_features, n_gaussians
        self.n_below = n_features * (n_features - 1) // 2
        self.head = nn.Linear(n_context, n_gaussians * (1 + 2 * n_features + self.n_below))
        with torch.no_grad():  # begin near what is known before: the even density
            self.head.weight *= 0.1

    def log_prob(self, points: Tensor, context: Tensor) -> Tensor:
        """Return log densities, shape (n,), of points (n, d) given contexts (n, n_context)."""
        with torch.autocast(points.device.type, enabled=False):  # factors need all digits
            return self._log_prob(points, context.float())

    def _log_prob(self, points: Tensor, context: Tensor) -> Tensor:
        weights, means, factors = self._gaussians(context)
        normal = _to_space(points)
        white = torch.linalg.solve_triangular(
            factors, (normal[:, None] - means)[..., None], upper=False
        )[..., 0]
        logs = factors.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        each = -0.5 * (white**2).sum(-1) - logs - self.n_features * HALF_LOG_TAU
        # The quantiles' slope: half the box's narrowed width over the normal density there.
        slope = (0.5 * normal**2 + HALF_LOG_TAU + math.log((1 - SHRINK) / 2)).sum(-1)
        return torch.logsumexp(weights + each, -1) + slope

    def sample(self, base: Tensor, context: Tensor) -> Tensor:
        """Return draws, shape (n_draws, n, d), inside of the box, for contexts (n, n_context).

        `base` holds evenly distributed points of the box, shape (n_draws, d), that are carried
        over to every context. Where the first coordinate falls chooses the Gaussian, and where it
        falls within that one's share is even again.
        """
        weights, means, factors = self._gaussians(context)
        edges = weights.exp().cumsum(-1)
        edges = edges / edges[:, -1:]
        even = (base + 1) / 2
        first = even[:, None, 0].expand(-1, len(context)).contiguous()
        chosen = torch.searchsorted(edges, first.T.contiguous(), right=True)
        chosen = chosen.clamp(max=self.n_gaussians - 1)
        top = edges.gather(1, chosen)
        bottom = torch.where(chosen > 0, edges.gather(1, (chosen - 1).clamp(min=0)), 0.0)
        within = ((first.T - bottom) / (top - bottom).clamp(min=LEAST)).T
        shares = torch.cat(
            [within[..., None], even[:, None, 1:].expand(-1, len(context), -1)], dim=-1
        )
        white = torch.special.ndtri(shares.clamp(LEAST, 1 - LEAST))
        rows = torch.arange(len(context))[:, None]
        drawn = means[rows, chosen] + torch.einsum("ndij,dnj->ndi", factors[rows, chosen], white)
        return _to_box(drawn.transpose(0, 1))

    def draw(self, base: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Return what `sample` does, and the draws' log densities, shape (n_draws, n)."""
        drawn = self.sample(base, context)
        wide = context.expand(len(base), *context.shape)
        density = self.log_prob(drawn.flatten(0, 1), wide.flatten(0, 1))
        return drawn, density.reshape(drawn.shape[:2])

    def _gaussians(self, context: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return log weights (n, k), means (n, k, d) and Cholesky factors (n, k, d, d)."""
        d = self.n_features
        values = self.head(context).unflatten(-1, (self.n_gaussians, -1))
        weights = values[..., 0].log_softmax(-1)
        widths = values[..., 1 + d : 1 + 2 * d] + EVEN
        # Never so wide that all mass is at the box's edges, nor so narrow that steps explode.
        factors = torch.diag_embed((WIDEST - nn.functional.softplus(WIDEST - widths)).exp() + LEAST)
        row, column = torch.tril_indices(d, d, -1, device=context.device)
        factors[..., row, column] = values[..., 1 + 2 * d :]
        return weights, values[..., 1 : 1 + d], factors


def _to_space(points: Tensor) -> Tensor:
    return torch.special.ndtri((1 + (1 - SHRINK) * points) / 2)


def _to_box(points: Tensor) -> Tensor:
    inside = (2 * torch.special.ndtr(points) - 1) / (1 - SHRINK)
    return inside.clamp(-1.0, 1.0)
