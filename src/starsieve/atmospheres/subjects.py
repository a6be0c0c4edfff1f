"""Whatever can be evaluated, posteriors and regressors, asked in the same way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from starsieve.archive import Archive
from starsieve.atmospheres.evaluation import spread_of
from starsieve.atmospheres.infer import infer_observed
from starsieve.atmospheres.models import PosteriorModel, load_model, of_one_grid
from starsieve.atmospheres.opening import Observed
from starsieve.atmospheres.prepare import Prepared, prepare
from starsieve.atmospheres.regressors.models import RegressorModel, load_regressor
from starsieve.atmospheres.regressors.rows import split_rows
from starsieve.atmospheres.regressors.train import TASK
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.train import without_held_out
from starsieve.data import SpectrumSet
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError, StarsieveError
from starsieve.learn.library import find_model
from starsieve.learn.model import read_card

Progress = Callable[[int, int, str], None]
AnyModel = PosteriorModel | RegressorModel


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The model spectra that a model was trained on, and those that it held out."""

    seen: SpectrumSet
    unseen: SpectrumSet


def load_any(name: str | Path, archive: Archive | None = None) -> AnyModel | SeveralModel:
    """Load a posterior, of one grid or of several, or a regressor, by its name or its folder.

    Raises
    ------
    NotInArchiveError, ModelMismatchError, FileError
        As of `load_model` and `load_regressor`.
    """
    if read_card(find_model(name, archive)).task == TASK:
        return load_regressor(name, archive)
    return load_model(name, archive)


def check_comparable(model: AnyModel | SeveralModel) -> AnyModel:
    """Return a model if it can be judged on nodes of its grid, beside others.

    Raises
    ------
    ModelMismatchError
        If it is of several grids.
    """
    return of_one_grid(model) if isinstance(model, SeveralModel) else model


def names_of(model: AnyModel) -> tuple[str, ...]:
    """Return the labels that a model infers."""
    return tuple(output.name for output in model.card.outputs)


def wave_of(model: AnyModel) -> FloatArray:
    """Return a model's wavelengths, shape (n_pixels,), in micron."""
    return model.grid.wave if isinstance(model, PosteriorModel) else model.rows.wave


def edges_of(model: AnyModel) -> dict[str, tuple[float, float]]:
    """Return the least and greatest value of each label."""
    return {output.name: (output.minimum, output.maximum) for output in model.card.outputs}


def spreads_of(model: AnyModel) -> dict[str, float]:
    """Return what each label's losses are measured by."""
    if isinstance(model, PosteriorModel):
        nodes = dict(zip(model.grid.names, model.grid.nodes, strict=True))
        return {name: spread_of(name, values) for name, values in nodes.items()}
    return {name: spread_of(name, values) for name, values in model.rows.labels.items()}


def known_to(model: AnyModel) -> Known:
    """Return what a model has seen of its grid, and what its recipe held out.

    Raises
    ------
    DataError
        If it held out nothing.
    """
    if not model.recipe.held_out:
        msg = f"{model.name} held no nodes out of its training; evaluate it on a labelled table."
        raise DataError(msg)
    seen: SpectrumSet
    unseen: SpectrumSet | None
    if isinstance(model, PosteriorModel):
        _, nodes = model.grid.split(model.recipe.held_out)
        seen = without_held_out(model.grid, model.recipe)[0].flat()
        unseen = None if nodes is None else nodes.flat()
    else:
        rows = split_rows(model.rows, model.recipe)
        seen, unseen = rows.seen, rows.unseen
    if unseen is None:
        msg = f"{model.name}: the nodes that its recipe held out are not in its grid."
        raise DataError(msg)
    return Known(seen, unseen)


def check_unseen(model: AnyModel, held_out: Mapping[str, tuple[float, ...]]) -> None:
    """Refuse to judge a model on nodes that it may have been trained on.

    Raises
    ------
    DataError
        If its recipe did not hold out all of these.
    """
    for name, values in held_out.items():
        if seen := sorted(set(values) - set(model.recipe.held_out.get(name, ()))):
            msg = (
                f"{model.name} can't be judged here: its recipe does not hold out {name} = "
                f"{seen[0]:g}, which this evaluation is on."
            )
            raise DataError(msg)


def predict_labels(
    model: AnyModel,
    observed: Sequence[Observed],
    names: Sequence[str],
    draws: int,
    seed: int,
    progress: Progress | None = None,
) -> FloatArray:
    """Return the labels, shape (n, n_names), that a model gives; of a posterior its medians.

    NaN where it knows no such label, or where a spectrum is none for it.
    """
    found = np.full((len(observed), len(names_of(model))), np.nan)
    if isinstance(model, PosteriorModel):
        numbered = [Observed(each.spectrum, str(i)) for i, each in enumerate(observed)]
        for each in infer_observed(model, numbered, draws, seed, progress):
            found[int(each.file)] = np.median(each.draws, axis=0)
    else:
        ready = prepare_all(model, observed)
        found[list(ready)] = model.predict(list(ready.values()))
        if progress is not None:
            progress(1, 1, model.name)
    columns = [names_of(model).index(n) if n in names_of(model) else None for n in names]
    empty = np.full(len(observed), np.nan)
    return np.stack([empty if c is None else found[:, c] for c in columns], axis=1)


def prepare_all(model: AnyModel, observed: Sequence[Observed]) -> dict[int, Prepared]:
    """Return the observations that a model can use, by their numbers."""
    ready: dict[int, Prepared] = {}
    for number, each in enumerate(observed):
        try:
            ready[number] = prepare(each.spectrum, wave_of(model), model.recipe)
        except StarsieveError:
            continue
    return ready
