"""Train an amortised posterior on a model grid."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from starsieve.atmospheres.compressed import compress, decompress
from starsieve.atmospheres.grids import GridCheck
from starsieve.atmospheres.grids.training import know_grid, limit_of_copies
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.network_recipes import Posterior
from starsieve.atmospheres.networks import Observations, PosteriorNetwork
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.simulate import GridSampler, Observer, to_box
from starsieve.data import SpectrumSet
from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.learn.checkpoint import Checkpoint, Generator, get_identity
from starsieve.learn.distributed import get_device
from starsieve.learn.log import Log
from starsieve.learn.loop import Note, Schedule, fit
from starsieve.learn.model import Model, Output, SpectrumCard

Progress = Callable[[int, int, str], None]
SAMPLE = 8000
"""Simulated spectra that the components, and a few thousand that the inputs' scale, come from."""

VALIDATION_COPIES = 4
LOG_FLUX_TOLERANCE = 1e-3
"""Largest error of the log flux that a model keeps of its grid: a tenth of a per cent."""


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
        copies of one spectrum on both sides; if the recipe is of no posterior.
    """
    options = recipe.network
    if not isinstance(options, Posterior):
        msg = f"{options.kind} is no posterior; it is trained by train_regressor."
        raise DataError(msg)
    torch.manual_seed(recipe.seed)
    grid = GridInterpolator.from_spectra(spectra, recipe.labels)
    recipe, known = know_grid(spectra, recipe)
    seen, validation = without_held_out(grid, recipe)
    if options.embedding == "projection" and np.prod(seen.shape) <= options.n_components:
        msg = (
            f"{options.n_components} components need more spectra than the "
            f"{np.prod(seen.shape)} that are left for training."
        )
        raise DataError(msg)
    device = get_device(recipe.device)
    generator = torch.Generator(device).manual_seed(recipe.seed)
    sampler = GridSampler(refined(grid, seen, recipe.densify), generator)
    observer = Observer(grid.wave, recipe.observing, generator)
    network = PosteriorNetwork(options, len(grid.wave), len(grid.names)).to(device)
    _prepare(network, sampler, observer)

    def loss() -> Tensor:
        points, flux = sampler.draw(recipe.batch_size)
        return -network.log_prob(points, observer.observe(flux)).mean()

    truth, observed = _validation_batch(grid, validation or seen, recipe)
    truth, observed = truth.to(device), observed.to(device)
    saved = None
    if checkpoint is not None:
        saved = Checkpoint(checkpoint, _identity(grid, recipe), random_states(generator))
    with Log(history, note=note) as log:
        losses = fit(
            network,
            loss,
            lambda: float(-network.log_prob(truth, observed).mean()),
            schedule_of(recipe),
            progress,
            saved,
            log.add,
        )
    nodes = zip(grid.names, grid.nodes, strict=True)
    ranges = {name: (float(n[0]), float(n[-1])) for name, n in nodes}
    card = make_card(recipe, ranges, grid.wave, losses.to_metrics(), files, known)
    return Model(card, network.cpu(), grid_arrays(grid))


def schedule_of(recipe: TrainRecipe) -> Schedule:
    """Return how long, how fast and how exactly to train."""
    return Schedule(
        steps=recipe.steps,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        validate_every=recipe.validate_every,
        shape=recipe.schedule,
        patience=recipe.patience,
        precision=recipe.precision,
    )


def random_states(generator: torch.Generator) -> tuple[Generator, ...]:
    """Return what a training draws from, besides torch's own generator of the processor."""
    if generator.device.type != "cuda":
        return (generator,)
    # Dropout draws from the graphics card's own.
    return (generator, torch.cuda.default_generators[generator.device.index or 0])


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
    kept = compress(grid.log_flux.reshape(-1, len(grid.wave)), LOG_FLUX_TOLERANCE)
    arrays: dict[str, Any] = {"wave": grid.wave.astype(np.float64)}
    arrays |= {f"grid.{name}": array for name, array in kept.items()}
    return arrays | {f"grid.nodes.{n}": v for n, v in zip(grid.names, grid.nodes, strict=True)}


def grid_from_arrays(arrays: Mapping[str, Any], names: tuple[str, ...]) -> GridInterpolator:
    """Return the grid that `grid_arrays` wrote."""
    nodes = tuple(np.asarray(arrays[f"grid.nodes.{name}"], dtype=np.float64) for name in names)
    log_flux = decompress(arrays, "grid.")
    shape = (*(len(n) for n in nodes), len(arrays["wave"]))
    return GridInterpolator(arrays["wave"], names, nodes, log_flux.reshape(shape))


def _prepare(network: PosteriorNetwork, sampler: GridSampler, observer: Observer) -> None:
    """Fit what is not trained: components, and the scale of the network's inputs."""
    with torch.no_grad():
        network.projection.fit(sampler.draw(SAMPLE)[1])
        inputs = network.features(observer.observe(sampler.draw(SAMPLE // 2)[1]))
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


def make_card(
    recipe: TrainRecipe,
    ranges: Mapping[str, tuple[float, float]],
    wave: FloatArray,
    metrics: Mapping[str, Any],
    files: Mapping[str, str],
    known: GridCheck,
    task: str = "atmospheres",
) -> SpectrumCard:
    """Return the card of what was trained.

    Parameters
    ----------
    ranges : mapping of str to pair
        Least and greatest value of each label.
    wave : array, shape (n_pixels,)
        Micron.
    metrics, files, known, task
        What the training ended with, the files that the spectra came from with their hashes, what
        is known of the grid, and what the model is for.
    """
    stated = ", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in ranges.items())
    return SpectrumCard(
        name=recipe.model,
        task=task,
        description=recipe.description,
        outputs=tuple(
            Output(name=name, unit=get_label(name).unit, minimum=low, maximum=high)
            for name, (low, high) in ranges.items()
        ),
        wave_min_um=float(wave[0]),
        wave_max_um=float(wave[-1]),
        n_pixels=len(wave),
        resolution=recipe.resolution,
        recipe=recipe.model_dump(mode="json"),
        training_files=dict(files),
        sources=recipe.sources,
        licence=recipe.licence,
        metrics=dict(metrics),
        grid=known.essentials(),
        limits=(
            f"Nothing outside of {stated} can be inferred; at an edge the answer is a limit."
            f"{limit_of_copies(known)}"
        ),
    )
