"""The best-fitting spectrum of a grid, for many observations at once.

Chi-square with a free scale: first over all nodes, then from the best of them downhill between
the nodes (Levenberg 1944, Marquardt 1963, with the grid's edges as bounds).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.data.spectrum import BoolArray, FloatArray

SPECTRA_PER_BLOCK = 64
N_ITERATIONS = 15
N_STARTS = 4
"""Slopes change at nodes, where a descent can get stuck: it starts from several of them."""


@dataclass(frozen=True, slots=True, eq=False)
class GridFit:
    """Best fits of n observations.

    Parameters
    ----------
    parameters : array, shape (n, n_parameters)
        In the grid's units.
    scale : array, shape (n,)
        Factor from the grid's flux density to the observed one.
    model : array, shape (n, n_pixels)
        The scaled model.
    chi2 : array, shape (n,)
    n_pixels : array of int, shape (n,)
        Pixels that counted.
    n_free : int
        Fitted numbers: the parameters and the scale.
    """

    parameters: FloatArray
    scale: FloatArray
    model: FloatArray
    chi2: FloatArray
    n_pixels: npt.NDArray[np.int64]
    n_free: int

    @property
    def chi2_reduced(self) -> FloatArray:
        """Chi-square per degree of freedom, shape (n,); NaN without degrees of freedom."""
        freedom = self.n_pixels - self.n_free
        return np.where(freedom > 0, self.chi2 / np.maximum(freedom, 1), np.nan)

    @property
    def unexplained(self) -> FloatArray:
        """Share of the squared residuals that noise does not explain, shape (n,)."""
        return np.asarray(1.0 - 1.0 / np.maximum(np.nan_to_num(self.chi2_reduced, nan=1.0), 1.0))


def fit_grid(
    grid: GridInterpolator,
    flux: FloatArray,
    sigma: FloatArray,
    valid: BoolArray,
    *,
    refine: bool = True,
) -> GridFit:
    """Fit a grid to observations on its wavelengths.

    Parameters
    ----------
    flux, sigma, valid : arrays, shape (n, n_pixels)
        Pixels that are not valid count for nothing; the others need finite flux and sigma > 0.
    refine : bool
        Go on between the nodes. Without it the nearest node by chi-square is returned.
    """
    nodes = np.exp(grid.log_flux.reshape(-1, len(grid.wave)))
    blocks = [slice(i, i + SPECTRA_PER_BLOCK) for i in range(0, len(flux), SPECTRA_PER_BLOCK)]
    parts = []
    for block in blocks:
        weight = np.where(valid[block], 1.0 / np.where(valid[block], sigma[block], 1.0) ** 2, 0.0)
        observed = np.where(valid[block], flux[block], 0.0)
        nearest = nearest_nodes(nodes, observed, weight, N_STARTS if refine else 1)
        starts = np.stack(np.unravel_index(nearest, grid.shape), axis=-1).astype(np.float64)
        steps = starts[:, 0]
        if refine:
            steps = np.asarray(_best_descent(grid, observed, weight, starts), dtype=np.float64)
        model = np.exp(grid.log_at(steps))
        scale, chi2 = _scaled(model, observed, weight)
        parts.append((grid.from_steps(steps), scale, scale[:, None] * model, chi2))
    parameters, scale, model, chi2 = (np.concatenate(part) for part in zip(*parts, strict=True))
    n_pixels = valid.sum(axis=1)
    return GridFit(parameters, scale, model, chi2, n_pixels, len(grid.names) + 1)


def nearest_nodes(
    nodes: FloatArray, observed: FloatArray, weight: FloatArray, number: int
) -> npt.NDArray[np.int64]:
    """Return the nodes of least chi-square, at each one's best scale, shape (n, number).

    The best comes first.
    """
    overlap = (weight * observed) @ nodes.T
    gain = np.maximum(overlap, 0.0) ** 2 / np.maximum(weight @ (nodes**2).T, 1e-300)
    return np.argsort(-gain, axis=1)[:, : min(number, len(nodes))]


def _scaled(
    model: FloatArray, observed: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    power = np.sum(weight * model**2, axis=1)
    scale = np.sum(weight * observed * model, axis=1) / np.maximum(power, 1e-300)
    chi2 = np.sum(weight * (observed - scale[:, None] * model) ** 2, axis=1)
    return scale, chi2


def _best_descent(
    grid: GridInterpolator, observed: FloatArray, weight: FloatArray, starts: FloatArray
) -> FloatArray:
    """Return the lowest end of the descents from each of the starts, shape (n, number, d)."""
    ends = [_descend(grid, observed, weight, start) for start in starts.transpose(1, 0, 2)]
    chi2 = [_scaled(np.exp(grid.log_at(end)), observed, weight)[1] for end in ends]
    lowest = np.argmin(chi2, axis=0)
    return np.asarray(np.stack(ends)[lowest, np.arange(len(lowest))])


def _descend(
    grid: GridInterpolator, observed: FloatArray, weight: FloatArray, steps: FloatArray
) -> FloatArray:
    """Go downhill from `steps`, at most one node per turn, never uphill, never out of the grid."""
    top = np.array(grid.shape) - 1.0
    damping = np.full(len(steps), 1e-2)
    _, chi2 = _scaled(np.exp(grid.log_at(steps)), observed, weight)
    for _ in range(N_ITERATIONS):
        move = _newton(grid, observed, weight, steps, damping)
        trial = np.clip(steps + np.clip(move, -1.0, 1.0), 0.0, top)
        _, trial_chi2 = _scaled(np.exp(grid.log_at(trial)), observed, weight)
        better = trial_chi2 < chi2
        steps = np.where(better[:, None], trial, steps)
        chi2 = np.where(better, trial_chi2, chi2)
        damping = np.where(better, damping / 5, damping * 10)
    return steps


def _newton(
    grid: GridInterpolator,
    observed: FloatArray,
    weight: FloatArray,
    steps: FloatArray,
    damping: FloatArray,
) -> FloatArray:
    """Return the damped Gauss-Newton move of the steps; the scale moves along."""
    log_model = grid.log_with_slopes(steps)
    model = np.exp(log_model[:, 0])
    scale, _ = _scaled(model, observed, weight)
    model = scale[:, None] * model
    slopes = log_model.copy()
    slopes[:, 0] = 1.0  # by the logarithm of the scale
    slopes *= model[:, None]
    weighted = slopes * weight[:, None]
    gradient = np.einsum("nkp,np->nk", weighted, observed - model)
    curvature = weighted @ slopes.transpose(0, 2, 1)
    diagonal = np.einsum("nkk->nk", curvature)
    diagonal += damping[:, None] * diagonal + 1e-12 * diagonal.max(axis=1, keepdims=True) + 1e-300
    return np.asarray(np.linalg.solve(curvature, gradient[:, :, None])[:, 1:, 0])
