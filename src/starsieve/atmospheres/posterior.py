"""Posteriors of observations that are on a model's grid.

A real spectrum departs from the best of a grid by more than its noise. Two things answer that.
What the best fit leaves unexplained is added to the errors, as if it were noise (the usual
inflation of errors until chi-square is one). And the part of the draws that corresponds to the
unexplained share of the residuals is not drawn from the whole spectrum, but in equal parts from
the trusted range and from that range without each of its bands: where J, H and K disagree about
an object, the posterior is as wide as their disagreement (a jackknife over bands). A spectrum
that its grid explains within the errors gets the network's posterior as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from starsieve.atmospheres.fit import GridFit, fit_grid
from starsieve.atmospheres.models import AtmosphereModel, PosteriorModel
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.priors import MORE_DRAWS, NOTHING_GIVEN, Given, under_priors
from starsieve.atmospheres.several.answers import GridAnswer
from starsieve.atmospheres.several.doubles import Doubles
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.network import AGES
from starsieve.atmospheres.several.posterior import infer_several
from starsieve.atmospheres.simulate import from_box, in_bands
from starsieve.data.spectrum import BoolArray, FloatArray

SPECTRA_PER_BATCH = 64


@dataclass(frozen=True, slots=True, eq=False)
class Posteriors:
    """What is known of n observations.

    Parameters
    ----------
    draws : array, shape (n, n_draws, n_labels)
        In the labels' units.
    fit : GridFit
        Best fits in the trusted range.
    misfit : array, shape (n,)
        Root mean square of what the best fit leaves beyond the noise, relative to the mean flux.
    grids : tuple of mapping of str to GridAnswer, optional
        What each of several grids says, for each observation.
    effective : array, shape (n,), optional
        Under priors: how many independent draws the draws are worth.
    unlikeness : array, shape (n,), optional
        How unlike each is to the spectra that a model was tuned on.
    doubles : Doubles, optional
        Whether each looks like the sum of two of these.
    """

    draws: FloatArray
    fit: GridFit
    misfit: FloatArray
    grids: tuple[Mapping[str, GridAnswer], ...] | None = None
    effective: FloatArray | None = None
    unlikeness: FloatArray | None = None
    doubles: Doubles | None = None


def infer_posteriors(
    model: AtmosphereModel,
    observed: list[Prepared],
    n_draws: int,
    seed: int,
    given: Given = NOTHING_GIVEN,
    folds: npt.NDArray[np.int64] | None = None,
) -> Posteriors:
    """Return the posteriors of prepared observations; each depends on itself and the seed only.

    Parameters
    ----------
    given : Given
        What is known beside the spectra.
    folds : array of int, shape (n,), optional
        Of spectra that a model of several grids was tuned on: see `infer_several`.
    """
    n_more = n_draws * MORE_DRAWS if given.priors else n_draws
    if isinstance(model, SeveralModel):
        ages = np.full(len(observed), AGES.index(given.age or "unknown"))
        several = infer_several(model, observed, n_more, seed, ages=ages, folds=folds)
        found = Posteriors(
            several.draws,
            several.fit,
            several.misfit,
            several.grids,
            unlikeness=several.unlikeness,
            doubles=several.doubles,
        )
    else:
        found = _by_one_grid(model, observed, n_more, seed)
    if not given.priors:
        return found
    draws, effective = under_priors(found.draws, model.grid.names, given.priors, n_draws, seed)
    return replace(found, draws=draws, effective=effective)


def _by_one_grid(
    model: PosteriorModel, observed: list[Prepared], n_draws: int, seed: int
) -> Posteriors:
    flux = np.stack([each.flux for each in observed])
    sigma = np.stack([each.sigma for each in observed])
    valid = np.stack([each.valid for each in observed])
    trusted = np.stack([each.trusted for each in observed])
    level = np.sum(np.abs(flux) * trusted, axis=1) / trusted.sum(axis=1)
    flux, sigma = flux / level[:, None], sigma / level[:, None]
    fit = fit_grid(model.fitting, flux, sigma, trusted)
    misfit = _misfit(fit, flux, sigma, trusted)
    inflated = np.hypot(sigma, misfit[:, None])
    windows = _windows(model, valid, trusted)
    there = np.stack([window.any(axis=1) for window in windows], axis=1)
    counts = _share_out(n_draws, fit.unexplained, there)
    points = np.empty((len(observed), n_draws, len(model.card.outputs)), dtype=np.float32)
    done = np.zeros(len(observed), dtype=np.int64)
    for number, (window, count) in enumerate(zip(windows, counts.T, strict=True)):
        base = _base_points(int(count.max()), points.shape[2], seed, number)
        _draw_into(points, done, count, model, base, flux, inflated, window)
        done += count
    scaled = GridFit(
        parameters=fit.parameters,
        scale=fit.scale * level,
        model=fit.model * level[:, None],
        chi2=fit.chi2,
        n_pixels=fit.n_pixels,
        n_free=fit.n_free,
    )
    return Posteriors(from_box(model.grid, points), scaled, misfit)


def _misfit(fit: GridFit, flux: FloatArray, sigma: FloatArray, trusted: BoolArray) -> FloatArray:
    excess = np.sum(((flux - fit.model) ** 2 - sigma**2) * trusted, axis=1)
    return np.asarray(np.sqrt(np.maximum(excess, 0.0) / trusted.sum(axis=1)))


def _windows(model: PosteriorModel, valid: BoolArray, trusted: BoolArray) -> list[BoolArray]:
    """Return masks, shape (n, n_pixels): the whole, the trusted range, and it without each band.

    A window that leaves a spectrum less than the least coverage is empty for that spectrum.
    """
    trust = model.recipe.trust
    wave = model.grid.wave
    masked = in_bands(wave, model.recipe.observing.masked)
    least = trust.min_coverage * np.sum(in_bands(wave, (trust.range,)) & ~masked)
    windows = [valid, trusted]
    for band in trust.bands:
        inside = in_bands(wave, (band,))
        without = trusted & ~inside
        # Leaving out what is not there would count the trusted range twice.
        matters = (without.sum(axis=1) >= least) & (trusted & inside).any(axis=1)
        windows.append(without & matters[:, None])
    return windows


def _share_out(n_draws: int, unexplained: FloatArray, there: BoolArray) -> npt.NDArray[np.int64]:
    """Return how many draws come from each window, shape (n, n_windows); rows sum to n_draws."""
    open_windows = there.astype(float)
    weight = open_windows * unexplained[:, None]
    weight[:, 0] = 0.0
    weight /= np.maximum(open_windows[:, 1:].sum(axis=1), 1.0)[:, None]
    weight[:, 0] = 1.0 - weight.sum(axis=1)
    edges = np.rint(np.cumsum(weight, axis=1) * n_draws).astype(np.int64)
    return np.diff(edges, axis=1, prepend=0)


def _base_points(n_draws: int, n_labels: int, seed: int, window: int) -> torch.Tensor:
    """Return evenly distributed points of the box; the first ones do not depend on how many."""
    points = np.random.default_rng((seed, window)).uniform(-1.0, 1.0, (n_draws, n_labels))
    return torch.as_tensor(points, dtype=torch.float32)


def _draw_into(
    points: npt.NDArray[np.float32],
    done: npt.NDArray[np.int64],
    count: npt.NDArray[np.int64],
    model: PosteriorModel,
    base: torch.Tensor,
    flux: FloatArray,
    sigma: FloatArray,
    window: BoolArray,
) -> None:
    """Fill in each spectrum's next `count` draws from one window."""
    # Spectra that need about as many draws go together, so that few are drawn in vain.
    rows = np.argsort(-count, kind="stable")
    rows = rows[count[rows] > 0]
    for start in range(0, len(rows), SPECTRA_PER_BATCH):
        batch = rows[start : start + SPECTRA_PER_BATCH]
        seen = Observations(
            flux=torch.as_tensor(np.where(window, flux, 0.0)[batch], dtype=torch.float32),
            sigma=torch.as_tensor(sigma[batch], dtype=torch.float32),
            valid=torch.as_tensor(window[batch]),
        )
        drawn = model.network.sample(base[: int(count[batch].max())], seen).numpy()
        for column, row in enumerate(batch):
            points[row, done[row] : done[row] + count[row]] = drawn[: count[row], column]
