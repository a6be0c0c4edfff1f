"""Bring spectra to another wavelength grid and, if asked, to a lower resolution."""

from dataclasses import replace
from typing import Annotated, Literal, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, field_validator

from starsieve.data import Spectrum, SpectrumSet
from starsieve.data.spectrum import FloatArray, check_resolution
from starsieve.transforms.broaden import broadened
from starsieve.transforms.rebin import MIN_COVERAGE, Rebinning, pixel_edges


class Resample(BaseModel):
    """Convolve to `resolution`, then rebin onto `wave`, flux and errors conserved.

    Where the spectra's resolution is unknown or not above `resolution`, they are not convolved:
    nothing can be sharpened, and a guess would be silent. See `resample` for what is valid.

    Parameters
    ----------
    wave : tuple of float
        Centres of the new pixels: vacuum micron, increasing, two or more.
    resolution : float, optional
        Resolving power, wavelength over full width at half maximum.
    min_coverage : float
        Smallest fraction of a new pixel that must lie on usable old ones.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["resample"] = "resample"
    wave: tuple[float, ...]
    resolution: PositiveFloat | None = None
    min_coverage: Annotated[float, Field(gt=0, le=1)] = MIN_COVERAGE

    @field_validator("wave")
    @classmethod
    def _is_a_grid(cls, wave: tuple[float, ...]) -> tuple[float, ...]:
        pixel_edges(np.array(wave))
        return wave

    def fit(self, spectra: SpectrumSet) -> Self:  # noqa: ARG002
        """Return self: there is nothing to learn."""
        return self

    def __call__(self, spectra: SpectrumSet) -> SpectrumSet:
        """Return the spectra on the new grid."""
        return _resample(spectra, np.array(self.wave), self.resolution, self.min_coverage)


def resample(
    spectrum: Spectrum,
    wave: FloatArray,
    resolution: float | None = None,
    min_coverage: float = MIN_COVERAGE,
) -> Spectrum:
    """Bring one spectrum of any grid to another grid and, if asked, to a lower resolution.

    Parameters
    ----------
    spectrum : Spectrum
        Convolved first if its resolution is known and above `resolution`.
    wave : array, shape (n_new,)
        Centres of the new pixels: vacuum micron, increasing, two or more.
    resolution : float, optional
        Resolving power, wavelength over full width at half maximum.
    min_coverage : float
        Smallest fraction of a new pixel's width that must lie on usable old pixels; in (0, 1].
        The old pixels are taken as touching: one of them may cover many new ones, which then
        share its flux and its error.

    Returns
    -------
    Spectrum
        On `wave`; flux and sigma are NaN where not valid. Its resolution is the lower of the two,
        or unknown as it was.

    Raises
    ------
    DataError
        If `wave` is no grid, or `resolution` or `min_coverage` is out of range.

    Examples
    --------
    >>> fine = Spectrum(np.linspace(1, 2, 11), np.linspace(10, 20, 11))
    >>> resample(fine, np.array([1.2, 1.5, 1.8])).flux.round(6).tolist()
    [12.0, 15.0, 18.0]
    """
    return _resample(spectrum, wave, resolution, min_coverage)


Spectra = TypeVar("Spectra", Spectrum, SpectrumSet)


def _resample(
    spectra: Spectra, wave: FloatArray, resolution: float | None, min_coverage: float
) -> Spectra:
    rebinning = Rebinning.between(spectra.wave, wave)
    known = spectra.resolution
    if resolution is not None:
        check_resolution(resolution)
        if known is not None and known > resolution:
            rebinning = broadened(rebinning, spectra.wave, known, resolution)
            known = resolution
    result = rebinning(spectra.flux, spectra.sigma, spectra.valid, min_coverage)
    return replace(
        spectra,
        wave=np.array(wave, dtype=float),
        flux=result.flux,
        sigma=result.sigma,
        valid=result.valid,
        resolution=known,
    )
