"""The training loop: one function, plain enough to read in a minute, used by all domains."""

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from starsieve.learn.checkpoint import Checkpoint
from starsieve.learn.distributed import average_gradients

Progress = Callable[[int, int, str], None]
Note = Callable[[int, str, Mapping[str, float]], None]
"""Called with a step, the part that numbers are of, and the numbers by name."""

LOGS_PER_VALIDATION = 10
LOGS_PER_TRAINING = 200
"""How often the loss is noted, at least."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long, how fast and how exactly to train.

    Parameters
    ----------
    shape : {"one-cycle", "cosine", "constant"}
        Of the learning rate over all steps: up and down once (Smith & Topin 2017), a short rise
        and half a cosine down to nothing, or always the same.
    warm_up : float
        Share of the steps that the rise takes.
    patience : int, optional
        Validations in a row without a better one after which training ends.
    precision : {"float32", "bfloat16"}
        Of the products in a network. Weights, and what networks exclude, stay float32.
    """

    steps: int
    learning_rate: float = 1e-3
    warm_up: float = 0.05
    weight_decay: float = 1e-4
    validate_every: int = 500
    max_gradient: float = 5.0
    shape: Literal["one-cycle", "cosine", "constant"] = "one-cycle"
    patience: int | None = None
    precision: Literal["float32", "bfloat16"] = "float32"

    @property
    def note_every(self) -> int:
        """Steps between two notes of the training's loss."""
        often = min(self.validate_every // LOGS_PER_VALIDATION, self.steps // LOGS_PER_TRAINING)
        return max(1, often)


@dataclass(frozen=True, slots=True)
class History:
    """Losses at every validation, and the step whose weights were kept."""

    step: list[int]
    train: list[float]
    validation: list[float]
    best_step: int

    @property
    def best(self) -> float:
        """The validation loss of the kept weights; infinite before there are any."""
        return self.validation[self.step.index(self.best_step)] if self.best_step else float("inf")

    def to_metrics(self) -> dict[str, Any]:
        """Return what goes on a model's card."""
        kept = self.step.index(self.best_step)
        return {
            "validation_loss": self.validation[kept],
            "training_loss": self.train[kept],
            "best_step": self.best_step,
            "history": {
                "step": self.step,
                "training": self.train,
                "validation": self.validation,
            },
        }

    def has_waited(self, patience: int | None) -> bool:
        """Return whether the last `patience` validations brought nothing better."""
        return patience is not None and sum(s > self.best_step for s in self.step) >= patience


def fit(
    network: nn.Module,
    loss: Callable[[], Tensor],
    validate: Callable[[], float],
    schedule: Schedule,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
    note: Note | None = None,
) -> History:
    """Train `network` in place and leave it with the weights of its best validation.

    It ends after all steps of the schedule, or when its patience does.

    Parameters
    ----------
    loss : callable
        Draws a batch and returns the network's mean loss on it.
    validate : callable
        Returns the network's loss on what it is not trained on.
    progress : callable, optional
        Called as ``progress(done, total, what)`` at every step.
    checkpoint : Checkpoint, optional
        Where the state is saved at every validation. If it holds one of this training, that is
        where training goes on, to the same weights as if it had never stopped.
    note : callable, optional
        Told the losses, the first time at the first step: see `Note`.

    Raises
    ------
    FileError
        If the checkpoint can't be written.
    """
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    rate = _make_rate(optimiser, schedule)
    tell = _Telling(note, schedule, rate.get_last_lr)
    parts: dict[str, Any] = {"network": network, "optimiser": optimiser, "rate": rate}
    history, weights = _begin(parts, checkpoint)
    total, since = 0.0, 0
    for step in range(history.step[-1] + 1 if history.step else 1, schedule.steps + 1):
        if history.has_waited(schedule.patience):
            break
        network.train()
        with _precision(network, schedule):
            value = loss()
        optimiser.zero_grad()
        value.backward()
        average_gradients(network)
        nn.utils.clip_grad_norm_(network.parameters(), schedule.max_gradient)
        optimiser.step()
        rate.step()
        total, since = total + float(value.detach()), since + 1
        tell.trained(step, float(value.detach()))
        if step % schedule.validate_every == 0 or step == schedule.steps:
            network.eval()
            with torch.no_grad():
                validation = validate()
            tell.validated(step, validation)
            better = validation < history.best
            history.step.append(step)
            history.train.append(total / since)
            history.validation.append(validation)
            total, since = 0.0, 0
            if better:
                history = replace(history, best_step=step)
                weights = copy.deepcopy(network.state_dict())
            if checkpoint is not None:
                state = {name: part.state_dict() for name, part in parts.items()}
                checkpoint.save(state | {"weights": weights, "history": asdict(history)})
        if progress is not None:
            progress(step, schedule.steps, "training")
    network.load_state_dict(weights)
    network.eval()
    return history


def _begin(
    parts: Mapping[str, Any], checkpoint: Checkpoint | None
) -> tuple[History, dict[str, Any]]:
    """Return the history and the best weights so far, with all parts as they were then."""
    if checkpoint is None or (saved := checkpoint.load()) is None:
        return History([], [], [], 0), copy.deepcopy(parts["network"].state_dict())
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    return History(**saved["history"]), saved["weights"]


def _make_rate(optimiser: torch.optim.Optimizer, schedule: Schedule) -> Any:
    """Return what sets the learning rate after each step."""
    rise = max(schedule.warm_up, 2 / schedule.steps)  # one cycle needs two steps at least
    if schedule.shape == "one-cycle":
        return torch.optim.lr_scheduler.OneCycleLR(
            optimiser, schedule.learning_rate, schedule.steps, pct_start=rise
        )

    def cosine(step: int) -> float:
        done = (step + 1) / (schedule.steps + 1)
        fall = max(done - rise, 0.0) / (1 - rise) if rise < 1 else 0.0
        return min(done / rise, 1.0) * 0.5 * (1 + math.cos(math.pi * fall))

    shape = cosine if schedule.shape == "cosine" else lambda _: 1.0
    return torch.optim.lr_scheduler.LambdaLR(optimiser, shape)


def _precision(network: nn.Module, schedule: Schedule) -> torch.autocast:
    device = next(network.parameters()).device.type
    return torch.autocast(device, torch.bfloat16, enabled=schedule.precision == "bfloat16")


@dataclass(frozen=True, slots=True)
class _Telling:
    """Tells losses now and then: a training's as their mean since it was told last."""

    note: Note | None
    schedule: Schedule
    rates: Callable[[], list[Any]]
    recent: list[float] = field(default_factory=list)

    def trained(self, step: int, loss: float) -> None:
        self.recent.append(loss)
        if self.note is not None and (step == 1 or step % self.schedule.note_every == 0):
            mean = sum(self.recent) / len(self.recent)
            self.note(step, "training", {"loss": mean, "learning_rate": float(self.rates()[0])})
            self.recent.clear()

    def validated(self, step: int, loss: float) -> None:
        if self.note is not None:
            self.note(step, "validation", {"loss": loss})
