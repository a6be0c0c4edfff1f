"""The vetter's network: any views and numbers missing, labels that leave classes open."""

import numpy as np
import pytest
import torch

from starsieve.transits.augment import augment
from starsieve.transits.classifier_recipe import AugmentOptions, VettingNetworkOptions
from starsieve.transits.networks import VettingNetwork, partial_loss

VIEWS = ("global_view", "local_view", "secondary_view")


@pytest.fixture
def network():
    torch.manual_seed(0)
    return VettingNetwork(VettingNetworkOptions(channels=4, hidden=16), VIEWS, 5).eval()


def batch(n=7):
    generator = torch.Generator().manual_seed(1)
    sizes = {"global_view": 201, "local_view": 61, "secondary_view": 61}
    views = {name: torch.randn(n, size, generator=generator) for name, size in sizes.items()}
    return views, torch.randn(n, 5, generator=generator)


def test_rows_do_not_know_of_each_other(network):
    views, numbers = batch()
    with torch.no_grad():
        together = network(views, numbers)
        alone = network({name: view[2:3] for name, view in views.items()}, numbers[2:3])
    torch.testing.assert_close(alone[0], together[2], rtol=1e-4, atol=1e-5)


def test_what_is_missing_leaves_finite_answers_and_gradients(network):
    views, numbers = batch()
    views["local_view"][1] = torch.nan
    views["secondary_view"][:] = torch.nan
    numbers[3] = torch.nan
    allowed = torch.ones(7, 4, dtype=torch.bool)
    allowed[:, 0] = False
    loss = partial_loss(network(views, numbers), allowed, torch.ones(7))
    loss.backward()
    assert torch.isfinite(loss)
    grads = [p.grad for p in network.parameters() if p.grad is not None]
    assert all(torch.isfinite(grad).all() for grad in grads)


def test_an_absent_view_is_not_a_flat_one(network):
    views, numbers = batch()
    with torch.no_grad():
        flat = network(views | {"local_view": torch.zeros(7, 61)}, numbers)
        absent = network(views | {"local_view": torch.full((7, 61), torch.nan)}, numbers)
    assert (flat - absent).abs().max() > 1e-3


def test_an_open_label_costs_nothing_where_all_its_classes_are_sure():
    logits = torch.tensor([[-9.0, -9.0, 3.0, 3.0]])
    open_label = torch.tensor([[False, False, True, True]])
    one = torch.tensor([[False, False, True, False]])
    assert float(partial_loss(logits, open_label, torch.ones(1))) < 1e-4
    assert float(partial_loss(logits, one, torch.ones(1))) == pytest.approx(np.log(2), abs=1e-4)


def test_weights_count_in_the_loss():
    logits, allowed = torch.zeros(2, 4), torch.eye(4, dtype=torch.bool)[:2]
    logits[0, 0] = 5.0
    right = float(partial_loss(logits, allowed, torch.tensor([1.0, 0.0])))
    wrong = float(partial_loss(logits, allowed, torch.tensor([0.0, 1.0])))
    assert right < 0.1 < wrong


def test_augmentation_leaves_what_is_absent_absent_and_can_do_nothing():
    views, numbers = batch(200)
    views["secondary_view"][:50] = torch.nan
    generator = torch.Generator().manual_seed(2)
    nothing = AugmentOptions(reverse=0, shift_bins=0, noise=0, drop_view=0, drop_number=0)
    same, told = augment(views, numbers, nothing, generator)
    for name in views:
        torch.testing.assert_close(same[name], views[name], equal_nan=True)
    torch.testing.assert_close(told, numbers)
    varied, told = augment(views, numbers, AugmentOptions(drop_view=0.3), generator)
    assert torch.isnan(varied["secondary_view"][:50]).all()
    lost = torch.isnan(varied["local_view"][:, 0]).float().mean()
    assert 0.2 < float(lost) < 0.4
    assert 0.05 < float(torch.isnan(told).float().mean()) < 0.15


def test_time_runs_backwards_in_all_views_of_a_signal_together():
    views, numbers = batch(50)
    always = AugmentOptions(reverse=1, shift_bins=0, noise=0, drop_view=0, drop_number=0)
    turned, _ = augment(views, numbers, always, torch.Generator().manual_seed(3))
    for name in views:
        torch.testing.assert_close(turned[name], views[name].flip(1))
