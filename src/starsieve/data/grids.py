"""Wavelength grids: making them, air and vacuum, velocity frames.

Air and vacuum follow Morton (2000, ApJS 130, 403, eq. 8), the IAU standard for optical
wavelengths (from Birch & Downs 1994); above 1.69 micron Ciddor (1996, Appl. Opt. 35, 1566), which
is fitted to 1.69 micron and stays smooth beyond, is an alternative. Both are for dry air at 15 C,
101,325 Pa (Ciddor: with 450 ppm CO2) and are applied from 0.2 micron on; shorter wavelengths are
given in vacuum by convention and stay as they are.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

SPEED_OF_LIGHT = 299_792.458
"""km/s, exact."""

AIR_STARTS_AT = 0.2
"""Micron: below, wavelengths are in vacuum by convention."""

Refraction = Literal["morton2000", "ciddor1996"]


def linear_grid(start: float, stop: float, n_pixels: int) -> npt.NDArray[np.float64]:
    """Return `n_pixels` wavelengths at equal distances, both ends included."""
    return np.linspace(start, stop, n_pixels)


def log_grid(start: float, stop: float, n_pixels: int) -> npt.NDArray[np.float64]:
    """Return `n_pixels` wavelengths at equal ratios, both ends included."""
    return np.geomspace(start, stop, n_pixels)


def resolution_grid(
    start: float, stop: float, resolution: float, pixels_per_element: float = 2.0
) -> npt.NDArray[np.float64]:
    """Return a grid of constant resolving power with so many pixels per resolution element.

    Examples
    --------
    >>> wave = resolution_grid(1.0, 2.0, resolution=100, pixels_per_element=1)
    >>> float(np.round(wave[1] / wave[0], 3))
    1.01
    """
    if not (0 < start < stop and resolution > 0 and pixels_per_element > 0):
        msg = (
            "A grid needs 0 < start < stop, resolution > 0 and pixels_per_element > 0; got "
            f"start={start}, stop={stop}, resolution={resolution}, "
            f"pixels_per_element={pixels_per_element}."
        )
        raise DataError(msg)
    step = np.log1p(1.0 / (resolution * pixels_per_element))
    n_pixels = int(np.floor(np.log(stop / start) / step + 1e-9)) + 1
    return np.asarray(start * np.exp(step * np.arange(n_pixels)))


def refractive_index(
    vacuum: FloatArray, formula: Refraction = "morton2000"
) -> npt.NDArray[np.float64]:
    """Return the refractive index of air at vacuum wavelengths in micron.

    Below `AIR_STARTS_AT` the value there is returned.
    """
    wavenumber2 = np.maximum(vacuum, AIR_STARTS_AT) ** -2.0
    if formula == "morton2000":
        excess = 8.34254e-5 + 2.406147e-2 / (130.0 - wavenumber2) + 1.5998e-4 / (38.9 - wavenumber2)
    else:
        excess = 0.05792105 / (238.0185 - wavenumber2) + 0.00167917 / (57.362 - wavenumber2)
    return np.asarray(1.0 + excess)


def vacuum_to_air(
    vacuum: FloatArray, formula: Refraction = "morton2000"
) -> npt.NDArray[np.float64]:
    """Return wavelengths in air (micron) of wavelengths in vacuum (micron)."""
    air = vacuum / refractive_index(vacuum, formula)
    return np.where(vacuum < AIR_STARTS_AT, vacuum, air)


def air_to_vacuum(air: FloatArray, formula: Refraction = "morton2000") -> npt.NDArray[np.float64]:
    """Return wavelengths in vacuum (micron) of wavelengths in air (micron).

    Inverts `vacuum_to_air` by fixed-point iteration, to rounding error. The 65 pm below
    `AIR_STARTS_AT`, which both media share, are read as air.
    """
    vacuum = np.asarray(air, dtype=np.float64)
    for _ in range(6):  # each turn gains several digits
        vacuum = air * refractive_index(vacuum, formula)
    return np.where(vacuum < AIR_STARTS_AT, air, vacuum)


def doppler_shift(wave: FloatArray, velocity: float) -> npt.NDArray[np.float64]:
    """Return wavelengths as an observer sees them from a source that recedes at `velocity` km/s.

    Relativistic, along the line of sight. `rest_frame` is the inverse.

    Raises
    ------
    DataError
        If the velocity is not below that of light.
    """
    beta = velocity / SPEED_OF_LIGHT
    if not abs(beta) < 1:
        msg = f"velocity must be between -c and c, got {velocity} km/s."
        raise DataError(msg)
    return np.asarray(wave * np.sqrt((1 + beta) / (1 - beta)))


def rest_frame(wave: FloatArray, velocity: float) -> npt.NDArray[np.float64]:
    """Return wavelengths in the frame of a source that recedes at `velocity` km/s."""
    return doppler_shift(wave, -velocity)
