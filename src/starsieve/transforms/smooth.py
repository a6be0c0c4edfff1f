"""Smooth one spectrum for the eye: means of neighbours, weighted by how well each is known.

To compare a spectrum with a model, or to rebin it, `broaden` and `rebin` are right: there each
pixel counts by its width, whatever its error, as light does. Here noise shall go, so that pixels
with large errors, and those that are not valid, must not spoil their neighbours.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.signal import convolve

from starsieve.data import Spectrum
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.transforms.broaden import FWHM

REACH = 4.0
"""Standard deviations at which the kernel is cut."""

BEST = 1e4
"""Times the typical weight: by more no pixel counts, however small its error is said to be."""

FINEST = 4
"""Times as many pixels: an even grid for a constant resolving power has no more."""

Array = npt.NDArray[np.float64]


def smooth(
    spectrum: Spectrum, *, pixels: float | None = None, resolution: float | None = None
) -> Spectrum:
    """Smooth with a Gaussian of so many pixels, or down to a resolving power.

    Parameters
    ----------
    spectrum : Spectrum
        Pixels that are not usable take no part and stay so. Without errors all count alike.
    pixels : float
        Full width at half maximum.
    resolution : float
        Wavelength over full width at half maximum afterwards. Where the spectrum's own is known
        and not above that, it is returned as it is.

    Returns
    -------
    Spectrum
        On the same grid. `sigma` is each pixel's own, for independent pixels before; neighbours
        are correlated afterwards.

    Raises
    ------
    DataError
        Unless exactly one of `pixels` and `resolution` is given, and positive.

    Examples
    --------
    >>> noisy = Spectrum(np.arange(1.0, 6.0), np.array([1.0, 1.0, 4.0, 1.0, 1.0]))
    >>> smooth(noisy, pixels=2.0).flux.round(2).tolist()
    [1.09, 1.72, 2.41, 1.72, 1.09]
    """
    widths = [width for width in (pixels, resolution) if width is not None]
    if len(widths) != 1 or not 0 < widths[0] < np.inf:
        msg = f"Give pixels or resolution, and positive; got {pixels=}, {resolution=}."
        raise DataError(msg)
    if pixels is not None:
        flux, sigma = _smooth_evenly(spectrum, pixels / FWHM)
        return replace(spectrum, flux=flux, sigma=sigma, resolution=None)
    own, wanted = spectrum.resolution or np.inf, widths[0]
    if own <= wanted:
        return spectrum
    flux, sigma = _smooth_to(spectrum, np.sqrt(wanted**-2.0 - own**-2.0) / FWHM)
    return replace(spectrum, flux=flux, sigma=sigma, resolution=wanted)


def _smooth_evenly(spectrum: Spectrum, width: float) -> tuple[Array, Array | None]:
    """Smooth by a number of pixels (standard deviation)."""
    weight = _weights(spectrum)
    return _finish(spectrum, *_sums(_filled(spectrum) * weight, weight, weight, width))


def _smooth_to(spectrum: Spectrum, width: float) -> tuple[Array, Array | None]:
    """Smooth by a width in ln(wavelength) (standard deviation), on a grid that is even in it."""
    place = np.log(spectrum.wave.astype(np.float64))
    sizes = np.gradient(place) if len(place) > 1 else np.ones(1)
    step = max(float(sizes.min()), float(np.ptp(place)) / (FINEST * len(place)))
    even = np.arange(place[0], place[-1] + step, step)
    weight = _weights(spectrum)
    # a pixel that became several is still known but once
    given = (_filled(spectrum) * weight, weight, weight * sizes / step)
    weighted, total, noise = (np.interp(even, place, each) for each in given)
    sums = _sums(weighted, total, noise, width / step)
    return _finish(spectrum, *(np.interp(place, even, each) for each in sums))


def _sums(weighted: Array, weight: Array, noise: Array, width: float) -> tuple[Array, ...]:
    """Return the sums under the kernel that make means and their variances."""
    reach = max(1, min(int(np.ceil(REACH * width)), len(weight)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(width, 1e-3)) ** 2)
    return (
        convolve(weighted, kernel, mode="same"),
        convolve(weight, kernel, mode="same"),
        convolve(noise, kernel**2, mode="same"),
    )


def _weights(spectrum: Spectrum) -> Array:
    """Return one over the variance relative to the typical one; 0 where not usable."""
    good = spectrum.usable
    if spectrum.sigma is None:
        return good.astype(np.float64)
    sigma = np.where(good, spectrum.sigma, 1.0).astype(np.float64)
    typical = float(np.median(sigma[good])) if good.any() else 1.0
    return np.where(good, np.minimum((typical / sigma) ** 2, BEST), 0.0)


def _filled(spectrum: Spectrum) -> Array:
    return np.where(spectrum.usable, spectrum.flux, 0.0).astype(np.float64)


def _finish(
    spectrum: Spectrum, weighted: Array, weight: Array, noise: Array
) -> tuple[Array, Array | None]:
    """Return flux and errors in the spectrum's own units; what was not usable is so again."""
    good = spectrum.usable
    total = np.where(good & (weight > 0), weight, 1.0)
    smoothed = np.where(good, weighted / total, np.nan)
    if spectrum.sigma is None:
        return smoothed, None
    own: FloatArray = spectrum.sigma
    typical = float(np.median(own[good])) if good.any() else 1.0
    # never worse than the pixel alone: a kernel narrower than a pixel leaves it as it is
    sigma = np.minimum(typical * np.sqrt(np.maximum(noise, 0.0)) / total, own)
    return smoothed, np.where(good, sigma, np.nan)
