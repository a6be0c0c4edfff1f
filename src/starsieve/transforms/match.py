"""Bring one spectrum to another's height, to lay it over that."""

from dataclasses import replace

import numpy as np

from starsieve.data import Spectrum
from starsieve.data.units import density_factor
from starsieve.errors import DataError

FEWEST = 3
"""Pixels that both must have."""


def match_height(other: Spectrum, spectrum: Spectrum) -> Spectrum:
    """Return a spectrum in the unit of another and scaled to it, on its own grid.

    The factor is the best one by least squares where both are known, weighted by the errors of
    `spectrum`. Where one of the two has no flux density, units are not looked at.

    Parameters
    ----------
    other : Spectrum
        What is scaled.
    spectrum : Spectrum
        What it is scaled to.

    Raises
    ------
    DataError
        If they have not enough pixels in common, or are of opposite sign there.

    Examples
    --------
    >>> wave = np.linspace(1.0, 2.0, 5)
    >>> low, high = Spectrum(wave, np.ones(5)), Spectrum(wave, np.full(5, 3.0))
    >>> match_height(low, high).flux.round(12).tolist()
    [3.0, 3.0, 3.0, 3.0, 3.0]
    """
    factor = _unit_factor(other, spectrum.flux_unit)
    flux = other.flux * factor
    good = spectrum.usable & (spectrum.wave >= other.wave[0]) & (spectrum.wave <= other.wave[-1])
    known = other.usable
    if good.sum() < FEWEST or known.sum() < FEWEST:
        msg = f"Two spectra to compare need {FEWEST} pixels in common, got {int(good.sum())}."
        raise DataError(msg)
    wave = spectrum.wave[good]
    there = np.interp(wave, other.wave[known], flux[known])
    weight = 1.0 if spectrum.sigma is None else _weights(spectrum.sigma[good])
    power = float(np.sum(weight * there**2))
    scale = float(np.sum(weight * there * spectrum.flux[good])) / power if power > 0 else 0.0
    if not 0 < scale < np.inf:
        msg = "Two spectra of opposite sign, or one without any flux, can't be compared."
        raise DataError(msg)
    total = scale * factor
    return replace(
        other,
        flux=other.flux * total,
        sigma=None if other.sigma is None else other.sigma * total,
        flux_unit=spectrum.flux_unit,
    )


def _weights(sigma: np.typing.NDArray[np.floating]) -> np.typing.NDArray[np.floating]:
    """Return weights of which no few decide alone, since neighbours differ by more than noise."""
    typical = np.median(sigma)
    return np.asarray(1.0 / (sigma**2 + typical**2))


def _unit_factor(other: Spectrum, unit: str) -> np.typing.NDArray[np.floating]:
    try:
        return density_factor(other.wave, other.flux_unit, unit)
    except DataError:  # relative, or counts
        return np.ones(len(other))
