"""The training loop: one function, plain enough to read in a minute, used by all domains."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to train: one cycle of the learning rate over all steps."""

    steps: int
    learning_rate: float = 1e-3
    warm_up: float = 0.05
    weight_decay: float = 1e-4
    validate_every: int = 500
    max_gradient: float = 5.0


@dataclass(frozen=True, slots=True)
class History:
    """Losses at every validation, and the step whose weights were kept."""

    step: list[int]
    train: list[float]
    validation: list[float]
    best_step: int


def fit(
    network: nn.Module,
    loss: Callable[[], Tensor],
    validate: Callable[[], float],
    schedule: Schedule,
    progress: Progress | None = None,
) -> History:
    """Train `network` in place and leave it with the weights of its best validation.

    Parameters
    ----------
    loss : callable
        Draws a batch and returns the network's mean loss on it.
    validate : callable
        Returns the network's loss on what it is not trained on.
    progress : callable, optional
        Called as ``progress(done, total, what)`` at every step.
    """
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        schedule.learning_rate,
        schedule.steps,
        pct_start=max(schedule.warm_up, 2 / schedule.steps),  # it needs two steps at least
    )
    history = History([], [], [], 0)
    best, weights, total = float("inf"), copy.deepcopy(network.state_dict()), 0.0
    best_step = since = 0
    for step in range(1, schedule.steps + 1):
        network.train()
        value = loss()
        optimiser.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(network.parameters(), schedule.max_gradient)
        optimiser.step()
        rate.step()
        total, since = total + float(value.detach()), since + 1
        if step % schedule.validate_every == 0 or step == schedule.steps:
            network.eval()
            with torch.no_grad():
                validation = validate()
            history.step.append(step)
            history.train.append(total / since)
            history.validation.append(validation)
            total, since = 0.0, 0
            if validation < best:
                best, best_step = validation, step
                weights = copy.deepcopy(network.state_dict())
        if progress is not None:
            progress(step, schedule.steps, "training")
    network.load_state_dict(weights)
    network.eval()
    return History(history.step, history.train, history.validation, best_step)
