"""Velocities of spectra as what they are: shifts along a grid of constant velocity steps.

A spectrum is compared with components at rest (`velocity_components`), moved by each trial shift
(`trial_shifts`). The least chi-square gives the velocity and its curvature the error, with
everything that the components can do already taken out. Zucker (2003, MNRAS 342, 1291) relates
such a likelihood to the cross-correlation.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.representations.prepare import Inputs
from starsieve.representations.shifts import log_step, pixels_of, velocity_of
from starsieve.representations.trial_shifts import (
    MARGIN,
    TINY,
    Sums,
    Trials,
    chi2_without_lines,
    correlate,
    make_trials,
)

CHUNK = 2**23
"""Pixels worked on at a time: 64 MB of them."""

COLUMNS = ("velocity", "error", "chi2", "second", "rise")

STEPS = (0.5, 0.2, 0.05, 0.05)
"""Pixels: half widths of the parabolas that close in on a minimum."""

LEAST_GAIN = 5.0
"""How much better the best shift must be than the median one, and than a spectrum without lines,
in standard deviations of the chi-square that the components take up by chance."""

CLEAR = 9.0
"""By how much chi-square must rise to a second minimum, else the velocity is ambiguous."""

FEWEST_PIXELS = 8
"""More pixels than components by so many, or nothing can be said."""

NO_PIXELS = "has too few pixels in common with the components at rest"
NO_LINES = "shows nothing that would fix a shift: no line stands out of its noise"
AT_EDGE = "fits best at the largest velocity that was looked for"


@dataclass(frozen=True, slots=True, eq=False)
class Velocities:
    """Radial velocities of spectra, in the frame of their wavelengths.

    Parameters
    ----------
    velocity, error : array, shape (n_spectra,)
        km/s, positive if receding; NaN where there is a reason. The error is formal, and larger
        by the root of the reduced chi-square where that is above 1.
    chi2 : array, shape (n_spectra,)
        Reduced, of the best sum of components at that shift.
    second : array, shape (n_spectra,)
        km/s: the second best minimum; NaN where there is none.
    rise : array, shape (n_spectra,)
        By how much chi-square is larger there, relative to the reduced one where that is above 1;
        infinite where there is none.
    reasons : tuple of str
        Why nothing can be said of a spectrum; empty where something can.
    """

    velocity: npt.NDArray[np.float64]
    error: npt.NDArray[np.float64]
    chi2: npt.NDArray[np.float64]
    second: npt.NDArray[np.float64]
    rise: npt.NDArray[np.float64]
    reasons: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.velocity)

    @property
    def known(self) -> BoolArray:
        """Where there is a velocity, shape (n_spectra,)."""
        return np.isfinite(self.velocity)

    @property
    def ambiguous(self) -> BoolArray:
        """Where another velocity fits almost as well, shape (n_spectra,)."""
        return np.asarray(self.known & (self.rise < CLEAR))


def estimate_velocity(
    inputs: Inputs,
    wave: FloatArray,
    templates: FloatArray,
    max_velocity: float,
    degree: int = 2,
) -> Velocities:
    """Return the shift of each spectrum against components at rest.

    Parameters
    ----------
    inputs : Inputs
        Spectra as they were observed, on `wave`.
    wave : array, shape (n_pixels,)
        Micron, with constant velocity steps.
    templates : array, shape (n_templates, n_pixels)
        At rest; the first is the mean spectrum. NaN where they are not known.
    max_velocity : float
        km/s: velocities from minus to plus this are tried.
    degree : int
        The mean times polynomials of up to this degree joins the components, for what the flux
        calibrations differ by.

    Returns
    -------
    Velocities
        In the frame of `wave`: of topocentric spectra they hold the observer's motion, too.

    Raises
    ------
    DataError
        If shapes do not fit or `wave` has no constant velocity steps.
    """
    step = log_step(wave)
    if templates.ndim != 2 or inputs.flux.shape[1:] != wave.shape != templates.shape[1:]:
        msg = (
            f"Spectra of shape {inputs.flux.shape} and templates of shape {templates.shape} do "
            f"not fit wavelengths of shape {wave.shape}."
        )
        raise DataError(msg)
    trials = make_trials(templates, int(np.ceil(pixels_of(max_velocity, step))), degree)
    rows = max(1, CHUNK // len(wave))
    parts = [
        _estimate(inputs.take(slice(start, start + rows)), trials, step)
        for start in range(0, len(inputs), rows)
    ]
    columns = {
        name: np.concatenate([np.zeros(0), *(getattr(part, name) for part in parts)])
        for name in COLUMNS
    }
    reasons = tuple(reason for part in parts for reason in part.reasons)
    return Velocities(**columns, reasons=reasons)


def _estimate(inputs: Inputs, trials: Trials, step: float) -> Velocities:
    usable = inputs.valid & trials.common & np.isfinite(inputs.sigma)
    weights = np.where(usable, np.asarray(inputs.sigma, dtype=np.float64), np.inf) ** -2.0
    flux = np.where(usable, inputs.flux, 0.0).astype(np.float64)
    sums = correlate(flux, weights, trials)
    at_whole = np.array([sums.chi2_at(whole) for whole in range(2 * trials.reach + 1)]).T
    # One shift beyond the range on either side, to tell a minimum from an edge.
    first, last = MARGIN - 1, at_whole.shape[1] - MARGIN
    tried = at_whole[:, first : last + 1]
    best = first + tried.argmin(axis=1)
    pixels, least, curvature = _refine(sums, np.clip(best, first + 1, last - 1))
    n_pixels = usable.sum(axis=1)
    chi2 = least / np.maximum(n_pixels - trials.size - 1, 1)
    scale = np.maximum(chi2, 1.0)
    featureless = chi2_without_lines(flux, weights, trials)
    gain = (np.minimum(np.median(tried, axis=1), featureless) - least) / scale
    second, rise = _second_minimum(tried, best - first, least)
    reasons = _reasons(
        n_pixels < trials.size + FEWEST_PIXELS,
        ~(gain > LEAST_GAIN * np.sqrt(2 * trials.size)),
        (best == first) | (best == last),
    )
    known = np.array([not reason for reason in reasons], dtype=np.bool_)
    velocity = velocity_of(pixels - trials.reach, step)
    per_pixel = step * (SPEED_OF_LIGHT + velocity)
    error = per_pixel * np.sqrt(2 * scale / np.maximum(curvature, TINY))
    other = velocity_of(second + first - trials.reach, step)
    found = (velocity, error, chi2, other, rise / scale)
    parts = [np.where(known, column, np.nan) for column in found]
    return Velocities(parts[0], parts[1], parts[2], parts[3], parts[4], reasons)


def _reasons(few: BoolArray, flat: BoolArray, edge: BoolArray) -> tuple[str, ...]:
    """Return the first thing that speaks against each velocity."""
    words = np.select([few, flat, edge], [NO_PIXELS, NO_LINES, AT_EDGE], default="")
    return tuple(str(word) for word in words)


def _refine(sums: Sums, centre: npt.NDArray[np.int64]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the minimum near whole shifts: where, how deep, and how curved it is."""
    offset = curved = np.zeros(len(centre))
    half = 1.0
    for half in STEPS:
        left, middle, right = (sums.chi2_near(centre, offset + k * half) for k in (-1, 0, 1))
        curved = left - 2 * middle + right
        moved = np.where(curved > 0, (left - right) / np.maximum(2 * curved, TINY), 0.0)
        offset = np.clip(offset + half * np.clip(moved, -1, 1), -1.0, 1.0)
    return centre + offset, sums.chi2_near(centre, offset), curved / half**2


def _second_minimum(
    chi2: FloatArray, best: npt.NDArray[np.int64], least: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return where the second best minimum over whole shifts is, and how much higher."""
    left, middle, right = chi2[:, :-2], chi2[:, 1:-1], chi2[:, 2:]
    valley = (middle < left) & (middle <= right)
    curved = np.where(valley, left - 2 * middle + right, 1.0)
    bottom = middle - (left - right) ** 2 / (8 * curved)
    apart = np.abs(np.arange(1, chi2.shape[1] - 1) - best[:, None]) > 1
    bottom = np.where(valley & apart, bottom, np.inf)
    rows, at = np.arange(len(chi2)), bottom.argmin(axis=1)
    found = np.isfinite(bottom[rows, at])
    place = at + 1 + ((left - right) / (2 * curved))[rows, at]
    return np.where(found, place, np.nan), bottom[rows, at] - least
