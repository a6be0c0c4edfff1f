"""What a figure shows of a spectrum: in which units, how smooth, how many points of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from starsieve.data import Spectrum
from starsieve.data.spectrum import FloatArray, Medium
from starsieve.data.units import (
    AS_STORED,
    FLUX_DENSITIES,
    NORMALISED,
    WAVE_UNITS,
    convert_flux,
    density_factor,
    from_axis,
    readable_unit,
    to_axis,
    typical_flux,
)
from starsieve.errors import DataError
from starsieve.plots.bands import Bands
from starsieve.plots.interactive.spectrum_overlays import FittedModel, residuals, residuals_at
from starsieve.stats import envelope
from starsieve.transforms.smooth import smooth

MANY_PIXELS = 6_000
"""More are drawn as the envelope of neighbours: a screen has no room for them."""

OUTSIDE = 1_500
"""Points drawn of what lies beyond the view, to be seen before the details come."""

MANY_MASKED = 1_500

MANY_OVERLAID = 4_000

MANY_SIGMA = 10.0
"""Times the median error: pixels with more do not set the limits of the figure."""

Columns = dict[str, FloatArray]
Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SpectrumLook:
    """How a spectrum is shown.

    Parameters
    ----------
    medium : "vacuum" or "air"
    wave_unit : str
        One of `data.units.WAVE_UNITS`.
    flux : str
        One of `data.units.flux_choices` of its unit.
    smooth_pixels, smooth_resolution : float, optional
        At most one of them: full width at half maximum in pixels, or resolving power.
    species : sequence of str
        Names in `data.lines.SPECIES` whose lines and bands are marked.
    velocity : float
        km/s: by which these are shifted.
    tellurics : bool
        Whether the air's bands are shaded.
    view : (float, float), optional
        First view, in vacuum micron; all of the spectrum by default.
    """

    medium: Medium = "vacuum"
    wave_unit: str = "um"
    flux: str = AS_STORED
    smooth_pixels: float | None = None
    smooth_resolution: float | None = None
    species: Sequence[str] = ()
    velocity: float = 0.0
    tellurics: bool = False
    view: Bounds | None = None

    @property
    def is_smoothed(self) -> bool:
        """Whether anything is smoothed."""
        return self.smooth_pixels is not None or self.smooth_resolution is not None


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumView:
    """A spectrum in the units and at the density of points that a figure has room for.

    Parameters
    ----------
    spectrum : Spectrum
        As given, in canonical units.
    look : SpectrumLook
    shown : Spectrum
        The same smoothed, if wanted, on the same grid.
    exponent : int
        Power of ten that fluxes are divided by.
    typical : float
        What fluxes are divided by beside it, where a normalised flux is shown.
    """

    spectrum: Spectrum
    look: SpectrumLook
    shown: Spectrum
    exponent: int
    typical: float

    @classmethod
    def of(cls, spectrum: Spectrum, look: SpectrumLook) -> "SpectrumView":
        """Prepare a spectrum.

        Raises
        ------
        DataError
            If the look asks for a unit that this spectrum can't be shown in.
        """
        shown = spectrum
        if look.is_smoothed:
            shown = smooth(spectrum, pixels=look.smooth_pixels, resolution=look.smooth_resolution)
        good = spectrum.usable
        there = convert_flux(
            spectrum.wave, spectrum.flux, None, spectrum.flux_unit, look.flux, good
        )
        typical = typical_flux(spectrum.flux, good) if look.flux == NORMALISED else 1.0
        bright = np.abs(there.flux[good])
        exponent = _power_of_ten(float(np.quantile(bright, 0.99)) if len(bright) else 0.0)
        return cls(spectrum, look, shown, exponent, typical)

    def axis(self, wave: FloatArray) -> FloatArray:
        """Return vacuum micron as the axis has them."""
        return to_axis(np.asarray(wave), self.look.wave_unit, self.look.medium)

    def heights(self, wave: FloatArray, flux: FloatArray, unit: str) -> FloatArray:
        """Return a flux in `unit` (an array, shape (n_pixels,)) as the axis has it."""
        choice = self.look.flux
        wanted = FLUX_DENSITIES.get(choice, self.spectrum.flux_unit)
        factor: FloatArray | float = 1.0
        if unit != wanted:
            try:
                factor = density_factor(wave, unit, wanted)
            except DataError:  # the spectrum is normalised, or in counts
                factor = 1.0
        return np.asarray(flux * factor / (self.typical * 10.0**self.exponent))

    @property
    def bounds(self) -> Bounds:
        """Vacuum micron that are seen at first."""
        low, high = self.whole
        if self.look.view is not None:
            low, high = max(low, self.look.view[0]), min(high, self.look.view[1])
        return (low, high) if low < high else self.whole

    @property
    def whole(self) -> Bounds:
        """Vacuum micron of the usable part, with a margin."""
        good = self.spectrum.usable
        wave = self.spectrum.wave[good] if good.any() else self.spectrum.wave
        margin = 0.01 * float(wave[-1] - wave[0]) or 0.01 * float(wave[0])
        return float(wave[0]) - margin, float(wave[-1]) + margin

    @property
    def x_label(self) -> str:
        """Label of the axis of wavelengths."""
        medium = "Wavelength in air" if self.look.medium == "air" else "Vacuum wavelength"
        return f"{medium} ({WAVE_UNITS[self.look.wave_unit][0]})"

    @property
    def y_label(self) -> str:
        """Label of the axis of fluxes."""
        name = "Flux" if self._unit else "Relative flux"
        name = "Normalised flux" if self.look.flux == NORMALISED else name
        return f"{name} ({self.flux_words})" if self.flux_words else name

    @property
    def flux_words(self) -> str:
        """What fluxes are multiplied by, and their unit; nothing where they are plain numbers."""
        factor = f"10{_superscript(self.exponent)}" if self.exponent else ""
        return f"{factor} {readable_unit(self._unit)}".strip()

    @property
    def _unit(self) -> str:
        if self.look.flux == NORMALISED:
            return ""
        return FLUX_DENSITIES.get(self.look.flux, self.spectrum.flux_unit)

    def observed(self, fit: FittedModel | None = None) -> Columns:
        """Return the points of the spectrum: x, y, low, high, snr and residual."""
        return self._points(self.shown, fit)

    def unsmoothed(self) -> Columns:
        """Return the points of the spectrum before it was smoothed: x and y."""
        return self._points(self.spectrum, None)

    def overlay(self, spectrum: Spectrum) -> Columns:
        """Return the points of another spectrum, of the same unit: x and y."""
        flux = np.where(spectrum.usable, spectrum.flux, np.nan)
        rows = envelope(flux, spectrum.usable, MANY_OVERLAID)
        wave = spectrum.wave[rows]
        return {"x": self.axis(wave), "y": self.heights(wave, flux[rows], spectrum.flux_unit)}

    def model(self, fit: FittedModel) -> Columns:
        """Return the points of a model: x, y, used (NaN where not compared), residual (sigma)."""
        heights = self.heights(fit.wave, fit.model_flux, fit.flux_unit)
        return {
            "x": self.axis(fit.wave),
            "y": heights,
            "used": np.where(fit.valid, heights, np.nan),
            "residual": residuals(fit),
        }

    def predicted(self, fit: FittedModel, bands: Bands) -> Columns:
        """Return where spectra on a fit's wavelengths lie: x and the ends of both bands."""
        ends = {"low95": bands.q025, "low68": bands.q16, "high68": bands.q84, "high95": bands.q975}
        drawn = {name: self.heights(fit.wave, each, fit.flux_unit) for name, each in ends.items()}
        return {"x": self.axis(fit.wave), **drawn}

    @property
    def thinned(self) -> bool:
        """Whether there are more pixels in the view than points are drawn."""
        low, high = self.bounds
        wave = self.spectrum.wave
        return int(np.searchsorted(wave, high) - np.searchsorted(wave, low)) > MANY_PIXELS

    def masked(self) -> Columns:
        """Return pixels that are not valid although they have a flux: x and y."""
        spectrum = self.spectrum
        there = np.flatnonzero(~spectrum.usable & np.isfinite(spectrum.flux))
        flux = spectrum.flux[there]
        chosen = there[envelope(flux, np.ones(len(flux), dtype=bool), MANY_MASKED)]
        wave = spectrum.wave[chosen]
        heights = self.heights(wave, spectrum.flux[chosen], spectrum.flux_unit)
        return {"x": self.axis(wave), "y": heights}

    def y_limits(self) -> Bounds:
        """Return limits for what is in view, which single wild pixels do not set."""
        low_wave, high_wave = self.bounds
        wave = self.spectrum.wave
        seen = self.spectrum.usable & (wave >= low_wave) & (wave <= high_wave)
        if self.spectrum.sigma is not None and seen.any():
            # ends of a spectrum are often all noise, which would press the rest flat
            noisy = self.spectrum.sigma > MANY_SIGMA * np.median(self.spectrum.sigma[seen])
            seen = seen & ~noisy
        if not seen.any():
            return 0.0, 1.0
        flux = self.heights(wave[seen], self.spectrum.flux[seen], self.spectrum.flux_unit)
        low, high = (float(each) for each in np.quantile(flux, (0.002, 0.998)))
        if 0 < low < 0.6 * high:
            low = 0.0
        margin = (high - low) or abs(high) or 1.0
        return low - 0.05 * margin, high + 0.12 * margin

    def _points(self, spectrum: Spectrum, fit: FittedModel | None) -> Columns:
        rows = self._rows(spectrum)
        wave, good = spectrum.wave[rows], spectrum.usable[rows]
        flux = np.where(good, spectrum.flux[rows], np.nan)
        heights = self.heights(wave, flux, spectrum.flux_unit)
        columns = {"x": self.axis(wave), "y": heights}
        if spectrum.sigma is not None:
            sigma = np.where(good, spectrum.sigma[rows], np.nan)
            error = self.heights(wave, sigma, spectrum.flux_unit)
            columns |= {"low": heights - error, "high": heights + error, "snr": flux / sigma}
        if fit is not None:
            columns["residual"] = residuals_at(wave, fit)
        return columns

    def _rows(self, spectrum: Spectrum) -> np.typing.NDArray[np.int64]:
        """Return the pixels that are drawn: dense in view, sparse beyond."""
        first, last = np.searchsorted(spectrum.wave, self.bounds)
        parts = ((0, first, OUTSIDE), (first, last, MANY_PIXELS), (last, len(spectrum), OUTSIDE))
        good = spectrum.usable
        return np.concatenate(
            [start + envelope(spectrum.flux[start:stop], good[start:stop], n)
             for start, stop, n in parts]
        )  # fmt: skip


def view_of_axis(low: float, high: float, unit: str, medium: Medium) -> Bounds:
    """Return a range as an axis has it in vacuum micron."""
    start, stop = from_axis(np.array([min(low, high), max(low, high)]), unit, medium)
    return float(start), float(stop)


def _power_of_ten(largest: float) -> int:
    """Return the power of ten to divide by; 0 where numbers are handy as they are."""
    exponent = math.floor(math.log10(largest)) if largest > 0 else 0
    return 0 if -2 < exponent < 4 else exponent


def _superscript(number: int) -> str:
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
