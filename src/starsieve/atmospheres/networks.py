"""The posterior networks of this domain."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from starsieve.atmospheres.network_recipes import FlowNetwork, Posterior
from starsieve.learn.nets import BoxFlow, BoxMixture, MaskedConvolutions, ResidualPerceptron

FLUX_FLOOR = 1e-3
"""Smallest error of a pixel, relative to the mean flux: no pixel is ever known exactly."""

MOST_CONDITION = 1e8
"""Of equations that single precision solves well enough; the rest take double."""


@dataclass(frozen=True, slots=True)
class Observations:
    """Spectra on the model's grid, as the network takes them.

    Parameters
    ----------
    flux, sigma : tensor, shape (n, n_pixels)
        In any unit and at any scale; zero where not valid.
    valid : tensor of bool, shape (n, n_pixels)
    """

    flux: Tensor
    sigma: Tensor
    valid: Tensor

    def to(self, device: str) -> "Observations":
        """Return them on a device."""
        return Observations(self.flux.to(device), self.sigma.to(device), self.valid.to(device))


class Projection(nn.Module):
    """The weighted projection of a spectrum onto the grid's principal components.

    Components are fitted to the valid pixels by generalised least squares with the grid's own
    scatter as prior (a Wiener filter), so that gaps and uneven noise are taken as they are. What
    comes out does not depend on the scale of the flux: the components relative to the mean
    spectrum's, compressed by asinh, and the logarithms of their errors.
    """

    basis: Tensor
    products: Tensor
    spread: Tensor

    def __init__(self, n_pixels: int, n_components: int) -> None:
        super().__init__()
        self.register_buffer("basis", torch.zeros(1 + n_components, n_pixels))
        self.register_buffer("spread", torch.ones(n_components))
        self.n_outputs = 2 * n_components + 1

    def fit(self, flux: Tensor) -> None:
        """Learn mean, components and their spread from model spectra, shape (n, n_pixels)."""
        flux = flux / flux.mean(1, keepdim=True)
        mean = flux.mean(0)
        _, values, components = torch.linalg.svd(flux - mean, full_matrices=False)
        n_components = len(self.spread)
        self.basis.copy_(torch.cat([mean[None], components[:n_components]]))
        self.spread.copy_(values[:n_components] / len(flux) ** 0.5)

    def forward(self, seen: Observations) -> Tensor:
        """Return features, shape (n, n_outputs)."""
        weight_on = seen.valid.to(seen.flux.dtype)
        level = (seen.flux.abs() * weight_on).sum(1, keepdim=True) / weight_on.sum(
            1, keepdim=True
        ).clamp(min=1.0)
        level = level.clamp(min=torch.finfo(seen.flux.dtype).tiny)
        flux, sigma = seen.flux / level, seen.sigma / level
        weight = weight_on / (sigma**2 + FLUX_FLOOR**2)
        found, error = self._solve(weight, flux)
        relative = found[:, 1:] / found[:, :1].clamp(min=0.05)
        return torch.cat(
            [
                torch.asinh(2.0 * relative / self.spread),
                (error[:, 1:] / self.spread).log(),
                error[:, :1].log(),
            ],
            dim=1,
        )

    def _solve(self, weight: Tensor, flux: Tensor) -> tuple[Tensor, Tensor]:
        """Return coefficients and their errors, both of shape (n, 1 + n_components).

        Of a spectrum whose light is in few pixels, as of the coolest dwarfs, most components are
        open while others are known to a thousandth: more than single precision can hold.
        """
        basis = self.basis
        gram, right = _normal_equations(basis, weight, flux)
        prior = torch.diag(torch.cat([torch.full_like(self.spread[:1], 0.01), self.spread**-2]))
        # Once to find the scale in units of the mean spectrum, once more at that scale, where
        # the prior means what it says.
        first, _ = torch.linalg.solve_ex(gram + prior, right)
        scale = first[:, :1].clamp(min=0.05)
        matrix = gram * scale[:, :, None] ** 2 + prior
        factor, failed = torch.linalg.cholesky_ex(matrix)
        whole = torch.eye(len(basis), dtype=factor.dtype, device=factor.device)
        factor = torch.where((failed > 0)[:, None, None], whole, factor)
        found = torch.cholesky_solve((right * scale)[:, :, None], factor)[:, :, 0]
        variance = torch.cholesky_inverse(factor).diagonal(dim1=1, dim2=2)
        condition = matrix.diagonal(dim1=1, dim2=2).amax(1) * variance.amax(1)
        error = variance.sqrt()
        hard = (failed > 0) | ~(condition < MOST_CONDITION)
        if hard.any():
            again = self._solve_exactly(weight[hard], flux[hard])
            found[hard], error[hard] = (each.to(found.dtype) for each in again)
        return found, error

    def _solve_exactly(self, weight: Tensor, flux: Tensor) -> tuple[Tensor, Tensor]:
        """Do what `_solve` does in double precision and in units of the prior's deviations."""
        unit = torch.cat([torch.full_like(self.spread[:1], 10.0), self.spread]).double()
        gram, right = _normal_equations(
            self.basis.double() * unit[:, None], weight.double(), flux.double()
        )
        first = torch.cholesky_solve(right[:, :, None], _factor(gram))[:, :, 0]
        scale = (unit[0] * first[:, :1]).clamp(min=0.05)
        factor = _factor(gram * scale[:, :, None] ** 2)
        found = torch.cholesky_solve((right * scale)[:, :, None], factor)[:, :, 0]
        error = torch.cholesky_inverse(factor).diagonal(dim1=1, dim2=2).sqrt()
        return found * unit, error * unit


def _normal_equations(basis: Tensor, weight: Tensor, flux: Tensor) -> tuple[Tensor, Tensor]:
    """Return matrix, shape (n, n_basis, n_basis), and right side of weighted least squares."""
    products = (basis[:, None] * basis[None]).reshape(len(basis) ** 2, -1)
    gram = (weight @ products.T).reshape(-1, len(basis), len(basis))
    return gram, (weight * flux) @ basis.T


def _factor(gram: Tensor) -> Tensor:
    """Return Cholesky factors of matrices plus a unit prior, and plus what rounding may take."""
    trace = gram.diagonal(dim1=1, dim2=2).sum(1)
    prior = 1.0 + torch.finfo(gram.dtype).eps * trace
    return torch.linalg.cholesky(gram + torch.diag_embed(prior[:, None].expand(gram.shape[:2])))


class PosteriorNetwork(nn.Module):
    """The density of a grid's parameters, scaled to the box [-1, 1]^d, given a spectrum."""

    def __init__(self, recipe: Posterior, n_pixels: int, n_labels: int) -> None:
        super().__init__()
        # Named after what they are in the weights of the first models.
        self.projection = _front(recipe, n_pixels)
        self.embedding = ResidualPerceptron(
            self.projection.n_outputs, recipe.hidden, recipe.context, recipe.blocks
        )
        self.flow = _density(recipe, n_labels)

    def log_prob(self, points: Tensor, seen: Observations) -> Tensor:
        """Return log posterior densities, shape (n,), of points, shape (n, n_labels)."""
        return self.flow.log_prob(points, self.embedding(self.features(seen)))

    def sample(self, base: Tensor, seen: Observations) -> Tensor:
        """Return draws, shape (n_draws, n, n_labels), for base points, shape (n_draws, n_labels).

        See `BoxFlow.sample`.
        """
        with torch.no_grad():
            return self.flow.sample(base, self.embedding(self.features(seen)))

    def draw(self, base: Tensor, seen: Observations) -> tuple[Tensor, Tensor]:
        """Return what `sample` does, and the draws' log densities, shape (n_draws, n)."""
        with torch.no_grad():
            return self.flow.draw(base, self.embedding(self.features(seen)))

    def features(self, seen: Observations) -> Tensor:
        """Return what the embedding gets, shape (n, n_outputs of the projection)."""
        if isinstance(self.projection, MaskedConvolutions):
            return self.projection(seen.flux, seen.sigma, seen.valid)
        # Fitted once, not trained; and to be solved with all digits.
        with torch.no_grad(), torch.autocast(seen.flux.device.type, enabled=False):
            return self.projection(seen)


def _front(recipe: Posterior, n_pixels: int) -> Projection | MaskedConvolutions:
    if recipe.embedding == "convolution":
        return MaskedConvolutions(n_pixels, recipe.channels)
    return Projection(n_pixels, recipe.n_components)


def _density(recipe: Posterior, n_labels: int) -> BoxFlow | BoxMixture:
    if isinstance(recipe, FlowNetwork):
        return BoxFlow(
            n_labels, recipe.context, recipe.flow_transforms, recipe.flow_hidden, recipe.bins
        )
    return BoxMixture(n_labels, recipe.context, recipe.n_gaussians)
