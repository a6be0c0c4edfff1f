"""An observation against an emulated spectrum: the scale between them, chi-square, and what it is.

The covariance is that of the observed errors and of the emulator's own, which is correlated; the
scale follows by generalised least squares. Where the spectrum has no finer pixels than the model,
the model goes to its pixels, so that their errors stay independent; else the spectrum is rebinned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import chi2 as chi2_distribution

from starsieve.atmospheres.emulators.covariance import Covariance
from starsieve.atmospheres.emulators.emulator import Emulator, ModelError
from starsieve.atmospheres.prepare import FEWEST_PIXELS, per_wavelength, with_errors
from starsieve.atmospheres.recipes import Band
from starsieve.atmospheres.simulate import in_bands
from starsieve.data import Spectrum
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.transforms.resample import resample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FINER = 0.7
"""A spectrum whose pixels are narrower than this share of the model's is rebinned to these."""

MOST_INFLATION = 3.0
N_ITERATIONS = 20


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison:
    """How an observation and a model spectrum agree.

    Parameters
    ----------
    observed : Spectrum
        As it was read.
    labels : mapping of str to float
        Of the model.
    wave, flux, sigma, valid : arrays, shape (n_pixels,)
        The observation where it was compared; sigma has the model's error in it.
    model_flux, model_sigma : arrays, shape (n_pixels,)
        The model scaled to the observation, and its own error.
    flux_unit : str
    scale, scale_error : float
        Factor from the model's flux density to the observed one, with errors inflated.
    chi2 : float
        At the best scale, with errors as they are.
    n_pixels, n_free : int
        Pixels that counted; fitted numbers, the scale among them.
    inflation : float
        Standard deviation, over the mean flux, to be added to each pixel's error for the residuals
        to be as likely as possible: 0 where the errors explain them.
    notes : tuple of str
        What was done to, or assumed of, the observation.
    """

    observed: Spectrum
    labels: Mapping[str, float]
    wave: FloatArray
    flux: FloatArray
    sigma: FloatArray
    valid: BoolArray
    model_flux: FloatArray
    model_sigma: FloatArray
    flux_unit: str
    scale: float
    scale_error: float
    chi2: float
    n_pixels: int
    n_free: int
    inflation: float
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"<Comparison: chi-square {self.chi2:.1f} for {self.freedom} degrees of freedom, "
            f"p {self.p_value:.2g}, inflation {self.inflation:.1%}>"
        )

    @property
    def freedom(self) -> int:
        """Degrees of freedom: pixels less fitted numbers."""
        return self.n_pixels - self.n_free

    @property
    def chi2_reduced(self) -> float:
        """Chi-square per degree of freedom."""
        return self.chi2 / self.freedom

    @property
    def p_value(self) -> float:
        """Probability of a larger chi-square, if model and errors are right."""
        return float(chi2_distribution.sf(self.chi2, self.freedom))

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        names = ("scale", "scale_error", "chi2", "freedom", "chi2_reduced", "p_value")
        numbers = {name: getattr(self, name) for name in (*names, "inflation", "n_pixels")}
        return {**numbers, "notes": list(self.notes)}

    def plot(self, title: str = "") -> "Figure":
        """Return a figure of the observation, the model with its error, and the residuals."""
        from starsieve.plots.spectra import plot_fit

        return plot_fit(self.observed, self, title=title, model_sigma=self.model_sigma)


def compare(
    spectrum: Spectrum,
    emulator: Emulator,
    parameters: FloatArray,
    *,
    masked: Sequence[Band] = (),
    n_fitted: int = 0,
    extrapolate: bool = False,
) -> Comparison:
    """Compare an observation with the emulated spectrum at one point.

    Parameters
    ----------
    spectrum : Spectrum
        In any unit of a flux density, or normalised. Without errors these are estimated from the
        scatter of neighbouring pixels, and it is said.
    emulator : Emulator
    parameters : array, shape (n_labels,)
    masked : sequence of (float, float)
        Vacuum micron: bands that don't count.
    n_fitted : int
        How many parameters were fitted to this spectrum: they cost degrees of freedom.
    extrapolate : bool
        Also outside of the grid.

    Raises
    ------
    ModelMismatchError
        If the point is outside of the grid.
    DataError
        If fewer than 20 usable pixels are in the model's range, or none has a signal.
    """
    notes: list[str] = []
    ready = with_errors(per_wavelength(_usable(spectrum), notes), notes)
    model = emulator(parameters, extrapolate=extrapolate)[0]
    error = emulator.error_at(parameters, extrapolate=extrapolate)
    there, model, error = _bring_together(ready, emulator, model, error, notes)
    valid = there.usable & ~in_bands(there.wave, tuple(masked))
    _check(int(valid.sum()), n_fitted)
    flux, sigma = _filled(there, valid)
    level = float(np.mean(np.abs(flux[valid])))
    parts = (flux[valid] / level, sigma[valid] / level, model[valid], _only(error, valid))
    chi2, inflation, scale, scale_error = _fit(*parts)
    model_sigma = scale * level * error.sigma
    return Comparison(
        observed=spectrum,
        labels=_labels_at(emulator, parameters),
        wave=there.wave,
        flux=flux,
        sigma=np.hypot(sigma, model_sigma),
        valid=valid,
        model_flux=scale * level * model,
        model_sigma=model_sigma,
        flux_unit=ready.flux_unit,
        scale=scale * level,
        scale_error=scale_error * level,
        chi2=chi2,
        n_pixels=int(valid.sum()),
        n_free=1 + n_fitted,
        inflation=inflation,
        notes=tuple(notes),
    )


def _fit(
    flux: FloatArray, sigma: FloatArray, model: FloatArray, error: ModelError
) -> tuple[float, float, float, float]:
    """Return chi-square with errors as they are, and inflation, scale and its error with it."""
    scale, _, chi2 = fit_scale(flux, sigma, model, error, 0.0)
    if not scale > 0:
        msg = "no positive scale brings the model to the spectrum: there is no signal in it."
        raise DataError(msg)
    inflation = fit_inflation(flux, sigma, model, error)
    best, best_error, _ = fit_scale(flux, sigma, model, error, inflation)
    return chi2, inflation, best, best_error


def fit_scale(
    flux: FloatArray, sigma: FloatArray, model: FloatArray, error: ModelError, inflation: float
) -> tuple[float, float, float]:
    """Return the scale of least chi-square, its error, and that chi-square.

    The model's error scales with it: a few turns bring both together.
    """
    scale, previous = float(np.sum(flux * model / sigma**2) / np.sum((model / sigma) ** 2)), np.inf
    for _ in range(N_ITERATIONS):
        if abs(scale - previous) <= 1e-10 * abs(scale):
            break
        previous = scale
        weighted = _covariance(sigma, error, inflation, scale).solve(model)
        scale = float(weighted @ flux / (weighted @ model))
    found = _covariance(sigma, error, inflation, scale)
    return scale, float(1 / np.sqrt(model @ found.solve(model))), found.chi2(flux - scale * model)


def fit_inflation(
    flux: FloatArray, sigma: FloatArray, model: FloatArray, error: ModelError
) -> float:
    """Return what to add to the errors, in the unit of flux, for the greatest likelihood."""

    def cost(inflation: float) -> float:
        scale, _, chi2 = fit_scale(flux, sigma, model, error, inflation)
        return chi2 + _covariance(sigma, error, inflation, scale).log_determinant()

    least = 1e-3 * float(np.median(sigma))
    found = minimize_scalar(
        lambda power: cost(float(np.exp(power))),
        bounds=(np.log(least), np.log(MOST_INFLATION)),
        method="bounded",
    )
    return float(np.exp(found.x)) if found.fun < cost(0.0) - 1e-9 else 0.0


def _covariance(sigma: FloatArray, error: ModelError, inflation: float, scale: float) -> Covariance:
    diagonal = sigma**2 + inflation**2 + (scale * error.rest) ** 2
    return Covariance(diagonal, scale * error.modes)


def _usable(spectrum: Spectrum) -> Spectrum:
    if not spectrum.usable.any():
        msg = "the spectrum has no usable pixel."
        raise DataError(msg)
    return spectrum


def _bring_together(
    spectrum: Spectrum, emulator: Emulator, model: FloatArray, error: ModelError, notes: list[str]
) -> tuple[Spectrum, FloatArray, ModelError]:
    """Return spectrum, model and its error on the same pixels: the coarser ones."""
    wave = emulator.wave
    inside = (spectrum.wave >= wave[0]) & (spectrum.wave <= wave[-1])
    own = float(np.median(np.diff(spectrum.wave[inside]))) if inside.sum() > 1 else np.inf
    if own < FINER * float(np.median(np.diff(wave))):
        notes.append("rebinned to the model's pixels, which are wider")
        return resample(spectrum, wave, emulator.card.resolution), model, error
    taken = Spectrum(
        wave=spectrum.wave[inside] if inside.any() else spectrum.wave[:1],
        flux=spectrum.flux[inside] if inside.any() else np.full(1, np.nan),
        sigma=None if spectrum.sigma is None or not inside.any() else spectrum.sigma[inside],
        valid=spectrum.usable[inside] if inside.any() else None,
        flux_unit=spectrum.flux_unit,
    )
    modes = np.stack([np.interp(taken.wave, wave, mode) for mode in error.modes])
    moved = ModelError(modes, np.interp(taken.wave, wave, error.rest))
    return taken, np.interp(taken.wave, wave, model), moved


def _filled(spectrum: Spectrum, valid: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return flux and sigma, zero and one where not valid."""
    sigma = np.ones(len(spectrum)) if spectrum.sigma is None else spectrum.sigma
    return np.where(valid, spectrum.flux, 0.0), np.where(valid, sigma, 1.0)


def _labels_at(emulator: Emulator, parameters: FloatArray) -> dict[str, float]:
    labels = emulator.space.all_labels(np.atleast_2d(parameters))
    return {name: float(column[0]) for name, column in labels.items()}


def _check(n_pixels: int, n_fitted: int) -> None:
    if n_pixels < max(FEWEST_PIXELS, n_fitted + 2):
        msg = (
            f"{n_pixels} usable pixels are in the model's range; "
            f"a comparison needs {max(FEWEST_PIXELS, n_fitted + 2)} or more."
        )
        raise DataError(msg)


def _only(error: ModelError, valid: BoolArray) -> ModelError:
    return ModelError(error.modes[:, valid], error.rest[valid])
