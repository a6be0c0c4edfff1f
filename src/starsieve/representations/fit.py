"""Train a network step by step: what it is shown, how often, and where it stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from starsieve.learn.checkpoint import Checkpoint, get_identity
from starsieve.learn.distributed import get_rank, share_weights
from starsieve.learn.log import Log
from starsieve.learn.loop import History, Schedule, fit
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

LOGS_PER_VALIDATION = 10


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
    progress : callable, optional
        Called as ``progress(done, total, what)``.
    """

    device: str = "cpu"
    checkpoint: Path | None = None
    log: Path | None = None
    progress: Progress | None = None


def fit_network(
    network: nn.Module,
    recipe: TrainRecipe,
    training: Inputs,
    validation: Inputs,
    weights: npt.NDArray[np.float64],
    around: Surroundings,
) -> History:
    """Train a network in place.

    Parameters
    ----------
    training, validation : Inputs
        All usable, and on the scale of whole spectra.
    weights : array, shape (n_training,)
        How often each is drawn, relative to the others.
    """
    generator = torch.Generator().manual_seed(recipe.seed + 1000 * get_rank())
    network.to(around.device)
    seen = observe(network, training)
    if isinstance(network, DenseAutoencoder) and isinstance(seen, Pixels):
        network.standardise_by(seen)
    held = validation if len(validation) > 1 else training
    held_seen = observe(network, held.take(slice(0, MOST_VALIDATION)))
    objective = Objective(network, recipe.objective, generator)
    share_weights(objective)
    odds = torch.as_tensor(weights)

    def draw() -> Observed:
        rows = torch.multinomial(odds, recipe.batch_size, replacement=True, generator=generator)
        return seen.take(rows).to(around.device)

    with Log(around.log if get_rank() == 0 else None) as log:
        return _fit(objective, recipe, draw, held_seen.to(around.device), around, log, training)


def _fit(
    objective: Objective,
    recipe: TrainRecipe,
    draw: Callable[[], Observed],
    held: Observed,
    around: Surroundings,
    log: Log,
    training: Inputs,
) -> History:
    often = max(1, recipe.validate_every // LOGS_PER_VALIDATION)

    def loss() -> Tensor:
        parts = objective.loss(draw())
        if int(objective.step) % often == 0:
            log.add(int(objective.step), "training", _numbers(parts))
        return parts["loss"]

    def validate() -> float:
        parts = _numbers(objective.validate(held, recipe.seed))
        log.add(int(objective.step), "validation", parts)
        return parts["loss"]

    schedule = Schedule(
        steps=recipe.steps,
        learning_rate=recipe.learning_rate,
        validate_every=recipe.validate_every,
    )
    saved = _checkpoint(recipe, training, objective.generator, around.checkpoint)
    history = fit(objective, loss, validate, schedule, around.progress, saved)
    objective.network.to("cpu")
    return history


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
    if statistics:
        return Statistics.join(statistics)
    return Pixels.join([part for part in parts if isinstance(part, Pixels)])


def _numbers(parts: dict[str, Tensor]) -> dict[str, float]:
    return {name: float(value.detach()) for name, value in parts.items()}


def _checkpoint(
    recipe: TrainRecipe, training: Inputs, generator: torch.Generator, path: Path | None
) -> Checkpoint | None:
    if path is None:
        return None
    if get_rank():  # each process has drawn other random numbers
        path = path.with_stem(f"{path.stem}-{get_rank()}")
    parts = (training.flux[start : start + 256] for start in range(0, len(training), 256))
    return Checkpoint(path, get_identity(recipe.model_dump_json(), parts), (generator,))
