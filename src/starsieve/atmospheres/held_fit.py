"""Fits of a grid with one parameter, or the scale, held where it is."""

import numpy as np

from starsieve.atmospheres.best_fit import Fit
from starsieve.atmospheres.fit import GridFit, fit_grid
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.data.spectrum import FloatArray

HELD = 1e6
"""How much better than by the spectrum a held scale is known."""


def relative_to(
    grid: GridInterpolator, fit: Fit
) -> tuple[GridInterpolator, FloatArray, FloatArray]:
    """Return the grid where the fit has pixels, and flux and sigma over the best fit's level."""
    pixels = fit.valid
    level = float(np.mean(fit.model_flux[pixels])) / fit.scale
    log_flux = grid.log_flux[..., pixels] - np.log(level)
    reduced = GridInterpolator(grid.wave[pixels], grid.names, grid.nodes, log_flux)
    unit = level * fit.scale
    return reduced, fit.flux[pixels] / unit, fit.sigma[pixels] / unit


def at_value(grid: GridInterpolator, label: str, value: float) -> GridInterpolator:
    """Return the grid at one value of a label."""
    axis = grid.names.index(label)
    own = grid.nodes[axis]
    step = float(np.interp(value, own, np.arange(len(own))))
    cell = min(int(step), len(own) - 2)
    pair = np.take(grid.log_flux, (cell, cell + 1), axis=axis)
    weights = np.array([cell + 1 - step, step - cell])
    log_flux = np.tensordot(pair, weights, axes=(axis, 0))
    others = [i for i in range(len(grid.names)) if i != axis]
    if not others:  # an interpolator needs one parameter, if only of one value
        return GridInterpolator(grid.wave, grid.names, (np.array([value]),), log_flux[None])
    names, nodes = tuple(grid.names[i] for i in others), tuple(grid.nodes[i] for i in others)
    return GridInterpolator(grid.wave, names, nodes, log_flux)


def fit_free(grid: GridInterpolator, flux: FloatArray, sigma: FloatArray) -> GridFit:
    """Return the best fit with a free scale."""
    return fit_grid(grid, flux[None], sigma[None], np.ones((1, len(flux)), dtype=bool))


def fit_held(
    grid: GridInterpolator, flux: FloatArray, sigma: FloatArray, scales: FloatArray
) -> FloatArray:
    """Return the least chi-square at each of the scales, shape (n_scales,).

    The scale is held by one more pixel: it is 1 in every model, and observed to be the scale.
    """
    shape = (*grid.log_flux.shape[:-1], 1)
    longer = GridInterpolator(
        np.append(grid.wave, grid.wave[-1] + 1),
        grid.names,
        grid.nodes,
        np.concatenate([grid.log_flux, np.zeros(shape)], axis=-1),
    )
    power = float(np.sum(sigma**-2.0))
    n = len(scales)
    fluxes = np.concatenate([np.tile(flux, (n, 1)), scales[:, None]], axis=1)
    errors = np.tile(np.append(sigma, (HELD * power) ** -0.5), (n, 1))
    found = fit_grid(longer, fluxes, errors, np.ones(fluxes.shape, dtype=bool))
    model = found.model[:, :-1] * (scales / found.scale)[:, None]
    return np.asarray(np.sum(((flux - model) / sigma) ** 2, axis=1))
