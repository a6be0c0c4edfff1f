"""The network of several grids: an embedding of spectra, and splines for each parameter in turn."""

import math
from typing import cast

import torch
import zuko
from torch import Tensor, nn

from starsieve.atmospheres.networks import FLUX_FLOOR, Observations
from starsieve.learn.nets import ResidualPerceptron
from starsieve.learn.nets.splines import LEAST_SLOPE, invert_splines

AGES = ("unknown", "young", "intermediate", "field")
SOFT = 0.1
"""Flux, relative to its mean, from which on the features count its logarithm."""


class Reconstruction(nn.Module):
    """What a spectrum looks like where it was not seen, and how much of it was.

    Principal components are fitted to the valid pixels by generalised least squares with their
    own scatter as prior (a Wiener filter). Features are the components and their errors, the
    spectrum itself in bins, with the fit where nothing valid is, and the noise of the bins.
    """

    basis: Tensor
    spread: Tensor
    bins: Tensor

    def __init__(self, n_pixels: int, n_components: int, n_bins: int) -> None:
        super().__init__()
        self.register_buffer("basis", torch.zeros(1 + n_components, n_pixels))
        self.register_buffer("spread", torch.ones(n_components))
        edges = torch.linspace(0, n_pixels, n_bins + 1).round().long()
        bins = torch.zeros(n_bins, n_pixels)
        for row in range(n_bins):
            bins[row, edges[row] : edges[row + 1]] = 1.0
        self.register_buffer("bins", bins)
        self.n_outputs = 2 * n_components + 1 + 2 * n_bins

    def fit(self, flux: Tensor) -> None:
        """Learn mean, components and their spread from spectra, shape (n, n_pixels)."""
        flux = flux / flux.mean(1, keepdim=True)
        mean = flux.mean(0)
        _, values, components = torch.linalg.svd(flux - mean, full_matrices=False)
        n_components = len(self.spread)
        self.basis.copy_(torch.cat([mean[None], components[:n_components]]))
        self.spread.copy_(values[:n_components] / len(flux) ** 0.5)

    def solve(self, seen: Observations) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return flux over its level, its variance, and the fit's coefficients and errors."""
        on = seen.valid.to(seen.flux.dtype)
        level = (seen.flux.abs() * on).sum(1, keepdim=True) / on.sum(1, keepdim=True).clamp(min=1.0)
        level = level.clamp(min=torch.finfo(seen.flux.dtype).tiny)
        flux = seen.flux / level
        variance = (seen.sigma / level) ** 2 + FLUX_FLOOR**2
        weight = on / variance
        # In double precision: a faint part of a spectrum leaves most components open.
        basis, spread = self.basis.double(), self.spread.double()
        first_of, second_of = torch.triu_indices(len(basis), len(basis))
        half = weight.double() @ (basis[first_of] * basis[second_of]).T
        gram = half.new_zeros(len(flux), len(basis), len(basis))
        gram[:, first_of, second_of] = half
        gram[:, second_of, first_of] = half
        right = ((weight * flux).double() @ basis.T)[:, :, None]
        prior = torch.diag(torch.cat([torch.full_like(spread[:1], 0.01), spread**-2]))
        first = torch.linalg.solve(gram + prior, right)
        # Once more in units of the scale just found, where the prior means what it says.
        scale = first[:, :1].clamp(0.05, 20.0)
        factor = torch.linalg.cholesky(gram * scale**2 + prior)
        found = torch.cholesky_solve(right * scale, factor)[:, :, 0] * scale[:, :, 0]
        error = torch.cholesky_inverse(factor).diagonal(dim1=1, dim2=2).sqrt()
        return flux, variance, found.to(flux.dtype), error.to(flux.dtype)

    def forward(self, seen: Observations) -> Tensor:
        """Return features, shape (n, n_outputs)."""
        flux, variance, found, error = self.solve(seen)
        scale = found[:, :1].clamp(min=0.05)
        on = seen.valid.to(flux.dtype)
        model = found @ self.basis
        weight = on / variance
        binned_weight = weight @ self.bins.T
        # A bin of few valid pixels leans on the fit; the fit's pixels weigh a hundredth.
        faint = 0.01 * weight.mean(1, keepdim=True).clamp(min=1e-6)
        whole = ((weight * flux + faint * model) @ self.bins.T) / ((weight + faint) @ self.bins.T)
        noise = (binned_weight * scale**2 + 1.0).log()
        return torch.cat(
            [
                torch.asinh(2.0 * found[:, 1:] / scale / self.spread),
                (error[:, 1:] / self.spread).log(),
                error[:, :1].log(),
                torch.asinh(whole / scale / SOFT),
                noise,
            ],
            dim=1,
        )


class ChainedSplines(nn.Module):
    """A density on the box [-1, 1]^d, one label after the other.

    Each label has its own spline, given the context and the labels before it (Durkan et al. 2019,
    arXiv:1906.04032, in a single autoregressive step). So the density of the first labels alone is
    there as well, and a label that a grid does not have is just left out.

    Parameters
    ----------
    n_labels, n_context, hidden, bins : int
    """

    def __init__(self, n_labels: int, n_context: int, hidden: int, bins: int) -> None:
        super().__init__()
        self.n_bins = bins
        n_numbers = 3 * bins - 1
        self.context = nn.ModuleList(nn.Linear(n_context, hidden) for _ in range(n_labels))
        self.before = nn.ModuleList(nn.Linear(2 * n_labels, hidden) for _ in range(n_labels))
        self.tail = nn.ModuleList(
            nn.Sequential(
                nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, n_numbers)
            )
            for _ in range(n_labels)
        )

    def log_prob(self, points: Tensor, active: Tensor, context: Tensor) -> Tensor:
        """Return log densities of the active labels, shape (..., n).

        Parameters
        ----------
        points : tensor, shape (..., n, n_labels)
        active : tensor of bool, shape (n, n_labels)
        context : tensor, shape (n, n_context)
        """
        total = torch.zeros(points.shape[:-1], dtype=points.dtype)
        points = torch.where(active, points, 0.0)
        for label in range(len(self.tail)):
            if not active[:, label].any():
                continue
            spline = self._spline(label, points, active, self.context[label](context))
            _, ladj = spline.call_and_ladj(points[..., label].clamp(-1.0, 1.0))
            total = total + torch.where(active[:, label], ladj - math.log(2.0), 0.0)
        return total

    def sample(
        self, base: Tensor, active: Tensor, contexts: Tensor, choice: Tensor | None = None
    ) -> Tensor:
        """Return draws, shape (n_draws, n, n_labels); zero for labels that are not active.

        Parameters
        ----------
        base : tensor, shape (n_draws, 1, n_labels)
            Evenly distributed over the box: what is drawn for one spectrum does not depend on
            the others.
        active : tensor of bool, shape (n, n_labels)
        contexts : tensor, shape (n, n_context) or (n_choices, n, n_context)
        choice : tensor of int, shape (n_draws, n), optional
            Which of several contexts each draw is of.
        """
        n, n_draws = active.shape[0], len(base)
        contexts = contexts.reshape(-1, n, contexts.shape[-1])
        of_context = torch.zeros(n_draws, n, dtype=torch.long) if choice is None else choice
        rows = (of_context * n + torch.arange(n)).flatten()
        points = torch.zeros(base.shape[-1], n_draws * n)
        for label in range(len(self.tail)):
            if not active[:, label].any():
                continue
            numbers = self._numbers(label, points, active, contexts, rows)
            drawn = invert_splines(numbers, base[..., label].expand(-1, n).flatten())
            there = active[:, label].expand(n_draws, n).flatten()
            points[label] = torch.where(there, drawn.clamp(-1.0, 1.0), 0.0)
        return points.T.reshape(n_draws, n, -1)

    def _numbers(
        self, label: int, points: Tensor, active: Tensor, contexts: Tensor, rows: Tensor
    ) -> Tensor:
        """Return the numbers of each draw's spline, shape (3 * bins - 1, n_draws * n).

        Parameters
        ----------
        points : tensor, shape (n_labels, n_draws * n)
        contexts : tensor, shape (n_choices, n, n_context)
        rows : tensor of int, shape (n_draws * n,)
            Of the flattened contexts, for each draw.
        """
        before = cast(nn.Linear, self.before[label])
        *first, last = cast(nn.Sequential, self.tail[label])
        known = torch.zeros(active.shape[1], dtype=torch.bool)
        known[:label] = True
        of_points, of_active = before.weight.chunk(2, dim=1)
        given = nn.functional.linear((active & known).to(points.dtype), of_active, before.bias)
        hidden = (self.context[label](contexts) + given).flatten(0, 1)
        # What comes first does not depend on other labels, so that all draws share it.
        alone = not active[:, :label].any()
        if not alone:
            hidden = torch.addmm(hidden[rows], points[:label].T, of_points[:, :label].T)
        for each in first:
            hidden = each(hidden)
        weight, bias = cast(nn.Linear, last).parameters()
        numbers = torch.addmm(bias[:, None], weight, hidden.T)
        return numbers.index_select(1, rows) if alone else numbers

    def _spline(
        self, label: int, points: Tensor, active: Tensor, projected: Tensor
    ) -> zuko.transforms.MonotonicRQSTransform:
        known = torch.zeros(points.shape[-1])
        known[:label] = 1.0
        given = torch.cat([points * known, (active * known).expand_as(points)], dim=-1)
        numbers = self.tail[label](projected + self.before[label](given))
        sizes = [self.n_bins, self.n_bins, self.n_bins - 1]
        return zuko.transforms.MonotonicRQSTransform(
            *numbers.split(sizes, dim=-1), bound=1.0, slope=LEAST_SLOPE
        )


class SeveralNetwork(nn.Module):
    """The density of parameters given a spectrum, by each grid, by all, or by labelled spectra.

    These are its domains: the grids first, then all of them, then labelled spectra.

    Parameters
    ----------
    n_pixels, n_labels, n_grids : int
    with_ages : bool
        Whether it tells ages apart, as what was tuned on labelled spectra does.
    n_components, n_bins, hidden, blocks, context, spline_hidden, bins : int
        Sizes: see `SeveralFlow`.
    """

    def __init__(
        self,
        n_pixels: int,
        n_labels: int,
        n_grids: int,
        *,
        with_ages: bool = False,
        n_components: int,
        n_bins: int,
        hidden: int,
        blocks: int,
        context: int,
        spline_hidden: int,
        bins: int,
    ) -> None:
        super().__init__()
        self.features = Reconstruction(n_pixels, n_components, n_bins)
        self.embedding = ResidualPerceptron(self.features.n_outputs, hidden, context, blocks)
        self.grid_of = nn.Linear(context, n_grids)
        self.age_of = nn.Linear(context, len(AGES) - 1) if with_ages else None
        self.n_grids, self.n_domains = n_grids, n_grids + 2
        self.splines = ChainedSplines(
            n_labels, context + self.n_domains + len(AGES), spline_hidden, bins
        )

    @property
    def all_grids(self) -> int:
        """The domain in which all grids speak."""
        return self.n_grids

    @property
    def labelled(self) -> int:
        """The domain in which labelled spectra speak."""
        return self.n_grids + 1

    def embed(self, seen: Observations) -> Tensor:
        """Return what the network makes of spectra, shape (n, context)."""
        with torch.no_grad():  # nothing of it is trained
            features = self.features(seen)
        found: Tensor = self.embedding(features)
        return found

    def context(self, embedded: Tensor, domain: Tensor, age: Tensor) -> Tensor:
        """Return what splines are given: the embedding, who speaks, and the age class."""
        speaks = nn.functional.one_hot(domain, self.n_domains).to(embedded.dtype)
        aged = nn.functional.one_hot(age, len(AGES)).to(embedded.dtype)
        return torch.cat([embedded, speaks, aged], dim=1)
