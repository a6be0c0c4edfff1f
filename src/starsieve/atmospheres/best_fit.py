"""The best-fitting model of one observation."""

from collections.abc import Mapping
from dataclasses import dataclass

from starsieve.data.spectrum import BoolArray, FloatArray, check_shapes


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The best-fitting model of the grid, and the observation that it was fitted to.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        The model's grid: vacuum wavelength in micron.
    flux, sigma, valid : arrays, shape (n_pixels,)
        The observation on that grid; only valid pixels counted.
    model_flux : array, shape (n_pixels,)
        The model, scaled to the observation.
    parameters : mapping of str to float
        By label name.
    scale : float
        Factor from the model grid's flux density to the observed one.
    chi2_reduced : float
        Chi-square per degree of freedom.
    n_pixels, n_free : int
        Pixels that counted, and fitted numbers including the scale.
    flux_unit : str
        Of the fluxes here. Where the spectrum's own unit is none of a flux density, they are
        in that one.
    """

    wave: FloatArray
    flux: FloatArray
    sigma: FloatArray
    valid: BoolArray
    model_flux: FloatArray
    parameters: Mapping[str, float]
    scale: float
    chi2_reduced: float
    n_pixels: int
    n_free: int
    flux_unit: str = "erg / (um s cm2)"

    def __post_init__(self) -> None:
        check_shapes(
            self.wave.shape,
            flux=self.flux,
            sigma=self.sigma,
            valid=self.valid,
            model_flux=self.model_flux,
        )

    @property
    def freedom(self) -> int:
        """Degrees of freedom: pixels less fitted numbers."""
        return self.n_pixels - self.n_free

    @property
    def p_value(self) -> float:
        """Probability of a larger chi-square if all is right; NaN without degrees of freedom."""
        from scipy.stats import chi2

        if self.freedom < 1:
            return float("nan")
        return float(chi2.sf(self.chi2_reduced * self.freedom, self.freedom))
