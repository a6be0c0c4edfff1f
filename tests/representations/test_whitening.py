"""Velocity whitening: the air's covariance falls, the star stays."""

import numpy as np
import pytest

from starsieve.errors import DataError
from starsieve.representations.whitening import coherent_part, off_diagonal_energy, whiten
from tests.representations.made_series import make_series

LIMITS = (0.62775, 0.6294)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_shifts_break_the_covariance_of_distant_pixels(seed):
    whitened = whiten(make_series(seed).exposures, LIMITS, n_copies=20, seed=seed)
    before, after = whitened.energies
    assert after < 0.75 * before


def test_lines_of_the_air_are_weaker_in_the_coherent_part():
    series = make_series(1, spread=40.0)
    whitened = whiten(series.exposures, LIMITS)
    inside = (series.oxygen_lines > LIMITS[0] + 1e-4) & (series.oxygen_lines < LIMITS[1] - 1e-4)
    pixels = np.searchsorted(whitened.wave, series.oxygen_lines[inside])
    level = np.median(whitened.observed)
    depth = level - whitened.observed.mean(axis=0)[pixels]
    left = level - whitened.coherent.mean(axis=0)[pixels]
    assert np.median(left) < np.median(depth)


def test_what_is_coherent_is_kept_whole():
    rng = np.random.default_rng(0)
    flux = 1 + np.outer(rng.normal(size=6), rng.normal(size=30))
    np.testing.assert_allclose(coherent_part(flux, 1), flux, atol=1e-10)
    assert np.ptp(coherent_part(flux, 0), axis=0).max() == 0


def test_energy_counts_what_is_far_from_the_diagonal():
    matrix = np.eye(5)
    assert off_diagonal_energy(matrix, 0) == 0
    matrix[0, 4] = 1
    assert off_diagonal_energy(matrix, 3) == pytest.approx(0.5)


def test_one_exposure_can_not_be_whitened():
    with pytest.raises(DataError, match="at least 2"):
        whiten(make_series().exposures[:1], LIMITS)


def test_a_range_that_is_not_covered_is_refused():
    with pytest.raises(DataError, match="usable pixels"):
        whiten(make_series().exposures, (0.60, 0.61))
