"""Train a regressor on a collection of model spectra."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from starsieve.atmospheres.grids.training import know_grid
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.network_recipes import Classical, ConvolutionalRegressor, NearestNode
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.preparation_recipes import default_steps
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.regressors.classical import fit_classical
from starsieve.atmospheres.regressors.convolutional import ConvolutionalBody
from starsieve.atmospheres.regressors.draws import (
    BetweenSampler,
    RowSampler,
    Sampler,
    make_observe,
    tensors_of,
)
from starsieve.atmospheres.regressors.networks import (
    AnyRegressor,
    NearestNetwork,
    RegressorNetwork,
)
from starsieve.atmospheres.regressors.preparation import Preparation, Targets
from starsieve.atmospheres.regressors.rows import Rows, row_arrays, split_rows
from starsieve.atmospheres.train import (
    SAMPLE,
    VALIDATION_COPIES,
    make_card,
    random_states,
    refined,
    schedule_of,
    without_held_out,
)
from starsieve.data import SpectrumSet
from starsieve.learn.checkpoint import Checkpoint, get_identity
from starsieve.learn.distributed import get_device
from starsieve.learn.log import Log
from starsieve.learn.loop import Note, fit
from starsieve.learn.model import Model

Progress = Callable[[int, int, str], None]
TASK = "atmospheres.regress"
"""On the card: what gives values without errors is not offered where posteriors are."""


def train_regressor(
    spectra: SpectrumSet,
    recipe: TrainRecipe,
    files: Mapping[str, str],
    progress: Progress | None = None,
    checkpoint: Path | None = None,
    history: Path | None = None,
    note: Note | None = None,
) -> Model:
    """Train what the recipe's network is, on spectra with labels; the grid may have holes.

    Parameters
    ----------
    spectra, recipe, files, progress, checkpoint, history, note
        As of `starsieve.atmospheres.train.train_on`. What is fitted at once leaves no checkpoint
        and no history, and tells no losses.

    Raises
    ------
    DataError
        If the spectra can't be used, the split puts copies of one spectrum on both sides, or the
        recipe's steps do not fit them.
    """
    torch.manual_seed(recipe.seed)
    recipe, known = know_grid(spectra, recipe)
    rows = split_rows(spectra, recipe)
    network: AnyRegressor
    metrics: dict[str, Any] = {}
    if isinstance(recipe.network, NearestNode):
        network = _nearest(rows.seen, recipe.network, recipe.labels)
    elif isinstance(recipe.network, ConvolutionalRegressor):
        log = Log(history, note=note)
        network, metrics = _trained(spectra, rows, recipe, progress, checkpoint, log)
    else:
        assert isinstance(recipe.network, Classical)
        network = _fitted(spectra, rows, recipe, recipe.network, progress)
    by_label = _losses_by_label(network, rows, recipe)
    metrics = {"validation_loss": sum(by_label.values()), "by_label": by_label} | metrics
    ranges = {
        name: (float(np.min(spectra.labels[name])), float(np.max(spectra.labels[name])))
        for name in recipe.labels
    }
    card = make_card(recipe, ranges, spectra.wave, metrics, files, known, TASK)
    return Model(card, network, row_arrays(spectra, recipe.labels))


def _nearest(seen: SpectrumSet, recipe: NearestNode, names: tuple[str, ...]) -> NearestNetwork:
    labels, flux = tensors_of(seen, names, torch.device("cpu"))
    network = NearestNetwork(len(flux), flux.shape[1], labels.shape[1], recipe.floor)
    network.fit(flux, labels)
    return network


def _fitted(
    spectra: SpectrumSet,
    rows: Rows,
    recipe: TrainRecipe,
    options: Classical,
    progress: Progress | None,
) -> RegressorNetwork:
    """Return a regressor that is fitted at once, to a sample."""
    generator = torch.Generator().manual_seed(recipe.seed)
    labels, flux = _sampler(spectra, rows, recipe, generator).draw(options.n_samples)
    steps = options.preparation
    preparation = Preparation(steps, flux.shape[1])
    targets = Targets(steps, recipe.labels)
    with torch.no_grad():
        observe = make_observe(spectra.wave, recipe, steps, generator)
        inputs = preparation.fit(observe(flux))
        targets.fit(labels)
        if progress is not None:
            progress(0, 1, "fitting")
        body = fit_classical(options, inputs, targets(labels), recipe.seed)
    if progress is not None:
        progress(1, 1, "fitting")
    return RegressorNetwork(preparation, targets, body).eval()


def _trained(
    spectra: SpectrumSet,
    rows: Rows,
    recipe: TrainRecipe,
    progress: Progress | None,
    checkpoint: Path | None,
    log: Log,
) -> tuple[RegressorNetwork, dict[str, Any]]:
    """Return a network that is trained in steps, and how that went."""
    assert isinstance(recipe.network, ConvolutionalRegressor)
    device = get_device(recipe.device)
    generator = torch.Generator(device).manual_seed(recipe.seed)
    sampler = _sampler(spectra, rows, recipe, generator)
    steps, delta = recipe.network.preparation, recipe.network.huber_delta
    observe = make_observe(spectra.wave, recipe, steps, generator)
    preparation = Preparation(steps, len(spectra.wave))
    size = preparation.n_pixels, preparation.n_features, len(recipe.labels)
    body = ConvolutionalBody(recipe.network, *size)
    network = RegressorNetwork(preparation, Targets(steps, recipe.labels), body).to(device)
    labels, flux = sampler.draw(SAMPLE)
    with torch.no_grad():
        network.preparation.fit(observe(flux))
        network.targets.fit(labels)

    def loss() -> Tensor:
        labels, flux = sampler.draw(recipe.batch_size)
        answers = network(observe(flux))
        return _huber(answers, network.targets(labels), delta).sum()

    truth, seen = _validation(rows, recipe)
    truth, seen = truth.to(device), seen.to(device)
    saved = None
    if checkpoint is not None:
        identity = get_identity(recipe.model_dump_json(), (spectra.wave, spectra.flux))
        saved = Checkpoint(checkpoint, identity, random_states(generator))
    with log:
        losses = fit(
            network,
            loss,
            lambda: float(_validation_losses(network, truth, seen).sum()),
            schedule_of(recipe),
            progress,
            saved,
            log.add,
        )
    return network.cpu(), losses.to_metrics()


def _sampler(
    spectra: SpectrumSet, rows: Rows, recipe: TrainRecipe, generator: torch.Generator
) -> Sampler:
    if getattr(recipe.network, "draw", "nodes") == "nodes":
        return RowSampler(rows.seen, recipe.labels, generator)
    grid = GridInterpolator.from_spectra(spectra, recipe.labels)
    seen, _ = without_held_out(grid, recipe)
    return BetweenSampler(grid, refined(grid, seen, recipe.densify), generator)


def _validation(rows: Rows, recipe: TrainRecipe) -> tuple[Tensor, Observations]:
    """Return labels and observations of rows, always the same ones for a seed."""
    generator = torch.Generator().manual_seed(recipe.seed + 1)
    spectra = rows.validation or rows.seen
    labels, flux = tensors_of(spectra, recipe.labels, torch.device("cpu"))
    steps = getattr(recipe.network, "preparation", default_steps())
    observe = make_observe(spectra.wave, recipe, steps, generator)
    return labels.repeat(VALIDATION_COPIES, 1), observe(flux.repeat(VALIDATION_COPIES, 1))


def _losses_by_label(network: AnyRegressor, rows: Rows, recipe: TrainRecipe) -> dict[str, float]:
    """Return the validation's loss of each label; of the nearest spectrum in default units."""
    labels, seen = _validation(rows, recipe)
    if isinstance(network, RegressorNetwork):
        losses = _validation_losses(network, labels, seen)
    else:
        targets = Targets(default_steps(), recipe.labels)
        targets.fit(network.labels)
        losses = _huber(targets(network.predict(seen)), targets(labels), 1.0)
    return dict(zip(recipe.labels, losses.tolist(), strict=True))


def _validation_losses(network: RegressorNetwork, labels: Tensor, seen: Observations) -> Tensor:
    with torch.no_grad():
        return _huber(network(seen), network.targets(labels), 1.0)


def _huber(answers: Tensor, targets: Tensor, delta: float) -> Tensor:
    """Return the mean Huber loss of each label, shape (n_labels,)."""
    return nn.functional.huber_loss(answers, targets, reduction="none", delta=delta).mean(0)
