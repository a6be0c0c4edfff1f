"""How likely an observation is under emulated spectra, whatever its scale, its errors inflated.

The covariance is that of the observed errors, of an error of all pixels that is fitted (the
inflation; shared by neighbours where a model departs from a spectrum by more than the errors), and
of the emulator's own error at the best fit, with its correlations. The scale is integrated out
analytically under a prior even in its logarithm, as a network sees it that knows no scale; the
inflation numerically, under a prior even in its logarithm.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2 as chi2_distribution

from starsieve.atmospheres.importance.box import Box
from starsieve.atmospheres.importance.render import Renderer
from starsieve.atmospheres.importance.weights import log_sum
from starsieve.data.spectrum import FloatArray

LEAST_INFLATION, MOST_INFLATION = 1e-3, 1.0
"""Of the mean flux: no pixel is known better, and none worse."""

CORRELATED = 0.9
"""Share of the inflation's variance that neighbours share, where errors do not explain all."""

CORRELATION_LENGTH = 0.04
"""In the logarithm of wavelength. This and the share are of the greatest evidence, of those that
were tried on twelve real spectra: 0, 0.5, 0.9, 0.97; 0.04, 0.08, 0.15."""

EXPLAINED = 0.99
"""Share of the correlated variance that its modes have to hold."""

UNEXPLAINED = 1e-3
"""Probability of the chi-square below which errors do not explain a spectrum."""

HIDDEN = 0.2
"""Of a mode that all pixels together measure with an error of one."""

N_TRIED = 14
N_INFLATIONS = 7
UNLIKELY = 6.0
"""Inflations whose log likelihood is lower by more than this are left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One spectrum where it counts.

    Parameters
    ----------
    flux, sigma : arrays, shape (n_pixels,)
        Relative to the mean flux.
    """

    flux: FloatArray
    sigma: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Precision:
    """Inverse covariances, one for each inflation, and what they make of the observation.

    Parameters
    ----------
    inflations, log_weights : arrays, shape (k,)
        The inflations, and what each counts in the integral over them.
    plain : array, shape (k, n_pixels)
        Inverse variances.
    shared : array, shape (k, n_modes, n_pixels)
        What the correlated error takes off: ``diag(plain) - shared.T @ shared`` is the inverse.
    solved : array, shape (k, n_pixels)
        The inverse times the flux.
    power, log_determinant : arrays, shape (k,)
        Flux times the inverse times flux; of the covariance.
    """

    inflations: FloatArray
    log_weights: FloatArray
    plain: FloatArray
    shared: FloatArray
    solved: FloatArray
    power: FloatArray
    log_determinant: FloatArray

    @classmethod
    def of(
        cls,
        seen: Observation,
        modes: FloatArray,
        rest: FloatArray,
        inflations: FloatArray,
        log_weights: FloatArray,
        smooth: FloatArray | None = None,
    ) -> Self:
        """Return it for an emulator's error: modes, (n_modes, n_pixels), and the rest.

        With `smooth`, shape (n_smooth, n_pixels), `CORRELATED` of the inflation's variance is
        correlated as ``smooth.T @ smooth`` says.
        """
        variance = inflations[:, None] ** 2
        modes = np.repeat(modes[None], len(inflations), axis=0)
        if smooth is not None:
            variance = (1 - CORRELATED) * variance
            shared_part = np.sqrt(CORRELATED) * inflations[:, None, None] * smooth
            modes = np.concatenate([modes, shared_part], axis=1)
        diagonal = seen.sigma**2 + rest**2 + variance
        plain = 1.0 / diagonal
        scaled = modes * plain[:, None]
        inner = np.eye(modes.shape[1]) + scaled @ modes.transpose(0, 2, 1)
        factor = np.linalg.cholesky(inner)
        shared = np.linalg.inv(factor) @ scaled
        on_flux = shared @ seen.flux
        solved = plain * seen.flux - np.einsum("kmp,km->kp", shared, on_flux)
        diagonals = np.diagonal(factor, axis1=1, axis2=2)
        determinant = np.sum(np.log(diagonal), axis=1) + 2 * np.sum(np.log(diagonals), axis=1)
        return cls(inflations, log_weights, plain, shared, solved, solved @ seen.flux, determinant)

    def at(self, number: int) -> "Precision":
        """Return it for one of the inflations only."""
        one = slice(number, number + 1)
        return Precision(*(getattr(self, each.name)[one] for each in fields(self)))

    def products(self, models: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return flux by model and model by model, shape (n, k), for models (n, n_pixels)."""
        k, n_modes, n_pixels = self.shared.shape
        on_modes = models @ self.shared.reshape(k * n_modes, n_pixels).T
        shared = np.sum(on_modes.reshape(len(models), k, n_modes) ** 2, axis=2)
        return models @ self.solved.T, (models**2) @ self.plain.T - shared


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """The likelihood of one observation over the box of a grid's labels.

    Parameters
    ----------
    seen : Observation
    box : Box
    renderer : Renderer
        Of the same pixels.
    precision : Precision
    """

    seen: Observation
    box: Box
    renderer: Renderer
    precision: Precision

    def models(self, points: FloatArray) -> npt.NDArray[np.float64]:
        """Return spectra of unit scale, shape (n, n_pixels), at points of the box."""
        return self.renderer(self.box.coordinates(points)).astype(np.float64)

    def __call__(self, points: FloatArray) -> npt.NDArray[np.float64]:
        """Return log likelihoods, shape (n,), at points of the box, shape (n, d)."""
        by_inflation = self.by_inflation(self.models(points))
        return np.asarray(log_sum(by_inflation, 1))

    def by_inflation(self, models: FloatArray) -> npt.NDArray[np.float64]:
        """Return log likelihoods, weights of the inflations in, shape (n, k)."""
        return marginal(self.precision, models) + self.precision.log_weights


def marginal(precision: Precision, models: FloatArray) -> npt.NDArray[np.float64]:
    """Return log likelihoods, shape (n, k), of models (n, n_pixels), the scale integrated out."""
    return marginal_of(precision, *precision.products(models))


def marginal_of(
    precision: Precision, across: FloatArray, own: FloatArray
) -> npt.NDArray[np.float64]:
    """Return the same by `Precision.products` of the models, both of shape (n, k)."""
    scale = np.maximum(across / own, 1e-300)
    # Even in the logarithm of the scale: the width of the peak, relative to the scale.
    width = 0.5 * np.log(2 * np.pi / own) - np.log(scale)
    chi2 = precision.power - scale * across
    n_pixels = precision.plain.shape[1]
    found = -0.5 * (chi2 + precision.log_determinant + n_pixels * np.log(2 * np.pi)) + width
    return np.where(across > 0, found, -1e30)


def likely_inflations(
    seen: Observation,
    modes: FloatArray,
    rest: FloatArray,
    model: FloatArray,
    smooth: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return a few inflations that are likely at the best fit, and their weights' logarithms.

    Trapezoidal in the logarithm, under an even prior from `LEAST_INFLATION` to `MOST_INFLATION`.
    """
    low, high = np.log(LEAST_INFLATION), np.log(MOST_INFLATION)
    whole = high - low
    for _ in range(2):  # the second time closer: the better known, the narrower
        logs = np.linspace(low, high, N_TRIED)
        tried = Precision.of(seen, modes, rest, np.exp(logs), np.zeros(N_TRIED), smooth)
        found = marginal(tried, model[None])[0]
        good = np.flatnonzero(found >= found.max() - UNLIKELY)  # all, if none has any chance
        low, high = logs[max(good[0] - 1, 0)], logs[min(good[-1] + 1, N_TRIED - 1)]
    at = np.linspace(low, high, N_INFLATIONS)
    weights = np.full(N_INFLATIONS, (at[1] - at[0]) / whole)
    weights[[0, -1]] /= 2
    return np.exp(at), np.log(weights)


def leading(modes: FloatArray, sigma: FloatArray) -> npt.NDArray[np.float64]:
    """Return the same covariance with fewer modes, without those that noise hides.

    Parameters
    ----------
    modes : array, shape (n_modes, n_pixels)
    sigma : array, shape (n_pixels,)
        Errors of the observation.

    Returns
    -------
    array, shape (n_kept, n_pixels)
    """
    _, strengths, right = np.linalg.svd(modes / sigma, full_matrices=False)
    kept = strengths > HIDDEN
    return np.asarray(strengths[kept, None] * right[kept] * sigma)


def smooth_modes(wave: FloatArray) -> npt.NDArray[np.float64]:
    """Return the modes of departures that are alike at neighbouring wavelengths.

    Their covariance is squared exponential in the logarithm of wavelength, of unit variance.

    Parameters
    ----------
    wave : array, shape (n_pixels,)

    Returns
    -------
    array, shape (n_modes, n_pixels)
    """
    logs = np.log(wave)
    apart = (logs[:, None] - logs) / CORRELATION_LENGTH
    values, vectors = np.linalg.eigh(np.exp(-0.5 * apart**2))
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = int(np.searchsorted(np.cumsum(values), EXPLAINED * np.sum(values))) + 1
    return np.asarray(np.sqrt(values[:kept])[:, None] * vectors[:, :kept].T)


def explains(seen: Observation, modes: FloatArray, rest: FloatArray, model: FloatArray) -> bool:
    """Return whether a model explains an observation within the errors of both."""
    least = np.array([LEAST_INFLATION])
    precision = Precision.of(seen, modes, rest, least, np.zeros(1))
    across, own = precision.products(model[None])
    chi2 = float((precision.power - across**2 / own)[0, 0])
    return bool(chi2_distribution.sf(chi2, len(model)) >= UNEXPLAINED)
