"""Losses against what is known of normal distributions by calculation."""

import math

import pytest
import torch

from starsieve.representations.losses import (
    absolute_error,
    chi_square,
    divergence,
    divergence_parts,
    log_normal,
    warm_up,
)


def test_chi_square_counts_what_is_valid_whatever_the_axes():
    flux, model = torch.full((2, 3, 4), 5.0), torch.full((2, 3, 4), 2.0)
    inverse_variance = torch.zeros(2, 3, 4)
    inverse_variance[1, 0, :2] = 0.25

    assert chi_square(model, flux, inverse_variance).tolist() == [0.0, 2 * 9 * 0.25]


def test_the_absolute_error_is_a_mean_over_valid_pixels():
    flux, valid = torch.tensor([[1.0, 3.0, 100.0], [1.0, 1.0, 1.0]]), torch.zeros(2, 3).bool()
    valid[0, :2] = True

    assert absolute_error(torch.zeros(2, 3), flux, valid).tolist() == [2.0, 0.0]


def test_the_divergence_is_that_of_two_normal_distributions():
    mean, deviation = torch.tensor([[0.7, -1.2]]), torch.tensor([[0.3, 2.0]])
    prior = torch.distributions.Normal(0.0, 1.0)

    expected = torch.distributions.kl_divergence(torch.distributions.Normal(mean, deviation), prior)

    torch.testing.assert_close(divergence(mean, deviation), expected)


def test_the_log_density_is_that_of_the_normal_distribution():
    value, mean, deviation = torch.tensor(1.3), torch.tensor(0.4), torch.tensor(0.6)

    expected = torch.distributions.Normal(mean, deviation).log_prob(value)

    torch.testing.assert_close(log_normal(value, mean, deviation), expected)


def draw_posteriors(correlation, width, n=2000, seed=0):
    """Draw posteriors whose means and widths make two latents of unit variance, correlated."""
    generator = torch.Generator().manual_seed(seed)
    covariance = torch.tensor([[1.0, correlation], [correlation, 1.0]]) - width**2 * torch.eye(2)
    means = torch.randn(n, 2, generator=generator) @ torch.linalg.cholesky(covariance).T
    deviation = torch.full((n, 2), width)
    return means + deviation * torch.randn(n, 2, generator=generator), means, deviation


@pytest.mark.parametrize("correlation", [0.0, 0.6])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_parts_of_the_divergence_are_those_of_correlated_normal_latents(correlation, seed):
    width = 0.5
    latents, means, deviation = draw_posteriors(correlation, width, seed=seed)

    parts = divergence_parts(latents, means, deviation)
    information, total_correlation, rest = (float(part.mean()) for part in parts)

    log_determinant = math.log(1 - correlation**2)
    assert total_correlation == pytest.approx(-0.5 * log_determinant, abs=0.12)
    assert information == pytest.approx(0.5 * log_determinant - 2 * math.log(width), abs=0.2)
    assert rest == pytest.approx(0, abs=0.12)  # each latent on its own is as the prior


def test_the_parts_add_up_to_the_divergence():
    latents, means, deviation = draw_posteriors(0.5, 0.4)

    together = sum(float(part.mean()) for part in divergence_parts(latents, means, deviation))

    assert together == pytest.approx(float(divergence(means, deviation).sum(1).mean()), abs=0.15)


def test_total_correlation_grows_with_the_correlation():
    found = []
    for correlation in (0.0, 0.4, 0.7):
        latents, means, deviation = draw_posteriors(correlation, 0.5)
        found.append(float(divergence_parts(latents, means, deviation)[1].mean()))

    assert found[0] < found[1] < found[2]


def test_the_warm_up_of_the_published_network():
    weights = [0.3 * warm_up(step, 5_000, 20_000) for step in (1, 5_000, 12_500, 20_000, 90_000)]

    assert weights == pytest.approx([0, 0, 0.15, 0.3, 0.3])
    assert warm_up(1, 0, 0) == 1.0
