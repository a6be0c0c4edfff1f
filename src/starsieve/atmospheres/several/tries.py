"""Compare spectra with some draws of each grid, and weigh the grids by that."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
import numpy.typing as npt
from torch import Tensor

from starsieve.atmospheres.networks import FLUX_FLOOR
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.several.draws import draw_grid
from starsieve.atmospheres.several.members import Member
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.data.spectrum import BoolArray, FloatArray

FITTED_DRAWS = 16
"""Draws of each grid that are compared with the spectrum."""

FEWEST_RESIDUALS = 4.0

SPECTRA_PER_BLOCK = 8
"""Whose models at all draws are few enough to stay in a processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Trusted:
    """Observations over their level, and weights of their trusted pixels."""

    flux: FloatArray
    sigma: FloatArray
    trusted: BoolArray
    level: FloatArray

    @classmethod
    def of(cls, observed: Sequence[Prepared]) -> Self:
        """Return them stacked."""
        trusted = np.stack([each.trusted for each in observed])
        flux = np.stack([each.flux for each in observed])
        sigma = np.stack([each.sigma for each in observed])
        level = np.sum(np.abs(flux) * trusted, axis=1, keepdims=True) / trusted.sum(
            axis=1, keepdims=True
        )
        return cls(flux / level, sigma / level, trusted, level[:, 0])

    def take(self, rows: slice) -> Self:
        """Return some of them."""
        return type(self)(self.flux[rows], self.sigma[rows], self.trusted[rows], self.level[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
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


def try_grids(model: SeveralModel, features: Tensor, spectra: Trusted, seed: int) -> list[Tried]:
    """Compare spectra with some draws from each grid's posterior, grid by grid."""
    return [try_grid(model, each, features, spectra, seed) for each in range(len(model.members))]


def try_grid(
    model: SeveralModel, number: int, features: Tensor, spectra: Trusted, seed: int
) -> Tried:
    """Compare a spectrum with those at some draws from one grid's posterior."""
    member = model.members[number]
    active = active_labels(model, number)
    points = draw_grid(model.network, number, active, features, FITTED_DRAWS, seed)
    columns = [model.box.names.index(name) for name in member.names]
    parameters = model.box.from_box(points)[:, :, columns]
    axes = member.space.axes
    low, high = (np.array([axis[end] for axis in axes]) for end in (0, -1))
    parameters = np.clip(parameters, low, high)
    nearest = member.space.nodes[_nearest_node(member, spectra)]
    parameters = np.concatenate([parameters, nearest[:, None]], axis=1)
    n = len(parameters)
    parts = [
        _best_of(member, parameters[rows], spectra.take(rows))
        for rows in (slice(at, at + SPECTRA_PER_BLOCK) for at in range(0, n, SPECTRA_PER_BLOCK))
    ]
    best, scale, chi2, spectrum = (np.concatenate(each) for each in zip(*parts, strict=True))
    left = spectra.flux - spectrum
    beyond = (left**2 - spectra.sigma**2) * spectra.trusted
    excess = beyond.sum(axis=1) / spectra.trusted.sum(axis=1)
    return Tried(
        median=np.median(parameters[:, :FITTED_DRAWS], axis=1),
        parameters=parameters[np.arange(n), best],
        model=spectrum,
        scale=scale,
        chi2=chi2,
        rms=_rms(left, spectra.trusted),
        excess=np.sqrt(np.maximum(excess, 0.0)),
    )


def _best_of(
    member: Member, parameters: FloatArray, spectra: Trusted
) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray, FloatArray]:
    """Return which draw leaves the least of each spectrum, its scale and chi-square, and it.

    Parameters
    ----------
    parameters : array, shape (n, n_draws, n_labels)
    spectra : Trusted

    Returns
    -------
    best, scale, chi2 : arrays, shape (n,)
    spectrum : array, shape (n, n_pixels)
        Scaled.
    """
    n, n_draws, _ = parameters.shape
    log_flux = member.log_flux(parameters.reshape(n * n_draws, -1)).reshape(n, n_draws, -1)
    top = log_flux.max(axis=2, keepdims=True)
    log_flux -= top
    flux = np.exp(log_flux, out=log_flux)
    inside = spectra.trusted.astype(np.float32)[:, :, None]
    own = spectra.flux.astype(np.float32)[:, :, None]
    weight = inside / (spectra.sigma**2 + FLUX_FLOOR**2).astype(np.float32)[:, :, None]
    # Sums over pixels as products: they read the spectra once.
    scale = (flux @ (weight * own)) / (flux**2 @ weight)
    left = own.transpose(0, 2, 1) - scale * flux
    left *= left
    best, rows = np.argmin((left @ inside)[:, :, 0], axis=1), np.arange(n)
    scale_of_best = scale[rows, best, 0]
    return (
        best,
        scale_of_best * np.exp(-top[rows, best, 0]),
        (left @ weight)[rows, best, 0],
        scale_of_best[:, None] * flux[rows, best],
    )


@cache
def _node_shapes(member: Member) -> FloatArray:
    """Return the spectra of a grid's nodes, shape (n_nodes, n_pixels), each with a maximum of 1."""
    log_flux = member.log_flux(member.space.nodes)
    return np.exp(log_flux - log_flux.max(axis=1, keepdims=True))


def _nearest_node(member: Member, spectra: Trusted) -> npt.NDArray[np.int64]:
    """Return the node whose spectrum leaves the least of each spectrum, every pixel alike."""
    shapes = _node_shapes(member)
    inside = spectra.trusted.astype(np.float32)
    cross = (inside * spectra.flux).astype(np.float32) @ shapes.T
    own = inside @ (shapes**2).T
    return np.argmax(np.maximum(cross, 0.0) ** 2 / own, axis=1)


def _rms(left: FloatArray, trusted: BoolArray) -> FloatArray:
    inside = trusted if left.ndim == 2 else trusted[:, None]
    return np.asarray(np.sqrt((left**2 * inside).sum(axis=-1) / inside.sum(axis=-1)))


def weigh(tried: Sequence[Tried], spectra: Trusted) -> FloatArray:
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


def share_out(weights: FloatArray, n_draws: int) -> npt.NDArray[np.int64]:
    """Return which draws are whose, by weights that sum to one, shape (n_grids, ...).

    Returns
    -------
    array of int, shape (n_grids + 1, ...)
        Grid g has the draws from place g up to place g + 1.
    """
    shares = np.concatenate([np.zeros_like(weights[:1]), np.cumsum(weights, axis=0)])
    edges = np.rint(shares * n_draws).astype(np.int64)
    edges[-1] = n_draws
    return edges


def _count_independent(residuals: FloatArray) -> float:
    """Return how many independent numbers residuals amount to, by how neighbours agree."""
    centred = residuals - residuals.mean()
    power = float(np.sum(centred**2))
    if len(residuals) < 3 or power == 0.0:
        return FEWEST_RESIDUALS
    alike = float(np.clip(np.sum(centred[1:] * centred[:-1]) / power, 0.0, 0.999))
    return max(FEWEST_RESIDUALS, len(residuals) * (1.0 - alike) / (1.0 + alike))


def active_labels(model: SeveralModel, number: int) -> npt.NDArray[np.bool_]:
    """Return which of the model's labels a grid varies, shape (n_labels,)."""
    names = model.members[number].names
    return np.array([name in names for name in model.box.names])
