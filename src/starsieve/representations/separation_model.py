"""What a spectrum of star and air is made of, and what of it is left over."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.representations.exposures import Exposure
from starsieve.representations.separation_bands import SPECIES
from starsieve.representations.separation_splines import spread
from starsieve.representations.separation_windows import Window

N_DERIVATIVES = 3
"""Of a template: itself, its slope, its curvature."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What is known of each exposure, over all windows.

    Parameters
    ----------
    amplitude, amplitude_error : arrays, shape (n_exposures, n_species)
        Column of each gas over its mean in the series.
    stellar_shift, air_shift, shift_error : arrays, shape (n_exposures,)
        In log wavelength: what is left beyond the Earth's velocity, against the star's mean and
        the mean of all.
    observer_shift : array, shape (n_exposures,)
        Of the Earth's velocity.
    blend : array, shape (2,)
        How much narrow lines that overlap absorb beyond the sum of both, see `blending`.
    """

    amplitude: FloatArray
    amplitude_error: FloatArray
    stellar_shift: FloatArray
    air_shift: FloatArray
    shift_error: FloatArray
    observer_shift: FloatArray
    blend: FloatArray

    @classmethod
    def first(cls, exposures: Sequence[Exposure]) -> "State":
        """Return what to begin with: the same air in all exposures."""
        n = len(exposures)
        return cls(
            amplitude=np.ones((n, len(SPECIES))),
            amplitude_error=np.ones((n, len(SPECIES))),
            stellar_shift=np.zeros(n),
            air_shift=np.zeros(n),
            shift_error=np.zeros(n),
            observer_shift=np.array([each.observer_shift for each in exposures]),
            blend=np.zeros(2),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """Coefficients of the splines of one window, all of logarithms.

    Parameters
    ----------
    stellar : array, shape (n_stars, stellar.count)
    air : array, shape (n_species, air.count)
        Of the mean amplitude; below zero where a gas absorbs.
    continuum : array, shape (n_exposures, n_degrees)
    """

    stellar: FloatArray
    air: FloatArray
    continuum: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Templates at the pixels of a window, with their derivatives by knots.

    Parameters
    ----------
    stellar : array, shape (3, n_rows)
    air : array, shape (n_species, 3, n_rows)
    continuum : array, shape (n_rows,)
    amplitude : array, shape (n_species, n_rows)
    """

    stellar: FloatArray
    air: FloatArray
    continuum: FloatArray
    amplitude: FloatArray

    def total(self, derivative: int) -> FloatArray:
        """Return the absorption of all gases, or a derivative, shape (n_rows,)."""
        return np.asarray(np.einsum("sr,sr->r", self.amplitude, self.air[:, derivative]))


def stellar_matrix(window: Window, state: State, derivative: int = 0) -> sparse.csr_array:
    """Return the stellar splines at each row, shape (n_rows, n_stars * count)."""
    place = window.place - state.stellar_shift[window.exposure]
    matrix = window.stellar.matrix(place, derivative)
    return spread(matrix, window.star[window.exposure], window.n_stars)


def air_matrix(window: Window, state: State, derivative: int = 0) -> sparse.csr_array:
    """Return the splines of the air at each row, shape (n_rows, count)."""
    shift = (state.observer_shift + state.air_shift)[window.exposure]
    return window.air.matrix(window.place - shift, derivative)


def evaluate(window: Window, templates: Templates, state: State) -> Parts:
    """Return the templates at the pixels of a window."""
    orders = range(N_DERIVATIVES)
    stellar = [stellar_matrix(window, state, k) @ templates.stellar.ravel() for k in orders]
    air = [air_matrix(window, state, k) @ templates.air.T for k in orders]
    return Parts(
        stellar=np.stack(stellar),
        air=np.stack(air).transpose(2, 0, 1),
        continuum=np.sum(window.continuum * templates.continuum[window.exposure], axis=1),
        amplitude=state.amplitude[window.exposure].T,
    )


def blending(parts: Parts) -> FloatArray:
    """Return by how much lines narrower than the instrument's profile depart from a sum.

    The instrument smooths the product of star and air, not each of them. The logarithm of the
    mean of a product has the covariance of both within the profile in addition; of smooth lines
    that is a series of products of their derivatives, here its first two terms. A gas whose lines
    grow saturated departs from its amplitude in the same way.

    Returns
    -------
    array, shape (2, n_rows)
        To be multiplied by `State.blend`.
    """
    terms = []
    for order in (1, 2):
        air = parts.total(order)
        alone = np.einsum("sr,sr->r", parts.amplitude, parts.air[:, order] ** 2)
        terms.append(parts.stellar[order] * air + 0.5 * (air**2 - alone))
    return np.stack(terms)


def residuals(window: Window, parts: Parts, state: State) -> FloatArray:
    """Return the log flux that nothing accounts for, shape (n_rows,)."""
    model = parts.stellar[0] + parts.total(0) + parts.continuum + state.blend @ blending(parts)
    return np.asarray(window.log_flux - model)


def log_transmission(parts: Parts, state: State) -> FloatArray:
    """Return the logarithm of what the air lets through, blends included, shape (n_rows,)."""
    return np.asarray(parts.total(0) + state.blend @ blending(parts))


def first_only(allowed: BoolArray) -> BoolArray:
    """Return `allowed` with each place left to the first gas that may absorb there."""
    return np.asarray(allowed & (np.cumsum(allowed, axis=0) == 1))
