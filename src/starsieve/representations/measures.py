"""How well a representation gives spectra back, and what its card says of it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.learn.model import Output, RepresentationCard
from starsieve.representations.models import TASK, Representation
from starsieve.representations.networks import kind_of
from starsieve.representations.pca import fit_components
from starsieve.representations.prepare import Inputs
from starsieve.representations.recipes import TrainRecipe

BATCH = 256
MOST_BASELINE = 512
"""Latents up to which principal components are put beside a network."""

MOST_MEASURED = 2048
"""Spectra that are enough to say how well they come back."""


def make_card(recipe: TrainRecipe, files: Mapping[str, str]) -> RepresentationCard:
    """Return the card of a recipe's model, before its training."""
    return RepresentationCard(
        name=recipe.model,
        task=TASK,
        description=recipe.description,
        outputs=(),
        kind=kind_of(recipe.network),
        n_latents=recipe.network.n_latents,
        wave_min_um=recipe.wave_range[0],
        wave_max_um=recipe.wave_range[1],
        n_pixels=recipe.n_pixels,
        resolution=recipe.resolution,
        max_velocity=recipe.velocity.largest,
        recipe=recipe.model_dump(mode="json"),
        training_files=dict(files),
        sources=recipe.sources,
        licence=recipe.licence,
        limits="Says what spectra like those of its training have in common, and of nothing else.",
    )


def batches_of(inputs: Inputs, size: int = BATCH) -> Iterator[Inputs]:
    """Yield the spectra in their order, some at a time."""
    for start in range(0, len(inputs), size):
        yield inputs.take(slice(start, start + size))


def mean_spectrum(inputs: Inputs) -> npt.NDArray[np.float32]:
    """Return the mean over what is valid, shape (n_pixels,); 1 where nothing is."""
    count = inputs.valid.sum(axis=0)
    total = inputs.flux.sum(axis=0, dtype=float)
    return np.where(count, total / np.maximum(count, 1), 1.0).astype(np.float32)


def measure(found: Representation, training: Inputs, validation: Inputs) -> dict[str, Any]:
    """Return how well spectra come back, as rms relative to the median.

    Beside the network's stand principal components of the same number, and the mean spectrum.
    """
    models = {"rms": found}
    if found.card.kind != "pca" and found.n_latents < min(len(training), MOST_BASELINE):
        models["rms_of_pca"] = _as_components(found, training)
    metrics: dict[str, Any] = {}
    for name, whole in (("training", training), ("validation", validation)):
        if not len(whole):
            continue
        part = whole.take(slice(0, MOST_MEASURED))
        scores = {key: _rms(model, part) for key, model in models.items()}
        mean = found.mean
        squares = [((each.flux - mean)[each.valid] ** 2).sum() for each in batches_of(part)]
        scores["rms_of_mean_spectrum"] = float(np.sqrt(sum(squares) / part.valid.sum()))
        metrics[name] = {"n_spectra": len(whole), **scores}
    return metrics


def describe_outputs(found: Representation, training: Inputs) -> tuple[Output, ...]:
    """Return what a card says of what comes out: latents, and where those of the training lie."""
    part = training.take(slice(0, MOST_MEASURED))
    latents = found.encode_inputs(part, np.arange(len(part))).latents
    low, high = float(latents.min()), float(latents.max())
    outputs = [Output(name="latents", unit="", minimum=low, maximum=high)]
    if found.card.max_velocity:
        largest = found.card.max_velocity
        outputs.append(Output(name="velocity", unit="km/s", minimum=-largest, maximum=largest))
    return tuple(outputs)


def _as_components(found: Representation, training: Inputs) -> Representation:
    """Return principal components, as many as the network has latents, of the same spectra."""
    components = fit_components(
        lambda: batches_of(training),
        found.n_latents,
        len(found.wave),
        found.recipe.error_floor,
    )
    return replace(found, network=components)


def _rms(model: Representation, inputs: Inputs) -> float:
    total = 0.0
    for part in batches_of(inputs):
        back = model.decode(model.encode_inputs(part, np.arange(len(part))).latents)
        total += float(((part.flux - back)[part.valid] ** 2).sum())
    return float(np.sqrt(total / inputs.valid.sum()))
