"""Ranges of wavelength in which star and air are told apart: every exposure's pixels as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.representations.exposures import Exposure
from starsieve.representations.separation_bands import SPECIES, Range, in_bands
from starsieve.representations.separation_splines import Knots

KNOTS_PER_ELEMENT = 4.0
"""Knots per resolution element: a Gaussian line is then right to a part in a thousand."""

MARGIN_KNOTS = 4
"""Knots beyond the pixels at each end, so that small shifts stay inside."""

CONTINUUM_MICRON = 1.5e-3
"""One degree of an exposure's continuum for so much wavelength."""

MAX_DEGREE = 12

FIRST_SIGMA = 0.01
"""Of the log flux where a spectrum states no errors; the residuals soon tell the true one."""

FAINTEST = 0.01
"""Of the median flux: what is darker has lost its light to a saturated line."""

MIN_PIXELS = 50

MOST = 0.75
"""Fraction of the exposures that must cover a line of the air."""

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The pixels of all exposures in one range, exposure after exposure.

    Parameters
    ----------
    low, high : float
        Vacuum micron, in the barycentric frame: so all exposures cover all of a star's template,
        and it is the sparse spectrum of the air whose ends are known from fewer.
    exposure, pixel : arrays of int, shape (n_rows,)
        Number of each row's exposure, and of its pixel in that spectrum.
    place : array, shape (n_rows,)
        Logarithm of the barycentric wavelength.
    log_flux, sigma, weight : arrays, shape (n_rows,)
        Logarithm of the flux over the exposure's median in the window, its error, and how much it
        counts.
    continuum : array, shape (n_rows, n_degrees)
        Polynomials for the continuum of each exposure.
    stellar, air : Knots
        In the barycentric and in the observer's frame.
    allowed : array of bool, shape (n_species, air.count)
        Which gas may absorb where.
    star : array of int, shape (n_exposures,)
        Number of the star of each exposure.
    """

    low: float
    high: float
    exposure: IntArray
    pixel: IntArray
    place: FloatArray
    log_flux: FloatArray
    sigma: FloatArray
    weight: FloatArray
    continuum: FloatArray
    stellar: Knots
    air: Knots
    allowed: BoolArray
    star: IntArray

    @property
    def n_exposures(self) -> int:
        """Number of exposures, with or without pixels here."""
        return len(self.star)

    @property
    def n_stars(self) -> int:
        """Number of stars."""
        return int(self.star.max()) + 1


def make_windows(
    exposures: Sequence[Exposure], stars: Sequence[str], ranges: Sequence[Range]
) -> tuple[Window, ...]:
    """Return a window for each range that some of the exposures cover.

    Parameters
    ----------
    exposures : sequence of Exposure
    stars : sequence of str
        All of their stars; numbers of stars count along it.
    ranges : sequence of pairs
        Vacuum micron.

    Raises
    ------
    DataError
        If no exposure covers any of them.
    """
    step = _knot_step(exposures)
    star = np.array([stars.index(each.star) for each in exposures])
    made = [_make_window(exposures, star, each, step) for each in ranges]
    windows = tuple(window for window in made if window is not None)
    if not windows:
        wanted = ", ".join(f"{low:.4g} to {high:.4g}" for low, high in ranges)
        wave = exposures[0].spectrum.wave
        msg = (
            f"Expected spectra that cover some of {wanted} micron, where lines of the air are "
            f"looked for; the first one covers {wave[0]:.4g} to {wave[-1]:.4g}. Give other ranges."
        )
        raise DataError(msg)
    return windows


def _knot_step(exposures: Sequence[Exposure]) -> float:
    """Return the distance of knots in log wavelength: by resolution, or else by pixels."""
    pixel = np.median([np.median(np.diff(np.log(each.spectrum.wave))) for each in exposures])
    known = [each.spectrum.resolution for each in exposures if each.spectrum.resolution]
    if not known:
        return float(pixel)
    return max(1.0 / (KNOTS_PER_ELEMENT * float(np.median(known))), float(pixel))


def _make_window(
    exposures: Sequence[Exposure], star: IntArray, limits: Range, step: float
) -> Window | None:
    rows = [_rows(number, each, limits) for number, each in enumerate(exposures)]
    exposure, pixel, place, log_flux, sigma = (
        np.concatenate(column) for column in zip(*rows, strict=True)
    )
    if not len(place):
        return None
    degree = int(np.clip(round((limits[1] - limits[0]) / CONTINUUM_MICRON), 1, MAX_DEGREE))
    margin = MARGIN_KNOTS * step
    along = 2 * (place - place.min()) / (place.max() - place.min()) - 1
    shifts = [each.observer_shift for each in exposures]
    air = Knots.over(place.min() - max(shifts) - margin, place.max() - min(shifts) + margin, step)
    return Window(
        low=limits[0],
        high=limits[1],
        exposure=exposure.astype(np.int64),
        pixel=pixel.astype(np.int64),
        place=place,
        log_flux=log_flux,
        sigma=sigma,
        weight=sigma**-2.0,
        continuum=np.polynomial.legendre.legvander(along, degree),
        stellar=Knots.over(place.min() - margin, place.max() + margin, step),
        air=air,
        allowed=_allowed(air, place, exposure, shifts),
        star=star,
    )


def _allowed(
    air: Knots, place: FloatArray, exposure: npt.NDArray[Any], shifts: Sequence[float]
) -> BoolArray:
    """Return where each gas may absorb: in its bands, where most exposures can tell.

    Lines that a few exposures only cover, at the ends, would be fitted to their noise.
    """
    numbers = np.unique(exposure).astype(np.int64)
    ends = [
        (place[exposure == number].min(), place[exposure == number].max()) for number in numbers
    ]
    starts = [low - shifts[number] for (low, _), number in zip(ends, numbers, strict=True)]
    stops = [high - shifts[number] for (_, high), number in zip(ends, numbers, strict=True)]
    covered = sum(
        ((air.centres >= low) & (air.centres <= high)).astype(int)
        for low, high in zip(starts, stops, strict=True)
    )
    known = np.asarray(covered) >= MOST * len(numbers)
    return np.stack([known & in_bands(np.exp(air.centres), species) for species in SPECIES])


def _rows(number: int, exposure: Exposure, limits: Range) -> tuple[npt.NDArray[Any], ...]:
    """Return number, pixel, place, log flux and its error of an exposure's pixels in a range."""
    spectrum = exposure.spectrum
    flux = np.asarray(spectrum.flux, dtype=np.float64)
    place = exposure.log_wave
    inside = (place >= np.log(limits[0])) & (place <= np.log(limits[1]))
    pixel = np.flatnonzero(inside & spectrum.usable & (flux > 0))
    if len(pixel) < MIN_PIXELS:
        return (np.zeros(0),) * 5
    median = float(np.median(flux[pixel]))
    pixel = pixel[flux[pixel] > FAINTEST * median]
    log_flux = np.log(flux[pixel] / median)
    if spectrum.sigma is None:
        sigma = FIRST_SIGMA * np.exp(-0.5 * log_flux)  # as photons have it
    else:
        sigma = np.asarray(spectrum.sigma, dtype=np.float64)[pixel] / flux[pixel]
    return np.full(len(pixel), number), pixel, place[pixel], log_flux, sigma
