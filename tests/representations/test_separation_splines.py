"""Templates as splines: right between pixels, and one solve for all of them."""

import numpy as np
import pytest
from scipy import sparse

from starsieve.data import Spectrum
from starsieve.errors import DataError
from starsieve.representations.exposures import make_exposure, read_table
from starsieve.representations.separation_bands import SPECIES, check_ranges, in_bands
from starsieve.representations.separation_splines import Knots, Normal, solve


def make_spectrum(**keywords):
    wave = np.linspace(0.62, 0.63, 50)
    return Spectrum(wave, np.ones(50), **keywords)


def test_splines_follow_a_line_between_their_knots():
    knots = Knots.over(-1.0, 1.0, 0.05)
    places, between = np.linspace(-0.9, 0.9, 400), np.linspace(-0.85, 0.85, 77)
    line = np.exp(-0.5 * (places / 0.1) ** 2)
    found = np.linalg.lstsq(knots.matrix(places).toarray(), line, rcond=None)[0]
    expected = np.exp(-0.5 * (between / 0.1) ** 2)
    np.testing.assert_allclose(knots.matrix(between) @ found, expected, atol=2e-3)
    slope = -between / 0.1**2 * expected
    np.testing.assert_allclose(knots.matrix(between, 1) @ found, slope * knots.step, atol=5e-3)
    np.testing.assert_allclose(
        knots.matrix(between, 2) @ found,
        np.gradient(knots.matrix(between, 1) @ found, between) * knots.step,
        atol=0.05,
    )


def test_splines_are_zero_beyond_their_knots():
    matrix = Knots.over(0.0, 1.0, 0.1).matrix(np.array([-3.0, 0.5, 9.0]))
    np.testing.assert_allclose(matrix.sum(axis=1), [0.0, 1.0, 0.0])


def test_blocks_that_hang_together_are_solved_together():
    rng = np.random.default_rng(0)
    design = sparse.csr_array(rng.normal(size=(60, 12)))
    right = rng.normal(size=12)
    matrix = sparse.csr_array(design.T @ design)
    found = solve(Normal(matrix, right, (8, 4)), np.zeros(12))
    np.testing.assert_allclose(matrix @ found, right, atol=1e-5)


def test_gases_absorb_in_their_bands():
    oxygen, water = SPECIES
    places = np.array([0.55, 0.6280, 0.6880, 0.6500])
    assert in_bands(places, oxygen).tolist() == [False, True, True, False]
    assert in_bands(places, water)[3]


def test_overlapping_ranges_are_refused():
    with pytest.raises(DataError, match="overlap"):
        check_ranges(((0.62, 0.64), (0.63, 0.65)))


def test_the_sky_is_found_in_the_header():
    header = {
        "ESO DRS BERV": 18.2,
        "ESO TEL AIRM START": 1.2,
        "ESO TEL AIRM END": 1.4,
        "ESO TEL AMBI RHUM": 31.0,
    }
    exposure = make_exposure(make_spectrum(meta={"object": "HD1", "header": header}), "a.fits")
    assert (exposure.star, exposure.berv_km_s) == ("HD1", 18.2)
    assert exposure.airmass == pytest.approx(1.3)
    assert exposure.relative_humidity == 31.0


def test_a_table_wins_over_the_header(tmp_path):
    table = tmp_path / "index.csv"
    table.write_text("file,berv_km_s,airmass_start,airmass_end\na.fits,-3.5,1.0,1.2\n")
    row = read_table(table)["a.fits"]
    exposure = make_exposure(make_spectrum(meta={"header": {"BERV": 9.0}}), "a.fits", row)
    assert exposure.berv_km_s == -3.5
    assert exposure.airmass == pytest.approx(1.1)


def test_a_spectrum_without_the_earths_velocity_is_refused():
    with pytest.raises(DataError, match="BERV"):
        make_exposure(make_spectrum(), "a.fits")


def test_a_spectrum_in_the_stars_frame_is_refused():
    with pytest.raises(DataError, match="own frame"):
        make_exposure(make_spectrum(frame="rest", meta={"berv_km_s": 1.0}), "a.fits")


def test_observed_wavelengths_are_brought_to_the_barycentre():
    exposure = make_exposure(
        make_spectrum(frame="topocentric", meta={"berv_km_s": 29.9792458}), "a.fits"
    )
    np.testing.assert_allclose(np.exp(exposure.log_wave), exposure.spectrum.wave * 1.0001)
