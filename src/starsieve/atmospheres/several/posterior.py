"""Posteriors by several grids: what each says, how much it counts, and what is quoted.

A grid's weight is its share of the evidence, under a likelihood whose error is fitted: real
spectra depart from all grids by more than their noise, and by what, nobody knows beforehand. With
the error integrated out, the evidence of a grid goes as a power of its residuals, to minus half
the number of independent residuals (a Gaussian of unknown variance; Gelman et al. 2013, Bayesian
Data Analysis, sect. 3.2). That number is counted from how the residuals of the best grid hang
together along the spectrum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from starsieve.atmospheres.fit import GridFit
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.several.answers import GridAnswer
from starsieve.atmospheres.several.calibrate import class_label
from starsieve.atmospheres.several.doubles import Doubles, find_doubles
from starsieve.atmospheres.several.draws import compute_features, draw_grid, draw_labelled
from starsieve.atmospheres.several.model import SeveralModel, Tuned
from starsieve.atmospheres.several.observations import as_observations
from starsieve.atmospheres.several.tries import (
    Tried,
    Trusted,
    active_labels,
    share_out,
    try_grids,
    weigh,
)
from starsieve.data.spectrum import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class SeveralPosteriors:
    """What is known of n observations by several grids, and by labelled spectra if there are any.

    Parameters
    ----------
    draws : array, shape (n, n_draws, n_outputs)
        What is quoted.
    fit : GridFit
        Best spectra of the best grids.
    misfit : array, shape (n,)
        As of `starsieve.atmospheres.posterior.Posteriors`.
    grids : tuple of mapping of str to GridAnswer
        By grid, for each observation.
    unlikeness : array, shape (n,), optional
        How unlike each is to what the model was tuned on.
    doubles : Doubles, optional
        Whether each looks like the sum of two of these.
    """

    draws: FloatArray
    fit: GridFit
    misfit: FloatArray
    grids: tuple[Mapping[str, GridAnswer], ...]
    unlikeness: FloatArray | None = None
    doubles: Doubles | None = None


def infer_several(
    model: SeveralModel,
    observed: Sequence[Prepared],
    n_draws: int,
    seed: int,
    *,
    ages: npt.NDArray[np.int64] | None = None,
    folds: npt.NDArray[np.int64] | None = None,
    grids_alone: bool = False,
) -> SeveralPosteriors:
    """Return the posteriors of prepared observations.

    Parameters
    ----------
    ages : array of int, shape (n,), optional
        Age classes, where they are known.
    folds : array of int, shape (n,), optional
        Folds of labelled spectra, whose members never saw them; -1 for spectra of none.
    grids_alone : bool
        Leave out what labelled spectra said.
    """
    spectra = Trusted.of(observed)
    features = compute_features(model.network, as_observations(observed))
    tried = try_grids(model, features, spectra, seed)
    weights = weigh(tried, spectra)
    best = np.argmax(weights, axis=0)
    of_fold = np.full(len(observed), -1) if folds is None else folds
    tuned, unlike, doubles = model.tuned, None, None
    if tuned is not None:
        like = (features, model.network.features, of_fold)
        unlike, doubles = tuned.likeness.score(*like), find_doubles(tuned.likeness, *like)
    if tuned is None or grids_alone:
        draws = _mixture(model, weights, features, n_draws, seed)
    else:
        draws = _tuned_draws(model, tuned, doubles, features, n_draws, seed, ages, of_fold)
    return SeveralPosteriors(
        draws=draws,
        fit=_fit_of(tried, best, spectra, model),
        misfit=np.array([tried[g].excess[row] for row, g in enumerate(best)]),
        unlikeness=unlike,
        doubles=doubles,
        grids=tuple(_answers(model, tried, weights, row) for row in range(len(observed))),
    )


def _answers(
    model: SeveralModel, tried: Sequence[Tried], weights: FloatArray, row: int
) -> dict[str, GridAnswer]:
    """Return what each grid says of one observation."""
    return {
        member.name: GridAnswer(
            float(weights[number, row]),
            float(tried[number].rms[row]),
            dict(zip(member.names, map(float, tried[number].median[row]), strict=True)),
        )
        for number, member in enumerate(model.members)
    }


def _mixture(
    model: SeveralModel, weights: FloatArray, features: Tensor, n_draws: int, seed: int
) -> FloatArray:
    """Return draws of all grids, of each as many as it weighs."""
    edges = share_out(weights, n_draws)
    out = np.empty((weights.shape[1], n_draws, len(model.grid.names)))
    for number in range(len(model.members)):
        counts = edges[number + 1] - edges[number]
        rows = np.flatnonzero(counts)
        if not len(rows):
            continue
        active = active_labels(model, number)
        points = draw_grid(model.network, number, active, features[rows], int(counts.max()), seed)
        found = _inside(model, number, model.box.from_box(points))
        for place, row in enumerate(rows):
            out[row, edges[number, row] : edges[number + 1, row]] = found[place, : counts[row]]
    return out


def _inside(model: SeveralModel, number: int, parameters: FloatArray) -> FloatArray:
    """Return outputs, none outside of what the grid covers."""
    member = model.members[number]
    columns = []
    for name in model.grid.names:
        axis = member.space.axes[member.names.index(name)]
        values = parameters[:, :, model.box.names.index(name)]
        columns.append(np.clip(values, axis[0], axis[-1]))
    return np.stack(columns, axis=2)


def _tuned_draws(
    model: SeveralModel,
    tuned: Tuned,
    doubles: Doubles | None,
    features: Tensor,
    n_draws: int,
    seed: int,
    ages: npt.NDArray[np.int64] | None,
    of_fold: npt.NDArray[np.int64],
) -> FloatArray:
    """Return calibrated draws of the tuned members, of those only that never saw the object."""
    n_outputs = len(model.grid.names)
    out = np.empty((len(features), n_draws, n_outputs))
    for fold in np.unique(of_fold):
        rows = np.flatnonzero(of_fold == fold)
        members = tuned.members_of(None if fold < 0 else int(fold))
        age = None if ages is None else ages[rows]
        points = draw_labelled(members, features[rows], n_draws, seed, n_outputs, age)
        out[rows] = model.box.from_box(points)[:, :, :n_outputs]
    teller = model.grid.names.index(class_label(tuned.stretches))
    classes = np.median(out[:, :, teller], axis=1)
    for name, each in tuned.stretches.items():
        column = model.grid.names.index(name)
        out[:, :, column] = each(out[:, :, column], classes)
    if doubles is not None:
        out[:] = doubles.widen(out, model.grid.names)
    for name in tuned.stretches:
        column = model.grid.names.index(name)
        out[:, :, column] = np.clip(out[:, :, column], *model.box.ranges[name])
    return out


def _fit_of(
    tried: Sequence[Tried],
    best: npt.NDArray[np.int64],
    spectra: Trusted,
    model: SeveralModel,
) -> GridFit:
    outputs = model.grid.names
    parameters = np.array(
        [
            [tried[g].parameters[row][model.members[g].names.index(name)] for name in outputs]
            for row, g in enumerate(best)
        ]
    )

    def pick(name: str) -> FloatArray:
        return np.stack([getattr(tried[g], name)[row] for row, g in enumerate(best)])

    return GridFit(
        parameters=parameters,
        scale=pick("scale") * spectra.level,
        model=pick("model") * spectra.level[:, None],
        chi2=pick("chi2"),
        n_pixels=spectra.trusted.sum(axis=1),
        n_free=1 + max(len(model.members[g].names) for g in best),
    )
