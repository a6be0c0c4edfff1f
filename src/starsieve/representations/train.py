"""Train a representation of spectra: of an archive's collections, or of spectra in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from starsieve.archive import Archive
from starsieve.data import Spectrum, SpectrumSet
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.learn.checkpoint import FILE
from starsieve.learn.distributed import get_device, get_rank
from starsieve.learn.history import FILE as HISTORY
from starsieve.learn.log import FOLDER
from starsieve.learn.model import Model
from starsieve.representations.fit import MOST_VALIDATION, Surroundings
from starsieve.representations.learning import Material, learn
from starsieve.representations.prepare import Inputs, velocity_grid
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.rest import bring_to_rest, learn_velocities, prepare_for
from starsieve.representations.stream import BYTES_PER_PIXEL, Source, Stream, source_of

Progress = Callable[[int, int, str], None]
FEWEST = 3
"""Spectra that a representation can be learnt from at all."""


def train(
    recipe: TrainRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Train on collections, keep the model under its name, and return its metrics.

    Spectra that don't fit into the recipe's memory are streamed from the archive. A training that
    was interrupted goes on from its last validation.
    """
    files: dict[str, str] = {}
    for collection in recipe.collections:
        files |= archive.collections.files(collection)
    folder = archive.models.folder(recipe.model)
    around = Surroundings(
        get_device(recipe.device), folder / FILE, folder / FOLDER, folder / HISTORY, progress
    )
    model = train_from(archive, recipe, files, around)
    if get_rank():  # another process of this training keeps the model
        return {"model": recipe.model, **model.card.metrics}
    card = model.save(folder)
    archive.models.register(recipe.model)
    (folder / FILE).unlink(missing_ok=True)
    return {"model": recipe.model, "weights_sha256": card.weights_sha256, **card.metrics}


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
        Folder that TensorBoard is to show; the losses by step are there as a table, too.

    Raises
    ------
    DataError
        If too few spectra can be used.
    """
    history = None if log is None else log / HISTORY
    around = Surroundings(get_device(recipe.device), checkpoint, log, history, progress)
    wave = velocity_grid(*recipe.wave_range, recipe.n_pixels)
    if isinstance(spectra, Inputs):
        inputs = spectra
    else:
        inputs = _preparer(wave, recipe)(spectra, _as_floats(velocity))
    names = [str(n) for n in range(len(inputs))] if stars is None else stars
    return _train_in_memory(inputs, names, _as_floats(velocity), recipe, files, around)


def held_out(stars: npt.NDArray[np.str_], recipe: TrainRecipe) -> npt.NDArray[np.bool_]:
    """Return which spectra are for validation, whole stars at a time; at least one trains."""
    names, star = np.unique(stars, return_inverse=True)
    order = np.random.default_rng(recipe.seed).permutation(len(names))
    n_held = min(round(recipe.validation_share * len(names)), len(names) - 1)
    return np.isin(star, order[:n_held])


def train_from(
    archive: Archive, recipe: TrainRecipe, files: Mapping[str, str], around: Surroundings
) -> Model:
    """Train on a recipe's collections, whether they fit into memory or not.

    Parameters
    ----------
    files : mapping of str to str
        Files that the spectra came from and the SHA-256 of each, for the card.
    around : Surroundings

    Raises
    ------
    DataError
        If too few spectra can be used.
    """
    wave = velocity_grid(*recipe.wave_range, recipe.n_pixels)
    label = recipe.velocity.label
    source = source_of(archive, recipe.collections, _preparer(wave, recipe), recipe.n_pixels, label)
    if not len(source.ids):
        msg = f"There are no spectra in {', '.join(recipe.collections)}: nothing to learn from."
        raise DataError(msg)
    if len(source.ids) * recipe.n_pixels * BYTES_PER_PIXEL > recipe.memory * 1e9:
        return _train_streamed(source, wave, recipe, files, around)
    inputs = source.read(np.arange(len(source.ids)))
    return _train_in_memory(inputs, source.stars, source.velocity, recipe, files, around)


def _train_in_memory(
    inputs: Inputs,
    stars: Sequence[str],
    velocity: FloatArray | None,
    recipe: TrainRecipe,
    files: Mapping[str, str],
    around: Surroundings,
) -> Model:
    torch.manual_seed(recipe.seed)
    wave = velocity_grid(*recipe.wave_range, recipe.n_pixels)
    inputs, templates, notes = learn_velocities(inputs, wave, recipe, velocity)
    usable = np.flatnonzero(inputs.usable)
    _check_enough(inputs, len(usable))
    names = np.asarray(stars)[usable]
    held = held_out(names, recipe)
    _, star, counts = np.unique(names[~held], return_inverse=True, return_counts=True)
    material = Material(
        training=inputs.take(usable[~held]),
        validation=inputs.take(usable[held]),
        weights=1 / counts[star],  # a star that was observed a thousand times counts once
        templates=templates,
        notes=notes,
    )
    del inputs
    return learn(material, wave, recipe, files, around)


def _train_streamed(
    source: Source,
    wave: FloatArray,
    recipe: TrainRecipe,
    files: Mapping[str, str],
    around: Surroundings,
) -> Model:
    """Train on more spectra than fit into memory: a sample tells what all have in common."""
    torch.manual_seed(recipe.seed)
    held = held_out(np.asarray(source.stars), recipe)
    share = int(recipe.memory * 1e9 / 2)  # the other half is for what is worked on
    n_sample = max(FEWEST, share // (2 * recipe.n_pixels * BYTES_PER_PIXEL))
    rows = np.random.default_rng(recipe.seed).permutation(np.flatnonzero(held))
    training, rows = source.take(~held), rows[: min(MOST_VALIDATION, max(1, n_sample // 4))]
    with Stream(training, recipe.seed, share // 4) as stream:
        sample = stream.draw(min(n_sample, stream.n_stars))
    sample, templates, notes = learn_velocities(sample, wave, recipe)
    at_rest = replace(source, prepare=_preparer(wave, recipe, templates))
    validation = at_rest.read(np.sort(rows)) if len(rows) else sample.take(slice(0, 0))
    with Stream(at_rest.take(~held), recipe.seed + 1000 * get_rank(), share // 2) as stream:
        usable = sample.take(sample.usable)
        _check_enough(sample, len(usable))
        material = Material(
            training=usable,
            validation=validation.take(validation.usable),
            weights=np.ones(len(usable)),
            stream=stream,
            templates=templates,
            notes={**notes, "streamed": {"n_spectra": len(source.ids), "n_sample": len(usable)}},
        )
        return learn(material, wave, recipe, files, around)


def _preparer(
    wave: FloatArray, recipe: TrainRecipe, templates: FloatArray | None = None
) -> Callable[[Sequence[Spectrum] | SpectrumSet, FloatArray | None], Inputs]:
    """Return what brings spectra to the model's grid: to rest, if that is known how."""

    def bring(spectra: Sequence[Spectrum] | SpectrumSet, velocity: FloatArray | None) -> Inputs:
        if recipe.velocity.training == "align":
            # They stay as observed until it is known what all have in common at rest.
            if templates is not None:
                return bring_to_rest(spectra, wave, recipe, templates, velocity).inputs
            velocity = None
        return prepare_for(recipe, spectra, wave, velocity)

    return bring


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


def _as_floats(values: npt.ArrayLike | None) -> FloatArray | None:
    return None if values is None else np.asarray(values, dtype=np.float64)
