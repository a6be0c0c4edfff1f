import numpy as np
import pytest
from astropy.io import fits

from starsieve.data.grids import air_to_vacuum
from starsieve.errors import UnknownFormatError
from starsieve.readers import Hints, read
from tests.readers.made_files import make_harps_e2ds, make_harps_s1d

LIGHT = 299_792.458
SODIUM_D2, SODIUM_D1 = 5891.583e-4, 5897.558e-4
"""Micron, in vacuum (NIST)."""


def test_a_merged_spectrum_is_in_air_and_barycentric(tmp_path):
    spectrum = read(make_harps_s1d(tmp_path)).spectrum

    assert (spectrum.medium, spectrum.frame, spectrum.resolution) == ("air", "barycentric", 115_000)
    np.testing.assert_allclose(spectrum.wave[0], air_to_vacuum(np.array([0.588]))[0], rtol=1e-12)
    assert spectrum.flux_unit == ""


def test_the_zeros_between_the_detectors_are_not_valid(tmp_path):
    reading = read(make_harps_s1d(tmp_path))

    np.testing.assert_array_equal(np.flatnonzero(~reading[0].usable), np.arange(1000, 1100))
    assert "Pixels of zero flux, between the detectors, not valid: 100." in reading.assumed


def test_what_was_observed_when_is_in_the_metadata(tmp_path):
    meta = read(make_harps_s1d(tmp_path)).spectrum.meta

    assert meta["object"] == "HD 128621"
    assert meta["berv_km_s"] == 18.26
    assert meta["airmass"] == pytest.approx(1.3)
    assert meta["relative_humidity"] == 31
    assert meta["snr"] == 343.1
    assert (meta["mjd"], meta["exposure_s"]) == (56010.36, 10)
    assert meta["radial_velocity_km_s"] == -21.9


def test_the_wider_fibre_has_a_lower_resolution(tmp_path):
    path = make_harps_s1d(tmp_path, **{"HIERARCH ESO INS MODE": "EGGS"})

    assert read(path).spectrum.resolution == 80_000


def test_the_caller_knows_better(tmp_path):
    spectrum = read(make_harps_s1d(tmp_path), Hints(medium="vacuum", frame="rest")).spectrum

    assert (spectrum.wave[0], spectrum.frame) == (pytest.approx(0.588), "rest")


def test_every_order_is_a_spectrum_with_the_wavelengths_of_the_header(tmp_path):
    reading = read(make_harps_e2ds(tmp_path))

    assert [order.meta["order"] for order in reading] == [0, 1, 2]
    pixels = np.arange(200)
    air = 5060.0 + 0.02 * pixels - 1e-6 * pixels**2
    np.testing.assert_allclose(reading[2].wave, air_to_vacuum(air * 1e-4), rtol=1e-12)
    assert reading[0].frame == "topocentric"
    np.testing.assert_allclose(reading[0].sigma, np.sqrt(900 + 6 * 25.0), rtol=1e-6)


def test_without_the_read_out_noise_no_errors_are_made_up(tmp_path):
    reading = read(make_harps_e2ds(tmp_path, **{"HIERARCH ESO DRS CCD SIGDET": "none"}))

    assert reading[0].sigma is None
    assert "Read-out noise not stated, so that no errors were estimated." in reading.assumed


def test_a_calibration_is_refused(tmp_path):
    path = make_harps_e2ds(tmp_path, **{"HIERARCH ESO DPR CATG": "CALIB"})

    with pytest.raises(UnknownFormatError, match="no spectrum of a star"):
        read(path)


def line_centre(wave, flux, about, half=20):
    """Return the centre of the core of a line, by a parabola through its lowest part."""
    near = np.flatnonzero(np.abs(wave - about) < 0.4e-4)
    lowest = near[np.argmin(np.convolve(flux[near], np.ones(9), mode="same")[5:-5]) + 5]
    around = slice(lowest - half, lowest + half + 1)
    a, b, _ = np.polyfit((wave[around] - about) / 1e-4, flux[around], 2)
    return about - b / (2 * a) * 1e-4


def test_the_sodium_lines_of_alpha_centauri_b_are_where_its_velocity_puts_them(real_data):
    speeds = []
    for path in sorted((real_data / "stellar/harps_alpha_cen_b").glob("*_s1d_A.fits.gz"))[::5]:
        star = read(path).spectrum
        expected = np.array([SODIUM_D2, SODIUM_D1]) * (1 - 22.5 / LIGHT)
        found = [line_centre(star.wave, star.flux, line) for line in expected]
        speeds.append((np.array(found) / [SODIUM_D2, SODIUM_D1] - 1) * LIGHT)

    # The pair of stars recedes at -22.4 km/s, of which B differed by some tenths in 2012.
    assert np.all(np.abs(np.array(speeds) + 22.5) < 0.5)
    # The Earth's own velocity changed by 25 km/s over these nights; a pixel is 0.5 km/s.
    assert np.max(np.ptp(speeds, axis=0)) < 0.1


@pytest.mark.parametrize("night", [0, 8, 15])
def test_the_lines_of_the_air_stand_still_once_the_earths_motion_is_taken_out(real_data, night):
    # Computed transmission of oxygen, in vacuum: what is left is an error of medium or frame.
    oxygen = read(real_data / "stellar/tellurics/O2.fits").spectrum
    paths = sorted((real_data / "stellar/harps_alpha_cen_b").glob("*_s1d_A.fits.gz"))
    star = read(paths[night]).spectrum
    band = (star.wave > 0.628) & (star.wave < 0.631)
    speeds = np.arange(-3, 3.1, 0.25)

    likeness = [
        np.corrcoef(
            np.interp(
                star.wave[band] / (1 + (star.meta["berv_km_s"] + speed) / LIGHT),
                oxygen.wave,
                oxygen.flux,
            ),
            star.flux[band],
        )[0, 1]
        for speed in speeds
    ]

    assert abs(speeds[np.argmax(likeness)]) <= 0.5
    assert max(likeness) > 0.3


def flattened(wave, flux):
    """Return flux over its own smooth run."""
    middle = (wave - wave.mean()) / np.ptp(wave)
    return flux / np.polyval(np.polyfit(middle, flux, 5), middle)


def test_orders_and_merged_spectrum_of_one_exposure_agree(real_data):
    folder = real_data / "stellar/formats"
    merged = read(next(folder.glob("HARPS.2003*_s1d_A.fits"))).spectrum
    order = read(next(folder.glob("HARPS.2003*_e2ds_A.fits")))[50]
    wave = order.wave * (1 + order.meta["berv_km_s"] / LIGHT)
    inside = (merged.wave > wave[500]) & (merged.wave < wave[3500])
    grid = merged.wave[inside]

    likeness = {
        shift: np.corrcoef(
            flattened(grid, np.interp(grid + shift * 1e-6, wave, order.flux)),
            flattened(grid, merged.flux[inside]),
        )[0, 1]
        for shift in (-1, 0, 1)
    }

    assert max(likeness, key=likeness.get) == 0
    assert likeness[0] > 0.95


def test_the_estimated_errors_are_those_of_the_pipeline(real_data):
    path = next((real_data / "stellar/formats").glob("HARPS.2003*_e2ds_A.fits"))
    orders, header = read(path), fits.getheader(path)

    for number in (10, 30, 50, 60):
        order, middle = orders[number], slice(1848, 2248)
        snr = np.median(order.flux[middle]) / np.median(order.sigma[middle])
        assert snr == pytest.approx(header[f"ESO DRS SPE EXT SN{number}"], rel=0.15)
