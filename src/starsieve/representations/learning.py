"""From spectra at rest to a model: components, what is trained on top of them, and the card."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from torch import nn

from starsieve.data.spectrum import FloatArray
from starsieve.learn.distributed import process_group
from starsieve.learn.loop import History
from starsieve.learn.model import Model, RepresentationCard
from starsieve.representations.dense import ProjectedVAE
from starsieve.representations.fit import Draw, Surroundings, fit_network
from starsieve.representations.measures import (
    batches_of,
    describe_outputs,
    make_card,
    mean_spectrum,
    measure,
)
from starsieve.representations.models import TEMPLATES, Representation
from starsieve.representations.networks import SpectrumNetwork, build_network
from starsieve.representations.pca import Projection, fit_components
from starsieve.representations.prepare import Inputs
from starsieve.representations.recipes import PrincipalComponents, Projected, TrainRecipe
from starsieve.representations.scale import rescaled
from starsieve.representations.stream import Stream

SCALING = 8
"""Components that bring spectra to one scale, where a network has none of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Spectra to learn from, all usable, at rest on the recipe's grid.

    Parameters
    ----------
    training, validation : Inputs
        Of different stars.
    weights : array, shape (n_training,)
        How often each is drawn, relative to the others.
    stream : Stream, optional
        Where batches come from if the training set does not fit into memory; `training` is then a
        sample of it.
    templates : array, shape (n_templates, n_pixels), optional
        What velocities are measured against.
    notes : mapping
        What the card is to say of where this comes from.
    """

    training: Inputs
    validation: Inputs
    weights: npt.NDArray[np.float64]
    stream: Stream | None = None
    templates: FloatArray | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


def learn(
    material: Material,
    wave: FloatArray,
    recipe: TrainRecipe,
    files: Mapping[str, str],
    around: Surroundings,
) -> Model:
    """Train what a recipe asks for, and measure it."""
    card = make_card(recipe, files)
    share = material.training.valid.mean(axis=0, dtype=np.float32)
    with process_group(around.device):
        front = _front(recipe, material.training)
        training = rescaled(front, material.training, share)
        validation = rescaled(front, material.validation, share)
        ready = Material(training, validation, material.weights, material.stream)
        network, history = _train(ready, recipe, card, front, share, around)
    arrays: dict[str, npt.NDArray[Any]] = {"wave": wave, "seen": share}
    arrays["mean"] = mean_spectrum(training)
    if material.templates is not None:
        arrays[TEMPLATES] = material.templates
    found = Representation(card, recipe, cast(SpectrumNetwork, network), arrays)
    metrics = {**material.notes, **history, **measure(found, training, validation)}
    outputs = describe_outputs(found, training)
    card = card.model_copy(update={"metrics": metrics, "outputs": outputs})
    return Model(card, network, arrays)


def _train(
    material: Material,
    recipe: TrainRecipe,
    card: RepresentationCard,
    front: Projection,
    share: npt.NDArray[np.float32],
    around: Surroundings,
) -> tuple[nn.Module, dict[str, Any]]:
    """Return the network, trained on spectra that are on one scale, and how that went."""
    if isinstance(recipe.network, PrincipalComponents):
        if around.progress is not None:
            around.progress(1, 1, "training")
        return front, {}
    network = build_network(recipe, card)
    if isinstance(network, ProjectedVAE):
        network.front.load_state_dict(front.state_dict())
    streamed = None
    if material.stream is not None:
        streamed = (_scaled(material.stream, front, share), material.stream)
    spectra = (material.training, material.validation)
    history = fit_network(network, recipe, spectra, material.weights, around, streamed)
    return network, _of_history(history)


def _scaled(stream: Stream, front: Projection, share: npt.NDArray[np.float32]) -> Draw:
    """Return what draws from a stream, on the scale of whole spectra."""

    def draw(size: int) -> Inputs:
        return rescaled(front, stream.draw(size), share)

    return draw


def _front(recipe: TrainRecipe, training: Inputs) -> Projection:
    """Return the components that a network stands on, or that only bring spectra to one scale."""
    network = recipe.network
    passes = 4
    n_components = min(SCALING, len(training) - 1)
    if isinstance(network, PrincipalComponents):
        n_components, passes = network.n_latents, network.passes
    elif isinstance(network, Projected):
        n_components, passes = network.n_components, network.passes
    return fit_components(
        lambda: batches_of(training), n_components, recipe.n_pixels, recipe.error_floor, passes
    )


def _of_history(history: History) -> dict[str, Any]:
    kept = history.step.index(history.best_step)
    return {
        "validation_loss": history.validation[kept],
        "training_loss": history.train[kept],
        "best_step": history.best_step,
        "history": {
            "step": history.step,
            "training": history.train,
            "validation": history.validation,
        },
    }
