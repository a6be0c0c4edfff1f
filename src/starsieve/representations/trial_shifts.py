"""Chi-square of spectra against components at rest, moved by every whole pixel of a range.

At each shift the best sum of the components is a linear problem. The sums over pixels that it
needs are correlations, which are as smooth along the shift as the spectra themselves: they are
taken at whole pixels, and interpolated between.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.polynomial.legendre import legvander

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.representations.shifts import POINTS, interpolation_weights

MARGIN = 6
"""Trial shifts on either side of the largest one, for interpolation there."""

CUT = 0.3
"""Cycles per pixel: what is faster is no line. Half a cycle is the fastest that pixels can hold."""

HALF_FILTER = 12
"""Pixels on either side that the filter takes in."""

RIDGE = 1e-12
TINY = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Components at rest, and by how many pixels to either side they are moved."""

    reach: int
    components: FloatArray  # (n_components, n_pixels), 0 where not known
    products: FloatArray  # (n_pairs, n_pixels), of each pair of components
    common: BoolArray  # (n_pixels,): known at every shift
    smooth: FloatArray  # (degree + 1, n_pixels): polynomials, a spectrum without lines

    @property
    def size(self) -> int:
        """Number of components."""
        return len(self.components)


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over pixels at every whole shift: all that chi-square depends on.

    Parameters
    ----------
    total : array, shape (n_spectra,)
        Of the squared flux over its error.
    along : array, shape (n_shifts, n_spectra, n_components)
        Of flux times component.
    between : array, shape (n_shifts, n_spectra, n_pairs)
        Of component times component.
    """

    total: FloatArray
    along: FloatArray
    between: FloatArray

    def chi2_at(self, whole: int) -> FloatArray:
        """Return chi-square at a whole shift, shape (n_spectra,)."""
        return _least(self.total, self.along[whole], self.between[whole])

    def chi2_near(self, centre: npt.NDArray[np.int64], offset: FloatArray) -> FloatArray:
        """Return chi-square at `centre` and a part of a shift, shape (n_spectra,)."""
        lower = np.floor(offset).astype(np.int64)
        weights = interpolation_weights(offset - lower)
        along = np.zeros(self.along.shape[1:])
        between = np.zeros(self.between.shape[1:])
        rows = np.arange(len(centre))
        for point, weight in zip(POINTS, weights.T, strict=True):
            at = centre + lower + point
            along += weight[:, None] * self.along[at, rows]
            between += weight[:, None] * self.between[at, rows]
        return _least(self.total, along, between)


def make_trials(templates: FloatArray, largest: int, degree: int) -> Trials:
    """Return templates, shape (n_templates, n_pixels), and tilts of the first, to be moved."""
    n_pixels, reach = templates.shape[1], largest + MARGIN
    known = np.isfinite(templates).all(axis=0)
    rest = _without_noise_of_pixels(templates)
    mean = np.where(known, rest[0], 0.0)
    smooth = legvander(np.linspace(-1, 1, n_pixels), degree).T
    tilted = mean * smooth[1:]
    rows = [mean, *np.where(known, rest[1:], 0.0), *tilted]
    # Of one size, so that the linear problems are well scaled.
    components = np.array([row / max(np.linalg.norm(row), TINY) for row in rows])
    first, second = np.triu_indices(len(components))
    common = np.zeros(n_pixels, np.bool_)
    if 2 * reach < n_pixels:
        unknown = np.concatenate(([0], np.cumsum(~known)))
        # Known at every shift: of other pixels at each, chi-squares could not be compared.
        common[reach:-reach] = unknown[2 * reach + 1 :] == unknown[: -2 * reach - 1]
    return Trials(reach, components, components[first] * components[second], common, smooth)


def chi2_without_lines(flux: FloatArray, weights: FloatArray, trials: Trials) -> FloatArray:
    """Return chi-square of the best polynomials, for spectra of shape (n_spectra, n_pixels)."""
    along = (flux * weights) @ trials.smooth.T
    first, second = np.triu_indices(len(trials.smooth))
    between = weights @ (trials.smooth[first] * trials.smooth[second]).T
    total = np.sum(flux**2 * weights, axis=1)
    return _least(total, along, between)


def _without_noise_of_pixels(templates: FloatArray) -> FloatArray:
    """Return templates without what changes from pixel to pixel.

    No line is that narrow, and no interpolation between pixels can be right for it: it would draw
    velocities to or from whole pixels.
    """
    taps = np.arange(-HALF_FILTER, HALF_FILTER + 1)
    kernel = 2 * CUT * np.sinc(2 * CUT * taps) * np.hanning(len(taps) + 2)[1:-1]
    kernel /= kernel.sum()
    smooth = np.empty(templates.shape)
    at = np.arange(templates.shape[1])
    for row, template in enumerate(templates):
        good = np.isfinite(template)
        bridged = np.interp(at, at[good], template[good]) if good.any() else np.zeros(len(at))
        padded = np.pad(bridged, HALF_FILTER, mode="reflect", reflect_type="odd")
        smooth[row] = np.convolve(padded, kernel, mode="valid")
    return smooth


def correlate(flux: FloatArray, weights: FloatArray, trials: Trials) -> Sums:
    """Return what every whole shift needs, for spectra of shape (n_spectra, n_pixels)."""
    reach, n_pixels = trials.reach, flux.shape[1]
    inside = slice(reach, max(reach, n_pixels - reach))
    weighted, weights = (flux * weights)[:, inside], weights[:, inside]
    shape = (2 * reach + 1, len(flux))
    along = np.zeros((*shape, trials.size))
    between = np.zeros((*shape, len(trials.products)))
    for number in range(2 * reach + 1 if inside.stop > inside.start else 0):
        moved = slice(2 * reach - number, 2 * reach - number + inside.stop - inside.start)
        along[number] = weighted @ trials.components[:, moved].T
        between[number] = weights @ trials.products[:, moved].T
    total = np.sum(weighted * flux[:, inside], axis=1)
    return Sums(total, along, between)


def _least(total: FloatArray, along: FloatArray, between: FloatArray) -> FloatArray:
    """Return the least chi-square, shape (n_spectra,), from the sums that `Sums` describes."""
    size = along.shape[1]
    matrix = np.zeros((len(along), size, size))
    first, second = np.triu_indices(size)
    matrix[:, first, second] = matrix[:, second, first] = between
    # Keeps components that two pixels can't tell apart from stopping everything.
    diagonal = np.arange(size)
    trace = matrix[:, diagonal, diagonal].mean(axis=1, keepdims=True)
    matrix[:, diagonal, diagonal] += RIDGE * trace + TINY
    best = np.linalg.solve(matrix, along[:, :, None])[:, :, 0]
    return np.asarray(total - np.sum(along * best, axis=1))
