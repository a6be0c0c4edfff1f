"""Velocity whitening: what hangs together in one frame falls apart in all others.

After Sedaghat et al. (2023, "Stellar Karaoke"): spectra go to the observer's frame by the Earth's
velocity and are then shifted by random velocities. Lines of the air, which all exposures have at
the same places, no longer covary between fixed pixels; what moves with the star stays coherent
once the shifts are followed, here as the mean, and principal components if wanted, in its frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.representations.exposures import Exposure
from starsieve.representations.separation_bands import Range

MAX_VELOCITY = 30.0
"""km/s, of the random shifts: as published."""

N_COPIES = 8
LINE_KM_S = 6.0
"""Pixels farther apart than this share no line."""


@dataclass(frozen=True, slots=True, eq=False)
class Whitened:
    """Spectra in the observer's frame, before and after random shifts.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum micron, at equal ratios.
    observed : array, shape (n_exposures, n_pixels)
        Flux over its median, in the observer's frame.
    shifted : array, shape (n_copies * n_exposures, n_pixels)
    velocity : array, shape (n_copies * n_exposures,)
        Of the random shifts, km/s.
    coherent : array, shape (n_exposures, n_pixels)
        What is coherent in the barycentric frame, each as `observed` has it.
    """

    wave: FloatArray
    observed: FloatArray
    shifted: FloatArray
    velocity: FloatArray
    coherent: FloatArray

    @property
    def correlation_before(self) -> FloatArray:
        """Correlation of pixels in the observer's frame, shape (n_pixels, n_pixels)."""
        return correlation(self.observed)

    @property
    def correlation_after(self) -> FloatArray:
        """Correlation of pixels after the random shifts, shape (n_pixels, n_pixels)."""
        return correlation(self.shifted)

    @property
    def energies(self) -> tuple[float, float]:
        """Mean squared correlation of pixels that share no line, before and after."""
        step = float(np.log(self.wave[1] / self.wave[0])) * SPEED_OF_LIGHT
        width = int(np.ceil(LINE_KM_S / step))
        return (
            off_diagonal_energy(self.correlation_before, width),
            off_diagonal_energy(self.correlation_after, width),
        )


def whiten(
    exposures: Sequence[Exposure],
    limits: Range,
    *,
    max_velocity: float = MAX_VELOCITY,
    n_copies: int = N_COPIES,
    n_components: int = 0,
    seed: int = 0,
) -> Whitened:
    """Shift exposures of one star at random and keep what is coherent in its frame.

    Parameters
    ----------
    exposures : sequence of Exposure
    limits : pair
        Vacuum micron; a range of several hundred pixels, as the covariance has their square.
    max_velocity : float
        km/s, on both sides.
    n_copies : int
        Random shifts of each exposure.
    n_components : int
        Principal components that are coherent beside the mean.
    seed : int

    Raises
    ------
    DataError
        If there are fewer than two exposures, or the range is not covered.
    """
    if len(exposures) < 2:
        msg = f"Velocity whitening compares exposures; expected at least 2, got {len(exposures)}."
        raise DataError(msg)
    shift = np.array([each.observer_shift for each in exposures])
    random = np.random.default_rng(seed).uniform(
        -max_velocity, max_velocity, n_copies * len(exposures)
    )
    margin = max_velocity / SPEED_OF_LIGHT + float(np.abs(shift).max())
    splines = [_spline(each, limits, margin) for each in exposures]
    place = _grid(exposures, limits)
    observed = np.stack([s(place + v) for s, v in zip(splines, shift, strict=True)])
    at_rest = np.stack([spline(place) for spline in splines])
    number = np.arange(len(random)) % len(exposures)
    moved = [
        splines[n](place + shift[n] - np.log1p(v / SPEED_OF_LIGHT))
        for n, v in zip(number, random, strict=True)
    ]
    kept = coherent_part(at_rest, n_components)
    back = [np.interp(place + v, place, row) for v, row in zip(shift, kept, strict=True)]
    return Whitened(np.exp(place), observed, np.stack(moved), random, np.stack(back))


def _spline(exposure: Exposure, limits: Range, margin: float) -> CubicSpline:
    """Return the flux over its median as a spline of log barycentric wavelength."""
    place = exposure.log_wave
    low, high = np.log(limits[0]) - margin, np.log(limits[1]) + margin
    good = exposure.spectrum.usable & (place >= low) & (place <= high)
    if good.sum() < 10 or place[good][0] > low + margin or place[good][-1] < high - margin:
        msg = (
            f"{exposure.name}: expected usable pixels from {limits[0]:.5g} to {limits[1]:.5g} "
            "micron. Give a range that all exposures cover."
        )
        raise DataError(msg)
    flux = np.asarray(exposure.spectrum.flux, dtype=np.float64)[good]
    return CubicSpline(place[good], flux / np.median(flux))


def _grid(exposures: Sequence[Exposure], limits: Range) -> FloatArray:
    wave = exposures[0].spectrum.wave
    inside = wave[(wave >= limits[0]) & (wave <= limits[1])]
    step = float(np.median(np.diff(np.log(inside))))
    return np.asarray(np.arange(np.log(limits[0]), np.log(limits[1]), step))


def coherent_part(flux: FloatArray, n_components: int) -> FloatArray:
    """Return mean and leading principal components of rows, shape as `flux`.

    Examples
    --------
    >>> coherent_part(np.array([[1.0, 2.0], [3.0, 4.0]]), 0).tolist()
    [[2.0, 3.0], [2.0, 3.0]]
    """
    mean = flux.mean(axis=0)
    if n_components == 0:
        return np.repeat(mean[None], len(flux), axis=0)
    left, size, right = np.linalg.svd(flux - mean, full_matrices=False)
    kept = slice(0, n_components)
    return np.asarray(mean + (left[:, kept] * size[kept]) @ right[kept])


def correlation(flux: FloatArray) -> FloatArray:
    """Return the correlation of each two pixels over the rows, zero where one is constant."""
    centred = flux - flux.mean(axis=0)
    size = np.sqrt(np.sum(centred**2, axis=0))
    unit = np.divide(centred, size, out=np.zeros_like(centred), where=size > 0)
    return np.asarray(unit.T @ unit)


def off_diagonal_energy(matrix: FloatArray, width: int) -> float:
    """Return the mean square of elements more than `width` from the diagonal."""
    row, column = np.indices(matrix.shape)
    far = np.abs(row - column) > width
    return float(np.mean(matrix[far] ** 2))
