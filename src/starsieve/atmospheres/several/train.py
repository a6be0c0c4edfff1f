"""Train one posterior on several grids."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from starsieve.archive import Archive
from starsieve.atmospheres.emulators.build import build_emulator
from starsieve.atmospheres.emulators.clean import select
from starsieve.atmospheres.grids.check import check_grid
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.several.batches import Batch, SeveralSampler
from starsieve.atmospheres.several.box import Box
from starsieve.atmospheres.several.members import Member
from starsieve.atmospheres.several.network import SeveralNetwork
from starsieve.atmospheres.several.recipes import SeveralRecipe
from starsieve.atmospheres.simulate import Observer
from starsieve.data import SpectrumSet
from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.learn.checkpoint import FILE, Checkpoint, get_identity
from starsieve.learn.history import FILE as HISTORY
from starsieve.learn.log import Log
from starsieve.learn.loop import History, Note, Schedule, fit
from starsieve.learn.model import Model, Output, SpectrumCard

Progress = Callable[[int, int, str], None]
SAMPLE = 4000
"""Simulated spectra that the components, and the scale of the network's inputs, come from."""

VALIDATION = 2000
GRID_WEIGHT = 0.1
"""Of learning which grid a spectrum is of, against learning its parameters."""


def train_several(
    recipe: SeveralRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Train on gridded collections, keep the model under its name, and return its metrics.

    A training that was interrupted goes on from its last validation.
    """
    spectra = {
        choice.collection: archive.spectra.read_grid(choice.collection) for choice in recipe.grids
    }
    files: dict[str, str] = {}
    for collection in spectra:
        files |= archive.collections.files(collection)
    folder = archive.models.folder(recipe.model)
    model = train_several_on(
        spectra, recipe, files, progress, checkpoint=folder / FILE, history=folder / HISTORY
    )
    card = model.save(folder)
    archive.models.register(recipe.model)
    (folder / FILE).unlink(missing_ok=True)
    known = model.card.grid if isinstance(model.card, SpectrumCard) else {}
    findings = [f"{name}: {line}" for name, each in known.items() for line in each["findings"]]
    return {
        "model": recipe.model,
        "weights_sha256": card.weights_sha256,
        "warnings": findings,
        **card.metrics,
    }


def train_several_on(
    spectra: Mapping[str, SpectrumSet],
    recipe: SeveralRecipe,
    files: Mapping[str, str],
    progress: Progress | None = None,
    checkpoint: Path | None = None,
    history: Path | None = None,
    note: Note | None = None,
) -> Model:
    """Train a model on the spectra of several grids.

    Parameters
    ----------
    spectra : mapping of str to SpectrumSet
        By collection.
    recipe : SeveralRecipe
    files, progress, checkpoint, history, note
        As of `starsieve.atmospheres.train.train_on`.

    Raises
    ------
    DataError
        If grids differ in their wavelengths, or one does not vary each of the outputs freely.
    """
    torch.manual_seed(recipe.seed)
    members, wave = make_members(spectra, recipe)
    box = Box.around([member.space for member in members], recipe.labels)
    generator = torch.Generator().manual_seed(recipe.seed)
    shares = [choice.share for choice in recipe.grids]
    sampler = SeveralSampler(members, box, generator, shares, recipe.tied_width)
    observer = Observer(wave, recipe.observing, generator, recipe.resolution)
    network = make_network(recipe, len(wave), len(members))
    _prepare(network, sampler, observer)
    held = Simulated.draw(recipe, members, box, wave, VALIDATION, recipe.seed + 1)

    def loss() -> Tensor:
        batch = sampler.draw(recipe.batch_size)
        domain = torch.where(
            torch.rand(len(batch.grid), generator=generator) < 0.5, batch.grid, network.all_grids
        )
        return _loss(network, batch, observer.observe(batch.flux), domain)

    saved = None
    if checkpoint is not None:
        saved = Checkpoint(checkpoint, _identity(spectra, recipe), (generator,))
    schedule = Schedule(recipe.steps, recipe.learning_rate, validate_every=recipe.validate_every)
    with Log(history, note=note) as log:
        losses = fit(
            network,
            loss,
            lambda: float(held.loss(network)),
            schedule,
            progress,
            saved,
            log.add,
        )
    arrays: dict[str, Any] = {"wave": wave}
    for number, member in enumerate(members):
        arrays |= {f"grids.{number}.{name}": a for name, a in member.to_arrays().items()}
    known = {name: check_grid(each).essentials() for name, each in spectra.items()}
    return Model(_card(recipe, members, box, wave, losses, files, known), network, arrays)


@dataclass(frozen=True, slots=True)
class Simulated:
    """Simulated observations that stay the same, such as those to validate with."""

    batch: Batch
    seen: Observations

    @classmethod
    def draw(
        cls,
        recipe: SeveralRecipe,
        members: Sequence[Member],
        box: Box,
        wave: FloatArray,
        n: int,
        seed: int,
    ) -> "Simulated":
        """Draw n observations; the same seed gives the same ones."""
        generator = torch.Generator().manual_seed(seed)
        shares = [choice.share for choice in recipe.grids]
        batch = SeveralSampler(members, box, generator, shares, recipe.tied_width).draw(n)
        observer = Observer(wave, recipe.observing, generator, recipe.resolution)
        return cls(batch, observer.observe(batch.flux))

    def loss(self, network: SeveralNetwork) -> Tensor:
        """Return the network's loss, half of it under each one's grid and half under all."""
        every_other = torch.arange(len(self.batch.grid)) % 2 == 0
        domain = torch.where(every_other, self.batch.grid, network.all_grids)
        return _loss(network, self.batch, self.seen, domain)


def _loss(network: SeveralNetwork, batch: Batch, seen: Observations, domain: Tensor) -> Tensor:
    embedded = network.embed(seen)
    context = network.context(embedded, domain, torch.zeros_like(domain))
    density = network.splines.log_prob(batch.points, batch.active, context).mean()
    of_grid = nn.functional.cross_entropy(network.grid_of(embedded), batch.grid)
    return GRID_WEIGHT * of_grid - density


def make_members(
    spectra: Mapping[str, SpectrumSet], recipe: SeveralRecipe
) -> tuple[list[Member], FloatArray]:
    """Make each grid continuous; return them, and the wavelengths that they share.

    Raises
    ------
    DataError
        If wavelengths differ, or a grid does not vary each of the outputs freely.
    """
    members, waves = [], []
    for choice in recipe.grids:
        emulator = build_emulator(
            select(spectra[choice.collection], choice.only), name=choice.title, seed=recipe.seed
        )
        if lacking := [name for name in recipe.outputs if name not in emulator.names]:
            msg = (
                f"{choice.title} does not vary {lacking[0]} freely; it varies "
                f"{', '.join(emulator.names)}. Leave the grid or the output out."
            )
            raise DataError(msg)
        if unknown := [name for name in emulator.names if name not in recipe.labels]:
            msg = f"{choice.title} varies {unknown[0]}, which has to be one of the labels."
            raise DataError(msg)
        members.append(Member.from_emulator(emulator, choice.title))
        waves.append(emulator.wave)
    first = waves[0]
    for member, wave in zip(members, waves, strict=True):
        if len(wave) != len(first) or not np.allclose(wave, first, rtol=1e-5):
            msg = (
                f"{member.name} has {len(wave)} pixels from {wave[0]:g} to {wave[-1]:g} micron, "
                f"{members[0].name} {len(first)} from {first[0]:g} to {first[-1]:g}; grids of one "
                "model must share their wavelengths."
            )
            raise DataError(msg)
    return members, np.asarray(first, dtype=np.float64)


def make_network(
    recipe: SeveralRecipe, n_pixels: int, n_grids: int, *, with_ages: bool = False
) -> SeveralNetwork:
    """Return a network of the recipe's sizes, its weights as they are drawn."""
    sizes = recipe.network.model_dump()
    return SeveralNetwork(n_pixels, len(recipe.labels), n_grids, with_ages=with_ages, **sizes)


def _prepare(network: SeveralNetwork, sampler: SeveralSampler, observer: Observer) -> None:
    """Fit what is not trained: components, and the scale of the network's inputs."""
    with torch.no_grad():
        network.features.fit(sampler.draw(SAMPLE).flux)
        inputs = network.features(observer.observe(sampler.draw(SAMPLE).flux))
        network.embedding.standardise_by(inputs)


def _identity(spectra: Mapping[str, SpectrumSet], recipe: SeveralRecipe) -> str:
    arrays = [array for each in spectra.values() for array in (each.wave, each.flux)]
    return get_identity(recipe.model_dump_json(), arrays)


def _card(
    recipe: SeveralRecipe,
    members: Sequence[Member],
    box: Box,
    wave: FloatArray,
    history: History,
    files: Mapping[str, str],
    known: Mapping[str, Any],
) -> SpectrumCard:
    kept = history.step.index(history.best_step)
    ranges = ", ".join(f"{n} {low:g} to {high:g}" for n, (low, high) in box.ranges.items())
    return SpectrumCard(
        name=recipe.model,
        task="atmospheres",
        description=recipe.description,
        outputs=tuple(
            Output(name=name, unit=get_label(name).unit, minimum=low, maximum=high)
            for name, (low, high) in box.ranges.items()
            if name in recipe.outputs
        ),
        wave_min_um=float(wave[0]),
        wave_max_um=float(wave[-1]),
        n_pixels=len(wave),
        resolution=recipe.resolution,
        recipe=recipe.model_dump(mode="json"),
        training_files=dict(files),
        sources=recipe.sources,
        licence=recipe.licence,
        metrics={
            "validation_loss": history.validation[kept],
            "training_loss": history.train[kept],
            "best_step": history.best_step,
            "box": {name: list(ends) for name, ends in box.ranges.items()},
            "grids": [member.about() for member in members],
            "history": {
                "step": history.step,
                "training": history.train,
                "validation": history.validation,
            },
        },
        grid=dict(known),
        limits=(
            f"Nothing outside of {ranges} can be inferred; no grid covers all of it. "
            "Grids disagree, and all of them may be wrong in the same way."
        ),
    )
