"""The peaks of a posterior, climbed from several starts at once, and their widths.

Levenberg-Marquardt steps in logits of the box, where the even prior is smooth; the scale moves
along. At the end the curvature is the inverse of a covariance (Laplace's approximation).
"""

from dataclasses import dataclass

import numpy as np

from starsieve.atmospheres.importance.box import Box, from_logit, log_prior
from starsieve.atmospheres.importance.likelihood import Precision
from starsieve.atmospheres.importance.mixtures import Mixture
from starsieve.atmospheres.importance.render import Renderer
from starsieve.data.spectrum import FloatArray

N_ITERATIONS = 10
STEP = 1e-3
LONGEST = 1.0
SMALL_GAIN = 0.05
"""In log posterior, of the start that gains most: then all are near their peaks."""

LEAST_SHARE = 4.0
"""In logarithm, below the highest: a start that ended low may lie near what others missed."""


@dataclass(frozen=True, slots=True, eq=False)
class Slope:
    """A posterior's height where it is climbed, at one inflation.

    Parameters
    ----------
    box : Box
    renderer : Renderer
        In double precision: slopes are differences.
    precision : Precision
        Of one inflation.
    """

    box: Box
    renderer: Renderer
    precision: Precision

    def model(self, logits: FloatArray) -> FloatArray:
        """Return spectra of unit scale, shape (n, n_pixels)."""
        return self.renderer(self.box.coordinates(from_logit(logits)))

    def height(self, logits: FloatArray, models: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the log posterior at the best scale, and that scale, both of shape (n,)."""
        across, own = (part[:, 0] for part in self.precision.products(models))
        scale = np.maximum(across, 1e-300) / own
        chi2 = self.precision.power[0] - scale * across
        return -0.5 * chi2 + log_prior(logits), scale

    def curvature(
        self, logits: FloatArray, models: FloatArray, scale: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the negative second derivatives, (n, d, d), and the first ones, (n, d)."""
        n, d = logits.shape
        moved = (logits[:, None] + STEP * np.eye(d)).reshape(n * d, d)
        slopes = (self.model(moved).reshape(n, d, -1) - models[:, None]) / STEP
        rows = np.concatenate([models[:, None], slopes * scale[:, None, None]], axis=1)
        plain, shared = self.precision.plain[0], self.precision.shared[0]
        on_modes = rows @ shared.T
        square = (rows * plain) @ rows.transpose(0, 2, 1) - on_modes @ on_modes.transpose(0, 2, 1)
        left = rows @ self.precision.solved[0] - scale[:, None] * square[:, :, 0]
        own = square[:, :1, :1]
        matrix = square[:, 1:, 1:] - square[:, 1:, :1] * square[:, :1, 1:] / own
        gradient = left[:, 1:] - square[:, 1:, 0] * (left[:, :1] / own[:, 0])
        inside = 1 / (1 + np.exp(-logits))
        matrix[:, np.arange(d), np.arange(d)] += 2 * inside * (1 - inside)
        return matrix, gradient + 1 - 2 * inside


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """Where climbs ended.

    Parameters
    ----------
    mixture : Mixture
        In logits: a part for each, as wide as its peak.
    highest : array, shape (d,)
        Logits of the highest one.
    """

    mixture: Mixture
    highest: FloatArray


def climb(slope: Slope, starts: FloatArray) -> Peaks:
    """Climb from starts: logits, shape (k, d)."""
    logits, models = starts, slope.model(starts)
    height, scale = slope.height(logits, models)
    matrix, gradient = slope.curvature(logits, models, scale)
    damping = np.full(len(starts), 1e-2)
    for _ in range(N_ITERATIONS):
        damped = matrix.copy()
        diagonal = np.arange(starts.shape[1])
        damped[:, diagonal, diagonal] *= 1 + damping[:, None]
        move = np.linalg.solve(damped, gradient[:, :, None])[:, :, 0]
        trial = logits + np.clip(move, -LONGEST, LONGEST)
        trial_models = slope.model(trial)
        trial_height, trial_scale = slope.height(trial, trial_models)
        gain = np.max(trial_height - height)
        better = trial_height > height
        logits = np.where(better[:, None], trial, logits)
        models = np.where(better[:, None], trial_models, models)
        height, scale = (
            np.where(better, trial_height, height),
            np.where(better, trial_scale, scale),
        )
        damping = np.where(better, damping / 5, damping * 10)
        if better.any():
            matrix, gradient = slope.curvature(logits, models, scale)
        if 0 <= gain < SMALL_GAIN:
            break
    return Peaks(_as_mixture(logits, matrix, height), logits[np.argmax(height)])


def _as_mixture(logits: FloatArray, matrix: FloatArray, height: FloatArray) -> Mixture:
    covariance = np.linalg.inv(matrix)
    covariance = (covariance + covariance.transpose(0, 2, 1)) / 2
    factors = np.linalg.cholesky(covariance)
    mass = height + np.sum(np.log(np.diagonal(factors, axis1=1, axis2=2)), axis=1)
    shares = np.exp(np.maximum(mass - mass.max(), -LEAST_SHARE))
    return Mixture(shares / shares.sum(), logits, factors)
