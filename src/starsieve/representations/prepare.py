"""Bring spectra to a model's grid: rest frame, matched resolution, relative flux, a mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from astropy import units as u

from starsieve.data import Spectrum, SpectrumSet
from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.data.spectrum import BoolArray, FloatArray, check_shapes
from starsieve.errors import DataError
from starsieve.representations.continuum import running_level
from starsieve.stats.noise import neighbour_scatter
from starsieve.transforms.broaden import broadened
from starsieve.transforms.rebin import Rebinning

FLUX_DENSITY = u.erg / u.s / u.cm**2 / u.um
MIN_COVERAGE = 0.2
FEWEST_PIXELS = 2
ENOUGH = 2**15
"""Pixels for a median of the noise: more would say the same."""

LEAST_NOISE = 1e-3
"""Relative to the median: where no errors are given, they are not taken to be smaller."""

FAINTEST = 0.02
"""Of the median: a continuum below is taken to be this high."""

FLATTEST = 1e-7
"""A spectrum whose flux varies by less than this of its median is constant: it says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Spectra as networks take them: on one grid, of median 1, with what is not valid set to 0.

    Parameters
    ----------
    flux : array of float32, shape (n_spectra, n_pixels)
        Relative flux; 0 where not valid.
    valid : array of bool, shape (n_spectra, n_pixels)
    sigma : array of float32, shape (n_spectra, n_pixels)
        Standard deviation of `flux`; infinite where not valid.
    scale : array, shape (n_spectra,)
        Median over the valid pixels that the flux was divided by; NaN where there is a reason.
    coverage : array, shape (n_spectra,)
        Fraction of the pixels that are valid.
    reasons : tuple of str
        Why nothing can be said of a spectrum; empty where something can.
    """

    flux: npt.NDArray[np.float32]
    valid: BoolArray
    sigma: npt.NDArray[np.float32]
    scale: FloatArray
    coverage: FloatArray
    reasons: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.flux)

    @property
    def usable(self) -> BoolArray:
        """Where something can be said of a spectrum, shape (n_spectra,)."""
        return np.isfinite(self.scale)

    def take(self, rows: npt.NDArray[Any] | slice) -> Self:
        """Return the given rows (numbers, a mask or a slice)."""
        reasons = np.array(self.reasons, dtype=object)[rows] if self.reasons else ()
        return type(self)(
            self.flux[rows],
            self.valid[rows],
            self.sigma[rows],
            self.scale[rows],
            self.coverage[rows],
            tuple(reasons),
        )


def velocity_grid(low: float, high: float, n_pixels: int) -> npt.NDArray[np.float64]:
    """Return wavelengths (micron) from `low` to `high` by constant velocity steps."""
    return np.geomspace(low, high, n_pixels)


def prepare(
    spectra: Sequence[Spectrum] | SpectrumSet,
    wave: FloatArray,
    resolution: float | None = None,
    *,
    velocity: npt.ArrayLike | None = None,
    min_coverage: float = MIN_COVERAGE,
    continuum: float | None = None,
) -> Inputs:
    """Bring spectra of any grids to `wave`.

    Each is convolved to `resolution` if its own is known and higher, taken to the rest frame,
    rebinned in the same step, and divided by the median over its valid pixels. Errors that are
    not given are estimated from the scatter of neighbouring pixels.

    Parameters
    ----------
    spectra : sequence of Spectrum, or SpectrumSet
    wave : array, shape (n_pixels,)
        Vacuum micron, increasing.
    resolution : float, optional
        Resolving power of the model.
    velocity : array, shape (n_spectra,), optional
        km/s, positive if receding; taken out: ``wave_rest = wave / (1 + velocity / c)``. Where it
        is NaN, the spectrum can't be placed and gets a reason.
    min_coverage : float
        Smallest fraction of the pixels that a spectrum must have.
    continuum : float, optional
        km/s: also divide by the running mean over this width, so that lines and bands are left
        and the calibration of the flux no longer counts. `wave` must have constant velocity steps.

    Returns
    -------
    Inputs
        What can't be used has a reason there, and no valid pixel.

    Raises
    ------
    DataError
        If `velocity` does not fit the spectra.
    """
    n, n_pixels = len(spectra), len(wave)
    factors = np.ones(n)
    if velocity is not None:
        check_shapes((n,), velocity=np.asarray(velocity))
        factors = 1 + np.asarray(velocity, dtype=float) / SPEED_OF_LIGHT
    inputs = Inputs(
        flux=np.zeros((n, n_pixels), dtype=np.float32),
        valid=np.zeros((n, n_pixels), dtype=bool),
        sigma=np.full((n, n_pixels), np.inf, dtype=np.float32),
        scale=np.full(n, np.nan),
        coverage=np.zeros(n),
    )
    rebinnings = _Rebinnings(np.asarray(wave, dtype=float), resolution, continuum)
    reasons = [""] * n
    for row, spectrum in enumerate(spectra):
        try:
            _fill(inputs, row, spectrum, rebinnings, factors[row], min_coverage)
        except DataError as error:
            reasons[row] = str(error)
    return Inputs(
        inputs.flux, inputs.valid, inputs.sigma, inputs.scale, inputs.coverage, tuple(reasons)
    )


class _Rebinnings:
    """Make rebinnings onto one grid; that of spectra on a shared grid only once."""

    def __init__(
        self, wave: FloatArray, resolution: float | None, continuum: float | None = None
    ) -> None:
        self.wave = wave
        self.resolution = resolution
        # In pixels, of which all have the same velocity.
        step = SPEED_OF_LIGHT * np.log(wave[-1] / wave[0]) / (len(wave) - 1)
        self.width = None if continuum is None else continuum / step
        self._last: tuple[FloatArray, tuple[float | None, float], Rebinning] | None = None

    def get(self, spectrum: Spectrum, factor: float) -> Rebinning:
        key = (spectrum.resolution, factor)
        if self._last is not None and self._last[1] == key:
            known = self._last[0]
            if known is spectrum.wave or np.array_equal(known, spectrum.wave):
                return self._last[2]
        # Observed pixels stay as they are and the model's grid is shifted onto them: one
        # rebinning, so nothing is smoothed twice.
        rebinning = Rebinning.between(spectrum.wave, self.wave * factor)
        own = spectrum.resolution
        if self.resolution is not None and own is not None and own > self.resolution:
            rebinning = broadened(rebinning, spectrum.wave, own, self.resolution)
        self._last = (spectrum.wave, key, rebinning)
        return rebinning


def _fill(
    inputs: Inputs,
    row: int,
    spectrum: Spectrum,
    rebinnings: _Rebinnings,
    factor: float,
    min_coverage: float,
) -> None:
    """Fill one row; raise DataError, and leave the row empty, where nothing can be said."""
    if not np.isfinite(factor):
        msg = "the spectrum's velocity is not known, so it can't be brought to the rest frame."
        raise DataError(msg)
    usable = spectrum.usable
    flux, sigma = _per_wavelength(spectrum)
    if sigma is None:
        sigma = np.full(len(flux), noise_level(flux, usable))
    there = rebinnings.get(spectrum, factor)(flux, sigma, usable)
    valid = there.valid
    inputs.coverage[row] = valid.mean()
    _check_range(spectrum, rebinnings.wave, valid, min_coverage)
    scale = _positive_median(there.flux[valid])
    level = np.full(valid.sum(), scale)
    if rebinnings.width is not None:
        smooth = running_level(np.where(valid, there.flux, 0.0), valid, rebinnings.width)[valid]
        # Where there is next to no light, a ratio would be noise.
        level = np.maximum(smooth, FAINTEST * scale)
    inputs.scale[row] = scale
    inputs.valid[row] = valid
    inputs.flux[row, valid] = there.flux[valid] / level
    if there.sigma is not None:
        inputs.sigma[row, valid] = there.sigma[valid] / level


def _positive_median(flux: FloatArray) -> float:
    scale = float(np.median(flux))
    if not scale > 0:
        msg = f"the flux's median is {scale:.3g}, not positive: there is no signal to encode."
        raise DataError(msg)
    if np.ptp(flux) < FLATTEST * scale:
        msg = "the flux is constant: there is nothing to encode."
        raise DataError(msg)
    return scale


def _check_range(
    spectrum: Spectrum, wave: FloatArray, valid: BoolArray, min_coverage: float
) -> None:
    if valid.sum() >= FEWEST_PIXELS and valid.mean() >= min_coverage:
        return
    usable = spectrum.wave[spectrum.usable]
    if not len(usable):
        msg = f"none of the {len(spectrum)} pixels is usable."
        raise DataError(msg)
    share = int(100 * valid.mean())  # rounded down: it must not read like what is needed
    msg = (
        f"usable pixels from {usable[0]:.5g} to {usable[-1]:.5g} micron cover {share}% of the "
        f"{wave[0]:.5g} to {wave[-1]:.5g} micron that the model knows; "
        f"{min_coverage:.0%} is needed."
    )
    raise DataError(msg)


def noise_level(flux: FloatArray, valid: BoolArray) -> float:
    """Return the noise per pixel by the scatter of neighbours, for spectra without errors.

    At least `LEAST_NOISE` of the median flux, since a smooth model spectrum has none.
    """
    known = _thinned(flux[valid])
    inner = _thinned(np.flatnonzero(valid[2:] & valid[1:-1] & valid[:-2]))
    scatter = neighbour_scatter(flux, inner)
    level = float(np.median(np.abs(known))) if len(known) else 0.0
    return max(scatter, LEAST_NOISE * level, np.finfo(float).tiny)


def _thinned(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return values spread evenly over all: as many as fix a median to a hundredth."""
    return values[:: max(1, len(values) // ENOUGH)]


def _per_wavelength(spectrum: Spectrum) -> tuple[FloatArray, FloatArray | None]:
    """Return flux and sigma as F_lambda, or as they are where they have no unit of a flux."""
    factor = _unit_factor(spectrum.flux_unit)
    if factor == 0.0:
        return spectrum.flux, spectrum.sigma
    # Only the shape matters, which the power of the wavelength says.
    shape = (spectrum.wave / spectrum.wave[0]) ** factor
    return spectrum.flux * shape, None if spectrum.sigma is None else spectrum.sigma * shape


@lru_cache(maxsize=64)
def _unit_factor(flux_unit: str) -> float:
    """Return the power of the wavelength that turns a unit into flux density per wavelength."""
    if not flux_unit:
        return 0.0
    unit = u.Unit(flux_unit, parse_strict="silent")
    waves = np.array([1.0, 2.0]) * u.um
    try:
        values = (1 * unit).to_value(FLUX_DENSITY, u.spectral_density(waves))
    except u.UnitConversionError:
        return 0.0  # counts and the like: proportional to F_lambda, as far as anybody knows
    values = np.broadcast_to(values, waves.shape)
    return float(np.log2(values[1] / values[0]))
