"""Toy spectra and light curves of known truth: for tests, documentation and demonstrations.

They look like the real thing (a Planck curve with molecular bands, alkali lines and clouds; a
slowly varying star with box-shaped transits) and change smoothly with every parameter, but they
are no physics: nothing about the sky follows from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from starsieve.data.grids import log_grid
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import BoolArray, FloatArray, Spectrum, SpectrumSet
from starsieve.errors import DataError

SPEX = (0.65, 2.56, 563)
"""First and last wavelength (micron) and number of pixels, as of the SpeX prism."""

SPEX_RESOLUTION = 120.0

FLUX_UNIT = "erg / (um s cm2)"

_BANDS = (
    ("h2o", 0.93, 0.03, 0.25),
    ("h2o", 1.13, 0.04, 0.5),
    ("h2o", 1.40, 0.08, 1.0),
    ("h2o", 1.87, 0.10, 1.1),
    ("h2o", 2.65, 0.15, 1.0),
    ("ch4", 1.15, 0.04, 0.4),
    ("ch4", 1.66, 0.07, 1.0),
    ("ch4", 2.28, 0.10, 1.3),
    ("co", 2.32, 0.03, 0.5),
    ("hydride", 0.99, 0.012, 0.4),
    ("alkali", 0.77, 0.05, 1.5),
    ("alkali", 1.175, 0.006, 0.25),
    ("alkali", 1.248, 0.006, 0.25),
    ("h2", 2.20, 0.25, 0.5),
)
"""What absorbs, where and how broadly (micron), and how deeply (optical depth at 1500 K)."""


def model_grid(
    teff: Sequence[float] = (1000, 1200, 1400, 1600, 1800, 2000),
    logg: Sequence[float] = (4.0, 4.5, 5.0, 5.5),
    mh: Sequence[float] = (-0.5, 0.0, 0.5),
    fsed: Sequence[float] = (1.0, 2.0, 4.0, 10.0),
    wave: FloatArray | None = None,
) -> SpectrumSet:
    """Return toy spectra of brown dwarfs, one for every combination of the parameters.

    Parameters
    ----------
    teff, logg, mh, fsed : sequence of float
        Effective temperature (K), log surface gravity (cm/s2), metallicity (dex) and
        sedimentation efficiency of the clouds (10 stands for none).
    wave : array, shape (n_pixels,), optional
        Wavelengths in micron; those of the SpeX prism if not given.

    Returns
    -------
    SpectrumSet
        Flux at the surface in erg/s/cm2/um, without noise, with these labels.

    Examples
    --------
    >>> spectra = model_grid(teff=[1000, 2000], logg=[5.0], mh=[0.0], fsed=[2.0])
    >>> spectra.flux.shape, spectra.labels["teff"].tolist()
    ((2, 563), [1000.0, 2000.0])
    """
    nodes = np.array(list(product(teff, logg, mh, fsed)), dtype=float).reshape(-1, 4)
    labels = dict(zip(("teff", "logg", "mh", "fsed"), nodes.T, strict=True))
    grid = log_grid(*SPEX) if wave is None else wave
    return SpectrumSet(
        wave=grid,
        flux=model_flux(grid, **labels),
        labels=labels,
        flux_unit=FLUX_UNIT,
        resolution=SPEX_RESOLUTION,
    )


def model_flux(
    wave: FloatArray, teff: FloatArray, logg: FloatArray, mh: FloatArray, fsed: FloatArray
) -> npt.NDArray[np.float64]:
    """Return toy surface flux (erg/s/cm2/um), shape (n_spectra, n_pixels), of any parameters.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Wavelengths in micron.
    teff, logg, mh, fsed : arrays, shape (n_spectra,)
        As of `model_grid`.
    """
    teff, logg, mh, fsed = (np.reshape(label, (-1, 1)) for label in (teff, logg, mh, fsed))
    heat, weight = teff / 1500.0, logg - 4.5
    strength = {
        "h2o": heat**-1.5 * 10 ** (0.3 * mh),
        "ch4": 10 ** (0.2 * mh - 0.1 * weight) / (1 + np.exp((teff - 1350.0) / 100.0)),
        "co": 10 ** (0.5 * mh) / (1 + np.exp((1250.0 - teff) / 150.0)),
        "hydride": 10 ** (0.4 * mh) / (1 + np.exp((1500.0 - teff) / 200.0)),
        "alkali": heat**-0.5 * 10 ** (0.25 * weight),
        "h2": heat**-1.0 * 10 ** (0.3 * weight - 0.4 * mh),
    }
    depth = sum(
        strength[what] * deep * np.exp(-0.5 * ((wave - centre) / width) ** 2)
        for what, centre, width, deep in _BANDS
    )
    # clouds redden the spectrum, veil its bands, and sink out of sight in cool objects
    cloud = 2.0 / fsed / (1 + np.exp((1250.0 - teff) / 120.0))
    optical_depth = depth / (1 + 0.4 * cloud) + 0.8 * cloud / wave
    return np.asarray(_planck(wave, teff) * np.exp(-optical_depth))


def observe(
    spectrum: Spectrum,
    snr: float,
    seed: int,
    scale: float = 1.0,
    gaps: Sequence[tuple[float, float]] = (),
) -> Spectrum:
    """Return a noisy observation of a model spectrum.

    Parameters
    ----------
    spectrum : Spectrum
        Without noise.
    snr : float
        Signal-to-noise ratio per pixel at the median flux; the noise is the same in every pixel.
    seed : int
        Of the noise.
    scale : float
        What the flux is multiplied with, as by radius and distance.
    gaps : sequence of (float, float)
        Intervals in micron whose pixels are not valid.

    Raises
    ------
    DataError
        If snr or scale is not positive.
    """
    if not (snr > 0 and scale > 0):
        msg = f"snr and scale must be positive, got snr={snr}, scale={scale}."
        raise DataError(msg)
    flux = spectrum.flux * scale
    sigma = np.full(flux.shape, np.median(flux[spectrum.usable]) / snr)
    valid = spectrum.usable
    for low, high in gaps:
        valid = valid & ~((spectrum.wave >= low) & (spectrum.wave <= high))
    noise = np.random.default_rng(seed).normal(0.0, sigma)
    return replace(spectrum, flux=flux + noise, sigma=sigma, valid=valid)


@dataclass(frozen=True, slots=True)
class Transit:
    """A box-shaped transit: period and duration in days, epoch of one mid-transit in BTJD."""

    period: float
    epoch: float
    duration: float
    depth: float


def light_curve(
    transits: Sequence[Transit],
    seed: int,
    noise: float = 5e-4,
    variability: float = 0.0,
    start: float = 1500.0,
    days: float = 27.0,
    cadence: float = 10.0 / 1440.0,
) -> LightCurve:
    """Return the light curve of one TESS sector, with the gap in its middle.

    Parameters
    ----------
    transits : sequence of Transit
        Their depths multiply.
    seed : int
        Of the noise and of the star's variability.
    noise : float
        Standard deviation of one cadence, relative to the star's flux.
    variability : float
        Amplitude of the star's slow sine, relative to its flux.
    start, days, cadence : float
        First time in BTJD, length in days, and time between two cadences in days.

    Returns
    -------
    LightCurve
        Relative flux around 1.

    Examples
    --------
    >>> curve = light_curve([Transit(3.0, 1501.0, 0.1, 0.01)], seed=0, noise=1e-5)
    >>> round(1 - float(curve.flux.min()), 3)
    0.01
    """
    rng = np.random.default_rng(seed)
    time = start + np.arange(0.0, days, cadence)
    time = time[np.abs(time - start - days / 2) > 0.02 * days]  # the data are sent to Earth
    phase, period = rng.uniform(0, 2 * np.pi), rng.uniform(4.0, 12.0)
    flux = 1 + variability * np.sin(2 * np.pi * time / period + phase)
    for transit in transits:
        flux = flux * np.where(in_transit(time, transit), 1 - transit.depth, 1.0)
    sigma = np.full(time.shape, noise)
    return LightCurve(time, flux + rng.normal(0.0, sigma), sigma)


def in_transit(time: FloatArray, transit: Transit) -> BoolArray:
    """Return whether each time (BTJD) lies in a transit."""
    phase = (time - transit.epoch + transit.period / 2) % transit.period - transit.period / 2
    return np.asarray(np.abs(phase) < transit.duration / 2)


def _planck(wave: FloatArray, teff: FloatArray) -> npt.NDArray[np.float64]:
    """Return the flux of a black body (erg/s/cm2/um) at wavelengths in micron."""
    # 2 pi h c^2 in erg um^4 / s / cm2, and h c / k in micron kelvin
    return np.asarray(3.741_771_85e11 / wave**5 / np.expm1(14_387.768_8 / (wave * teff)))
