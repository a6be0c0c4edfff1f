import pytest
import torch
from torch import nn

from starsieve.learn.checkpoint import Checkpoint
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


PATIENT = Schedule(steps=100, validate_every=10, patience=2)


def test_training_ends_when_its_patience_does():
    network, loss, _ = make_problem()
    script = iter([3.0, 1.0, 2.0, 0.5, 2.0, 2.0])
    seen = []

    history = fit(network, loss, lambda: next(script), PATIENT, lambda *step: seen.append(step[0]))

    assert history.step == [10, 20, 30, 40, 50, 60]
    assert history.best_step == 40
    assert seen[-1] == 60


def test_what_ended_early_does_not_go_on_when_it_is_resumed(tmp_path):
    saved = Checkpoint(tmp_path / "c.safetensors", "this one")
    network, loss, _ = make_problem()
    script = iter([1.0, 2.0, 3.0])
    fit(network, loss, lambda: next(script), PATIENT, checkpoint=saved)
    again, loss, validate = make_problem(seed=1)
    seen = []

    history = fit(again, loss, validate, PATIENT, lambda *s: seen.append(s), checkpoint=saved)

    assert seen == []
    assert history.step == [10, 20, 30]
    assert torch.equal(again.weight, network.weight)


@pytest.mark.parametrize(
    ("shape", "rising", "end"),
    [("one-cycle", True, 0.0), ("cosine", True, 0.0), ("constant", 0, 1)],
)
def test_the_learning_rate_follows_its_schedule(shape, rising, end):
    network, loss, validate = make_problem()
    rates = []

    def note(step, part, values):
        if part == "training":
            rates.append(values["learning_rate"])

    fit(network, loss, validate, Schedule(60, 0.01, 0.2, shape=shape), note=note)

    assert max(rates) == pytest.approx(0.01, rel=0.02)
    assert (rates[0] < 0.5 * max(rates)) == rising
    assert rates[-1] == pytest.approx(0.01 * end, abs=2e-4)


def test_in_bfloat16_products_are_rounded_and_weights_are_not():
    network, _, validate = make_problem()
    x, kinds = torch.randn(64, 2), set()

    def loss():
        found = network(x)
        kinds.add(found.dtype)
        return ((found.float() - x @ torch.tensor([[1.0], [-2.0]])) ** 2).mean()

    fit(network, loss, validate, Schedule(300, 0.05, precision="bfloat16"))

    assert kinds == {torch.bfloat16}
    assert network.weight.dtype == torch.float32
    assert torch.allclose(network.weight, torch.tensor([[1.0, -2.0]]), atol=0.02)
