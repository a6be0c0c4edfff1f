"""Are posteriors narrow where they may be, and right in all parameters at once?"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import kstest

from starsieve.errors import DataError
from starsieve.stats.calibration import ranks
from starsieve.stats.checks import FloatArray, check_finite


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedCoverage:
    """How often regions around random points hold the truth.

    Parameters
    ----------
    levels : array, shape (n_levels,)
        Posterior probability inside of the region.
    coverage : array, shape (n_levels,)
        Share of the spectra whose truth lies inside: equal to `levels` if calibrated.
    p_value : float
        Of a departure as large as this or larger, if posteriors were calibrated
        (Kolmogorov-Smirnov test).
    """

    levels: FloatArray
    coverage: FloatArray
    p_value: float

    @property
    def error(self) -> float:
        """Mean distance between coverage and level: 0 is perfect."""
        return float(np.mean(np.abs(self.coverage - self.levels)))


def crps(samples: FloatArray, truth: FloatArray) -> npt.NDArray[np.float64]:
    """Return the continuous ranked probability score of each posterior; the less, the better.

    It rewards what is both right and narrow, in the unit of the parameter, and is the absolute
    error if all draws are the same (Gneiting & Raftery 2007, JASA 102, 359, eq. 21).

    Parameters
    ----------
    samples : array, shape (n_samples, n_spectra)
        Draws from each predicted posterior.
    truth : array, shape (n_spectra,)

    Returns
    -------
    array, shape (n_spectra,)

    Raises
    ------
    DataError
        If the arrays do not fit together, are empty or not finite.

    Examples
    --------
    >>> crps(np.array([[1.0], [3.0]]), np.array([2.0])).tolist()
    [0.5]
    """
    ranks(samples, truth)  # checks both
    n = len(samples)
    off = np.mean(np.abs(samples - truth), axis=0)
    # The mean distance of all pairs, by their order: each draw counts with those on either side.
    share = (2.0 * np.arange(n) - n + 1.0) / n**2
    return np.asarray(off - share @ np.sort(samples, axis=0), dtype=np.float64)


def expected_coverage(
    samples: FloatArray, truth: FloatArray, seed: int = 0, n_levels: int = 21
) -> ExpectedCoverage:
    """Return the coverage of regions around random points (TARP): all parameters at once.

    For each spectrum a reference point is drawn; the region is all that lies as near to it as the
    truth, and the share of draws inside is even over spectra if posteriors are right. Unlike the
    intervals of single parameters, this sees wrong correlations (Lemos et al. 2023,
    arXiv:2302.03026).

    Parameters
    ----------
    samples : array, shape (n_samples, n_spectra, n_labels)
    truth : array, shape (n_spectra, n_labels)
    seed : int
        Of the reference points: evenly over the range of the truths.
    n_levels : int
        From 0 to 1.

    Raises
    ------
    DataError
        If the arrays do not fit together, are empty or not finite.
    """
    if samples.ndim != 3 or samples.shape[1:] != truth.shape or not samples.size:
        msg = (
            f"samples {samples.shape} and truth {truth.shape} are not about the same spectra: "
            "expected (n_samples, n_spectra, n_labels) and (n_spectra, n_labels), not empty."
        )
        raise DataError(msg)
    check_finite(samples=samples, truth=truth)
    rng = np.random.default_rng(seed)
    low, high = truth.min(axis=0), truth.max(axis=0)
    width = np.where(high > low, high - low, 1.0)
    points = rng.uniform(size=truth.shape)
    apart = np.sum(((samples - low) / width - points) ** 2, axis=2)
    far = np.sum(((truth - low) / width - points) ** 2, axis=1)
    nearer = np.sum(apart < far, axis=0)
    # Of n draws only n + 1 shares are possible: spread evenly, or the test would see the steps.
    inside = (nearer + rng.uniform(size=len(truth))) / (len(samples) + 1)
    levels = np.linspace(0.0, 1.0, n_levels)
    found = np.searchsorted(np.sort(inside), levels, side="right") / len(inside)
    return ExpectedCoverage(levels, found, float(kstest(inside, "uniform").pvalue))
