import torch
from torch import nn

from starsieve.learn.loop import Schedule, fit


def make_problem(seed=0):
    torch.manual_seed(seed)
    network = nn.Linear(2, 1)
    x = torch.randn(256, 2)
    y = x @ torch.tensor([[1.0], [-2.0]]) + 0.5

    def loss():
        rows = torch.randint(0, 256, (32,))
        return ((network(x[rows]) - y[rows]) ** 2).mean()

    return network, loss, lambda: float(((network(x) - y) ** 2).mean())


def test_a_linear_network_learns_a_line():
    network, loss, validate = make_problem()

    history = fit(network, loss, validate, Schedule(steps=400, learning_rate=0.05))

    assert history.validation[-1] < 1e-3


def test_the_weights_of_the_best_validation_are_kept():
    network, loss, _ = make_problem()
    script = iter([3.0, 1.0, 2.0, 2.0])
    kept = []

    def validate():
        kept.append(network.weight.detach().clone())
        return next(script)

    history = fit(network, loss, validate, Schedule(steps=40, validate_every=10))

    assert history.best_step == 20
    assert torch.equal(network.weight, kept[1])


def test_the_same_seed_gives_the_same_network():
    weights = []
    for _ in range(2):
        network, loss, validate = make_problem(seed=3)
        fit(network, loss, validate, Schedule(steps=50))
        weights.append(network.weight.detach().clone())

    assert torch.equal(*weights)


def test_progress_counts_the_steps():
    network, loss, validate = make_problem()
    seen = []

    fit(network, loss, validate, Schedule(steps=5), lambda *step: seen.append(step))

    assert seen == [(step, 5, "training") for step in range(1, 6)]
