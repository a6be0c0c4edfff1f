"""What a posterior predicts of the spectrum itself, and whether the observation is like that."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import chi2, t

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError

LEVEL = 0.95
FEWEST = 2


@dataclass(frozen=True, slots=True, eq=False)
class Predictive:
    """Predicted spectra of draws from a posterior.

    Parameters
    ----------
    mean, std : array, shape (n_pixels,)
        Of the predicted flux densities, in the unit of the fit, on its wavelengths.
    q025, q16, median, q84, q975 : array, shape (n_pixels,)
        Their quantiles.
    n_draws : int
        Spectra that were predicted.
    p_value : float
        Probability of data further from their model than the observed ones (chi-square as the
        discrepancy; Gelman, Meng & Stern 1996, Statistica Sinica 6, 733), errors as stated.
    """

    mean: FloatArray
    std: FloatArray
    q025: FloatArray
    q16: FloatArray
    median: FloatArray
    q84: FloatArray
    q975: FloatArray
    n_draws: int
    p_value: float

    @property
    def standard_error(self) -> FloatArray:
        """Of the mean, shape (n_pixels,): it falls with the number of draws, unlike `std`."""
        return np.asarray(self.std / np.sqrt(self.n_draws))

    def confidence_of_mean(self, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
        """Return the lower and upper end of the mean's confidence interval (Student's t)."""
        half = float(t.ppf((1 + level) / 2, self.n_draws - 1)) * self.standard_error
        return self.mean - half, self.mean + half

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON: no spectra."""
        return {"p_value": self.p_value, "n_draws": self.n_draws}


def find_predictive(
    models: FloatArray, flux: FloatArray, sigma: FloatArray, counted: BoolArray
) -> Predictive:
    """Return what predicted spectra say of each pixel, and of the observation.

    Parameters
    ----------
    models : array, shape (n_draws, n_pixels)
        Predicted spectra, scaled to the observation.
    flux, sigma : arrays, shape (n_pixels,)
    counted : array of bool, shape (n_pixels,)
        Pixels that the posterior was inferred from.

    Raises
    ------
    DataError
        If there are fewer than two spectra.
    """
    if len(models) < FEWEST:
        msg = f"Bands of predicted spectra need two draws or more, got {len(models)}."
        raise DataError(msg)
    off = (flux - models)[:, counted] ** 2
    variance = sigma[counted] ** 2
    # Of data drawn from a model with its errors, chi-square is distributed as it is known.
    p_value = float(np.mean(chi2.sf(np.sum(off / variance, axis=1), int(counted.sum()))))
    q025, q16, median, q84, q975 = np.quantile(models, (0.025, 0.16, 0.5, 0.84, 0.975), axis=0)
    return Predictive(
        mean=models.mean(axis=0),
        std=models.std(axis=0, ddof=1),
        q025=q025,
        q16=q16,
        median=median,
        q84=q84,
        q975=q975,
        n_draws=len(models),
        p_value=p_value,
    )
