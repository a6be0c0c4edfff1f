"""Train a network step by step: what it is shown, how often, and where it stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from starsieve.learn.checkpoint import Checkpoint, Generator, get_identity
from starsieve.learn.distributed import get_rank, share_weights
from starsieve.learn.log import Log
from starsieve.learn.loop import History, Note, Schedule, fit
from starsieve.representations.dense import DenseAutoencoder
from starsieve.representations.networks import Observed, TrainableNetwork
from starsieve.representations.objectives import Objective
from starsieve.representations.observations import Pixels
from starsieve.representations.pca import Statistics
from starsieve.representations.prepare import Inputs
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.scale import tensors_of

Progress = Callable[[int, int, str], None]
PIXELS = 2**22
"""Pixels worked on at a time, where all of a set are gone through."""

MOST_VALIDATION = 2048
"""Spectra that are enough to tell a better network from a worse one."""

Draw = Callable[[int], Inputs]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a training runs, and where it writes.

    Parameters
    ----------
    device : str
        Of torch.
    checkpoint : Path, optional
        File that holds its state.
    log : Path, optional
        Folder for TensorBoard.
    history : Path, optional
        Table of the losses by step: see `starsieve.learn.history`.
    progress : callable, optional
        Called as ``progress(done, total, what)``.
    note : callable, optional
        Told the losses by step, too; it may end the training by raising.
    """

    device: str = "cpu"
    checkpoint: Path | None = None
    log: Path | None = None
    history: Path | None = None
    progress: Progress | None = None
    note: Note | None = None


def fit_network(
    network: nn.Module,
    recipe: TrainRecipe,
    spectra: tuple[Inputs, Inputs],
    weights: npt.NDArray[np.float64],
    around: Surroundings,
    streamed: tuple[Draw, Generator] | None = None,
) -> History:
    """Train a network in place.

    Parameters
    ----------
    spectra : pair of Inputs
        For training and for validation; all usable, and on the scale of whole spectra.
    weights : array, shape (n_training,)
        How often each is drawn, relative to the others.
    streamed : pair, optional
        Where batches come from instead, and what knows the position there; those for training are
        then a sample.
    """
    training, validation = spectra
    generator = torch.Generator().manual_seed(recipe.seed + 1000 * get_rank())
    network.to(around.device)
    if isinstance(network, DenseAutoencoder):
        network.standardise_by(_pixels(observe(network, training)))
    held = validation if len(validation) > 1 else training
    held_seen = observe(network, held.take(slice(0, MOST_VALIDATION)))
    objective = Objective(network, recipe.objective, generator)
    share_weights(objective)
    if streamed is None:
        draw = _from_memory(observe(network, training), weights, recipe.batch_size, generator)
    else:
        take = streamed[0]

        def draw() -> Observed:
            return observe(network, take(recipe.batch_size))

    generators = (generator,) if streamed is None else (generator, streamed[1])
    saved = _checkpoint(recipe, training, generators, around.checkpoint)
    schedule = Schedule(
        steps=recipe.steps,
        learning_rate=recipe.learning_rate,
        validate_every=recipe.validate_every,
    )
    first = get_rank() == 0
    with Log(around.history, around.log, around.note) if first else Log() as log:
        run = _Run(objective, schedule, recipe.seed, draw, held_seen, around.device, log)
        history = fit(objective, run.loss, run.validate, schedule, around.progress, saved, log.add)
    network.to("cpu")
    return history


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """What the training loop calls: a loss and a validation, which write down their parts."""

    objective: Objective
    schedule: Schedule
    seed: int
    draw: Callable[[], Observed]
    held: Observed
    device: str
    log: Log

    def loss(self) -> Tensor:
        """Return the loss of the next batch."""
        parts = self.objective.loss(self.draw().to(self.device))
        step = int(self.objective.step)
        if step % self.schedule.note_every == 0:
            self.log.add(step, "training", _parts(parts))
        return parts["loss"]

    def validate(self) -> float:
        """Return the loss of the spectra held out."""
        parts = self.objective.validate(self.held.to(self.device), self.seed)
        self.log.add(int(self.objective.step), "validation", _parts(parts))
        return float(parts["loss"].detach())


def _from_memory(
    seen: Observed,
    weights: npt.NDArray[np.float64],
    batch_size: int,
    generator: torch.Generator,
) -> Callable[[], Observed]:
    odds = torch.as_tensor(weights)

    def draw() -> Observed:
        rows = torch.multinomial(odds, batch_size, replacement=True, generator=generator)
        return seen.take(rows)

    return draw


def observe(network: nn.Module, inputs: Inputs) -> Observed:
    """Return spectra in the form that the network works with, on the CPU."""
    device = next(network.parameters()).device
    step = max(1, PIXELS // inputs.flux.shape[1])
    parts = []
    with torch.no_grad():
        for start in range(0, len(inputs), step):
            tensors = tensors_of(inputs.take(slice(start, start + step)))
            part = _observe(network, *(tensor.to(device) for tensor in tensors))
            parts.append(part.to("cpu"))
    return _join(parts)


def _observe(network: nn.Module, flux: Tensor, valid: Tensor, sigma: Tensor) -> Observed:
    made: TrainableNetwork = network  # type: ignore[assignment]
    return made.observe(flux, valid, sigma)


def _join(parts: Sequence[Observed]) -> Observed:
    statistics = [part for part in parts if isinstance(part, Statistics)]
    return Statistics.join(statistics) if statistics else Pixels.join(list(map(_pixels, parts)))


def _pixels(observed: Observed) -> Pixels:
    return cast(Pixels, observed)  # as all networks but the projected ones observe


def _parts(parts: dict[str, Tensor]) -> dict[str, float]:
    """Return what a loss is made of; the loop itself tells the loss."""
    return {name: float(value.detach()) for name, value in parts.items() if name != "loss"}


def _checkpoint(
    recipe: TrainRecipe,
    training: Inputs,
    generators: tuple[Generator, ...],
    path: Path | None,
) -> Checkpoint | None:
    if path is None:
        return None
    if get_rank():  # each process has drawn other random numbers
        path = path.with_stem(f"{path.stem}-{get_rank()}")
    parts = (training.flux[start : start + 256] for start in range(0, len(training), 256))
    return Checkpoint(path, get_identity(recipe.model_dump_json(), parts), generators)
