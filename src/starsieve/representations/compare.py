"""How alike two spectra are, whatever their scale, velocity, flux calibration and resolution.

One spectrum is compared with thousands on one grid of constant velocity steps. The model of the
query is each reference, shifted, times a smooth ratio (Legendre polynomials), fitted by weighted
least squares. Whole pixels of shift are found for all references at once by two matrix products;
the best of them are then fitted exactly, with a fraction of a pixel, a distortion of the
wavelength scale and a difference of resolution as small, bounded corrections.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.polynomial import legendre

from starsieve.data import Spectrum
from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.representations.metric import Metric
from starsieve.representations.references import References, gather
from starsieve.representations.refine import Fits, fit_exactly, legendre_terms

MOST_SHIFTS = 200
"""Whole pixels that are tried on either side."""

VALUES_REFINED = 200_000
"""Pixels times references that are fitted exactly."""

FEWEST_REFINED = 50
"""References that are fitted exactly, however many pixels they have."""

NOISE_FLOOR = 0.1
"""Of the median flux: the floor's share of a fainter pixel is that of one as bright as this."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """One query beside many references; arrays of shape (n,), one value per reference.

    Parameters
    ----------
    ids : array of int
    distance : array
        Root of -2 log likelihood per common pixel, less that of a perfect match with a noiseless
        reference: about 1 where they differ as their errors do. NaN where they have too little in
        common.
    chi2 : array
    n_common : array of int
        Pixels of the grid that both have.
    velocity : array
        km/s by which the query recedes relative to the reference.
    scale : array
        Flux of the query over that of the reference.
    rows : array of int, shape (n_fitted,)
        Which were fitted exactly; the others were so unlike that whole pixels of shift sufficed.
    fits : Fits
        Of those, in that order: the query, the fitted references and their weights.
    """

    ids: npt.NDArray[np.int64]
    distance: npt.NDArray[np.float64]
    chi2: npt.NDArray[np.float64]
    n_common: npt.NDArray[np.int64]
    velocity: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]
    rows: npt.NDArray[np.int64]
    fits: Fits

    def best(self, k: int) -> npt.NDArray[np.int64]:
        """Return the rows of the k nearest references, nearest first, without those of NaN."""
        rough = np.ones(len(self.distance), dtype=bool)
        rough[self.rows] = False
        order = np.lexsort((self.distance, rough))
        return np.asarray(order[np.isfinite(self.distance[order])][:k])


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A query on the references' grid; arrays of shape (n_pixels,), 0 where not valid."""

    flux: npt.NDArray[np.float64]
    variance: npt.NDArray[np.float64]
    valid: BoolArray
    scale: float

    @property
    def weight(self) -> npt.NDArray[np.float64]:
        """One over the variance."""
        return np.divide(1.0, self.variance, out=np.zeros_like(self.variance), where=self.valid)


def compare(query: Spectrum, references: References, metric: Metric | None = None) -> Comparison:
    """Compare one spectrum with many.

    Parameters
    ----------
    query : Spectrum
        On any grid. It is brought to the references' grid and resolution.
    references : References
    metric : Metric, optional

    Raises
    ------
    DataError
        If the query has no usable flux in the references' range, or there are no references.
    """
    metric = metric or Metric()
    if not len(references):
        msg = "There is no spectrum to compare with."
        raise DataError(msg)
    prepared = prepare_query(query, references, metric)
    coarse = _try_shifts(prepared, references, metric)
    n_exact = max(FEWEST_REFINED, VALUES_REFINED // len(references.wave))
    order = np.argsort(coarse.distance, kind="stable")
    rows = np.asarray(order[np.isfinite(coarse.distance[order])][:n_exact], dtype=np.int64)
    fits = fit_exactly(
        prepared.flux,
        prepared.variance,
        prepared.valid,
        references.take(rows),
        coarse.shift[rows],
        metric,
    )
    return _joined(coarse, fits, rows, prepared, references)


def prepare_query(query: Spectrum, references: References, metric: Metric) -> Prepared:
    """Bring a query to the references' grid, with the variance expected of each pixel.

    Where its errors are not known they are estimated from its pixel-to-pixel scatter.

    Raises
    ------
    DataError
        If it has no usable flux there.
    """
    found = gather([query], references.wave, references.resolution)
    if not len(found):
        ends = f"{references.wave[0]:.4g} to {references.wave[-1]:.4g} um"
        msg = f"The query {found.failures[0].error.rstrip('.')}; that range is {ends}."
        raise DataError(msg)
    flux, valid = found.flux[0].astype(float), found.valid[0]
    sigma = found.sigma[0].astype(float)
    if not sigma.any():
        sigma = np.full(len(flux), scatter(flux[valid]))
    floor = metric.floor * np.maximum(np.abs(flux), NOISE_FLOOR)
    variance = np.where(valid, sigma**2 + floor**2, 0.0)
    variance[valid] = np.maximum(variance[valid], 1e-12)
    return Prepared(flux, variance, valid, float(found.scale[0]))


def scatter(flux: FloatArray) -> float:
    """Return the noise of a spectrum from third neighbours' differences.

    After Stoehr et al. (2008, ASP Conf. 394, 505): a straight slope counts nothing, a line little.

    Parameters
    ----------
    flux : array, shape (n_pixels,)
    """
    if len(flux) < 5:
        return 0.0
    difference = 2.0 * flux[2:-2] - flux[:-4] - flux[4:]
    return float(1.482602 / np.sqrt(6.0) * np.median(np.abs(difference)))


@dataclass(frozen=True, slots=True, eq=False)
class _Coarse:
    distance: npt.NDArray[np.float64]
    chi2: npt.NDArray[np.float64]
    n_common: npt.NDArray[np.int64]
    shift: npt.NDArray[np.int64]
    scale: npt.NDArray[np.float64]


def _try_shifts(query: Prepared, references: References, metric: Metric) -> _Coarse:
    """Find each reference's best shift by whole pixels."""
    reach = np.log1p(metric.max_velocity / SPEED_OF_LIGHT) / references.step
    n_shifts = min(int(np.ceil(reach)), MOST_SHIFTS)
    shifts = np.arange(-n_shifts, n_shifts + 1)
    terms = legendre_terms(query.valid, 2 * metric.degree)
    weight = query.weight
    few = metric.degree + 1
    first = _product(references.flux, weight * query.flux * terms[:few], shifts)
    second = _product(references.flux**2, weight * terms, shifts)
    sums = _product(references.valid, np.stack([weight * query.flux**2, query.valid]), shifts)
    square, common = sums[..., 0], sums[..., 1]
    matrix = np.einsum("nsm,mkl->nskl", second, _products_of_terms(metric.degree))
    diagonal = np.arange(1, few)
    matrix[..., diagonal, diagonal] += metric.ratio**-2
    matrix += 1e-9 * np.eye(few)
    solution = np.linalg.solve(matrix, first[..., None])[..., 0]
    chi2 = np.maximum(square - np.sum(first * solution, axis=-1), 0.0)
    chi2[solution[..., 0] <= 0] = np.inf  # a spectrum upside down is not alike
    enough = common >= max(metric.min_common * query.valid.sum(), 1)
    score = np.where(enough, chi2 / np.maximum(common, 1), np.inf)
    best = np.argmin(score, axis=1)
    row = np.arange(len(references))
    distance = np.sqrt(score[row, best])
    distance[~np.isfinite(distance)] = np.nan
    return _Coarse(
        distance,
        chi2[row, best],
        np.rint(common[row, best]).astype(np.int64),
        shifts[best],
        solution[row, best, 0],
    )


def _product(
    values: npt.NDArray[Any], terms: FloatArray, shifts: npt.NDArray[np.int64]
) -> FloatArray:
    """Return sums over pixels of each reference times each term moved by each shift.

    Returns
    -------
    array, shape (n, n_shifts, n_terms)
    """
    n_terms, n_pixels = terms.shape
    moved = np.zeros((n_pixels, len(shifts), n_terms), np.float32)
    for place, shift in enumerate(shifts):
        low, high = max(0, -shift), min(n_pixels, n_pixels - shift)
        moved[low:high, place] = terms[:, low + shift : high + shift].T
    found = np.asarray(values, np.float32) @ moved.reshape(n_pixels, -1)
    return found.reshape(len(values), len(shifts), n_terms).astype(float)


@cache
def _products_of_terms(degree: int) -> npt.NDArray[np.float64]:
    """Return products of two polynomials as sums of others, shape (2 degree + 1, k, l)."""
    found = np.zeros((2 * degree + 1, degree + 1, degree + 1))
    unit = np.eye(degree + 1)
    for k in range(degree + 1):
        for other in range(degree + 1):
            product = legendre.legmul(unit[k], unit[other])
            found[: len(product), k, other] = product
    found.setflags(write=False)
    return found


def _joined(
    coarse: _Coarse,
    fits: Fits,
    rows: npt.NDArray[np.int64],
    query: Prepared,
    references: References,
) -> Comparison:
    """Put the exact numbers in the place of the coarse ones."""
    shift = coarse.shift.astype(float)
    result = replace(
        coarse, distance=coarse.distance.copy(), chi2=coarse.chi2.copy(), scale=coarse.scale.copy()
    )
    result.distance[rows] = fits.distance
    result.chi2[rows] = fits.chi2
    result.n_common[rows] = fits.n_common
    result.scale[rows] = fits.scale
    shift[rows] = fits.shift
    return Comparison(
        references.ids,
        result.distance,
        result.chi2,
        result.n_common,
        SPEED_OF_LIGHT * np.expm1(shift * references.step),
        result.scale * query.scale / references.scale,
        rows,
        fits,
    )
