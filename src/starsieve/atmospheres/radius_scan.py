"""Chi-square of a model against an observation as a function of the radius alone."""

from dataclasses import dataclass

import numpy as np
from astropy import units as u
from scipy.stats import chi2 as chi2_distribution

from starsieve.atmospheres.best_fit import Fit
from starsieve.atmospheres.distances import Distance
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

ALPHA = 0.05
N_RADII = 201
WIDEST = 0.35
"""Relative to the best radius: the scan goes no further."""

DEPTH = 40.0
"""Rise of chi-square, errors inflated, to which the scan goes."""


@dataclass(frozen=True, slots=True, eq=False)
class RadiusScan:
    """Chi-square of one model at many radii.

    Parameters
    ----------
    radius : array, shape (n,)
        Nominal Jupiter radii, increasing; the best is in the middle.
    chi2 : array, shape (n,)
        With the errors as stated.
    inflated : array, shape (n,)
        With all errors larger by one factor, so that the best fit is as good as expected; the
        same as `chi2` where the stated errors explain the spectrum already.
    freedom : int
        Degrees of freedom: pixels less fitted numbers.
    """

    radius: FloatArray
    chi2: FloatArray
    inflated: FloatArray
    freedom: int

    @property
    def best(self) -> float:
        """Radius of least chi-square."""
        return float(self.radius[np.argmin(self.chi2)])

    @property
    def critical(self) -> float:
        """Chi-square that is exceeded with probability `ALPHA` if model and errors are right."""
        return float(chi2_distribution.isf(ALPHA, self.freedom))

    def p_value(self, chi2: FloatArray) -> FloatArray:
        """Return the probability of larger chi-squares."""
        return np.asarray(chi2_distribution.sf(chi2, self.freedom))


def scan_radius(
    fit: Fit, distance: Distance, covered: tuple[float, float] | None = None
) -> RadiusScan:
    """Return chi-square at radii around the best one, the model's shape as it is.

    Parameters
    ----------
    fit : Fit
    distance : Distance
    covered : (float, float), optional
        Radii that the scan should reach beyond.

    Raises
    ------
    DataError
        If the fit has no degrees of freedom.
    """
    if fit.freedom < 1:
        msg = f"{fit.n_pixels} pixels leave no degree of freedom for a scan of the radius."
        raise DataError(msg)
    far = distance.value if distance.kind == "distance" else 1000.0 / distance.value
    best = float(np.sqrt(fit.scale) * (far * u.pc).to_value(u.R_jup))
    pixels = fit.valid
    weight = 1 / fit.sigma[pixels] ** 2
    flux, model = fit.flux[pixels], fit.model_flux[pixels]
    power = float(weight @ model**2)
    least = float(weight @ (flux - model) ** 2)
    factor = max(least / fit.freedom, 1.0)
    # The factor between fluxes is 1 + x; chi-square rises by power * x^2 around its least.
    half = 0.5 * np.sqrt(DEPTH * factor / power)
    if covered is not None:
        half = max(half, 1.3 * float(np.max(np.abs(np.array(covered) / best - 1))))
    half = min(half, WIDEST)
    radius = best * np.linspace(1 - half, 1 + half, N_RADII)
    share = (radius / best) ** 2
    chi2 = weight @ flux**2 - 2 * share * (weight @ (flux * model)) + share**2 * power
    return RadiusScan(radius, chi2, chi2 / factor, fit.freedom)
