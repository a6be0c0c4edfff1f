"""Where in the image the light is lost: difference images of a transit.

As in the data validation of Kepler and TESS (Bryson et al. 2013, PASP 125, 889; Twicken et al.
2018, PASP 130, 064502): the mean image just outside of the transits minus that inside shows the
eclipsed star; if that is not the target, the signal is a neighbour's.
"""

import numpy as np
import numpy.typing as npt

from starsieve.data.ephemeris import Ephemeris, days_from_event, event_number
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.plots.vetting import DifferenceImage

TESS_PIXEL_ARCSEC = 21.0
MIN_SIGMA = 4.0
"""Of the brightest pixel of a difference image, below which it has no centre."""

INSIDE, NEAR, FAR = 0.4, 0.75, 2.0
"""In durations from mid-transit: up to where a cadence is inside, and where outside is."""

N_DRAWS = 200


def difference_image(
    time: FloatArray,
    pixels: FloatArray,
    ephemeris: Ephemeris,
    *,
    usable: BoolArray | None = None,
    pixel_arcsec: float = TESS_PIXEL_ARCSEC,
    seed: int = 0,
) -> DifferenceImage | None:
    """Return what the transits take away from an image, and how far from the star that is.

    Parameters
    ----------
    time : array, shape (n_cadences,)
        BJD_TDB - 2457000.
    pixels : array, shape (n_cadences, n_rows, n_columns)
        Flux of each pixel; NaN where there is none.
    ephemeris : Ephemeris
    usable : array of bool, shape (n_cadences,), optional
    pixel_arcsec : float
        Side of a pixel.
    seed : int
        Of the noise drawn to find the error of the offset.

    Returns
    -------
    DifferenceImage or None
        None where no event has cadences inside and on both sides, or the dimming is lost in noise.

    Raises
    ------
    DataError
        If shapes do not fit.
    """
    if pixels.ndim != 3 or len(pixels) != len(time):
        msg = f"pixels must have shape ({len(time)}, n_rows, n_columns), got {pixels.shape}."
        raise DataError(msg)
    good = np.isfinite(time) if usable is None else usable & np.isfinite(time)
    events = _events(time[good], pixels[good], ephemeris)
    if events is None:
        return None
    outside, difference, error = events
    strongest = np.nanmax(difference / error) if np.isfinite(difference / error).any() else 0.0
    if strongest < MIN_SIGMA:
        return None
    star, source = _centre(outside), _centre(difference)
    rng = np.random.default_rng(seed)
    noisy = rng.normal(difference, np.nan_to_num(error), (N_DRAWS, *difference.shape))
    scatter = np.std([_centre(image) for image in noisy], axis=0)
    apart = np.subtract(source, star)
    return DifferenceImage(
        out_of_transit=outside,
        difference=difference,
        star=star,
        source=source,
        offset_arcsec=float(np.hypot(*apart)) * pixel_arcsec,
        # A twentieth of a pixel: what the pixels' own response is known to.
        offset_sigma=float(np.hypot(*(apart / np.hypot(scatter, 0.05)))),
    )


def _events(
    time: FloatArray, pixels: FloatArray, ephemeris: Ephemeris
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Return the mean image outside, the mean difference, and its error, over all events."""
    distance = np.abs(days_from_event(time, ephemeris)) / ephemeris.duration_days
    numbers = event_number(time, ephemeris)
    outside, lost, variances = [], [], []
    for number in np.unique(numbers[distance < INSIDE]):
        own = numbers == number
        inside = own & (distance < INSIDE)
        around = own & (distance > NEAR) & (distance < FAR)
        if inside.sum() < 2 or around.sum() < 2:
            continue
        base = np.nanmean(pixels[around], axis=0)
        scatter = np.nanvar(pixels[around], axis=0, ddof=1)
        outside.append(base)
        lost.append(base - np.nanmean(pixels[inside], axis=0))
        variances.append(scatter * (1 / inside.sum() + 1 / around.sum()))
    if not lost:
        return None
    error = np.sqrt(np.sum(variances, axis=0)) / len(lost)
    return np.mean(outside, axis=0), np.mean(lost, axis=0), np.maximum(error, 1e-12)


def _centre(image: npt.NDArray[np.floating]) -> tuple[float, float]:
    """Return row and column of the flux-weighted centre, three pixels wide around the peak."""
    image = np.nan_to_num(image - np.nanmedian(image))
    row, column = divmod(int(np.argmax(image)), image.shape[1])
    rows = np.arange(max(row - 1, 0), min(row + 2, image.shape[0]))
    columns = np.arange(max(column - 1, 0), min(column + 2, image.shape[1]))
    weight = np.clip(image[np.ix_(rows, columns)], 0, None)
    total = weight.sum()
    if total <= 0:
        return float(row), float(column)
    return float(weight.sum(1) @ rows / total), float(weight.sum(0) @ columns / total)
