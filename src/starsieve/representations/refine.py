"""Fit references to a query exactly: a fraction of a pixel, and what instruments do to spectra."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.polynomial import legendre

from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.data.spectrum import BoolArray
from starsieve.representations.metric import Metric
from starsieve.representations.references import References

Array = npt.NDArray[np.float64]

TURNS = 3
"""Of the fit: each linearises about the wavelengths that the one before found."""

MOST_PIXELS_OFF = 1.0
"""How far an exact shift may be from the whole pixel that was found first."""

BROADENING_PIXELS2 = 0.5
"""Standard deviation of a difference of resolution, as a kernel's variance in pixels squared."""


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """References fitted to a query.

    Parameters
    ----------
    flux, valid : arrays, shape (n_pixels,)
        The query, normalised.
    model : array, shape (n, n_pixels)
        Each reference, shifted and multiplied by its smooth ratio.
    weight : array, shape (n, n_pixels)
        One over the variance that was expected of the difference; 0 where not common.
    chi2, distance, scale, shift : arrays, shape (n,)
        `shift` in pixels of the grid.
    n_common : array of int, shape (n,)
    """

    flux: Array
    valid: BoolArray
    model: Array
    weight: Array
    chi2: Array
    distance: Array
    scale: Array
    shift: Array
    n_common: npt.NDArray[np.int64]


@dataclass(slots=True)
class _State:
    """Where the fit of each reference stands."""

    ratio: Array  # (n, degree + 1)
    offset: Array  # (n, 1 + distortion): pixels beyond the whole ones
    broadening: Array  # (n,)


def fit_exactly(
    flux: Array,
    variance: Array,
    valid: BoolArray,
    references: References,
    shift: npt.NDArray[np.int64],
    metric: Metric,
) -> Fits:
    """Fit each reference to a query.

    Parameters
    ----------
    flux, variance, valid : arrays, shape (n_pixels,)
        The query on the references' grid.
    references : References
    shift : array of int, shape (n,)
        Whole pixels to begin with.
    metric : Metric
    """
    n = len(references)
    ratio_terms = legendre_terms(valid, metric.degree)
    wave_terms = legendre_terms(valid, metric.distortion)
    state = _State(
        np.repeat(np.eye(1, metric.degree + 1), n, axis=0),
        np.zeros((n, metric.distortion + 1)),
        np.zeros(n),
    )
    problem = _Problem(flux, variance, valid, references, shift, metric, ratio_terms, wave_terms)
    for _ in range(TURNS):
        problem.improve(state)
    return problem.judge(state)


class _Problem:
    """The least-squares problem of many references at once."""

    def __init__(
        self,
        flux: Array,
        variance: Array,
        valid: BoolArray,
        references: References,
        shift: npt.NDArray[np.int64],
        metric: Metric,
        ratio_terms: Array,
        wave_terms: Array,
    ) -> None:
        self._flux, self._variance, self._valid = flux, variance, valid
        self._references, self._shift, self._metric = references, shift, metric
        self._ratio_terms, self._wave_terms = ratio_terms, wave_terms
        self._reach = np.log1p(metric.max_velocity / SPEED_OF_LIGHT) / references.step

    def improve(self, state: _State) -> None:
        """Take one Gauss-Newton step."""
        sampled, slope, curve, common = self._sample(state)
        ratio = state.ratio @ self._ratio_terms
        weight = self._weight(sampled, common, state)
        columns = [term * sampled for term in self._ratio_terms]
        columns += [-term * ratio * slope for term in self._wave_terms]
        if self._metric.broadening:
            columns.append(0.5 * ratio * curve)
        design = np.stack(columns, axis=1)
        weighted = design * weight[:, None]
        matrix = weighted @ design.transpose(0, 2, 1)
        right = weighted @ self._flux
        self._add_priors(matrix, right, state)
        step = np.linalg.solve(matrix, right[..., None])[..., 0]
        self._move(state, step)

    def judge(self, state: _State) -> Fits:
        """Return how well each reference fits where it stands."""
        sampled, _, curve, common = self._sample(state)
        ratio = state.ratio @ self._ratio_terms
        model = ratio * (sampled + 0.5 * state.broadening[:, None] * curve)
        weight = self._weight(sampled, common, state)
        chi2 = np.sum(weight * (self._flux - model) ** 2, axis=1)
        chi2 += np.sum((state.ratio[:, 1:] / self._metric.ratio) ** 2, axis=1)
        n_common = common.sum(axis=1)
        enough = n_common >= max(self._metric.min_common * self._valid.sum(), 1)
        right_way_up = state.ratio[:, 0] > 0
        # errors of a reference widen what is expected, and a wider expectation is worth less: else
        # whatever is noisy would be like everything
        ratio_of_variances = 1.0 / np.where(common, weight * self._variance, 1.0)
        likelihood = chi2 + np.sum(np.log(ratio_of_variances), axis=1)
        distance = np.sqrt(likelihood / np.maximum(n_common, 1))
        distance[~(enough & right_way_up)] = np.nan
        return Fits(
            self._flux,
            self._valid,
            model,
            weight,
            chi2,
            distance,
            state.ratio[:, 0].copy(),
            self._shift + state.offset[:, 0],
            n_common,
        )

    def _sample(self, state: _State) -> tuple[Array, Array, Array, BoolArray]:
        """Return references, slopes and curvatures where their pixels fall, and what is common."""
        place = np.arange(len(self._flux), dtype=float) - self._shift[:, None]
        place -= state.offset @ self._wave_terms
        flux, slope, curve, inside = interpolate(
            self._references.flux, self._references.valid, place
        )
        return flux, slope, curve, inside & self._valid

    def _weight(self, sampled: Array, common: BoolArray, state: _State) -> Array:
        """Return one over the variance of the difference of query and reference."""
        sigma = _moved(self._references.sigma, self._shift) * state.ratio[:, :1]
        variance = self._variance + sigma**2
        return np.divide(1.0, variance, out=np.zeros_like(sampled), where=common)

    def _add_priors(self, matrix: Array, right: Array, state: _State) -> None:
        """Add what is expected of the corrections before any is looked at."""
        n_ratio, n_wave = len(self._ratio_terms), len(self._wave_terms)
        diagonal = np.arange(matrix.shape[1])
        matrix[:, diagonal, diagonal] += 1e-9
        ratio = np.arange(1, n_ratio)
        matrix[:, ratio, ratio] += self._metric.ratio**-2
        wave = np.arange(n_ratio + 1, n_ratio + n_wave)
        precision = self._metric.distortion_pixels**-2
        matrix[:, wave, wave] += precision
        right[:, wave] -= precision * state.offset[:, 1:]
        # a shift that nothing in the spectrum fixes stays where it is
        matrix[:, n_ratio, n_ratio] += 1.0
        if self._metric.broadening:
            matrix[:, -1, -1] += BROADENING_PIXELS2**-2

    def _move(self, state: _State, step: Array) -> None:
        n_ratio, n_wave = len(self._ratio_terms), len(self._wave_terms)
        state.ratio = step[:, :n_ratio]
        state.offset = state.offset + step[:, n_ratio : n_ratio + n_wave]
        off = np.clip(state.offset[:, 0], -MOST_PIXELS_OFF, MOST_PIXELS_OFF)
        state.offset[:, 0] = np.clip(off + self._shift, -self._reach, self._reach) - self._shift
        limit = 3.0 * self._metric.distortion_pixels
        state.offset[:, 1:] = np.clip(state.offset[:, 1:], -limit, limit)
        if self._metric.broadening:
            limit = 3.0 * BROADENING_PIXELS2
            state.broadening = np.clip(step[:, -1], -limit, limit)


def interpolate(
    values: npt.NDArray[np.floating], valid: BoolArray, place: Array
) -> tuple[Array, Array, Array, BoolArray]:
    """Read rows between their pixels, by cubics through four of them (Catmull and Rom).

    Parameters
    ----------
    values, valid : arrays, shape (n, n_pixels)
    place : array, shape (n, n_places)
        In pixels.

    Returns
    -------
    value, slope, curvature : arrays, shape (n, n_places)
        Per pixel and pixel squared; 0 where not known.
    known : array of bool, shape (n, n_places)
        Where all four pixels are valid.
    """
    n_pixels = values.shape[1]
    whole = np.floor(place).astype(np.int64)
    known = (whole >= 1) & (whole <= n_pixels - 3)
    first = np.clip(whole - 1, 0, n_pixels - 4)
    bad = np.concatenate([np.zeros((len(valid), 1)), np.cumsum(~valid, axis=1)], axis=1)
    known &= np.take_along_axis(bad, first + 4, 1) == np.take_along_axis(bad, first, 1)
    a, b, c, d = (np.take_along_axis(values, first + i, 1).astype(float) for i in range(4))
    t = place - whole
    one, two, three = (c - a) / 2, a - 2.5 * b + 2 * c - d / 2, 1.5 * (b - c) + (d - a) / 2
    value = b + t * (one + t * (two + t * three))
    slope = one + t * (2 * two + 3 * t * three)
    for each in (value, slope):
        each[~known] = 0.0
    # the cubics' own curvature jumps from piece to piece, which a fit would take for a shift
    curve = np.zeros_like(value)
    curve[:, 1:-1] = value[:, 2:] - 2 * value[:, 1:-1] + value[:, :-2]
    curve[:, 1:-1][~(known[:, 2:] & known[:, 1:-1] & known[:, :-2])] = 0.0
    return value, slope, curve, known


def _moved(values: npt.NDArray[np.floating], shift: npt.NDArray[np.int64]) -> Array:
    """Return rows moved by whole pixels; at the ends the last value stays."""
    place = np.arange(values.shape[1]) - shift[:, None]
    place = np.clip(place, 0, values.shape[1] - 1)
    return np.asarray(np.take_along_axis(values, place, 1), dtype=float)


def legendre_terms(valid: BoolArray, degree: int) -> npt.NDArray[np.float64]:
    """Return Legendre polynomials over the range of valid pixels, shape (degree + 1, n_pixels)."""
    pixels = np.flatnonzero(valid)
    middle, half = (pixels[0] + pixels[-1]) / 2, max((pixels[-1] - pixels[0]) / 2, 1.0)
    x = np.clip((np.arange(len(valid)) - middle) / half, -1.0, 1.0)
    return np.asarray(legendre.legvander(x, degree).T)
