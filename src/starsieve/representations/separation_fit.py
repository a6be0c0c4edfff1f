"""One turn of a separation: templates at given amplitudes, then amplitudes at given templates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.ndimage import uniform_filter1d

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.representations.separation_bands import SPECIES
from starsieve.representations.separation_model import (
    Parts,
    State,
    Templates,
    air_matrix,
    blending,
    evaluate,
    first_only,
    residuals,
    stellar_matrix,
)
from starsieve.representations.separation_splines import Normal, curvature, solve, spread
from starsieve.representations.separation_windows import Window

CONTINUUM_SCALE = 0.3
"""Expected size of a coefficient of the log continuum."""

SMOOTH = 1e-2
"""Penalty on the curvature of a stellar template, in pixels' weights: it only closes gaps."""

FAINTEST = 1e-3
"""Log depth of the air below which a line is not looked for."""

EXPECTED_DEPTH = 0.03
"""Log depth that a line may have before any was found."""

LINE_KNOTS = 5
"""Knots that a line is about as wide as."""

AMPLITUDE_SCALE = 0.5
"""Expected departure of an amplitude from the mean of the series, if nothing is seen."""

SHIFT_STEPS = 0.3
"""Largest change of a shift in one turn, in knots: the slopes hold no farther."""

BLEND_SCALE = (3.0, 4.0)
"""Of an instrument whose profile the knots sample four times: see `State.blend`."""

N_SHIFTS = 2

TINY = 1e-12

SMALLEST_SIGMA = 1e-6
"""Of a log flux: no weight may grow without bounds where nothing is left over."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Which unknowns a window has: stars, the gases that are fitted, continua."""

    gases: tuple[int, ...]
    blocks: tuple[int, ...]

    @property
    def edges(self) -> FloatArray:
        """Where blocks of unknowns begin and end, shape (n_blocks + 1,)."""
        return np.cumsum([0, *self.blocks])


def fit_templates(
    window: Window, state: State, before: Templates | None, alone: bool = False
) -> Templates:
    """Return the templates that fit a window best at given amplitudes and shifts.

    Parameters
    ----------
    window : Window
    state : State
    before : Templates or None
        Of the turn before; where they show no line, none is fitted to noise.
    alone : bool
        Whether each place belongs to the first gas that may absorb there.
    """
    allowed = first_only(window.allowed) if alone else window.allowed
    design, layout = _design(window, state, allowed)
    target = window.log_flux
    if before is not None:
        target = target - state.blend @ blending(evaluate(window, before, state))
    weighted = sparse.csr_array(design.multiply(window.weight[:, None]))
    data = sparse.csr_array(design.T @ weighted)
    penalty = sparse.block_diag(_penalties(window, layout, data.diagonal(), allowed, before))
    normal = Normal(sparse.csr_array(data + penalty), weighted.T @ target, layout.blocks)
    return _unpack(window, layout, solve(normal, _pack(layout, before)))


def _design(window: Window, state: State, allowed: BoolArray) -> tuple[sparse.csr_array, Layout]:
    """Return the matrix from unknowns to log flux, and the order of the unknowns."""
    gases = tuple(number for number in range(len(SPECIES)) if allowed[number].any())
    amplitude = state.amplitude[window.exposure]
    air = air_matrix(window, state)
    n_rows, n_degrees = window.continuum.shape
    columns, pointers = np.tile(np.arange(n_degrees), n_rows), np.arange(n_rows + 1) * n_degrees
    continuum = sparse.csr_array(
        (window.continuum.ravel(), columns, pointers), shape=(n_rows, n_degrees)
    )
    parts = [
        stellar_matrix(window, state),
        *(sparse.csr_array(air.multiply(amplitude[:, [gas]])) for gas in gases),
        spread(continuum, window.exposure, window.n_exposures),
    ]
    layout = Layout(gases, tuple(part.shape[1] for part in parts))
    return sparse.csr_array(sparse.hstack(parts)), layout


def _penalties(
    window: Window,
    layout: Layout,
    information: FloatArray,
    allowed: BoolArray,
    before: Templates | None,
) -> list[sparse.sparray]:
    smooth = SMOOTH * float(np.median(window.weight)) * curvature(window.stellar.count)
    penalties: list[sparse.sparray] = [sparse.kron(sparse.eye_array(window.n_stars), smooth)]
    edges = layout.edges
    for number, gas in enumerate(layout.gases, start=1):
        known = information[edges[number] : edges[number + 1]]
        expected = _expected_depth(gas, None if before is None else before.air)
        strength = 1.0 / (expected**2 + np.maximum(1.0 / (known + TINY), FAINTEST**2))
        strength[~allowed[gas]] = 1e3 * max(float(information.max()), 1.0)
        penalties.append(sparse.diags_array(strength))
    penalties.append(sparse.eye_array(layout.blocks[-1]) / CONTINUUM_SCALE**2)
    return penalties


def _expected_depth(gas: int, before: FloatArray | None) -> FloatArray:
    """Return how deep a gas is expected to absorb at each knot, by the turn before.

    A line belongs to one gas: what another absorbs there more strongly counts less.
    """
    if before is None:
        return np.array(EXPECTED_DEPTH)
    depth2 = uniform_filter1d(np.minimum(before, 0.0) ** 2, LINE_KNOTS, axis=1)
    depth2 = np.maximum(depth2, 0.0)  # a running mean of zeros may fall below by rounding
    share = depth2[gas] / (depth2.sum(axis=0) + TINY)
    return np.asarray(np.sqrt(depth2[gas]) * share)


def _pack(layout: Layout, templates: Templates | None) -> FloatArray:
    if templates is None:
        return np.zeros(sum(layout.blocks))
    air = [templates.air[gas] for gas in layout.gases]
    return np.concatenate([templates.stellar.ravel(), *air, templates.continuum.ravel()])


def _unpack(window: Window, layout: Layout, found: FloatArray) -> Templates:
    parts = np.split(found, layout.edges[1:-1])
    air = np.zeros((len(SPECIES), window.air.count))
    for number, gas in enumerate(layout.gases, start=1):
        air[gas] = parts[number]
    stellar = parts[0].reshape(window.n_stars, -1)
    return Templates(stellar, air, parts[-1].reshape(window.n_exposures, -1))


def fit_exposures(windows: Sequence[Window], parts: Sequence[Parts], state: State) -> State:
    """Return amplitudes and shifts that fit all windows best at given templates."""
    n, n_species = state.amplitude.shape
    size = n_species + N_SHIFTS
    matrix, right = np.zeros((n, size, size)), np.zeros((n, size))
    for window, each in zip(windows, parts, strict=True):
        residual = residuals(window, each, state)
        shifts = np.stack([-each.stellar[1], -each.total(1)])
        design = np.concatenate([each.air[:, 0], shifts]).T
        for number in np.unique(window.exposure):
            rows = window.exposure == number
            added = _without_continuum(window, rows, design[rows], residual[rows])
            matrix[number] += added[0]
            right[number] += added[1]
    prior = np.diag([AMPLITUDE_SCALE**-2] * n_species + [1.0] * N_SHIFTS)
    right[:, :n_species] += (1.0 - state.amplitude) * AMPLITUDE_SCALE**-2
    covariance = np.linalg.inv(matrix + prior)
    change = np.einsum("eij,ej->ei", covariance, right)
    return _moved(state, windows[0], change, np.sqrt(np.einsum("eii->ei", covariance)))


def _without_continuum(
    window: Window, rows: BoolArray, design: FloatArray, residual: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the normal equations of an exposure once its continuum may take what it can."""
    continuum, weight = window.continuum[rows], window.weight[rows, None]
    both = np.column_stack([design, residual])
    scale = np.eye(continuum.shape[1]) / CONTINUUM_SCALE**2
    taken = np.linalg.solve(
        (continuum * weight).T @ continuum + scale, (continuum * weight).T @ both
    )
    left = (design * weight).T @ (both - continuum @ taken)
    return left[:, :-1], left[:, -1]


def _moved(state: State, window: Window, change: FloatArray, error: FloatArray) -> State:
    """Return the state after a change; means stay where templates have theirs."""
    n_species = state.amplitude.shape[1]
    amplitude = state.amplitude + change[:, :n_species]
    mean = amplitude.mean(axis=0)
    steps = np.clip(change[:, n_species:], -SHIFT_STEPS, SHIFT_STEPS)
    stellar = state.stellar_shift + window.stellar.step * steps[:, 0]
    for star in range(window.n_stars):
        stellar[window.star == star] -= stellar[window.star == star].mean()
    air = state.air_shift + window.air.step * steps[:, 1]
    return replace(
        state,
        amplitude=amplitude / mean,
        amplitude_error=error[:, :n_species] / np.abs(mean),
        stellar_shift=stellar,
        air_shift=air - air.mean(),
        shift_error=window.stellar.step * error[:, n_species],
    )


def fit_blend(windows: Sequence[Window], parts: Sequence[Parts], state: State) -> State:
    """Return the state with the strength of blends that fits all windows best, never negative."""
    scale = np.array(BLEND_SCALE)
    matrix, right = np.diag(scale**-2.0), -state.blend / scale**2
    for window, each in zip(windows, parts, strict=True):
        terms = blending(each)
        weighted = terms * window.weight
        matrix = matrix + weighted @ terms.T
        right = right + weighted @ residuals(window, each, state)
    return replace(state, blend=np.maximum(state.blend + np.linalg.solve(matrix, right), 0.0))


def reweigh(window: Window, residual: FloatArray, tuning: float = 4.0) -> Window:
    """Return a window whose errors are those that the residuals show, and whose outliers yield.

    Parameters
    ----------
    tuning : float
        Standard deviations beyond which a pixel counts less, as Huber weighs it.
    """
    sigma = window.sigma.copy()
    for number in np.unique(window.exposure):
        rows = window.exposure == number
        sigma[rows] *= max(1.4826 * float(np.median(np.abs(residual[rows] / sigma[rows]))), 1e-3)
    sigma = np.maximum(sigma, SMALLEST_SIGMA)
    far = np.abs(residual) / (tuning * sigma)
    return replace(window, sigma=sigma, weight=1.0 / (sigma**2 * np.maximum(far, 1.0)))
