"""Spectra without the lines of the air: pixel by pixel, with error and mask."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from starsieve.data import Spectrum
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.representations.separation import Separation
from starsieve.representations.separation_model import (
    Templates,
    air_matrix,
    evaluate,
    log_transmission,
)
from starsieve.representations.separation_windows import Window

MIN_TRANSMISSION = 0.1
"""Below it too little light is left to say what the star's would have been."""


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """What the air did to one exposure, and the exposure without it.

    Parameters
    ----------
    log_transmission, error : arrays, shape (n_pixels,)
        Zero outside of all windows.
    before, after : Spectrum
        Before with errors, which the residuals show where the spectrum states none; after
        without the lines of the air.
    """

    log_transmission: FloatArray
    error: FloatArray
    before: Spectrum
    after: Spectrum


def correct(separation: Separation, number: int) -> Correction:
    """Return one exposure without the lines of the air.

    Its error counts the noise, which division enlarges, and that of the transmission. Pixels in
    lines that leave less than `MIN_TRANSMISSION` are not valid.
    """
    exposure = separation.exposures[number]
    spectrum = exposure.spectrum
    log_t, error = np.zeros(len(spectrum)), np.zeros(len(spectrum))
    for position, window in enumerate(separation.windows):
        pixels = np.flatnonzero(_inside(exposure.log_wave, window))
        if len(pixels):
            here = _at(window, number, exposure.log_wave[pixels])
            parts = evaluate(here, separation.templates[position], separation.state)
            log_t[pixels] = log_transmission(parts, separation.state)
            error[pixels] = _error(separation, position, here)
    before = _with_errors(separation, number)
    transmission = np.exp(log_t)
    flux = np.asarray(spectrum.flux, dtype=np.float64) / transmission
    sigma = None if before.sigma is None else np.hypot(before.sigma / transmission, flux * error)
    valid = spectrum.usable & (transmission >= MIN_TRANSMISSION)
    return Correction(log_t, error, before, replace(spectrum, flux=flux, sigma=sigma, valid=valid))


def _inside(place: FloatArray, window: Window) -> BoolArray:
    return np.asarray((place >= np.log(window.low)) & (place <= np.log(window.high)))


def _at(window: Window, number: int, place: FloatArray) -> Window:
    """Return a window with other rows: places of one exposure, whether measured or not."""
    n_rows = len(place)
    return replace(
        window,
        exposure=np.full(n_rows, number),
        pixel=np.arange(n_rows),
        place=place,
        log_flux=np.zeros(n_rows),
        sigma=np.ones(n_rows),
        weight=np.ones(n_rows),
        continuum=np.zeros((n_rows, window.continuum.shape[1])),
    )


def _error(separation: Separation, position: int, here: Window) -> FloatArray:
    """Return the error of the log transmission at the rows of a window, shape (n_rows,)."""
    state = separation.state
    matrix = air_matrix(here, state)
    amplitude = state.amplitude[here.exposure]
    templates = separation.templates[position]
    spread = air_error(separation.left_out[position], matrix @ templates.air.T, matrix, amplitude)
    columns = matrix @ templates.air.T * state.amplitude_error[here.exposure]
    return np.asarray(np.sqrt(spread**2 + np.sum(columns**2, axis=1)))


def air_error(
    left_out: tuple[Templates, ...],
    whole: FloatArray,
    matrix: sparse.csr_array,
    amplitude: FloatArray,
) -> FloatArray:
    """Return the jackknife error of the summed absorption, shape (n_rows,).

    Parameters
    ----------
    left_out : tuple of Templates
        Without each group of exposures.
    whole : array, shape (n_rows, n_species)
        Absorption of each gas at amplitude 1, by all exposures.
    matrix : sparse array, shape (n_rows, air.count)
        Of the splines at the rows.
    amplitude : array, shape (n_rows, n_species)
    """
    departures = [np.sum((matrix @ each.air.T - whole) * amplitude, axis=1) for each in left_out]
    n = len(left_out)
    return np.asarray(np.sqrt((n - 1) / n * np.sum(np.square(departures), axis=0)))


def _with_errors(separation: Separation, number: int) -> Spectrum:
    """Return an exposure's spectrum with errors: its own, or as the residuals show them.

    Those grow with the root of the flux, as photon noise does, outside of the windows, too.
    """
    spectrum = separation.exposures[number].spectrum
    if spectrum.sigma is not None:
        return spectrum
    flux = np.asarray(spectrum.flux, dtype=np.float64)
    ratios = []
    for window in separation.windows:
        rows = window.exposure == number
        ratios.append(window.sigma[rows] * np.sqrt(flux[window.pixel[rows]]))
    ratio = float(np.median(np.concatenate(ratios)))
    sigma = ratio * np.sqrt(np.where(spectrum.usable & (flux > 0), flux, np.nan))
    return replace(spectrum, sigma=sigma)
