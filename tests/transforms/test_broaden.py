"""Convolution broadens lines as it should, keeps their flux, and respects masks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starsieve.data.grids import log_grid
from starsieve.errors import DataError
from starsieve.transforms import broaden
from starsieve.transforms.broaden import FWHM, broadened, convolve_to_resolution
from starsieve.transforms.rebin import Rebinning, pixel_edges

seeds = st.integers(0, 2**32 - 1)


def line(wave, centre, resolution):
    """Return a Gaussian absorption line as wide as the resolution element."""
    return 1 - 0.8 * np.exp(-0.5 * ((wave - centre) * FWHM * resolution / centre) ** 2)


def moments(wave, flux):
    """Return the equivalent width, the mean wavelength and the standard deviation of a line."""
    weight = (1 - flux) * np.diff(pixel_edges(wave))
    mean = weight @ wave / weight.sum()
    return weight.sum(), mean, np.sqrt(weight @ (wave - mean) ** 2 / weight.sum())


@pytest.mark.parametrize("make_grid", [np.linspace, log_grid])
@pytest.mark.parametrize(("before", "after"), [(300, 100), (2_000, 100), (2_000, 1_500)])
def test_widths_add_in_quadrature_and_equivalent_widths_stay(make_grid, before, after):
    wave = make_grid(1.0, 2.0, 8_000)
    given_flux = line(wave, 1.4, before)
    result = convolve_to_resolution(wave, given_flux, before, after)
    equivalent, mean, width = moments(wave, result.flux)
    assert equivalent == pytest.approx(moments(wave, given_flux)[0], rel=1e-6)
    assert mean == pytest.approx(1.4, rel=3 / after**2)
    assert width == pytest.approx(1.4 / after / FWHM, rel=3e-4)
    np.testing.assert_allclose(result.flux, line_of(wave, 1.4, before, after), atol=4e-3)


def line_of(wave, centre, before, after):
    """Return the line of resolution `before` as seen at resolution `after`."""
    return 1 - (1 - line(wave, centre, after)) * after / before


def test_the_width_follows_a_resolution_given_per_pixel():
    wave = np.linspace(1.0, 2.0, 8_000)
    resolution = np.where(wave < 1.5, 100.0, 300.0)
    both = line(wave, 1.25, 1_000) * line(wave, 1.75, 1_000)
    result = convolve_to_resolution(wave, both, 1_000, resolution)
    for centre, expected, half in ((1.25, 100, wave < 1.5), (1.75, 300, wave >= 1.5)):
        _, _, width = moments(wave[half], result.flux[half])
        assert width == pytest.approx(centre / expected / FWHM, rel=1e-3)


@given(seeds, st.floats(20, 2_000), st.floats(1.01, 10))
def test_a_flat_spectrum_stays_flat_whatever_is_masked(seed, resolution, factor):
    rng = np.random.default_rng(seed)
    wave = 1 + rng.uniform(0.2, 1, 200).cumsum() / 100
    result = convolve_to_resolution(
        wave, np.full(200, 7.0), resolution * factor, resolution, valid=rng.random(200) > 0.2
    )
    np.testing.assert_allclose(result.flux[result.valid], 7.0, rtol=1e-12)


@given(seeds, st.floats(-5, 5), st.floats(-5, 5))
def test_it_is_linear(seed, a, b):
    rng = np.random.default_rng(seed)
    wave, (x, y) = np.linspace(1, 2, 150), rng.normal(size=(2, 150))
    valid = rng.random(150) > 0.2
    sum_of_both, of_x, of_y = (
        convolve_to_resolution(wave, flux, 200, 50, valid=valid).flux
        for flux in (a * x + b * y, x, y)
    )
    np.testing.assert_allclose(sum_of_both, a * of_x + b * of_y, atol=1e-12)


@pytest.mark.parametrize("from_resolution", [100.0, 50.0])
def test_nothing_is_sharpened(from_resolution):
    rng = np.random.default_rng(1)
    wave, flux, sigma = np.linspace(1, 2, 100), rng.normal(size=100), rng.uniform(1, 2, 100)
    result = convolve_to_resolution(wave, flux, from_resolution, 100.0, sigma)
    np.testing.assert_allclose(result.flux, flux, rtol=1e-12)
    np.testing.assert_allclose(result.sigma, sigma, rtol=1e-12)


def test_errors_are_those_of_many_draws():
    rng = np.random.default_rng(2)
    wave, sigma = np.linspace(1, 2, 100), rng.uniform(0.5, 2, 100)
    valid = rng.random(100) > 0.2
    draws = rng.normal(0, sigma, (20_000, 100))
    many = convolve_to_resolution(wave, draws, 200, 40, valid=np.tile(valid, (20_000, 1)))
    one = convolve_to_resolution(wave, draws[0], 200, 40, sigma, valid)
    good = one.valid
    assert good.sum() > 90
    np.testing.assert_allclose(many.flux[:, good].std(axis=0), one.sigma[good], rtol=0.03)


def test_a_narrow_gap_is_bridged_and_a_wide_one_stays():
    wave = np.linspace(1.0, 2.0, 200)
    valid = np.ones(200, bool)
    valid[50] = False
    valid[100:160] = False
    result = convolve_to_resolution(wave, np.full(200, 5.0), 1_000, 30, valid=valid)
    assert result.valid[50]
    assert not result.valid[115:145].any()
    assert np.isnan(result.flux[130])
    assert result.valid[[0, -1]].all()


def test_rows_with_other_masks_are_convolved_each_by_itself():
    rng = np.random.default_rng(3)
    wave, flux = np.linspace(1, 2, 80), rng.normal(size=(4, 80))
    sigma, valid = rng.uniform(1, 2, flux.shape), rng.random(flux.shape) > 0.2
    together = convolve_to_resolution(wave, flux, 100, 40, sigma, valid)
    for row in range(4):
        alone = convolve_to_resolution(wave, flux[row], 100, 40, sigma[row], valid[row])
        for one, many in zip(alone, together, strict=True):
            np.testing.assert_allclose(one, many[row], rtol=1e-12)


@pytest.mark.parametrize(
    ("from_resolution", "to_resolution", "message"),
    [
        (0, 10, "from_resolution must be positive"),
        (100, -1, "to_resolution must be positive"),
        (100, np.nan, "to_resolution must be positive"),
        (100, np.ones(3), "to_resolution must have shape"),
    ],
)
def test_impossible_resolutions_are_refused(from_resolution, to_resolution, message):
    with pytest.raises(DataError, match=message):
        convolve_to_resolution(np.linspace(1, 2, 9), np.ones(9), from_resolution, to_resolution)


def test_a_long_spectrum_is_worked_on_in_parts(monkeypatch):
    rng = np.random.default_rng(6)
    wave, flux, sigma = np.linspace(1, 2, 500), rng.normal(size=500), rng.uniform(1, 2, 500)
    rebinning = Rebinning.between(wave, np.linspace(1.1, 1.9, 70))
    whole = convolve_to_resolution(wave, flux, 500, 50, sigma)
    onto = broadened(rebinning, wave, 500, 50)(flux, sigma)
    monkeypatch.setattr(broaden, "BLOCK", 100)
    for one, other in zip(convolve_to_resolution(wave, flux, 500, 50, sigma), whole, strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(broadened(rebinning, wave, 500, 50)(flux, sigma), onto, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_pixels_far_finer_than_the_resolution_may_be_taken_together(monkeypatch):
    rng = np.random.default_rng(7)
    wave = np.geomspace(1.0, 1.1, 6000)
    line = 0.5 * np.exp(-0.5 * ((wave - 1.05) / 3e-4) ** 2)
    flux, valid = 1 + line, rng.uniform(size=6000) > 0.1
    sigma = rng.uniform(0.01, 0.02, 6000)
    rebinning = Rebinning.between(wave, np.geomspace(1.01, 1.09, 120))
    together = broadened(rebinning, wave, 30_000, 300)(flux, sigma, valid)
    monkeypatch.setattr(broaden, "FEWEST_GROUPED", np.inf)
    apart = broadened(rebinning, wave, 30_000, 300)(flux, sigma, valid)

    height = apart.flux.max() - 1
    np.testing.assert_array_equal(together.valid, apart.valid)
    np.testing.assert_allclose(together.flux, apart.flux, atol=2e-3 * height)
    np.testing.assert_allclose(together.sigma, apart.sigma, rtol=5e-3)


def test_an_echelle_spectrum_comes_to_a_prisms_resolution_in_seconds():
    wave = np.linspace(0.38, 0.69, 300_000)
    rebinning = Rebinning.between(wave, np.geomspace(0.4, 0.65, 60))

    found = broadened(rebinning, wave, 115_000, 100)(np.ones(300_000))

    np.testing.assert_allclose(found.flux, 1.0)
