"""Train a representation of spectra."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from starsieve.archive import Archive
from starsieve.data import Spectrum, SpectrumSet
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.learn.checkpoint import FILE
from starsieve.learn.distributed import get_device, get_rank, process_group
from starsieve.learn.log import FOLDER
from starsieve.learn.loop import History
from starsieve.learn.model import Model, Output, RepresentationCard
from starsieve.representations.dense import ProjectedVAE
from starsieve.representations.fit import Surroundings, fit_network
from starsieve.representations.models import TASK, TEMPLATES, Representation
from starsieve.representations.networks import SpectrumNetwork, build_network, kind_of
from starsieve.representations.pca import Projection, fit_components
from starsieve.representations.prepare import Inputs, prepare, velocity_grid
from starsieve.representations.recipes import PrincipalComponents, Projected, TrainRecipe
from starsieve.representations.rest import learn_velocities
from starsieve.representations.scale import rescaled

Progress = Callable[[int, int, str], None]
BATCH = 256
SCALING = 8
"""Components that bring spectra to one scale, where a network has none of its own."""

MOST_BASELINE = 512
"""Latents up to which principal components are put beside a network."""

FEWEST = 3
"""Spectra that a representation can be learnt from at all."""


def train(
    recipe: TrainRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Train on collections, keep the model under its name, and return its metrics.

    A training that was interrupted goes on from its last validation.
    """
    spectra: list[Spectrum] = []
    stars: list[str] = []
    files: dict[str, str] = {}
    velocities: list[FloatArray] = []
    for collection in recipe.collections:
        files |= archive.collections.files(collection)
        stars += stars_of(archive, collection)
        for part in archive.spectra.iterate(collection, BATCH):
            spectra += [spectrum for _, spectrum in part]
        velocities.append(_known_velocities(archive, collection, recipe))
    velocity = np.concatenate(velocities) if recipe.velocity.label else None
    folder = archive.models.folder(recipe.model)
    model = train_on(
        spectra,
        recipe,
        files,
        progress,
        folder / FILE,
        stars=stars,
        velocity=velocity,
        log=folder / FOLDER,
    )
    if get_rank():  # another process of this training keeps the model
        return {"model": recipe.model, **model.card.metrics}
    card = model.save(folder)
    archive.models.register(recipe.model)
    (folder / FILE).unlink(missing_ok=True)
    return {"model": recipe.model, "weights_sha256": card.weights_sha256, **card.metrics}


def stars_of(archive: Archive, collection: str) -> list[str]:
    """Return for each spectrum of a collection what tells its star from others."""
    names = []
    for info in archive.spectra.table(collection):
        if info.target is not None:
            names.append(f"target {info.target}")
        else:
            names.append(f"object {info.object}" if info.object else f"spectrum {info.id}")
    return names


def train_on(
    spectra: Sequence[Spectrum] | SpectrumSet | Inputs,
    recipe: TrainRecipe,
    files: Mapping[str, str],
    progress: Progress | None = None,
    checkpoint: Path | None = None,
    *,
    stars: Sequence[str] | None = None,
    velocity: npt.ArrayLike | None = None,
    log: Path | None = None,
) -> Model:
    """Train a representation of spectra in memory.

    Parameters
    ----------
    spectra : sequence of Spectrum, SpectrumSet, or Inputs
        Those that can't be used are left out. Inputs are on the recipe's grid, and at rest unless
        the recipe asks to align them.
    files : mapping of str to str
        Files that the spectra came from and the SHA-256 of each, for the card.
    progress : callable, optional
        Called as ``progress(done, total, what)``.
    checkpoint : Path, optional
        File to save the training's state in, and to go on from. It stays when training ends.
    stars : sequence of str, optional
        What tells the spectra's stars apart; by default each spectrum is of a star of its own.
    velocity : array, shape (n_spectra,), optional
        km/s, positive if receding, to be taken out.
    log : Path, optional
        Folder that TensorBoard is to show.

    Raises
    ------
    DataError
        If too few spectra can be used.
    """
    torch.manual_seed(recipe.seed)
    wave = velocity_grid(*recipe.wave_range, recipe.n_pixels)
    inputs = spectra if isinstance(spectra, Inputs) else _prepare(spectra, wave, recipe, velocity)
    known = None if velocity is None else np.asarray(velocity, dtype=np.float64)
    inputs, templates, notes = learn_velocities(inputs, wave, recipe, known)
    names = np.array([str(n) for n in range(len(inputs))] if stars is None else stars)
    usable = np.flatnonzero(inputs.usable)
    _check_enough(inputs, len(usable))
    held = held_out(names[usable], recipe)
    device = get_device(recipe.device)
    around = Surroundings(device, checkpoint, log, progress)
    card = _card(recipe, files)
    with process_group(device):
        trained = _train(
            recipe,
            card,
            inputs.take(usable[~held]),
            inputs.take(usable[held]),
            names[usable[~held]],
            around,
        )
    arrays: dict[str, npt.NDArray[Any]] = {"wave": wave, "seen": trained.share}
    arrays["mean"] = mean_spectrum(trained.training)
    if templates is not None:
        arrays[TEMPLATES] = templates
    found = Representation(card, recipe, cast(SpectrumNetwork, trained.network), arrays)
    metrics = notes | trained.metrics | measure(found, trained.training, trained.validation)
    outputs = _outputs(found, trained.training)
    card = card.model_copy(update={"metrics": metrics, "outputs": outputs})
    return Model(card, trained.network, arrays)


@dataclass(frozen=True, slots=True, eq=False)
class _Trained:
    """A network, the spectra as it saw them, and how its training went."""

    network: nn.Module
    training: Inputs
    validation: Inputs
    share: npt.NDArray[np.float32]
    metrics: dict[str, Any]


def _train(
    recipe: TrainRecipe,
    card: RepresentationCard,
    training: Inputs,
    validation: Inputs,
    stars: npt.NDArray[np.str_],
    around: Surroundings,
) -> _Trained:
    """Find the components, bring all spectra to one scale by them, and train what is on top."""
    share = training.valid.mean(axis=0, dtype=np.float32)
    front = _front(recipe, training)
    training, validation = rescaled(front, training, share), rescaled(front, validation, share)
    if isinstance(recipe.network, PrincipalComponents):
        if around.progress is not None:
            around.progress(1, 1, "training")
        return _Trained(front, training, validation, share, {})
    network = build_network(recipe, card)
    if isinstance(network, ProjectedVAE):
        network.front.load_state_dict(front.state_dict())
    _, star, counts = np.unique(stars, return_inverse=True, return_counts=True)
    history = fit_network(network, recipe, training, validation, 1 / counts[star], around)
    return _Trained(network, training, validation, share, _of_history(history))


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


def batches_of(inputs: Inputs, size: int = BATCH) -> Iterator[Inputs]:
    """Yield the spectra in their order, some at a time."""
    for start in range(0, len(inputs), size):
        yield inputs.take(slice(start, start + size))


def held_out(stars: npt.NDArray[np.str_], recipe: TrainRecipe) -> npt.NDArray[np.bool_]:
    """Return which spectra are for validation, whole stars at a time; at least one trains."""
    names, star = np.unique(stars, return_inverse=True)
    order = np.random.default_rng(recipe.seed).permutation(len(names))
    n_held = min(round(recipe.validation_share * len(names)), len(names) - 1)
    return np.isin(star, order[:n_held])


def _prepare(
    spectra: Sequence[Spectrum] | SpectrumSet,
    wave: FloatArray,
    recipe: TrainRecipe,
    velocity: npt.ArrayLike | None,
) -> Inputs:
    share = recipe.min_coverage
    if recipe.velocity.training == "align":
        velocity = None  # they stay as observed until all velocities are found
    return prepare(spectra, wave, recipe.resolution, velocity=velocity, min_coverage=share)


def _check_enough(inputs: Inputs, n_usable: int) -> None:
    if n_usable >= FEWEST:
        return
    reasons = [reason for reason in inputs.reasons if reason]
    first = f" The first of the others: {reasons[0]}" if reasons else ""
    msg = (
        f"{n_usable} of {len(inputs)} spectra can be learnt from; a representation needs at least "
        f"{FEWEST}.{first}"
    )
    raise DataError(msg)


def _known_velocities(archive: Archive, collection: str, recipe: TrainRecipe) -> FloatArray:
    """Return the label that holds the velocities, shape (n_spectra,); NaN where not known."""
    if recipe.velocity.label is None:
        return np.empty(0)
    _, labels = archive.labels.table(collection, [recipe.velocity.label])
    return labels[recipe.velocity.label]


def mean_spectrum(inputs: Inputs) -> npt.NDArray[np.float32]:
    """Return the mean over what is valid, shape (n_pixels,); 1 where nothing is."""
    count = inputs.valid.sum(axis=0)
    total = inputs.flux.sum(axis=0, dtype=float)
    return np.where(count, total / np.maximum(count, 1), 1.0).astype(np.float32)


def measure(found: Representation, training: Inputs, validation: Inputs) -> dict[str, Any]:
    """Return how well spectra come back, as rms relative to the median.

    Beside the network's stand principal components of the same number, and the mean spectrum.
    """
    mean = mean_spectrum(training)
    models = {"rms": found}
    if found.card.kind != "pca" and found.n_latents < min(len(training), MOST_BASELINE):
        models["rms_of_pca"] = _as_components(found, training)
    metrics: dict[str, Any] = {}
    for name, part in (("training", training), ("validation", validation)):
        if not len(part):
            continue
        metrics[name] = {"n_spectra": len(part)}
        for key, model in models.items():
            latents = model.encode_inputs(part, np.arange(len(part))).latents
            metrics[name][key] = _rms(part, model.decode(latents))
        metrics[name]["rms_of_mean_spectrum"] = _rms(part, mean)
    return metrics


def _as_components(found: Representation, training: Inputs) -> Representation:
    """Return principal components, as many as the network has latents, of the same spectra."""
    components = fit_components(
        lambda: batches_of(training),
        found.n_latents,
        len(found.wave),
        found.recipe.error_floor,
    )
    return replace(found, network=components)


def _outputs(found: Representation, training: Inputs) -> tuple[Output, ...]:
    """Return what a card says of what comes out: latents, and where those of the training lie."""
    latents = found.encode_inputs(training, np.arange(len(training))).latents
    low, high = float(latents.min()), float(latents.max())
    outputs = [Output(name="latents", unit="", minimum=low, maximum=high)]
    if found.card.max_velocity:
        largest = found.card.max_velocity
        outputs.append(Output(name="velocity", unit="km/s", minimum=-largest, maximum=largest))
    return tuple(outputs)


def _rms(inputs: Inputs, model: npt.NDArray[Any]) -> float:
    return float(np.sqrt(np.mean((inputs.flux - model)[inputs.valid] ** 2)))


def _card(recipe: TrainRecipe, files: Mapping[str, str]) -> RepresentationCard:
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
