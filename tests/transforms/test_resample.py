"""One spectrum, or a set, on another grid and at another resolution."""

from dataclasses import replace

import numpy as np
import pytest

from starsieve.data import Spectrum, SpectrumSet, synthetic
from starsieve.errors import DataError
from starsieve.transforms import Resample
from starsieve.transforms.broaden import broadened, convolve_to_resolution
from starsieve.transforms.rebin import Rebinning
from starsieve.transforms.resample import resample

WAVE = np.linspace(0.9, 2.4, 300)


@pytest.fixture
def spectrum() -> Spectrum:
    model = next(iter(synthetic.model_grid(teff=[1500])))
    observed = synthetic.observe(model, snr=50, seed=0, gaps=[(1.34, 1.41)])
    return replace(observed, frame="rest", medium="air", meta={"object": "made"})


def test_a_spectrum_is_convolved_and_then_rebinned(spectrum):
    whole = replace(spectrum, valid=None, sigma=None)
    result = resample(whole, WAVE, resolution=60.0)
    smooth = convolve_to_resolution(whole.wave, whole.flux, 120.0, 60.0)
    expected = Rebinning.between(whole.wave, WAVE)(smooth.flux)
    np.testing.assert_allclose(result.flux, expected.flux, rtol=1e-12)
    assert result.valid.all()
    assert result.resolution == 60.0


def test_errors_after_convolution_are_those_of_many_draws():
    rng = np.random.default_rng(5)
    old, new = np.linspace(1, 2, 400), np.linspace(1.1, 1.9, 40)
    sigma, valid = rng.uniform(0.5, 2.0, 400), rng.random(400) > 0.1
    draws = SpectrumSet(
        old, rng.normal(0, sigma, (10_000, 400)), valid=np.tile(valid, (10_000, 1)), resolution=500
    )
    many = Resample(wave=tuple(new.tolist()), resolution=50.0)(draws)
    one = resample(Spectrum(old, old, sigma, valid, resolution=500.0), new, resolution=50.0)
    assert one.valid.all()
    np.testing.assert_allclose(many.flux.std(axis=0), one.sigma, rtol=0.04)
    rebinning = broadened(Rebinning.between(old, new), old, 500.0, 50.0)
    covariance = rebinning.covariance(sigma, valid).toarray()
    scale = np.outer(one.sigma, one.sigma)
    np.testing.assert_allclose(np.cov(many.flux.T) / scale, covariance / scale, atol=0.05)
    np.testing.assert_allclose(np.diag(covariance), one.sigma**2, rtol=1e-12)


def test_what_is_known_of_a_spectrum_is_kept(spectrum):
    result = resample(spectrum, WAVE)
    for name in ("flux_unit", "medium", "frame", "resolution", "meta"):
        assert getattr(result, name) == getattr(spectrum, name)
    np.testing.assert_array_equal(result.wave, WAVE)


@pytest.mark.parametrize("known", [None, 50.0])
def test_an_unknown_or_lower_resolution_is_left_as_it_is(spectrum, known):
    given = replace(spectrum, resolution=known)
    result = resample(given, WAVE, resolution=60.0)
    np.testing.assert_array_equal(result.flux, resample(given, WAVE).flux)
    assert result.resolution == known


def test_a_coarse_pixel_is_shared_by_the_fine_ones_in_it():
    coarse = Spectrum(np.array([1.0, 2.0, 3.0]), np.array([5.0, 6.0, 7.0]), np.ones(3))
    result = resample(coarse, np.arange(1.6, 2.45, 0.1))
    np.testing.assert_allclose(result.flux, 6.0, rtol=1e-12)
    np.testing.assert_allclose(result.sigma, 1.0, rtol=1e-12)
    assert result.valid.all()


def test_a_gap_stays_a_gap(spectrum):
    result = resample(spectrum, WAVE)
    assert not result.valid[(WAVE > 1.35) & (WAVE < 1.40)].any()
    assert result.valid[(WAVE < 1.33) | (WAVE > 1.42)].all()


def test_a_grid_that_the_spectrum_misses_is_not_valid(spectrum):
    assert not resample(spectrum, np.linspace(4.0, 5.0, 50)).valid.any()


def test_a_set_and_its_spectra_give_the_same():
    spectra = synthetic.model_grid(teff=[1000, 2000], logg=[5.0], mh=[0.0], fsed=[2.0])
    together = Resample(wave=tuple(WAVE.tolist()), resolution=60.0)(spectra)
    for row, spectrum in enumerate(spectra):
        alone = resample(spectrum, WAVE, resolution=60.0)
        np.testing.assert_allclose(together.flux[row], alone.flux, rtol=1e-12)
    assert together.resolution == 60.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"wave": np.array([2.0, 1.0])}, "increasing"),
        ({"wave": WAVE, "resolution": -1.0}, "resolution must be positive"),
        ({"wave": WAVE, "min_coverage": 2.0}, "min_coverage"),
    ],
)
def test_impossible_wishes_are_refused(spectrum, arguments, message):
    with pytest.raises(DataError, match=message):
        resample(spectrum, **arguments)
