import numpy as np
import pytest
import torch

from starsieve.learn.nets import BoxMixture


@pytest.fixture
def mixture():
    torch.manual_seed(0)
    found = BoxMixture(n_features=2, n_context=5, n_gaussians=3)
    with torch.no_grad():
        found.head.weight *= 8
    return found


def base_points(n):
    return torch.rand(n, 2, generator=torch.Generator().manual_seed(1)) * 2 - 1


def mesh(n=400):
    axis = torch.linspace(-1, 1, n + 1)[:-1] + 1 / n
    return torch.cartesian_prod(axis, axis)


def density(mixture, context):
    points = mesh()
    with torch.no_grad():
        return points, mixture.log_prob(points, context.expand(len(points), -1)).exp()


def test_the_density_integrates_to_one(mixture):
    _, found = density(mixture, torch.randn(1, 5))

    np.testing.assert_allclose(float(found.mean()) * 4, 1.0, atol=0.03)


def test_draws_are_distributed_as_the_density_says(mixture):
    context = torch.randn(1, 5)
    points, found = density(mixture, context)
    share = found / found.sum()
    mean = (share[:, None] * points).sum(0)
    covariance = ((points - mean).T * share) @ (points - mean)

    with torch.no_grad():
        draws = mixture.sample(base_points(20_000), context)[:, 0]

    np.testing.assert_allclose(draws.mean(0), mean, atol=0.03)
    np.testing.assert_allclose(torch.cov(draws.T), covariance, atol=0.03)
    below = [float((share * (points[:, 0] < cut)).sum()) for cut in (-0.5, 0.0, 0.5)]
    counted = [float((draws[:, 0] < cut).float().mean()) for cut in (-0.5, 0.0, 0.5)]
    np.testing.assert_allclose(counted, below, atol=0.03)


def test_an_untrained_mixture_is_even():
    even = BoxMixture(n_features=2, n_context=5, n_gaussians=1)
    with torch.no_grad():
        even.head.weight.zero_()
        even.head.bias.zero_()

    _, found = density(even, torch.zeros(1, 5))

    np.testing.assert_allclose(found, 0.25, rtol=1e-3)


def test_draws_of_one_context_do_not_depend_on_the_others(mixture):
    context, base = torch.randn(4, 5), base_points(50)

    with torch.no_grad():
        together, alone = mixture.sample(base, context), mixture.sample(base[:20], context[2:3])

    torch.testing.assert_close(together[:20, 2], alone[:, 0])


def test_draws_stay_in_the_box_and_its_edges_have_a_density(mixture):
    context = 30 * torch.randn(4, 5)
    base = torch.cat([base_points(500), torch.tensor([[-1.0, 1.0], [1.0, -1.0]])])

    with torch.no_grad():
        draws = mixture.sample(base, context)
        edge = mixture.log_prob(torch.tensor([[1.0, -1.0]]).expand(4, -1), context)

    assert torch.isfinite(draws).all()
    assert draws.abs().max() <= 1
    assert torch.isfinite(edge).all()
