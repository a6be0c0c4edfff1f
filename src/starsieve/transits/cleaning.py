"""What is left of a light curve without its trend: its errors, and what to leave out of it."""

from dataclasses import dataclass

import numpy as np

from starsieve.data.spectrum import BoolArray, FloatArray

FLARE_START, FLARE_END = 5.0, 2.5
"""In errors above the trend: where a flare is noticed, and down to where it is left out."""

HONEST = (0.8, 1.25)
"""Scatter over stated error, between which the errors of a file are believed."""


ROUGH_DAYS, MIN_ROUGH = 0.25, 31
"""Stretch, and fewest cadences, over which scatter is compared with that of the whole."""

ROUGH_ERRORS = 6.0
"""Over the root of that number of cadences: what their scatter may be larger by chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """Errors and usable cadences of a flat light curve, and what was done, in words."""

    sigma: FloatArray
    valid: BoolArray
    steps: tuple[str, ...]


def scatter(flux: FloatArray) -> float:
    """Return the robust standard deviation from point to point, NaN for fewer than three points.

    From differences of neighbours, which know nothing of what varies slowly.
    """
    if len(flux) < 3:
        return float("nan")
    return float(1.4826 * np.median(np.abs(np.diff(flux))) / np.sqrt(2))


def clean(
    time: FloatArray, flat: FloatArray, sigma: FloatArray | None, valid: BoolArray
) -> Cleaned:
    """Return honest errors of a flat light curve, and which cadences are no flare.

    Errors are brought to the scatter from point to point, and are larger where that is: a
    telescope that trembles for a day makes dips by the dozen. Upward outliers are left out, from
    where they begin to stand out to where they are lost in the noise again. Downward ones never
    are: they may be transits.

    Parameters
    ----------
    time, flat : arrays, shape (n_cadences,)
        BJD_TDB - 2457000; flux over trend, around 1.
    sigma : array, shape (n_cadences,), optional
        What the file states, relative to the trend.
    valid : array of bool, shape (n_cadences,)
    """
    steps: list[str] = []
    noise = scatter(flat[valid])
    if not noise > 0:  # too few points, or noiseless: nothing to judge by
        return Cleaned(np.ones(len(flat)) if sigma is None else sigma, valid, ())
    errors = _honest(sigma, valid, noise, steps)
    excess = _excess(time, flat, valid)
    if (rough := valid & (excess > 1)).any():
        errors = errors * excess
        steps.append(
            f"Errors of {int(rough.sum())} cadences times up to {excess.max():.1f}, where the "
            "scatter is larger than elsewhere."
        )
    flares = _flares(flat - 1, np.maximum(errors, noise), valid)
    if flares.any():
        steps.append(
            f"{int(flares.sum())} of {int(valid.sum())} cadences stand out upward by more than "
            f"{FLARE_START:g} errors (flares, cosmic rays) and are not valid."
        )
    return Cleaned(errors, valid & ~flares, tuple(steps))


def _honest(
    sigma: FloatArray | None, valid: BoolArray, noise: float, steps: list[str]
) -> FloatArray:
    """Return errors that agree with the scatter: those of the file, or these scaled."""
    ppm = f"{1e6 * noise:.0f} ppm"
    if sigma is None:
        steps.append(f"No errors stated: {ppm}, from the point-to-point scatter.")
        return np.full(len(valid), noise)
    ratio = noise / float(np.median(sigma[valid]))
    if HONEST[0] <= ratio <= HONEST[1]:
        return sigma
    steps.append(f"Errors times {ratio:.2f}, for the point-to-point scatter ({ppm}).")
    return sigma * ratio


def _excess(time: FloatArray, flat: FloatArray, valid: BoolArray) -> FloatArray:
    """Return how much larger the scatter around each cadence is than elsewhere, at least 1."""
    steps = np.abs(np.diff(flat[valid]))
    days = time[valid][1:]
    size = max(int(np.searchsorted(days, days[0] + ROUGH_DAYS)), MIN_ROUGH)
    n_blocks = len(steps) // size
    if n_blocks < 4:
        return np.ones(len(time))
    blocks = np.median(steps[: n_blocks * size].reshape(n_blocks, size), axis=1)
    middles = days[: n_blocks * size].reshape(n_blocks, size).mean(axis=1)
    ratio = blocks / np.median(blocks)
    limit = 1 + ROUGH_ERRORS / np.sqrt(size)
    return np.interp(time, middles, np.where(ratio > limit, ratio, 1.0))


def _flares(above: FloatArray, errors: FloatArray, valid: BoolArray) -> BoolArray:
    """Return the runs of bright cadences that hold one which stands out, shape of `above`."""
    bright = valid & (above > FLARE_END * errors)
    runs = np.cumsum(np.diff(bright[valid], prepend=False))  # odd numbers inside of runs
    seeds = (above > FLARE_START * errors)[valid] & bright[valid]
    flares = np.zeros(len(above), dtype=bool)
    flares[valid] = bright[valid] & np.isin(runs, runs[seeds])
    return flares
