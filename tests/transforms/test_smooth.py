"""Smoothing removes noise, keeps what is there, and lets bad pixels spoil nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starsieve.data import Spectrum
from starsieve.errors import DataError
from starsieve.transforms.broaden import FWHM, convolve_to_resolution
from starsieve.transforms.smooth import smooth

seeds = st.integers(0, 2**32 - 1)


def made(seed: int = 0, n: int = 2_000, noise: float = 0.1) -> Spectrum:
    rng = np.random.default_rng(seed)
    wave = np.linspace(1.0, 2.0, n)
    flux = 1 - 0.5 * np.exp(-0.5 * ((wave - 1.5) / 0.02) ** 2) + rng.normal(0, noise, n)
    return Spectrum(wave, flux, np.full(n, noise))


@given(seeds, st.floats(0.2, 300))
def test_a_flat_spectrum_stays_flat_whatever_is_masked(seed, width):
    rng = np.random.default_rng(seed)
    n = 300
    valid = rng.random(n) > 0.3
    flux = np.where(valid, 2.5, rng.normal(0, 1e6, n))
    spectrum = Spectrum(np.geomspace(1, 2, n), flux, rng.uniform(0.1, 9, n), valid)
    for found in (smooth(spectrum, pixels=width), smooth(spectrum, resolution=3_000 / width)):
        np.testing.assert_allclose(found.flux[valid], 2.5, rtol=1e-6)
        assert np.array_equal(found.usable, spectrum.usable)


@pytest.mark.parametrize("how", [{"pixels": 20.0}, {"resolution": 150.0}])
def test_errors_say_how_much_noise_is_left(how):
    pure = made(noise=1e-12)
    spectra = [made(seed) for seed in range(60)]
    found = np.stack([smooth(each, **how).flux for each in spectra])
    truth = smooth(pure, **how).flux
    scatter = np.std(found - truth, axis=0)[100:-100]
    stated = smooth(spectra[0], **how).sigma[100:-100]
    assert np.median(scatter / stated) == pytest.approx(1, abs=0.03)


def test_smoothing_to_a_resolution_broadens_as_the_instrument_would():
    pure = Spectrum(made().wave, made(noise=1e-9).flux, resolution=2_000)
    found = smooth(pure, resolution=100)
    expected = convolve_to_resolution(pure.wave, pure.flux, 2_000, 100).flux
    np.testing.assert_allclose(found.flux[100:-100], expected[100:-100], atol=2e-3)
    assert found.resolution == 100


def test_a_spectrum_that_is_no_sharper_stays_as_it_is():
    spectrum = Spectrum(made().wave, made().flux, resolution=80)
    assert smooth(spectrum, resolution=100) is spectrum


def test_a_line_gets_as_wide_as_asked_for():
    wave = np.arange(1.0, 402.0)
    flux = np.zeros(401)
    flux[200] = 1.0
    found = smooth(Spectrum(wave, flux), pixels=10).flux
    width = np.sqrt(found @ (wave - 201) ** 2 / found.sum())
    assert width * FWHM == pytest.approx(10, rel=0.01)


def test_pixels_count_by_how_well_they_are_known():
    sigma = np.array([1.0, 1.0, 1e3, 1.0, 1.0])
    spectrum = Spectrum(np.arange(1.0, 6.0), np.array([1.0, 1.0, 99.0, 1.0, 1.0]), sigma)
    assert smooth(spectrum, pixels=3).flux[1] == pytest.approx(1.0, abs=1e-3)


def test_one_pixel_whose_error_is_absurdly_small_is_not_all_that_counts():
    sigma = np.ones(101)
    sigma[50] = 1e-12
    flux = np.ones(101)
    flux[50] = 2.0
    found = smooth(Spectrum(np.arange(1.0, 102.0), flux, sigma), pixels=2)
    np.testing.assert_allclose(found.flux[:40], 1.0, atol=1e-6)


@pytest.mark.parametrize("how", [{}, {"pixels": 2, "resolution": 9}, {"pixels": 0}])
def test_what_makes_no_sense_is_refused(how):
    with pytest.raises(DataError, match="pixels or resolution"):
        smooth(made(), **how)


def test_a_spectrum_without_a_usable_pixel_stays_without():
    spectrum = Spectrum(np.arange(1.0, 4.0), np.full(3, np.nan), np.ones(3))
    assert not smooth(spectrum, pixels=3).usable.any()
    assert not smooth(spectrum, resolution=3).usable.any()
