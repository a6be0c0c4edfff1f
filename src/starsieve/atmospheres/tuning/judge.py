"""How good a model of several grids is on labelled spectra, beside simpler methods.

Rows of the model are by members that never saw the object. Baselines that learn from the labels
are trained on the same folds.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.baselines import scale_free
from starsieve.atmospheres.evaluation import Evaluation, Scoring, spread_of
from starsieve.atmospheres.labelled import LabelledFiles, column_names, read_labelled
from starsieve.atmospheres.networks import FLUX_FLOOR
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.recipes import AgeClasses
from starsieve.atmospheres.tuning.finetune import draw_folds
from starsieve.atmospheres.tuning.intervals import boost_quantiles, errors_of, tell_intervals
from starsieve.atmospheres.tuning.labelled_spectra import age_class
from starsieve.atmospheres.tuning.usable import Usable
from starsieve.data.spectrum import FloatArray

Progress = Callable[[int, int, str], None]
Row = dict[str, Any]

TUNED = "posterior median"
AGED = "posterior median, age given"
ALONE = "grids alone"
NEAREST = "nearest grid point"
TREES = "extra trees on the labels"

N_FOLDS = 5
SNR_EDGES = (50, 150)
"""Where classes of signal-to-noise meet."""

NEARLY_ALL = 0.9
"""Share of the spectra that have a pixel, for baselines to use it."""


def evaluate_several(
    model: SeveralModel,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    where: Sequence[str] = (),
    draws: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate on real spectra with known labels.

    Parameters
    ----------
    model : SeveralModel
        Where it was tuned on spectra of the table, each is judged by members that never saw its
        object.
    path, columns, where
        As of `starsieve.atmospheres.labelled.read_labelled`.

    Raises
    ------
    FileError, DataError, RecipeError
        If the table can't be used, or nothing could be inferred.
    """
    ages = _age_classes(model)
    labelled = read_labelled(path, model.grid.names, columns, where, _others(model, path, ages))
    usable = Usable.of(labelled, model)
    found = usable.infer(model, draws, seed, progress)
    truth = {name: values[usable.rows] for name, values in labelled.truth.items()}
    guesses = {TUNED if model.tuned else ALONE: _medians(found)}
    if model.tuned:
        guesses[ALONE] = _medians(usable.infer(model, draws, seed, progress, alone=True))
    if model.tuned and ages and ages.column in labelled.others:
        cells = labelled.others[ages.column][usable.rows]
        known = np.array([age_class(cell, ages) for cell in cells])
        guesses[AGED] = _medians(usable.infer(model, draws, seed, progress, ages=known))
    guesses[NEAREST] = nearest_node(model, usable.prepared)
    objects = labelled.objects[usable.rows]
    inputs = _inputs(usable.prepared)
    folds = draw_folds(objects, model.tuned.n_folds if model.tuned else N_FOLDS, seed)
    guesses[TREES] = _trees(inputs, truth, model, folds, seed)
    return Evaluation(
        model=model.name,
        on=f"{len(usable.rows)} real spectra of {path.name}"
        + (f" with {', '.join(where)}" if where else ""),
        metrics=tuple(_rows(guesses, truth, labelled.groups[usable.rows], objects, model)),
        draws={n: found[:, :, model.grid.names.index(n)].T for n in truth},
        truth=truth,
        notes=(
            f"{len(usable.refused)} spectra could not be used.",
            *_notes(model, usable),
            *_intervals(model, labelled, usable, found, inputs, folds, seed),
        ),
        provenance={"table": str(path), "where": list(where), "draws": draws, "seed": seed},
    )


def _age_classes(model: SeveralModel) -> AgeClasses | None:
    if model.tuned is None:
        return None
    given = model.card.metrics["tuned"]["recipe"].get("age")
    return AgeClasses.model_validate(given) if given else None


def _notes(model: SeveralModel, usable: Usable) -> list[str]:
    if model.tuned is None:
        return []
    n_unseen = int(np.sum(usable.folds >= 0))
    return [
        f"{n_unseen} of them belong to what the model was tuned on; each is judged by members that "
        "never saw its object."
    ]


def _medians(draws: FloatArray) -> FloatArray:
    return np.asarray(np.median(draws, axis=1))


def nearest_node(model: SeveralModel, prepared: Sequence[Prepared]) -> FloatArray:
    """Return outputs of the nodes of all grids that are nearest by chi-square, (n, n_outputs).

    Scale is fitted; pixels are those that the model trusts.
    """
    flux = np.stack([each.flux for each in prepared])
    sigma = np.stack([each.sigma for each in prepared])
    trusted = np.stack([each.trusted for each in prepared])
    level = np.mean(np.abs(flux), axis=1, keepdims=True)
    flux, sigma = flux / level, sigma / level
    weight = trusted / (sigma**2 + FLUX_FLOOR**2)
    smallest = np.full(len(flux), np.inf)
    found = np.empty((len(flux), len(model.grid.names)))
    for member in model.members:
        log_flux = member.log_flux(member.space.nodes)
        shape = np.exp(log_flux - log_flux.max(axis=1, keepdims=True)).astype(np.float64)
        cross, own = (weight * flux) @ shape.T, weight @ (shape**2).T
        chi2 = (weight * flux**2).sum(axis=1)[:, None] - cross**2 / own
        best = np.argmin(chi2, axis=1)
        columns = [member.names.index(name) for name in model.grid.names]
        better = chi2.min(axis=1) < smallest
        found[better] = member.space.nodes[best[better]][:, columns]
        smallest = np.minimum(smallest, chi2.min(axis=1))
    return found


def _others(model: SeveralModel, path: Path, ages: AgeClasses | None) -> list[str]:
    """Return the columns of errors and ages that a model was tuned with, if the table has them."""
    if model.tuned is None:
        return []
    errors = model.card.metrics["tuned"]["recipe"]["errors"]
    wanted = [*errors.values(), *([ages.column] if ages else [])]
    there = column_names(path)
    return [name for name in wanted if name in there]


def _inputs(prepared: Sequence[Prepared]) -> FloatArray:
    """Return spectra without their scale, of the pixels that nearly all have."""
    trusted = np.stack([each.trusted for each in prepared])
    flux = np.stack([each.flux for each in prepared])
    return scale_free(flux, trusted.mean(axis=0) >= NEARLY_ALL)


def _trees(
    inputs: FloatArray,
    truth: Mapping[str, FloatArray],
    model: SeveralModel,
    folds: npt.NDArray[np.int64],
    seed: int,
) -> FloatArray:
    """Return what extra trees learn of the labels, each from folds without the object."""
    from sklearn.ensemble import ExtraTreesRegressor

    found = np.full((len(inputs), len(model.grid.names)), np.nan)
    for name, values in truth.items():
        for fold in np.unique(folds):
            seen, mine = np.isfinite(values) & (folds != fold), folds == fold
            trees = ExtraTreesRegressor(300, min_samples_leaf=2, random_state=seed)
            trees.fit(inputs[seen], values[seen])
            found[mine, model.grid.names.index(name)] = trees.predict(inputs[mine])
    return found


def _intervals(
    model: SeveralModel,
    labelled: LabelledFiles,
    usable: Usable,
    draws: FloatArray,
    inputs: FloatArray,
    folds: npt.NDArray[np.int64],
    seed: int,
) -> list[str]:
    """Return in words how often intervals hold the labels, beside quantile regression."""
    if model.tuned is None:
        return []
    recipe = model.card.metrics["tuned"]["recipe"]
    errors = errors_of(labelled.others, recipe["errors"], recipe["independent"])
    lines = []
    for name, values in labelled.truth.items():
        truth = values[usable.rows]
        own = errors[name][usable.rows] if name in errors else None
        column = draws[:, :, model.grid.names.index(name)]
        boosted = boost_quantiles(inputs, truth, folds, seed)
        for groups in (labelled.groups[usable.rows], _by_noise(usable.prepared)):
            lines += tell_intervals(name, column, boosted, truth, own, groups)
    return lines


def _by_noise(prepared: Sequence[Prepared]) -> npt.NDArray[np.str_]:
    """Return in which class of signal-to-noise each spectrum is, in words."""
    number = np.digitize([each.snr for each in prepared], SNR_EDGES)
    low, high = SNR_EDGES
    return np.array([f"S/N below {low}", f"S/N {low} to {high}", f"S/N above {high}"])[number]


def _rows(
    guesses: Mapping[str, FloatArray],
    truth: Mapping[str, FloatArray],
    groups: npt.NDArray[np.str_],
    objects: npt.NDArray[np.str_],
    model: SeveralModel,
) -> list[Row]:
    rows: list[Row] = []
    spreads = {n: spread_of(n, np.array(model.box.ranges[n])) for n in truth}
    scoring = Scoring(objects, spreads)
    for group in ("all", *sorted(set(groups.tolist()) - {""})):
        inside = np.ones(len(groups), dtype=bool) if group == "all" else groups == group
        for name, values in truth.items():
            used = inside & np.isfinite(values)
            column = model.grid.names.index(name)
            for method, guess in guesses.items():
                rows += scoring.score(group, name, method, guess[:, column], values, used)
    return rows
