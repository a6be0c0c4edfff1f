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

from starsieve.atmospheres.fit import GridFit
from starsieve.atmospheres.networks import FLUX_FLOOR, Observations
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.several.answers import GridAnswer
from starsieve.atmospheres.several.draws import draw_grid, draw_labelled
from starsieve.atmospheres.several.labelled_spectra import as_observations
from starsieve.atmospheres.several.model import SeveralModel, Tuned
from starsieve.data.spectrum import BoolArray, FloatArray

FITTED_DRAWS = 24
"""Draws of each grid that are compared with the spectrum."""

FEWEST_RESIDUALS = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class SeveralPosteriors:
    """What is known of n observations by several grids, and by labelled spectra if there are any.

    Parameters
    ----------
    draws : array, shape (n, n_draws, n_outputs)
        What is quoted.
    fit : GridFit
        Best spectra of the best grids.
    misfit, unexplained : arrays, shape (n,)
        As of `starsieve.atmospheres.posterior.Posteriors`.
    grids : tuple of mapping of str to GridAnswer
        By grid, for each observation.
    """

    draws: FloatArray
    fit: GridFit
    misfit: FloatArray
    unexplained: FloatArray
    grids: tuple[Mapping[str, GridAnswer], ...]


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
    seen = as_observations(observed)
    trusted = np.stack([each.trusted for each in observed])
    spectra = _Spectra.of(observed, trusted)
    tried = [_try_grid(model, number, seen, spectra, seed) for number in range(len(model.members))]
    weights = _weights(tried, spectra)
    best = np.argmax(weights, axis=0)
    if model.tuned is None or grids_alone:
        draws = _mixture(model, weights, seen, n_draws, seed)
    else:
        draws = _tuned_draws(model, model.tuned, seen, n_draws, seed, ages, folds)
    rows = np.arange(len(observed))
    fit = _fit_of(tried, best, rows, spectra, model)
    misfit = np.array([tried[g].excess[row] for row, g in enumerate(best)])
    reduced = np.maximum(np.nan_to_num(fit.chi2_reduced, nan=1.0), 1.0)
    return SeveralPosteriors(
        draws=draws,
        fit=fit,
        misfit=misfit,
        unexplained=1.0 - 1.0 / reduced,
        grids=tuple(
            {
                member.name: GridAnswer(
                    float(weights[number, row]),
                    float(tried[number].rms[row]),
                    dict(zip(member.names, map(float, tried[number].median[row]), strict=True)),
                )
                for number, member in enumerate(model.members)
            }
            for row in range(len(observed))
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Spectra:
    """Observations over their level, and weights of their trusted pixels."""

    flux: FloatArray
    sigma: FloatArray
    trusted: BoolArray
    level: FloatArray

    @classmethod
    def of(cls, observed: Sequence[Prepared], trusted: BoolArray) -> "_Spectra":
        flux = np.stack([each.flux for each in observed])
        sigma = np.stack([each.sigma for each in observed])
        level = np.sum(np.abs(flux) * trusted, axis=1, keepdims=True) / trusted.sum(
            axis=1, keepdims=True
        )
        return cls(flux / level, sigma / level, trusted, level[:, 0])


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """The best of some draws from a grid's posterior, for each spectrum.

    Parameters
    ----------
    median, parameters : arrays, shape (n, n_labels of the grid)
    model : array, shape (n, n_pixels)
        The best spectrum, scaled.
    scale, chi2, rms, excess : arrays, shape (n,)
        Of it: `rms` of all that it leaves, `excess` of what is beyond the noise.
    """

    median: FloatArray
    parameters: FloatArray
    model: FloatArray
    scale: FloatArray
    chi2: FloatArray
    rms: FloatArray
    excess: FloatArray


def _try_grid(
    model: SeveralModel, number: int, seen: Observations, spectra: _Spectra, seed: int
) -> _Tried:
    """Compare a spectrum with those at some draws from one grid's posterior."""
    member = model.members[number]
    points = draw_grid(model.network, number, _active(model, number), seen, FITTED_DRAWS, seed)
    columns = [model.box.names.index(name) for name in member.names if name in model.box.names]
    parameters = model.box.from_box(points)[:, :, columns]
    axes = member.space.axes
    low, high = (np.array([axis[end] for axis in axes]) for end in (0, -1))
    parameters = np.clip(parameters, low, high)
    n, n_draws, _ = parameters.shape
    log_flux = member.log_flux(parameters.reshape(n * n_draws, -1)).reshape(n, n_draws, -1)
    top = log_flux.max(axis=2, keepdims=True)
    flux = np.exp(log_flux - top)
    weight = (spectra.trusted / (spectra.sigma**2 + FLUX_FLOOR**2))[:, None]
    own = spectra.flux[:, None]
    scale = (weight * own * flux).sum(2) / (weight * flux**2).sum(2)
    left = own - scale[:, :, None] * flux
    chi2 = (weight * left**2).sum(2)
    best = np.argmin(_rms(left, spectra.trusted), axis=1)
    rows = np.arange(n)
    found = left[rows, best]
    n_pixels = spectra.trusted.sum(axis=1)
    excess = ((found**2 - spectra.sigma**2) * spectra.trusted).sum(axis=1) / n_pixels
    return _Tried(
        median=np.median(parameters, axis=1),
        parameters=parameters[rows, best],
        model=scale[rows, best, None] * flux[rows, best],
        scale=scale[rows, best] * np.exp(-top[rows, best, 0]),
        chi2=chi2[rows, best],
        rms=_rms(found, spectra.trusted),
        excess=np.sqrt(np.maximum(excess, 0.0)),
    )


def _rms(left: FloatArray, trusted: BoolArray) -> FloatArray:
    inside = trusted if left.ndim == 2 else trusted[:, None]
    return np.asarray(np.sqrt((left**2 * inside).sum(axis=-1) / inside.sum(axis=-1)))


def _weights(tried: Sequence[_Tried], spectra: _Spectra) -> FloatArray:
    """Return each grid's share of the evidence, shape (n_grids, n)."""
    rms = np.stack([each.rms for each in tried])
    n_independent = np.array(
        [
            _count_independent((spectra.flux[row] - tried[g].model[row])[spectra.trusted[row]])
            for row, g in enumerate(np.argmin(rms, axis=0))
        ]
    )
    log_evidence = -n_independent * np.log(np.maximum(rms, FLUX_FLOOR))
    log_evidence -= log_evidence.max(axis=0)
    evidence = np.exp(log_evidence)
    return np.asarray(evidence / evidence.sum(axis=0))


def _count_independent(residuals: FloatArray) -> float:
    """Return how many independent numbers residuals amount to, by how neighbours agree."""
    centred = residuals - residuals.mean()
    power = float(np.sum(centred**2))
    if len(residuals) < 3 or power == 0.0:
        return FEWEST_RESIDUALS
    alike = float(np.clip(np.sum(centred[1:] * centred[:-1]) / power, 0.0, 0.999))
    return max(FEWEST_RESIDUALS, len(residuals) * (1.0 - alike) / (1.0 + alike))


def _active(model: SeveralModel, number: int) -> npt.NDArray[np.bool_]:
    names = model.members[number].names
    return np.array([name in names for name in model.box.names])


def _mixture(
    model: SeveralModel, weights: FloatArray, seen: Observations, n_draws: int, seed: int
) -> FloatArray:
    """Return draws of all grids, of each as many as it weighs."""
    edges = np.rint(
        np.concatenate([np.zeros((1, weights.shape[1])), np.cumsum(weights, axis=0)]) * n_draws
    ).astype(int)
    edges[-1] = n_draws
    out = np.empty((weights.shape[1], n_draws, len(model.grid.names)))
    for number in range(len(model.members)):
        counts = edges[number + 1] - edges[number]
        rows = np.flatnonzero(counts)
        if not len(rows):
            continue
        part = Observations(seen.flux[rows], seen.sigma[rows], seen.valid[rows])
        active = _active(model, number)
        points = draw_grid(model.network, number, active, part, int(counts.max()), seed)
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
    seen: Observations,
    n_draws: int,
    seed: int,
    ages: npt.NDArray[np.int64] | None,
    folds: npt.NDArray[np.int64] | None,
) -> FloatArray:
    """Return calibrated draws of the tuned members, of those only that never saw the object."""
    n_outputs = len(model.grid.names)
    of_fold = np.full(len(seen.flux), -1) if folds is None else folds
    out = np.empty((len(seen.flux), n_draws, n_outputs))
    for fold in np.unique(of_fold):
        rows = np.flatnonzero(of_fold == fold)
        part = Observations(seen.flux[rows], seen.sigma[rows], seen.valid[rows])
        members = tuned.members_of(None if fold < 0 else int(fold))
        age = None if ages is None else ages[rows]
        points = draw_labelled(members, part, n_draws, seed, n_outputs, age)
        out[rows] = model.box.from_box(points)[:, :, :n_outputs]
    classes = np.median(out[:, :, 0], axis=1)
    for name, each in tuned.stretches.items():
        column = model.grid.names.index(name)
        low, high = model.box.ranges[name]
        out[:, :, column] = np.clip(each(out[:, :, column], classes), low, high)
    return out


def _fit_of(
    tried: Sequence[_Tried],
    best: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    spectra: _Spectra,
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
        return np.stack([getattr(tried[g], name)[row] for row, g in zip(rows, best, strict=True)])

    return GridFit(
        parameters=parameters,
        scale=pick("scale") * spectra.level,
        model=pick("model") * spectra.level[:, None],
        chi2=pick("chi2"),
        n_pixels=spectra.trusted.sum(axis=1),
        n_free=1 + max(len(model.members[g].names) for g in best),
    )
