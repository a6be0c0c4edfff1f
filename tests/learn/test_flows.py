import numpy as np
import pytest
import torch

from starsieve.learn.nets import BoxFlow


@pytest.fixture
def flow():
    torch.manual_seed(0)
    return BoxFlow(n_features=3, n_context=5, transforms=3, hidden=24, bins=8)


def base_points(n):
    return torch.rand(n, 3, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_sampling_is_zukos_inverse(flow):
    context, base = 3 * torch.randn(6, 5), base_points(40)

    with torch.no_grad():
        ours = flow.sample(base, context)
        zukos = flow.flow(context).transform.inv(base[:, None].expand(-1, 6, -1))

    torch.testing.assert_close(ours, zukos.clamp(-1, 1))


def test_draws_come_with_their_density(flow):
    context, base = 3 * torch.randn(6, 5), base_points(40)

    with torch.no_grad():
        draws, density = flow.draw(base, context)
        expected = flow.log_prob(draws.flatten(0, 1), context.repeat(40, 1)).reshape(40, 6)

    torch.testing.assert_close(draws, flow.sample(base, context))
    torch.testing.assert_close(density, expected, rtol=1e-4, atol=1e-4)


def test_draws_stay_in_the_box(flow):
    with torch.no_grad():
        draws = flow.sample(base_points(500), 30 * torch.randn(4, 5))

    assert draws.abs().max() <= 1


def test_the_density_integrates_to_one(flow):
    context = torch.randn(1, 5)
    axis = torch.linspace(-1, 1, 62)[:-1] + 1 / 61
    mesh = torch.cartesian_prod(axis, axis, axis)

    with torch.no_grad():
        density = flow.log_prob(mesh, context.expand(len(mesh), -1)).exp()

    np.testing.assert_allclose(float(density.mean()) * 8, 1.0, atol=0.02)


def test_edges_of_the_box_have_a_density(flow):
    corner = torch.tensor([[1.0, -1.0, 1.0]])

    with torch.no_grad():
        assert torch.isfinite(flow.log_prob(corner, torch.randn(1, 5))).all()
