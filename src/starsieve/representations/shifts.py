"""Moving spectra along a grid of constant velocity steps, where a velocity is a shift in pixels.

Velocities follow ``wave = wave_rest * (1 + velocity / c)``, positive where the source recedes.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.representations.prepare import Inputs

POINTS = np.arange(-3, 5)
"""Neighbours that a value between pixels 0 and 1 is interpolated from. Eight, since lines that a
spectrograph samples by two or three pixels are not smooth enough for fewer."""

UNEVEN = 1e-3
"""Of a pixel: by so much a grid may leave constant steps."""


def log_step(wave: FloatArray) -> float:
    """Return the step of the logarithm of a grid's wavelengths.

    Raises
    ------
    DataError
        If the steps are not constant.
    """
    logarithm = np.log(np.asarray(wave, dtype=np.float64))
    if len(logarithm) < 2:
        msg = f"A velocity needs a grid of pixels, got {len(logarithm)} wavelengths."
        raise DataError(msg)
    step = float(logarithm[-1] - logarithm[0]) / (len(logarithm) - 1)
    apart = np.abs(logarithm - logarithm[0] - step * np.arange(len(logarithm)))
    if not step > 0 or apart.max() > UNEVEN * step:
        msg = (
            "Velocities need a grid of constant velocity steps, in which the logarithm of the "
            "wavelength increases evenly; resample to one first (numpy.geomspace makes it)."
        )
        raise DataError(msg)
    return step


def pixels_of(velocity: npt.ArrayLike, step: float) -> npt.NDArray[np.float64]:
    """Return the shift in pixels of a velocity in km/s."""
    return np.asarray(np.log1p(np.asarray(velocity) / SPEED_OF_LIGHT) / step)


def velocity_of(pixels: npt.ArrayLike, step: float) -> npt.NDArray[np.float64]:
    """Return the velocity in km/s of a shift in pixels."""
    return np.asarray(SPEED_OF_LIGHT * np.expm1(np.asarray(pixels) * step))


def interpolation_weights(fraction: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return what each of `POINTS` counts in values between points 0 and 1 (Lagrange).

    Parameters
    ----------
    fraction : array, shape (n,)
        From 0 to 1.

    Returns
    -------
    array, shape (n, 8)

    Examples
    --------
    >>> interpolation_weights([0.0]).round(12).tolist()
    [[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]]
    """
    at = np.asarray(fraction, dtype=np.float64)[:, None]
    weights = np.ones((len(at), len(POINTS)))
    for column, point in enumerate(POINTS):
        others = np.delete(POINTS, column)
        weights[:, column] = np.prod((at - others) / (point - others), axis=1)
    return weights


def shift_to_rest(inputs: Inputs, wave: FloatArray, velocity: FloatArray) -> Inputs:
    """Return spectra as they would look at rest, on the same grid.

    Parameters
    ----------
    inputs : Inputs
    wave : array, shape (n_pixels,)
        With constant velocity steps.
    velocity : array, shape (n_spectra,)
        km/s; a spectrum of unknown (NaN) velocity loses all its pixels.

    Returns
    -------
    Inputs
        A pixel is valid where the pixels on both sides of it were; errors are those of the
        nearest pixel, as neighbours now share some of their noise.
    """
    if np.all(np.asarray(velocity) == 0):
        return inputs
    moved = pixels_of(velocity, log_step(wave))
    known = np.isfinite(moved)
    moved = np.where(known, moved, 0.0)
    whole = np.floor(moved).astype(np.int64)
    weights = interpolation_weights(moved - whole).astype(np.float32)
    flux, sigma = np.zeros_like(inputs.flux), np.full_like(inputs.sigma, np.inf)
    valid = np.zeros_like(inputs.valid)
    for row in np.flatnonzero(known):
        start = int(whole[row])
        good = _slide(inputs.valid[row], start, False)
        if weights[row, POINTS == 0] < 1:
            good &= _slide(inputs.valid[row], start + 1, False)
        bridged = _bridged(inputs.flux[row], inputs.valid[row])
        near = [_slide(bridged, start + int(point), 0.0) for point in POINTS]
        flux[row] = np.where(good, weights[row] @ np.array(near), 0)
        valid[row] = good
        nearest = _slide(inputs.sigma[row], int(np.rint(moved[row])), np.inf)
        sigma[row] = np.where(good, nearest, np.inf)
    coverage = valid.mean(axis=1, dtype=np.float64)
    return replace(inputs, flux=flux, valid=valid, sigma=sigma, coverage=coverage)


def _bridged(flux: npt.NDArray[np.float32], valid: BoolArray) -> npt.NDArray[np.float32]:
    """Return flux with straight lines over its gaps, so that pixels beside them don't ring."""
    if valid.all() or not valid.any():
        return flux
    at = np.arange(len(flux))
    return np.where(valid, flux, np.interp(at, at[valid], flux[valid])).astype(np.float32)


def _slide(values: npt.NDArray[Any], shift: int, beyond: float) -> npt.NDArray[Any]:
    """Return what is `shift` pixels to the right of each, and `beyond` where there is nothing."""
    moved = np.full_like(values, beyond)
    n = len(values)
    if shift >= n or shift <= -n:
        return moved
    moved[max(0, -shift) : n - max(0, shift)] = values[max(0, shift) : n - max(0, -shift)]
    return moved
