"""Train one of a vetter's networks."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from starsieve.data.spectrum import BoolArray
from starsieve.learn.loop import Note, Schedule, fit
from starsieve.transits.augment import augment
from starsieve.transits.classifier_recipe import TrainVetterRecipe
from starsieve.transits.networks import VettingNetwork, partial_loss
from starsieve.transits.table_features import FloatArray
from starsieve.transits.vetting_inputs import Inputs

Progress = Callable[[int, int, str], None]


def fit_network(
    inputs: Inputs,
    allowed: BoolArray,
    weight: FloatArray,
    recipe: TrainVetterRecipe,
    seed: int,
    progress: Progress | None = None,
    note: Note | None = None,
) -> VettingNetwork:
    """Train one network for a fixed number of epochs.

    There is no validation that could choose when to stop: that would use up the stars on which
    the member is judged.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    views = {name: torch.as_tensor(view) for name, view in inputs.views.items()}
    numbers = torch.as_tensor(inputs.numbers, dtype=torch.float32)
    open_classes = torch.as_tensor(allowed)
    weights = torch.as_tensor(weight, dtype=torch.float32)
    network = VettingNetwork(recipe.network, tuple(views), numbers.shape[1])
    network.standardise_by(numbers)
    n_batch = min(recipe.batch_size, len(inputs))
    steps = max(2, recipe.epochs * len(inputs) // n_batch)

    def loss() -> Tensor:
        rows = torch.randint(len(inputs), (n_batch,), generator=generator)
        batch = {name: view[rows] for name, view in views.items()}
        shown, told = augment(batch, numbers[rows], recipe.augment, generator)
        return partial_loss(network(shown, told), open_classes[rows], weights[rows])

    schedule = Schedule(steps=steps, learning_rate=recipe.learning_rate, validate_every=steps)
    fit(network, loss, lambda: 0.0, schedule, progress, note=note)
    return network


def named(note: Note | None, number: int) -> Note | None:
    """Return what tells the losses of one network of several; it has no validation to tell of."""
    if note is None:
        return None

    def tell(step: int, part: str, values: Mapping[str, float]) -> None:
        if part == "training":
            note(step, f"network {number}", values)

    return tell
