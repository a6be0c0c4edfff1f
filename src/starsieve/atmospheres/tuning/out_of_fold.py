"""What members say of labelled spectra whose objects they never saw, and calibration by it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from starsieve.atmospheres.several.calibrate import Stretch, class_label, fit_stretch, holds
from starsieve.atmospheres.several.draws import compute_features, draw_labelled
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.network import SeveralNetwork
from starsieve.atmospheres.several.recipes import FineTuneRecipe
from starsieve.atmospheres.tuning.labelled_spectra import LabelledSpectra
from starsieve.data.spectrum import FloatArray
from starsieve.stats.regression import mean_absolute_error

DRAWS = 900


def calibrate_members(
    members: Sequence[SeveralNetwork],
    folds: npt.NDArray[np.int64],
    labelled: LabelledSpectra,
    base: SeveralModel,
    recipe: FineTuneRecipe,
) -> dict[str, Any]:
    """Return the calibration of a tuned model, and how good it is, for its card."""
    names, features = base.box.names, compute_features(base.network, labelled.seen)
    draws = draw_out_of_fold(members, folds, features, base, recipe)
    aged = draw_out_of_fold(members, folds, features, base, recipe, labelled.ages)
    classes = _classes(draws, labelled.names, names)
    stretches: dict[str, Stretch] = {}
    found: dict[str, Any] = {}
    for column, name in enumerate(labelled.names):
        truth = labelled.truth[:, column]
        errors = labelled.errors[:, column] if name in recipe.independent else None
        at = names.index(name)
        stretches[name] = fit_stretch(draws[:, :, at], truth, errors, classes, recipe.classes)
        crossed = _cross_fitted(draws[:, :, at], truth, errors, classes, folds, recipe)
        found[name] = _tell(crossed, draws[:, :, at], aged[:, :, at], truth, errors, labelled)
    return {
        "stretches": {name: each.to_record() for name, each in stretches.items()},
        "out_of_fold": found,
    }


def draw_out_of_fold(
    members: Sequence[SeveralNetwork],
    folds: npt.NDArray[np.int64],
    features: Tensor,
    base: SeveralModel,
    recipe: FineTuneRecipe,
    ages: npt.NDArray[np.int64] | None = None,
) -> FloatArray:
    """Return draws, shape (n, DRAWS, n_labels), of members that never saw the object."""
    out = np.empty((len(folds), DRAWS, len(base.box.names)))
    per_fold = recipe.members
    for fold in range(recipe.folds):
        rows = np.flatnonzero(folds == fold)
        mine = members[fold * per_fold : (fold + 1) * per_fold]
        age = None if ages is None else ages[rows]
        n_outputs = len(base.grid.names)
        points = draw_labelled(mine, features[rows], DRAWS, recipe.seed, n_outputs, age)
        out[rows] = base.box.from_box(points)
    return out


def _classes(draws: FloatArray, known: Sequence[str], names: Sequence[str]) -> FloatArray:
    """Return the median of the label that tells classes apart."""
    return np.asarray(np.median(draws[:, :, list(names).index(class_label(known))], axis=1))


def _cross_fitted(
    draws: FloatArray,
    truth: FloatArray,
    errors: FloatArray | None,
    classes: FloatArray,
    folds: npt.NDArray[np.int64],
    recipe: FineTuneRecipe,
) -> FloatArray:
    """Return draws stretched by what was fitted on the other folds."""
    out = np.empty_like(draws)
    for fold in range(recipe.folds):
        others, mine = folds != fold, folds == fold
        own = None if errors is None else errors[others]
        fitted = fit_stretch(draws[others], truth[others], own, classes[others], recipe.classes)
        out[mine] = fitted(draws[mine], classes[mine])
    return out


def _tell(
    stretched: FloatArray,
    draws: FloatArray,
    aged: FloatArray,
    truth: FloatArray,
    errors: FloatArray | None,
    labelled: LabelledSpectra,
) -> dict[str, dict[str, float]]:
    """Return errors and coverage by group of spectral types."""
    found = {}
    for group in ("all", *sorted(set(labelled.groups.tolist()) - {""})):
        rows = np.isfinite(truth) & ((group == "all") | (labelled.groups == group))
        if not rows.any():
            continue
        own = None if errors is None else errors[rows]
        found[group] = {
            "n": int(rows.sum()),
            "mae": mean_absolute_error(np.median(draws[rows], axis=1), truth[rows]),
            "mae_age_known": mean_absolute_error(np.median(aged[rows], axis=1), truth[rows]),
            "coverage_68": float(holds(stretched[rows], truth[rows], own, 0.68).mean()),
            "coverage_95": float(holds(stretched[rows], truth[rows], own, 0.95).mean()),
        }
    return found
