"""Densities of chained splines are densities, and draws follow them."""

import numpy as np
import pytest
import torch

from starsieve.atmospheres.several.network import ChainedSplines

N_CONTEXT = 3


@pytest.fixture(scope="module")
def splines():
    torch.manual_seed(4)
    made = ChainedSplines(2, N_CONTEXT, 16, 6)
    with torch.no_grad():  # far from even
        for each in made.parameters():
            each.mul_(2.0)
    return made.requires_grad_(False)


def grid(n: int) -> torch.Tensor:
    return (torch.arange(n) + 0.5) * 2 / n - 1


CONTEXT = torch.tensor([[0.5, -1.0, 0.3]])
BOTH = torch.tensor([[True, True]])
FIRST = torch.tensor([[True, False]])
N = 400


def density(splines, active):
    x = grid(N)
    points = torch.stack(torch.meshgrid(x, x, indexing="ij"), dim=-1).reshape(-1, 1, 2)
    return splines.log_prob(points, active, CONTEXT).exp().reshape(N, N)


def test_the_density_integrates_to_one_and_is_not_even(splines):
    found = density(splines, BOTH)

    assert float(found.mean() * 4) == pytest.approx(1.0, abs=5e-3)
    assert float(found.max() / found.min()) > 2


def test_the_density_of_the_first_label_is_the_marginal(splines):
    marginal = density(splines, BOTH).mean(1) * 2

    alone = density(splines, FIRST)[:, 0]

    torch.testing.assert_close(alone, marginal, rtol=1e-2, atol=1e-3)


def test_labels_that_are_not_active_do_not_matter(splines):
    x = grid(N)[:, None]
    there = torch.stack([x, torch.full_like(x, 0.7)], dim=-1)
    nowhere = torch.stack([x, torch.full_like(x, torch.nan)], dim=-1)

    one, other = (splines.log_prob(points, FIRST, CONTEXT) for points in (there, nowhere))

    assert torch.isfinite(other).all()
    assert torch.equal(one, other)


def test_draws_follow_the_density(splines):
    base = torch.as_tensor(np.random.default_rng(1).uniform(-1, 1, (40_000, 1, 2)))

    draws = splines.sample(base.float(), BOTH, CONTEXT)[:, 0].numpy()

    expected = density(splines, BOTH).reshape(8, N // 8, 8, N // 8).mean((1, 3)).numpy() * 4 / 64
    found, _, _ = np.histogram2d(*draws.T, bins=8, range=[[-1, 1], [-1, 1]])
    np.testing.assert_allclose(found / len(draws), expected, atol=4e-3)


def test_draws_of_inactive_labels_are_zero(splines):
    base = torch.rand(50, 1, 2) * 2 - 1

    draws = splines.sample(base, FIRST, CONTEXT)

    assert (draws[..., 1] == 0).all()
    assert draws[..., 0].std() > 0.1


def test_each_draw_is_of_its_choice_of_context(splines):
    base = torch.rand(50, 1, 2) * 2 - 1
    contexts = torch.stack([CONTEXT, -CONTEXT])
    choice = (torch.arange(50) % 2)[:, None]

    draws = splines.sample(base, BOTH, contexts, choice)

    for number, context in enumerate((CONTEXT, -CONTEXT)):
        alone = splines.sample(base, BOTH, context)
        torch.testing.assert_close(draws[number::2], alone[number::2])


def test_draws_do_not_depend_on_those_of_other_spectra(splines):
    base = torch.rand(50, 1, 2) * 2 - 1
    contexts = torch.cat([CONTEXT, -CONTEXT, 0.3 * CONTEXT])
    active = torch.tensor([[True, True], [True, False], [False, True]])

    together = splines.sample(base, active, contexts)

    for row in range(3):
        alone = splines.sample(base, active[[row]], contexts[[row]])
        torch.testing.assert_close(together[:, [row]], alone)
