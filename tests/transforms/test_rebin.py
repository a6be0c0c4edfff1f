"""Rebinning conserves flux, propagates errors, respects masks, and agrees with SpectRes."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from spectres import spectres

from starsieve.errors import DataError
from starsieve.transforms.rebin import Rebinning, pixel_edges


def random_grid(rng, low, high, n_pixels):
    """Draw a grid whose pixels differ by up to a factor of five."""
    steps = rng.uniform(0.2, 1.0, n_pixels).cumsum()
    return low + (high - low) * (steps - steps[0]) / (steps[-1] - steps[0])


seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(2, 60)


@given(seeds, sizes, sizes)
def test_it_agrees_with_spectres(seed, n_old, n_new):
    rng = np.random.default_rng(seed)
    old, new = random_grid(rng, 1.0, 2.0, n_old), random_grid(rng, 0.9, 2.1, n_new)
    flux, sigma = rng.normal(1, 2, (3, n_old)), rng.uniform(0.1, 2, (3, n_old))
    theirs = spectres(new, old, flux, sigma, fill=np.nan, verbose=False)
    ours = Rebinning.between(old, new)(flux, sigma, min_coverage=1)
    inside = np.isfinite(theirs[0])
    np.testing.assert_array_equal(ours.valid, inside)
    np.testing.assert_allclose(ours.flux, theirs[0], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ours.sigma, theirs[1], rtol=1e-10)


@pytest.mark.parametrize(("n_old", "n_new"), [(563, 104), (4_000, 300), (313_000, 4_096)])
def test_it_agrees_with_spectres_at_the_sizes_of_real_spectra(n_old, n_new):
    rng = np.random.default_rng(0)
    old, new = np.geomspace(0.65, 2.56, n_old), np.linspace(0.7, 2.5, n_new)
    flux, sigma = rng.normal(1, 0.1, n_old), rng.uniform(0.1, 0.2, n_old)
    theirs = spectres(new, old, flux, sigma)
    ours = Rebinning.between(old, new)(flux, sigma)
    np.testing.assert_allclose(ours.flux, theirs[0], rtol=1e-10)
    np.testing.assert_allclose(ours.sigma, theirs[1], rtol=1e-10)


@pytest.mark.real_data
def test_it_agrees_with_spectres_on_a_real_spectrum(real_data):
    fits = pytest.importorskip("astropy.io.fits")
    path = sorted((real_data / "stellar" / "harps_alpha_cen_b").glob("*.fits*"))[0]
    header, flux = fits.getheader(path), fits.getdata(path).astype(float)
    old = (header["CRVAL1"] + header["CDELT1"] * np.arange(len(flux))) / 1e4
    new = np.linspace(old[100], old[-100], 4_096)
    ours = Rebinning.between(old, new)(flux)
    np.testing.assert_allclose(ours.flux, spectres(new, old, flux), rtol=1e-10, atol=1e-9)


@given(seeds, sizes, sizes)
def test_flux_is_conserved(seed, n_old, n_new):
    rng = np.random.default_rng(seed)
    old = random_grid(rng, 1.0, 2.0, n_old)
    new = random_grid(rng, 0.5, 2.5, n_new)
    new_edges = pixel_edges(new)
    assume(new_edges[0] < pixel_edges(old)[0])
    assume(new_edges[-1] > pixel_edges(old)[-1])
    flux = rng.normal(1, 2, n_old)
    rebinning = Rebinning.between(old, new)
    result = rebinning(flux, min_coverage=1e-12)
    covered = np.where(result.valid, result.flux * rebinning.covered, 0.0)
    assert covered.sum() == pytest.approx(flux @ np.diff(pixel_edges(old)), rel=1e-10, abs=1e-10)


@given(seeds, st.floats(-5, 5), st.floats(-5, 5))
def test_it_is_linear(seed, a, b):
    rng = np.random.default_rng(seed)
    rebinning = Rebinning.between(random_grid(rng, 1, 2, 40), random_grid(rng, 1, 2, 25))
    valid = rng.random(40) > 0.2
    x, y = rng.normal(size=(2, 40))
    both = rebinning(a * x + b * y, valid=valid).flux
    apart = a * rebinning(x, valid=valid).flux + b * rebinning(y, valid=valid).flux
    np.testing.assert_allclose(both, apart, atol=1e-12)


@given(seeds, sizes)
def test_a_grid_onto_itself_changes_nothing(seed, n_pixels):
    rng = np.random.default_rng(seed)
    wave = random_grid(rng, 1.0, 2.0, n_pixels)
    flux, sigma = rng.normal(size=n_pixels), rng.uniform(0.1, 1, n_pixels)
    result = Rebinning.between(wave, wave)(flux, sigma, min_coverage=1)
    np.testing.assert_allclose(result.flux, flux, rtol=1e-12)
    np.testing.assert_allclose(result.sigma, sigma, rtol=1e-12)
    assert result.valid.all()


@given(seeds)
def test_a_flat_spectrum_stays_flat_whatever_is_masked(seed):
    rng = np.random.default_rng(seed)
    rebinning = Rebinning.between(random_grid(rng, 1, 2, 50), random_grid(rng, 0.8, 2.2, 20))
    result = rebinning(np.full(50, 3.0), valid=rng.random(50) > 0.4)
    np.testing.assert_allclose(result.flux[result.valid], 3.0, rtol=1e-12)
    assert np.all(np.isnan(result.flux[~result.valid]))


@given(seeds)
def test_masked_pixels_take_no_part(seed):
    rng = np.random.default_rng(seed)
    rebinning = Rebinning.between(random_grid(rng, 1, 2, 50), random_grid(rng, 1, 2, 20))
    flux, sigma, valid = rng.normal(size=50), rng.uniform(1, 2, 50), rng.random(50) > 0.3
    clean = rebinning(flux, sigma, valid)
    spoilt = rebinning(np.where(valid, flux, np.nan), np.where(valid, sigma, -1.0))
    for one, other in zip(clean, spoilt, strict=True):
        np.testing.assert_array_equal(one, other)


def test_validity_follows_the_covered_fraction():
    rebinning = Rebinning.between(np.arange(1.0, 9.0), np.array([2.5, 6.5, 10.5]))
    valid = np.array([True, True, False, True, True, False, False, False])
    fraction = np.array([3 / 4, 1 / 4, 0.0])
    for min_coverage in (0.2, 0.25, 0.5, 0.75, 0.8):
        result = rebinning(np.ones(8), valid=valid, min_coverage=min_coverage)
        np.testing.assert_array_equal(result.valid, fraction >= min_coverage)


def test_nothing_in_common_is_nowhere_valid():
    result = Rebinning.between(np.array([1.0, 2.0]), np.array([5.0, 6.0]))(np.ones(2), np.ones(2))
    assert not result.valid.any()
    assert np.all(np.isnan(result.flux) & np.isnan(result.sigma))


def test_errors_and_covariance_are_those_of_many_draws():
    rng = np.random.default_rng(4)
    old, new = random_grid(rng, 1.0, 2.0, 30), random_grid(rng, 1.0, 2.0, 22)
    sigma, valid = rng.uniform(0.5, 2.0, 30), rng.random(30) > 0.15
    rebinning = Rebinning.between(old, new)
    draws = rebinning(rng.normal(0, sigma, (40_000, 30)), valid=np.tile(valid, (40_000, 1)))
    result = rebinning(np.zeros(30), sigma, valid)
    covariance = rebinning.covariance(sigma, valid).toarray()
    good = result.valid
    measured = np.cov(draws.flux[:, good].T)
    scale = np.outer(result.sigma[good], result.sigma[good])
    np.testing.assert_allclose(measured / scale, covariance[np.ix_(good, good)] / scale, atol=0.03)
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() > 0.05
    assert not covariance[~good].any()


@given(seeds, sizes, sizes)
def test_the_diagonal_of_the_covariance_is_sigma_squared(seed, n_old, n_new):
    rng = np.random.default_rng(seed)
    rebinning = Rebinning.between(random_grid(rng, 1, 2, n_old), random_grid(rng, 1, 2, n_new))
    sigma, valid = rng.uniform(0.5, 2.0, n_old), rng.random(n_old) > 0.2
    result = rebinning(np.zeros(n_old), sigma, valid)
    diagonal = rebinning.covariance(sigma, valid).diagonal()
    np.testing.assert_allclose(diagonal, np.nan_to_num(result.sigma) ** 2, rtol=1e-12)


@pytest.mark.parametrize("shape", [(8,), (1, 8), (0, 8), (2, 3, 8), (30_000, 8)])
def test_any_leading_shape_is_kept(shape):
    flux = np.arange(np.prod(shape), dtype=float).reshape(shape)
    result = Rebinning.between(np.arange(1.0, 9.0), np.array([1.5, 3.5, 5.5]))(flux, flux + 1)
    assert [array.shape for array in result] == [(*shape[:-1], 3)] * 3
    # the pixel at 1.5 reaches from 0.5 to 2.5: over the first two old ones
    np.testing.assert_allclose(result.flux[..., 0], flux[..., :2].mean(axis=-1))


def test_single_precision_comes_in_and_double_goes_out():
    rebinning = Rebinning.between(np.arange(1.0, 9.0), np.array([2.0, 4.0]))
    assert rebinning(np.ones(8, np.float32), np.ones(8, np.float32)).flux.dtype == np.float64


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ([1.0], [1.0, 2.0], "two pixels"),
        ([1.0, 2.0], [2.0, 1.0], "increasing"),
        ([1.0, np.nan], [1.0, 2.0], "finite"),
        ([-1.0, 2.0], [1.0, 2.0], "positive"),
    ],
)
def test_impossible_grids_are_refused(old, new, message):
    with pytest.raises(DataError, match=message):
        Rebinning.between(np.array(old), np.array(new))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"flux": np.ones(3)}, "flux must have shape"),
        ({"flux": np.ones(2), "sigma": np.ones(3)}, "sigma must have shape"),
        ({"flux": np.ones((2, 2)), "valid": np.ones(2, bool)}, "valid must have shape"),
        ({"flux": np.ones(2), "min_coverage": 0.0}, "min_coverage"),
        ({"flux": np.ones(2), "min_coverage": np.nan}, "min_coverage"),
    ],
)
def test_arrays_of_another_grid_are_refused(arguments, message):
    rebinning = Rebinning.between(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    with pytest.raises(DataError, match=message):
        rebinning(**arguments)
