"""The posterior of a transit: profiled over the impact parameter, then drawn from.

Impact parameter, duration of ingress and stellar density are bound to each other so that their
joint posterior is bent like a banana; all else, for a given impact parameter, is close to Gaussian
if the transit is described by its duration (Gilbert, MacDougall & Petigura 2022, AJ 163, 93). So
the best fit and its covariance are found on a grid of impact parameters; that makes a proposal
from which is drawn, and weights of the draws make it exact.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import OptimizeResult, least_squares

from starsieve.data.spectrum import FloatArray
from starsieve.transits.fit_data import NearTransits
from starsieve.transits.limb_darkening import LimbDarkening, to_q, to_u
from starsieve.transits.model import (
    MAX_SAMPLES,
    TransitModel,
    a_rs_of_duration,
    event_flux,
)

COARSE = np.linspace(0.0, 0.98, 11)
"""Impact parameters to profile over first, in units of their limit ``1 + rp_rs``."""

N_FINE = 13
FAR, NEAR = 10.0, 6.0
"""How far below its maximum the logarithm of the posterior is left out, and counts as high."""

DEGREES = 6.0
"""Of freedom of the proposal's Student distribution: wider tails than the posterior has."""

FEW = 0.1
"""Effective part of the draws below which more are made."""

LOWEST = np.array([-0.75, -0.75, math.log(1e-4), -1.4, 1e-6, 1e-6])
HIGHEST = np.array([0.75, 0.75, math.log(0.9), 1.4, 1.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class TransitProblem:
    """Data, and what is fitted to them: a vector of six numbers besides the impact parameter.

    These are the shift of the epoch in durations, the shift of the period in `period_step`, the
    logarithms of rp_rs and of the duration over `duration_days`, and Kipping's q1 and q2.

    Parameters
    ----------
    data : NearTransits
    period_days, duration_days : float
        First guesses.
    period_step : float
        Days; 0 fixes the period.
    dark : LimbDarkening
        The prior.
    inflation : float
        What errors are multiplied with for correlated noise.
    """

    data: NearTransits
    period_days: float
    duration_days: float
    period_step: float
    dark: LimbDarkening
    inflation: float = 1.0

    @property
    def n_samples(self) -> int:
        """Points per exposure: enough for the shortest ingress that matters."""
        wanted = 60 * self.data.exposure_days / self.duration_days
        return min(max(3, math.ceil(wanted)), MAX_SAMPLES)

    @property
    def start(self) -> FloatArray:
        """The first guess, but for rp_rs, which follows from the depth."""
        days, flux = np.abs(self.data.days), self.data.flux
        inside = days < 0.3 * self.duration_days
        outside = days > 0.5 * self.duration_days
        depth = float(np.median(flux[outside]) - np.median(flux[inside])) if inside.any() else 0.0
        ratio = min(max(math.sqrt(max(depth, 0.0)), 3e-3), 0.5)
        q1, q2 = to_q(self.dark.u1, self.dark.u2)
        return np.array([0.0, 0.0, math.log(ratio), 0.0, q1, min(max(q2, 0.01), 0.99)])

    def model(self, vector: FloatArray, part: float) -> TransitModel:
        """Return the transit of a vector and an impact parameter in units of its limit."""
        ratio = math.exp(vector[2])
        impact = part * (1 + ratio)
        period = self.period_days + vector[1] * self.period_step
        duration = min(self.duration_days * math.exp(vector[3]), 0.49 * period)
        u1, u2 = to_u(vector[4], vector[5])
        return TransitModel(
            period_days=period,
            epoch_btjd=self.data.epoch_btjd + vector[0] * self.duration_days,
            rp_rs=ratio,
            impact=impact,
            a_rs=a_rs_of_duration(period, duration, impact, ratio) * (1 + 1e-12),
            u1=u1,
            u2=u2,
        )

    def residuals(self, vector: FloatArray, part: float) -> FloatArray:
        """Return residuals of data and of the prior, in standard deviations."""
        model, data = self.model(vector, part), self.data
        days = (
            data.days - vector[0] * self.duration_days - data.event * vector[1] * self.period_step
        )
        flux = event_flux(days, model, data.exposure_days, self.n_samples)
        prior = ((model.u1 - self.dark.u1), (model.u2 - self.dark.u2))
        return np.concatenate(
            [data.whitened(flux) / self.inflation, np.divide(prior, self.dark.sigma)]
        )

    def start_from(self, model: TransitModel) -> FloatArray:
        """Return the vector of a model of the same problem before."""
        q1, q2 = to_q(model.u1, model.u2)
        return np.array([0.0, 0.0, math.log(model.rp_rs), 0.0, q1, min(max(q2, 0.01), 0.99)])

    @property
    def free(self) -> FloatArray:
        """Numbers of the vector's elements that are fitted."""
        return np.array([0, 2, 3, 4, 5] if self.period_step == 0 else [0, 1, 2, 3, 4, 5])


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Best fits on a grid of impact parameters.

    Parameters
    ----------
    parts : array, shape (n_grid,)
        Impact parameters in units of their limit.
    vectors : array, shape (n_grid, 6)
    covariances : array, shape (n_grid, n_free, n_free)
    log_weight : array, shape (n_grid,)
        Logarithm of the marginal posterior, up to a constant.
    chi2 : array, shape (n_grid,)
    """

    parts: FloatArray
    vectors: FloatArray
    covariances: FloatArray
    log_weight: FloatArray
    chi2: FloatArray

    @property
    def best(self) -> int:
        """Number of the best fit."""
        return int(np.argmin(self.chi2))


def fit_at(problem: TransitProblem, start: FloatArray, part: float) -> OptimizeResult:
    """Return the best fit for one impact parameter; its `x` holds the free elements."""
    free = problem.free

    def residuals(values: FloatArray) -> FloatArray:
        vector = start.copy()
        vector[free] = values
        return problem.residuals(vector, part)

    low, high = LOWEST[free], HIGHEST[free]
    inside = np.clip(start[free], low + 1e-6, high - 1e-6)
    return least_squares(
        residuals,
        inside,
        bounds=(low, high),
        x_scale=np.array([0.05, 0.05, 0.1, 0.1, 0.2, 0.2])[free],
        xtol=1e-5,
        ftol=1e-5,
        gtol=1e-5,
        max_nfev=20,
    )


def profile(problem: TransitProblem, start: FloatArray) -> Profile:
    """Return the best fits on a grid of impact parameters that resolves the posterior.

    The better a transit is known, the narrower is the range of its impact parameters; the grid
    is drawn together until five of its points are high.
    """
    found = profile_at(problem, start, COARSE)
    for _ in range(4):
        high = np.flatnonzero(found.log_weight > found.log_weight.max() - FAR)
        low_end = found.parts[max(high[0] - 1, 0)]
        high_end = found.parts[min(high[-1] + 1, len(found.parts) - 1)]
        begin = found.vectors[found.best]
        found = profile_at(problem, begin, np.linspace(low_end, high_end, N_FINE))
        if np.sum(found.log_weight > found.log_weight.max() - NEAR) >= 5:
            break
    return found


def profile_at(problem: TransitProblem, start: FloatArray, parts: FloatArray) -> Profile:
    """Return the best fits for these impact parameters, each started from its neighbour's."""
    free = problem.free
    vectors, covariances, log_weight, chi2 = [], [], [], []
    vector = start.copy()
    for part in parts:
        found = fit_at(problem, vector, float(part))
        vector = vector.copy()
        vector[free] = found.x
        curvature = found.jac.T @ found.jac
        # A ridge: what the data say nothing of stays within the bounds.
        covariance = np.linalg.inv(curvature + np.diag((HIGHEST - LOWEST)[free] ** -2.0))
        vectors.append(vector)
        covariances.append(covariance)
        chi2.append(2 * found.cost)
        log_weight.append(-found.cost + 0.5 * np.linalg.slogdet(covariance)[1])
    return Profile(
        parts, np.array(vectors), np.array(covariances), np.array(log_weight), np.array(chi2)
    )


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Equally likely draws from the posterior.

    Parameters
    ----------
    vectors : array, shape (n_draws, 6)
    parts : array, shape (n_draws,)
    n_effective : float
        How many independent draws say as much as these.
    """

    vectors: FloatArray
    parts: FloatArray
    n_effective: float


def draw(problem: TransitProblem, found: Profile, n_draws: int, seed: int) -> Draws:
    """Return draws from the posterior: uniform prior of b, of the logarithms, and the star's u.

    Where the profile makes a poor proposal, as for transits hardly above the noise, three times as
    many are drawn.
    """
    rng = np.random.default_rng(seed)
    vectors, parts, log_ratio = _weighted(problem, found, n_draws, rng)
    if _effective(log_ratio) < FEW * n_draws:
        more = _weighted(problem, found, 2 * n_draws, rng)
        vectors = np.concatenate([vectors, more[0]])
        parts, log_ratio = np.append(parts, more[1]), np.append(log_ratio, more[2])
    weight = np.exp(log_ratio - log_ratio.max())
    # Systematic resampling: the least additional noise.
    at = (np.arange(n_draws) + rng.uniform()) / n_draws * weight.sum()
    rows = np.minimum(np.searchsorted(np.cumsum(weight), at), len(weight) - 1)
    return Draws(vectors[rows], parts[rows], _effective(log_ratio))


def _effective(log_ratio: FloatArray) -> float:
    """Return how many unweighted draws say as much as these weighted ones (Kish)."""
    weight = np.exp(log_ratio - log_ratio.max())
    return float(weight.sum() ** 2 / np.sum(weight**2))


def _weighted(
    problem: TransitProblem, found: Profile, n_draws: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return proposed vectors and impact parameters, and log posterior less log proposal."""
    last = 1.0 - 1e-6 if found.parts[-1] == COARSE[-1] else found.parts[-1]
    middles = (found.parts[1:] + found.parts[:-1]) / 2
    edges = np.concatenate([found.parts[:1], middles, [last]])
    share = np.exp(found.log_weight - found.log_weight.max()) * np.diff(edges)
    # A tenth is drawn evenly, lest a part of the posterior that the profile missed stay unseen.
    share = 0.9 * share / share.sum() + 0.1 * np.diff(edges) / np.ptp(edges)
    cell = rng.choice(len(share), n_draws, p=share)
    parts = rng.uniform(edges[cell], edges[cell + 1])
    vectors, log_proposal = _propose(problem, found, cell, parts, rng)
    log_proposal += np.log(share / np.diff(edges))[cell]
    log_posterior = np.full(n_draws, -np.inf)
    inside = np.all((vectors >= LOWEST) & (vectors <= HIGHEST), axis=1)
    for row in np.flatnonzero(inside):
        log_posterior[row] = -0.5 * np.sum(problem.residuals(vectors[row], parts[row]) ** 2)
    return vectors, parts, log_posterior - log_proposal


def _propose(
    problem: TransitProblem,
    found: Profile,
    cell: npt.NDArray[np.int64],
    parts: FloatArray,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Return vectors drawn around the profile, and the logarithm of their density."""
    free = problem.free
    centre = np.stack([np.interp(parts, found.parts, column) for column in found.vectors.T], axis=1)
    factors = np.linalg.cholesky(found.covariances)[cell]
    normal = rng.normal(size=(len(parts), len(free)))
    stretch = np.sqrt(DEGREES / rng.chisquare(DEGREES, len(parts)))
    vectors = centre.copy()
    vectors[:, free] += stretch[:, None] * np.einsum("nij,nj->ni", factors, normal)
    squared = (normal**2).sum(axis=1) * stretch**2
    volume = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
    log_density = -volume - 0.5 * (DEGREES + len(free)) * np.log1p(squared / DEGREES)
    return vectors, log_density
