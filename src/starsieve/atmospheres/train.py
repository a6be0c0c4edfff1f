"""Train an amortised posterior on a model grid."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from starsieve.archive import Archive
from starsieve.atmospheres.grids import GridCheck
from starsieve.atmospheres.grids.training import know_grid, limit_of_copies
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.networks import Observations, PosteriorNetwork
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.simulate import GridSampler, Observer, to_box
from starsieve.data import SpectrumSet
from starsieve.data.labels import get_label
from starsieve.errors import DataError
from starsieve.learn.checkpoint import FILE, Checkpoint, get_identity
from starsieve.learn.history import FILE as HISTORY
from starsieve.learn.log import Log
from starsieve.learn.loop import History, Note, Schedule, fit
from starsieve.learn.model import Model, Output, SpectrumCard

Progress = Callable[[int, int, str], None]
SAMPLE = 8000
"""Simulated spectra that the components, and a few thousand that the inputs' scale, come from."""

VALIDATION_COPIES = 4
LOG_FLUX_TOLERANCE = 1e-3
"""Largest error of the log flux that a model keeps of its grid: a tenth of a per cent."""


def train(
    recipe: TrainRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Train on a gridded collection, keep the model under its name, and return its metrics.

    A training that was interrupted goes on from its last validation.
    """
    spectra = archive.spectra.read_grid(recipe.collection)
    files = archive.collections.files(recipe.collection)
    folder = archive.models.folder(recipe.model)
    model = train_on(
        spectra, recipe, files, progress, checkpoint=folder / FILE, history=folder / HISTORY
    )
    card = model.save(folder)
    archive.models.register(recipe.model)
    (folder / FILE).unlink(missing_ok=True)
    found = model.card.grid if isinstance(model.card, SpectrumCard) else {}
    return {
        "model": recipe.model,
        "weights_sha256": card.weights_sha256,
        "warnings": list(found.get("findings", ())),
        **card.metrics,
    }


def train_on(
    spectra: SpectrumSet,
    recipe: TrainRecipe,
    files: Mapping[str, str],
    progress: Progress | None = None,
    checkpoint: Path | None = None,
    history: Path | None = None,
    note: Note | None = None,
) -> Model:
    """Train a model on the spectra of a complete grid.

    Parameters
    ----------
    spectra : SpectrumSet
        The grid, with the recipe's labels.
    files : mapping of str to str
        Files that the spectra came from and the SHA-256 of each, for the card.
    progress : callable, optional
        Called as ``progress(done, total, what)``.
    checkpoint : Path, optional
        File to save the training's state in, and to go on from if it is of the same recipe and
        the same spectra. It stays when training ends.
    history : Path, optional
        File for the losses by step: see `starsieve.learn.history`.
    note : callable, optional
        Told the losses by step, too; it may end the training by raising.

    Raises
    ------
    DataError
        If the grid is not complete, or too small for the recipe's components, or the split puts
        copies of one spectrum on both sides.
    """
    torch.manual_seed(recipe.seed)
    grid = GridInterpolator.from_spectra(spectra, recipe.labels)
    recipe, known = know_grid(spectra, recipe)
    seen, validation = without_held_out(grid, recipe)
    if np.prod(seen.shape) <= recipe.network.n_components:
        msg = (
            f"{recipe.network.n_components} components need more spectra than the "
            f"{np.prod(seen.shape)} that are left for training."
        )
        raise DataError(msg)
    generator = torch.Generator().manual_seed(recipe.seed)
    sampler = GridSampler(refined(grid, seen, recipe.densify), generator)
    observer = Observer(grid.wave, recipe.observing, generator)
    network = PosteriorNetwork(recipe.network, len(grid.wave), len(grid.names))
    _prepare(network, sampler, observer)

    def loss() -> Tensor:
        points, flux = sampler.draw(recipe.batch_size)
        return -network.log_prob(points, observer.observe(flux)).mean()

    truth, observed = _validation_batch(grid, validation or seen, recipe)
    saved = None
    if checkpoint is not None:
        saved = Checkpoint(checkpoint, _identity(grid, recipe), (generator,))
    schedule = Schedule(
        steps=recipe.steps,
        learning_rate=recipe.learning_rate,
        validate_every=recipe.validate_every,
    )
    with Log(history, note=note) as log:
        losses = fit(
            network,
            loss,
            lambda: float(-network.log_prob(truth, observed).mean()),
            schedule,
            progress,
            saved,
            log.add,
        )
    return Model(_card(recipe, grid, losses, files, known), network, grid_arrays(grid))


def _identity(grid: GridInterpolator, recipe: TrainRecipe) -> str:
    return get_identity(recipe.model_dump_json(), (grid.wave, grid.log_flux, *grid.nodes))


def without_held_out(
    grid: GridInterpolator, recipe: TrainRecipe
) -> tuple[GridInterpolator, GridInterpolator | None]:
    """Return the grid that training sees, and the nodes for its validation.

    Neither holds any of the recipe's `held_out` nodes, which are for evaluation alone.
    """
    [name] = set(recipe.validation) | set(recipe.held_out) or {recipe.labels[0]}
    out = {name: (*recipe.validation.get(name, ()), *recipe.held_out.get(name, ()))}
    seen, _ = grid.split(out if out[name] else {})
    _, validation = grid.split(recipe.validation)
    return seen, validation


def refined(
    grid: GridInterpolator, seen: GridInterpolator, factors: Mapping[str, int]
) -> GridInterpolator:
    """Return what training sees, with nodes added between those of the whole grid."""
    fine = seen
    for axis, name in enumerate(grid.names):
        nodes = grid.subdivided_nodes(name, factors.get(name, 1))
        if len(nodes) != len(seen.nodes[axis]):
            fine = fine.refined(name, nodes)
    return fine


def grid_arrays(grid: GridInterpolator) -> dict[str, Any]:
    """Return a grid as the arrays that a model keeps: compressed by its singular vectors.

    As many components are kept as the log flux needs to come back within `LOG_FLUX_TOLERANCE`.
    """
    log_flux = grid.log_flux.reshape(-1, len(grid.wave))
    mean = log_flux.mean(axis=0)
    left, values, components = np.linalg.svd(log_flux - mean, full_matrices=False)
    coefficients = left * values
    kept = 1
    while kept < len(values):
        back = coefficients[:, :kept] @ components[:kept]
        if np.abs(back + mean - log_flux).max() < LOG_FLUX_TOLERANCE:
            break
        kept = min(len(values), kept + 16)
    arrays = {
        "wave": grid.wave.astype(np.float64),
        "grid.mean": mean.astype(np.float32),
        "grid.components": components[:kept].astype(np.float32),
        "grid.coefficients": coefficients[:, :kept].astype(np.float32),
    }
    return arrays | {f"grid.nodes.{n}": v for n, v in zip(grid.names, grid.nodes, strict=True)}


def grid_from_arrays(arrays: Mapping[str, Any], names: tuple[str, ...]) -> GridInterpolator:
    """Return the grid that `grid_arrays` wrote."""
    nodes = tuple(np.asarray(arrays[f"grid.nodes.{name}"], dtype=np.float64) for name in names)
    coefficients = arrays["grid.coefficients"].astype(np.float64)
    log_flux = arrays["grid.mean"] + coefficients @ arrays["grid.components"]
    shape = (*(len(n) for n in nodes), len(arrays["wave"]))
    return GridInterpolator(arrays["wave"], names, nodes, log_flux.reshape(shape))


def _prepare(network: PosteriorNetwork, sampler: GridSampler, observer: Observer) -> None:
    """Fit what is not trained: components, and the scale of the network's inputs."""
    with torch.no_grad():
        network.projection.fit(sampler.draw(SAMPLE)[1])
        inputs = network.projection(observer.observe(sampler.draw(SAMPLE // 2)[1]))
        network.embedding.standardise_by(inputs)


def _validation_batch(
    grid: GridInterpolator, nodes: GridInterpolator, recipe: TrainRecipe
) -> tuple[Tensor, Observations]:
    """Return the box's points and observations of nodes, always the same ones for a seed."""
    generator = torch.Generator().manual_seed(recipe.seed + 1)
    observer = Observer(grid.wave, recipe.observing, generator)
    spectra = nodes.flat()
    labels = np.stack([spectra.labels[name] for name in grid.names], axis=1)
    points = np.tile(to_box(grid, labels), (VALIDATION_COPIES, 1))
    flux = torch.as_tensor(np.tile(spectra.flux, (VALIDATION_COPIES, 1)), dtype=torch.float32)
    return torch.as_tensor(points, dtype=torch.float32), observer.observe(flux)


def _card(
    recipe: TrainRecipe,
    grid: GridInterpolator,
    history: History,
    files: Mapping[str, str],
    known: GridCheck,
) -> SpectrumCard:
    kept = history.step.index(history.best_step)
    ranges = ", ".join(
        f"{name} {nodes[0]:g} to {nodes[-1]:g}"
        for name, nodes in zip(grid.names, grid.nodes, strict=True)
    )
    return SpectrumCard(
        name=recipe.model,
        task="atmospheres",
        description=recipe.description,
        outputs=tuple(
            Output(name=name, unit=get_label(name).unit, minimum=float(n[0]), maximum=float(n[-1]))
            for name, n in zip(grid.names, grid.nodes, strict=True)
        ),
        wave_min_um=float(grid.wave[0]),
        wave_max_um=float(grid.wave[-1]),
        n_pixels=len(grid.wave),
        resolution=recipe.resolution,
        recipe=recipe.model_dump(mode="json"),
        training_files=dict(files),
        sources=recipe.sources,
        licence=recipe.licence,
        metrics={
            "validation_loss": history.validation[kept],
            "training_loss": history.train[kept],
            "best_step": history.best_step,
            "history": {
                "step": history.step,
                "training": history.train,
                "validation": history.validation,
            },
        },
        grid=known.essentials(),
        limits=(
            f"Nothing outside of {ranges} can be inferred; at an edge the answer is a limit."
            f"{limit_of_copies(known)}"
        ),
    )
