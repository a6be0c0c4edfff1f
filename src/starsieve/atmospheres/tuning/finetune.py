"""Tune a model of several grids on labelled spectra."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from starsieve.archive import Archive
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.several.likeness import measure_likeness
from starsieve.atmospheres.several.model import HASH_DIGITS, SeveralModel, member_state
from starsieve.atmospheres.several.network import SeveralNetwork
from starsieve.atmospheres.several.recipes import FineTuneRecipe
from starsieve.atmospheres.several.train import make_network
from starsieve.atmospheres.tuning.labelled_spectra import LabelledSpectra, read_labelled_spectra
from starsieve.atmospheres.tuning.out_of_fold import calibrate_members
from starsieve.atmospheres.tuning.pool import Pool
from starsieve.errors import DataError, ModelMismatchError
from starsieve.learn.checkpoint import get_identity
from starsieve.learn.model import Model, SpectrumCard

Progress = Callable[[int, int, str], None]


def fine_tune(
    recipe: FineTuneRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Tune on the table's spectra, keep the model under its name, and return its metrics.

    Members that an interrupted run finished are not trained again.
    """
    base = load_model(recipe.base, archive)
    if not isinstance(base, SeveralModel) or base.tuned is not None:
        msg = f"{recipe.base} is no model of several grids, or was tuned already; name its base."
        raise ModelMismatchError(msg)
    labelled = read_labelled_spectra(recipe, base.recipe, base.grid.wave)
    folder = archive.models.folder(recipe.model)
    model = fine_tune_on(labelled, base, recipe, progress, keep=folder)
    card = model.save(folder)
    archive.models.register(recipe.model)
    for part in folder.glob("member-*.safetensors"):
        part.unlink()
    return {
        "model": recipe.model,
        "weights_sha256": card.weights_sha256,
        "warnings": list(labelled.refused),
        "out_of_fold": card.metrics["tuned"]["out_of_fold"],
    }


def fine_tune_on(
    labelled: LabelledSpectra,
    base: SeveralModel,
    recipe: FineTuneRecipe,
    progress: Progress | None = None,
    keep: Path | None = None,
) -> Model:
    """Tune a model on labelled spectra.

    Parameters
    ----------
    labelled : LabelledSpectra
    base : SeveralModel
    recipe : FineTuneRecipe
    progress : callable, optional
        Called as ``progress(done, total, what)``.
    keep : Path, optional
        Folder for the members that are ready, so that an interrupted tuning goes on.

    Raises
    ------
    DataError
        If the model does not quote one of the labels, or there are fewer objects than folds.
    """
    _check(labelled, base, recipe)
    folds = draw_folds(labelled.objects, recipe.folds, recipe.seed)
    pool = Pool.make(labelled, base, recipe)
    members: list[SeveralNetwork] = []
    total = recipe.folds * recipe.members
    for number in range(total):
        fold = number // recipe.members
        if progress is not None:
            progress(number, total, "tuning members")
        members.append(_member(number, folds != fold, pool, base, recipe, keep))
    about = calibrate_members(members, folds, labelled, base, recipe)
    features = base.network.features
    likeness = measure_likeness(pool.real[0], features, folds)
    about["most_unlike"] = likeness.most
    card = _card(base, recipe, labelled, folds, about)
    arrays = _arrays(base) | {"labelled.bins": likeness.bins, "labelled.folds": folds}
    return Model(card, _kept(base.network, members), arrays)


def _check(labelled: LabelledSpectra, base: SeveralModel, recipe: FineTuneRecipe) -> None:
    """Raise DataError if the labels or the objects can't be tuned on."""
    quoted = base.grid.names
    if unknown := [name for name in labelled.names if name not in quoted]:
        msg = f"{base.name} quotes {', '.join(quoted)}; no spectra tune it in {unknown[0]!r}."
        raise DataError(msg)
    if (n_objects := len(np.unique(labelled.objects))) < recipe.folds:
        msg = f"{recipe.folds} folds need as many objects, got {n_objects}; take fewer folds."
        raise DataError(msg)


def _kept(base: SeveralNetwork, members: list[SeveralNetwork]) -> nn.Module:
    """Return the base and its members as one network, to be stored.

    Features are not trained: members have those of the base, and leave theirs out.
    """
    small = []
    for member in members:
        own = copy.deepcopy(member).half()
        del own.features
        small.append(own)
    return nn.ModuleDict({"base": base, "members": nn.ModuleList(small)})


def draw_folds(objects: npt.NDArray[np.str_], n_folds: int, seed: int) -> npt.NDArray[np.int64]:
    """Return the fold of each spectrum, shape (n,): all of an object are in one."""
    names = np.unique(objects)
    of_name = np.random.default_rng(seed).permutation(np.arange(len(names)) % n_folds)
    return np.asarray(of_name[np.searchsorted(names, objects)])


def _member(
    number: int,
    trained_on: npt.NDArray[np.bool_],
    pool: Pool,
    base: SeveralModel,
    recipe: FineTuneRecipe,
    keep: Path | None,
) -> SeveralNetwork:
    """Return a tuned member, from the file that it was kept in if there is one of this tuning."""
    torch.manual_seed(recipe.seed * 1000 + number)  # what tells ages apart begins at random
    network = _begin(base, recipe)
    known = "" if keep is None else _identity(base, trained_on, pool, recipe)
    file = None if keep is None else keep / f"member-{number}-{known}.safetensors"
    if file is not None and file.is_file():
        network.load_state_dict(
            {name: value.float() for name, value in load_file(file).items()}, strict=False
        )
        return network.eval()
    _tune(network, np.flatnonzero(trained_on), pool, recipe)
    rounded = member_state(network)  # as it is kept, so that it is also measured
    network.load_state_dict({n: v.float() for n, v in rounded.items()}, strict=False)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(rounded, file.with_suffix(".part"))
        file.with_suffix(".part").replace(file)
    return network.eval()


def _identity(
    base: SeveralModel, trained_on: npt.NDArray[np.bool_], pool: Pool, recipe: FineTuneRecipe
) -> str:
    weights = [value.numpy() for value in base.network.state_dict().values()]
    labels = [pool.points.numpy(), pool.widths.numpy(), pool.ages.numpy()]
    arrays = [*weights, trained_on, pool.real[0].numpy(), *labels]
    return get_identity(recipe.model_dump_json(), arrays)[:16]


def _begin(base: SeveralModel, recipe: FineTuneRecipe) -> SeveralNetwork:
    n_pixels, n_grids = len(base.grid.wave), len(base.members)
    network = make_network(base.recipe, n_pixels, n_grids, with_ages=recipe.age is not None)
    network.load_state_dict(copy.deepcopy(base.network.state_dict()), strict=False)
    return network


def _tune(
    network: SeveralNetwork,
    rows: npt.NDArray[np.int64],
    pool: Pool,
    recipe: FineTuneRecipe,
) -> None:
    chosen = torch.as_tensor(rows)
    slow = list(network.embedding.parameters())
    ids = {id(each) for each in slow}
    quick = [each for each in network.parameters() if id(each) not in ids]
    rates = [recipe.learning_rate * recipe.embedding_rate, recipe.learning_rate]
    optimiser = torch.optim.AdamW(
        [{"params": slow, "lr": rates[0]}, {"params": quick, "lr": rates[1]}],
        weight_decay=recipe.weight_decay,
    )
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, recipe.steps, pct_start=0.1)
    network.train()
    for _ in range(recipe.steps):
        loss = _loss(network, chosen, pool, recipe)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        rate.step()


def _loss(network: SeveralNetwork, chosen: Tensor, pool: Pool, recipe: FineTuneRecipe) -> Tensor:
    """Return the loss on a batch of labelled spectra and one of simulated ones."""
    n_real, n_made = recipe.batch_size, recipe.simulated_batch_size
    rows = chosen[torch.randint(len(chosen), (n_real,))]
    copy_of = torch.randint(len(pool.real), (n_real,))
    made = torch.randint(len(pool.made), (n_made,))
    features = torch.cat([pool.real[copy_of, rows], pool.made[made]])
    embedded = nn.functional.dropout(network.embedding(features), recipe.dropout)
    real, simulated = embedded[:n_real], embedded[n_real:]
    speaks = torch.full((n_real,), network.labelled)
    context = network.context(real, speaks, pool.ages[rows])
    shape = (recipe.label_draws, n_real, pool.points.shape[1])
    points = pool.points[rows] + pool.widths[rows] * torch.randn(shape)
    density = network.splines.log_prob(points, pool.active[rows], context)
    # The mean density over what the true value may be is the density of the value with its error.
    loss = -(torch.logsumexp(density, 0) - np.log(recipe.label_draws)).mean()
    loss = loss + recipe.age_weight * _age_loss(network, real, pool.ages[rows])
    batch = pool.simulated.batch
    domain = torch.where(torch.rand(n_made) < 0.5, batch.grid[made], network.labelled)
    any_age = torch.randint(4, (n_made,))
    context = network.context(simulated, domain, any_age)
    density = network.splines.log_prob(batch.points[made], batch.active[made], context)
    return loss - recipe.simulated_weight * density.mean()


def _age_loss(network: SeveralNetwork, embedded: Tensor, ages: Tensor) -> Tensor:
    known = ages > 0
    if network.age_of is None or not known.any():
        return embedded.new_zeros(())
    found: Tensor = nn.functional.cross_entropy(network.age_of(embedded[known]), ages[known] - 1)
    return found


def _arrays(base: SeveralModel) -> dict[str, Any]:
    arrays: dict[str, Any] = {"wave": base.grid.wave}
    for number, member in enumerate(base.members):
        arrays |= {f"grids.{number}.{name}": a for name, a in member.to_arrays().items()}
    return arrays


def _card(
    base: SeveralModel,
    recipe: FineTuneRecipe,
    labelled: LabelledSpectra,
    folds: npt.NDArray[np.int64],
    about: Mapping[str, Any],
) -> SpectrumCard:
    tuned = {
        "recipe": recipe.model_dump(mode="json") | {"table": Path(recipe.table).name},
        "n_folds": recipe.folds,
        "n_members": recipe.folds * recipe.members,
        "n_labelled": len(labelled),
        "folds": {h[:HASH_DIGITS]: int(f) for h, f in zip(labelled.hashes, folds, strict=True)},
        **about,
    }
    classes = ", ".join(
        f"{group or 'other'} {count}"
        for group, count in zip(*np.unique(labelled.groups, return_counts=True), strict=True)
    )
    return base.card.model_copy(
        update={
            "name": recipe.model,
            "description": recipe.description or base.card.description,
            "training_files": {
                **base.card.training_files,
                **dict(zip(labelled.files, labelled.hashes, strict=True)),
            },
            "sources": (*base.card.sources, *recipe.sources),
            "licence": "; ".join(filter(None, (base.card.licence, recipe.licence))),
            "metrics": {**base.card.metrics, "tuned": tuned},
            "limits": (
                f"{base.card.limits} Tuned on {len(labelled)} spectra ({classes}); of other "
                "objects it knows simulated spectra only."
            ),
        }
    )
