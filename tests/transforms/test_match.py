"""One spectrum at the height of another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starsieve.data import Spectrum
from starsieve.errors import DataError
from starsieve.transforms.match import match_height

WAVE = np.linspace(1.0, 2.0, 200)


@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6))
def test_the_factor_is_found_whatever_the_grid_and_the_mask(seed, factor):
    rng = np.random.default_rng(seed)
    shape = 2 + np.sin(5 * WAVE)
    sigma = rng.uniform(0.01, 0.1, 200)
    spectrum = Spectrum(WAVE, shape, sigma, rng.random(200) > 0.2)
    grid = np.linspace(0.9, 1.8, 900)
    other = Spectrum(grid, factor * (2 + np.sin(5 * grid)), np.full(900, factor))
    found = match_height(other, spectrum)
    np.testing.assert_allclose(found.flux, 2 + np.sin(5 * grid), rtol=1e-3)
    np.testing.assert_allclose(found.sigma, 1.0, rtol=1e-3)


def test_units_of_flux_density_are_brought_together():
    per_wave = Spectrum(WAVE, np.ones(200), flux_unit="W / (um m2)")
    per_frequency = Spectrum(WAVE, 5 * WAVE**2, flux_unit="Jy")
    found = match_height(per_frequency, per_wave)
    np.testing.assert_allclose(found.flux, 1.0, rtol=1e-9)
    assert found.flux_unit == "W / (um m2)"


def test_counts_are_scaled_as_they_are():
    found = match_height(
        Spectrum(WAVE, np.full(200, 9.0), flux_unit="ct"), Spectrum(WAVE, np.ones(200))
    )
    np.testing.assert_allclose(found.flux, 1.0)


@pytest.mark.parametrize(
    "other",
    [
        Spectrum(WAVE + 5, np.ones(200)),
        Spectrum(WAVE, -np.ones(200)),
        Spectrum(WAVE, np.zeros(200)),
        Spectrum(WAVE, np.full(200, np.nan)),
    ],
)
def test_what_has_nothing_in_common_is_refused(other):
    with pytest.raises(DataError, match=r"in common|opposite sign"):
        match_height(other, Spectrum(WAVE, np.ones(200)))
