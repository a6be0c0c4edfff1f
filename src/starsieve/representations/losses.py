"""What trainings minimise: misfit to what is valid, and what the latents may cost.

Everything works on arrays of shape (n, *axes), whatever the axes are, and returns one number per
item. Latents have shape (n, n_latents), normal posteriors, and a standard normal prior.
"""

import math

import torch
from torch import Tensor

LOG_TWO_PI = math.log(2 * math.pi)


def chi_square(model: Tensor, flux: Tensor, inverse_variance: Tensor) -> Tensor:
    """Return the sum of squared residuals over their variances, shape (n,).

    An inverse variance of 0 takes a pixel out, whatever its flux.
    """
    return (inverse_variance * (model - flux) ** 2).flatten(1).sum(1)


def absolute_error(model: Tensor, flux: Tensor, valid: Tensor) -> Tensor:
    """Return the mean absolute residual over valid pixels, shape (n,)."""
    weight = valid.flatten(1).to(flux.dtype)
    return ((model - flux).abs().flatten(1) * weight).sum(1) / weight.sum(1).clamp(min=1)


def divergence(mean: Tensor, deviation: Tensor) -> Tensor:
    """Return the Kullback-Leibler divergence of each latent from its prior, shape (n, n_latents).

    Examples
    --------
    >>> divergence(torch.tensor([[1.0]]), torch.tensor([[1.0]])).tolist()
    [[0.5]]
    """
    return 0.5 * (mean**2 + deviation**2 - 1) - deviation.log()


def log_normal(value: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """Return the logarithm of the normal density."""
    return -0.5 * (((value - mean) / deviation) ** 2 + LOG_TWO_PI) - deviation.log()


def divergence_parts(
    latents: Tensor, mean: Tensor, deviation: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Split the divergence into mutual information, total correlation, and what is left.

    By minibatch-weighted sampling (Chen et al. 2018, arXiv:1802.04942, eq. 2 and appendix C.1):
    the density of all spectra's latents is estimated from the batch that a spectrum comes in. The
    constant of the paper, the logarithm of the training set's size, is left out: it changes no
    gradient, and without it the parts are, in large batches, what they are called, in nats.

    Parameters
    ----------
    latents : Tensor, shape (n, n_latents)
        A draw from each posterior.
    mean, deviation : Tensor, shape (n, n_latents)
        The posteriors.

    Returns
    -------
    information, correlation, rest : Tensor, shape (n,)
        Index-code mutual information; total correlation, by which the latents depend on each
        other; divergence of each latent on its own from the prior. Their sum is the divergence,
        for these draws.
    """
    pairs = log_normal(latents[:, None], mean[None], deviation[None])  # (n, n, n_latents)
    log_count = math.log(len(latents))
    log_joint = pairs.sum(2).logsumexp(1) - log_count
    log_each = (pairs.logsumexp(1) - log_count).sum(1)
    log_own = log_normal(latents, mean, deviation).sum(1)
    zero, one = torch.zeros_like(latents), torch.ones_like(latents)
    log_prior = log_normal(latents, zero, one).sum(1)
    return log_own - log_joint, log_joint - log_each, log_each - log_prior


def warm_up(step: int, start: int, end: int) -> float:
    """Return the share of a weight at a step: 0 to `start`, then linear to 1 at `end`.

    Examples
    --------
    >>> [warm_up(step, 5_000, 20_000) for step in (0, 5_000, 12_500, 20_000, 30_000)]
    [0.0, 0.0, 0.5, 1.0, 1.0]
    """
    if step >= end:
        return 1.0
    return max(0.0, (step - start) / (end - start))
