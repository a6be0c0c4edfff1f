from dataclasses import dataclass

import pytest
import torch
from torch import nn

from starsieve.representations.objectives import Objective
from starsieve.representations.observations import Pixels, Posterior
from starsieve.representations.recipes import Evidence, TotalCorrelation

N = 2000


@dataclass
class Points:
    """Stands for spectra: two numbers each."""

    values: torch.Tensor

    @property
    def n_valid(self):
        return torch.full((len(self.values),), 2)


class Mixing(nn.Module):
    """A linear network with narrow posteriors, whose misfit is always 0."""

    def __init__(self):
        super().__init__()
        self.matrix = nn.Parameter(torch.eye(2))

    def posterior(self, observed):
        mean = observed.values @ self.matrix
        return Posterior(mean, torch.full_like(mean, 0.01))

    def chi2(self, observed, latents):
        return 0 * latents.sum(1) * observed.n_valid


def correlated_points(seed):
    generator = torch.Generator().manual_seed(seed)
    even = 3.4 * (torch.rand(N, 2, generator=generator) - 0.5)
    return even @ torch.tensor([[1.0, 0.9], [0.0, 0.45]])


def correlation_after(recipe, seed, steps=200):
    generator = torch.Generator().manual_seed(seed)
    points, network = correlated_points(seed), Mixing()
    objective = Objective(network, recipe, generator)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(steps):
        rows = torch.randint(N, (128,), generator=generator)
        optimiser.zero_grad()
        objective.loss(Points(points[rows]))["loss"].backward()
        optimiser.step()
    with torch.no_grad():
        return abs(float(torch.corrcoef((points @ network.matrix).T)[0, 1]))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_narrow_posteriors_become_independent_if_their_correlation_is_seen_blurred(seed):
    start = abs(float(torch.corrcoef(correlated_points(seed).T)[0, 1]))
    recipe = TotalCorrelation(correlation=20.0, blur=0.3, end=0)

    assert start > 0.8
    assert correlation_after(recipe, seed) < 0.4


def test_the_weight_of_the_divergence_warms_up_and_validation_has_all_of_it():
    recipe = Evidence(weight=2.0, start=1, end=3)
    objective = Objective(Mixing(), recipe, torch.Generator().manual_seed(0))
    points = Points(correlated_points(0))

    with torch.no_grad():
        parts = [objective.loss(points) for _ in range(3)]
        whole = objective.validate(points, seed=1)

    assert [float(each["loss"] / each["divergence"]) for each in parts] == pytest.approx(
        [0, 0.5, 1]
    )
    assert float(whole["loss"] / whole["divergence"]) == pytest.approx(1)
    assert int(objective.step) == 3


def test_the_published_loss_is_an_absolute_error_beside_the_mean_divergence():
    class Flat(Mixing):
        def decode(self, latents):
            return torch.zeros(len(latents), 2)

        def posterior(self, observed):
            mean = torch.ones_like(observed.flux)
            return Posterior(mean, torch.ones_like(mean))

    recipe = Evidence(reconstruction="absolute", weight=0.3, end=0)
    objective = Objective(Flat(), recipe, torch.Generator().manual_seed(0))
    flux, valid = torch.tensor([[2.0, 9.0]]), torch.tensor([[True, False]])

    parts = objective.loss(Pixels.of(flux, valid, torch.ones(1, 2), 0.0))

    assert float(parts["absolute_error"]) == pytest.approx(2.0)
    assert float(parts["loss"]) == pytest.approx(2.0 + 0.3 * 0.5)


def test_the_step_is_kept_with_the_weights():
    first = Objective(Mixing(), Evidence(), torch.Generator())
    first.loss(Points(correlated_points(0)))
    again = Objective(Mixing(), Evidence(), torch.Generator())

    again.load_state_dict(first.state_dict())

    assert int(again.step) == 1
