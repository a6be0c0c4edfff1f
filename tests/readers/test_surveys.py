import numpy as np
import pytest
from astropy.io import fits

from starsieve.data.grids import air_to_vacuum
from starsieve.errors import DataError, FileError, StarsieveError, UnknownFormatError
from starsieve.readers import Hints, read
from tests.readers import made_files as made

LIGHT = 299_792.458


def test_the_image_of_lamost_has_errors_and_leaves_out_what_is_flagged(tmp_path):
    spectrum = read(made.make_lamost_image(tmp_path)).spectrum

    np.testing.assert_allclose(spectrum.wave, 10**made.LOG_WAVE * 1e-4, rtol=1e-9)
    assert np.flatnonzero(~spectrum.usable).tolist() == [0, 1, 2, 3, 4, 10]
    np.testing.assert_allclose(spectrum.sigma[spectrum.usable], 0.5)
    assert (spectrum.medium, spectrum.frame, spectrum.resolution) == (
        *("vacuum", "heliocentric"),
        1800,
    )
    assert spectrum.meta["object"] == "LAMOST J063715.90+271356.5"
    assert spectrum.meta["radial_velocity_km_s"] == pytest.approx(-29.98, abs=0.01)


def test_sums_and_exposures_of_lamost_are_all_read(tmp_path):
    reading = read(made.make_lamost_tables(tmp_path))

    assert [s.meta["part"] for s in reading] == ["COADD_R", "R-84454696", "COADD_B"]
    for spectrum in reading:
        np.testing.assert_allclose(spectrum.wave, 10**made.LOG_WAVE * 1e-4, rtol=1e-6)
        assert spectrum.resolution == 7500
    assert (reading[1].meta["exposure_s"], reading[1].meta["snr"]) == (1200, 63.96)
    assert not reading[0].usable[10]


def test_a_mask_that_flags_everything_is_not_used(tmp_path):
    path = made.make_lamost_image(tmp_path)
    with fits.open(path, mode="update") as hdus:
        hdus[0].data[3] = 1

    reading = read(path)

    assert np.sum(~reading[0].usable) == 5
    assert "The mask flags most pixels; it was not used." in reading.assumed


def test_a_spectrum_of_sdss_has_name_class_and_velocity(tmp_path):
    spectrum = read(made.make_sdss(tmp_path)).spectrum

    assert spectrum.meta["object"] == "SDSS 0266-51602-0031"
    assert (spectrum.meta["class"], spectrum.meta["subclass"]) == ("STAR", "WD")
    assert spectrum.meta["radial_velocity_km_s"] == pytest.approx(29.98, abs=0.01)
    assert spectrum.flux_unit == "1e-17 erg / (Angstrom s cm2)"
    # A width of one pixel: 2.355 pixels of 1e-4 dex, which are 2.303e-4 of the wavelength.
    assert spectrum.resolution == pytest.approx(1844, abs=1)
    assert np.flatnonzero(~spectrum.usable).tolist() == [0, 1, 2, 3, 4, 10]


def test_a_normalised_spectrum_of_apogee_is_at_rest_in_vacuum(tmp_path):
    spectrum = read(made.make_apogee_aspcap(tmp_path)).spectrum

    expected = 10 ** (4.179 + 6e-6 * np.arange(600)) * 1e-4
    np.testing.assert_allclose(spectrum.wave, expected, rtol=1e-9)
    assert (spectrum.frame, spectrum.flux_unit) == ("rest", "")
    assert np.flatnonzero(~spectrum.usable).tolist() == list(range(250, 300))
    assert spectrum.meta["object"] == "2M00452143+1634446"


def test_a_star_of_apogee_comes_with_all_its_visits(tmp_path):
    reading = read(made.make_apogee_star(tmp_path, n_visits=3))

    assert [s.meta["part"] for s in reading] == ["combined", "visit 1", "visit 2", "visit 3"]
    # Of the combined spectra the second, of other weights, is left out.
    levels = [s.flux[10] / reading[0].flux[10] for s in reading]
    np.testing.assert_allclose(levels, [1, 3, 4, 5], rtol=1e-5)
    assert reading[1].meta["berv_km_s"] == -6.5
    assert reading[1].meta["radial_velocity_km_s"] == 7.2
    assert reading[0].meta["radial_velocity_km_s"] == 6.7


def test_what_one_visit_flags_is_still_good_in_the_sum(tmp_path):
    # The first row of the mask flags what any visit flags, the second what all of them do.
    reading = read(made.make_apogee_star(tmp_path, n_visits=2))

    assert reading[0].usable[100:200].all()


def test_the_only_visit_of_a_star_is_the_sum(tmp_path):
    reading = read(made.make_apogee_star(tmp_path, n_visits=1))

    assert [s.meta["part"] for s in reading] == ["combined"]
    assert not reading[0].usable[100:200].any()


def test_the_detectors_of_a_visit_are_as_observed(tmp_path):
    reading = read(made.make_apogee_visit(tmp_path))

    assert [s.meta["chip"] for s in reading] == ["a", "b", "c"]
    assert [s.frame for s in reading] == ["topocentric"] * 3
    assert [round(s.wave[0] * 1e4) for s in reading] == [16500, 15900, 15200]
    # They run downwards in the file, so the flux must have been turned round, too.
    np.testing.assert_allclose(reading[0].flux, made.apogee_flux(3)[0][::-1], rtol=1e-6)


def test_orders_of_crires_are_spectra_and_empty_ones_left_out(tmp_path):
    reading = read(made.make_crires(tmp_path))

    assert [(s.meta["chip"], s.meta["order"]) for s in reading] == [
        ("CHIP1.INT1", 2),
        ("CHIP1.INT1", 3),
        ("CHIP2.INT1", 2),
    ]
    assert (reading[0].frame, reading[0].resolution) == ("topocentric", 100_000)
    np.testing.assert_allclose(reading[0].wave[[0, -1]], [2.26, 2.275], rtol=1e-12)
    assert "Orders without a spectrum, left out: 1." in reading.assumed


def test_orders_of_iraf_follow_their_polynomials(tmp_path):
    reading = read(made.make_echelle(tmp_path), Hints(medium="vacuum"))

    x = (2 * np.arange(1, 401) - 401) / 399
    legendre = 5010.5 + 8.25 * x - 0.125 * (3 * x**2 - 1) / 2
    np.testing.assert_allclose(reading[0].wave, legendre * 1e-4, rtol=1e-10)
    log = 10 ** (3.7 + 1e-5 * np.arange(400)) / 1.0001
    np.testing.assert_allclose(reading[1].wave, log * 1e-4, rtol=1e-10)
    np.testing.assert_allclose(reading[2].wave, (5100 + 0.05 * np.arange(400)) * 1e-4, rtol=1e-10)
    assert [s.meta["order"] for s in reading] == [118, 117, 116]


def test_orders_of_iraf_are_taken_to_be_in_air(tmp_path):
    reading = read(made.make_echelle(tmp_path))

    np.testing.assert_allclose(reading[2].wave[0], air_to_vacuum(np.array([0.51]))[0], rtol=1e-10)
    said = "Medium not stated, taken as air: IRAF's lists of arc lines are in air."
    assert said in reading.assumed


@pytest.mark.parametrize(
    ("orders", "said"),
    [
        (["1 118 2 5000.0 0.04 400 0. 7. 29. 1. 0. 3 3 1. 400. 1 2 3"], "splines or samples"),
        (["1 118 2 5000.0 0.04 400 0. 7. 29. 1. 0. 2 9 1. 400. 1 2 3"], "is cut short"),
        (["1 118 0 5000.0"], "not specified in full"),
        (["1 118 -1 5000.0 0.04 400 0. 7. 29."], "has no wavelengths: its type is -1"),
        (["1 118 0 5000.0 x 400 0. 7. 29."], "are damaged"),
        (["1 118 0 5000.0 0.1 500 0. 7. 29."], "has 400 pixels, and wavelengths for 500"),
    ],
)
def test_orders_without_good_wavelengths_are_refused(tmp_path, orders, said):
    with pytest.raises(StarsieveError, match=said):
        read(made.make_echelle(tmp_path, orders))


def test_a_product_of_eso_tells_air_by_its_ucd(tmp_path):
    spectrum = read(made.make_eso(tmp_path)).spectrum

    np.testing.assert_allclose(spectrum.wave, air_to_vacuum(made.WAVE), rtol=1e-12)
    assert (spectrum.frame, spectrum.resolution) == ("barycentric", 48000)
    assert spectrum.sigma is None
    assert spectrum.meta["snr"] == 120.5


def test_a_product_of_eso_in_vacuum_stays_there(tmp_path):
    spectrum = read(made.make_eso(tmp_path, ucd="em.wl")).spectrum

    np.testing.assert_allclose(spectrum.wave, made.WAVE, rtol=1e-12)


def test_the_x_shooter_library_is_in_air_whatever_it_says(tmp_path):
    path = made.make_eso(tmp_path, ucd="em.wl", XSL_ID="X0360")

    np.testing.assert_allclose(read(path)[0].wave, air_to_vacuum(made.WAVE), rtol=1e-12)
    np.testing.assert_allclose(read(path, Hints(medium="vacuum"))[0].wave, made.WAVE, rtol=1e-12)


def test_templates_that_count_powers_of_ten_are_seen_through(tmp_path):
    path = tmp_path / "MaStarHC.fits"
    primary = fits.PrimaryHDU(np.full(500, 2.0))
    primary.header.update({"CTYPE1": "WAVE-LOG", "CRVAL1": 3.5601, "CDELT1": 1e-4, "CRPIX1": 1})
    parts = [fits.ImageHDU(np.full(500, 4.0), name="IVAR")]
    parts.append(fits.ImageHDU(np.full(500, 1850.0), name="SRES"))
    fits.HDUList([primary, *parts]).writeto(path)

    spectrum = read(path).spectrum

    np.testing.assert_allclose(spectrum.wave[0], 10**3.5601 * 1e-4, rtol=1e-12)
    assert (spectrum.resolution, spectrum.sigma[0]) == (1850, 0.5)


def test_a_logarithmic_axis_with_a_unit_follows_the_standard(tmp_path):
    path = tmp_path / "infrared.fits"
    primary = fits.PrimaryHDU(np.full(500, 2.0))
    primary.header.update({"CTYPE1": "WAVE-LOG", "CRVAL1": 3.5601, "CDELT1": 1e-4, "CRPIX1": 1})
    primary.header["CUNIT1"] = "um"
    primary.writeto(path)

    wave = read(path).spectrum.wave

    np.testing.assert_allclose(wave, 3.5601 * np.exp(1e-4 / 3.5601 * np.arange(500)), rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "change", "error"),
    [
        (made.make_lamost_image, {"COEFF0": 99.0}, DataError),
        (made.make_apogee_star, {"NVISITS": None}, UnknownFormatError),
        (made.make_harps_e2ds, {"ESO DRS CAL TH COEFF LL3": "x"}, UnknownFormatError),
    ],
)
def test_headers_that_make_no_sense_are_refused(tmp_path, make, change, error):
    path = make(tmp_path)
    with fits.open(path, mode="update") as hdus:
        for card, value in change.items():
            hdus[0].header[card] = value
        hdus[0].header.remove("NVISITS", ignore_missing=True)

    with pytest.raises((error, FileError)):
        read(path)


def high_pass(flux, width=151):
    return flux / np.convolve(flux, np.ones(width) / width, mode="same")


def test_a_visit_of_apogee_and_its_star_are_apart_by_its_velocity(real_data):
    folder = real_data / "stellar/formats"
    chip = read(folder / "apVisit_apVisit-2M03442721+3220288-0.fits")[1]
    at_rest = read(folder / "apStar_apStar-r6-2M03442721+3220288.fits")[1]
    observed = at_rest.meta["radial_velocity_km_s"] - at_rest.meta["berv_km_s"]

    likeness = {}
    for off in (-5, 0, 5):
        wave = chip.wave / (1 + (observed + off) / LIGHT)
        inside = (at_rest.wave > wave[50]) & (at_rest.wave < wave[-50]) & at_rest.usable
        shifted = np.interp(at_rest.wave[inside], wave[chip.usable], chip.flux[chip.usable])
        pair = high_pass(shifted)[200:-200], high_pass(at_rest.flux[inside])[200:-200]
        likeness[off] = np.corrcoef(*pair)[0, 1]

    assert likeness[0] > 0.9
    assert max(likeness[-5], likeness[5]) < 0.7


def test_the_normalised_and_the_plain_spectrum_of_a_star_agree(real_data):
    folder = real_data / "stellar/formats"
    plain = read(next(folder.glob("apStar_*2M00452143*")))[0]
    normalised = read(next(folder.glob("aspcapStar_*2M00452143*"))).spectrum
    good = plain.usable & normalised.usable
    flux = high_pass(np.where(good, plain.flux, np.median(plain.flux[good])), 301)

    likeness = [
        np.corrcoef(np.roll(flux, k)[good], normalised.flux[good])[0, 1] for k in (-1, 0, 1)
    ]

    assert np.argmax(likeness) == 1
    assert likeness[1] > 0.95


def test_h_beta_of_lamost_is_where_the_velocities_put_it(real_data):
    from scipy.optimize import curve_fit

    [spectra] = read(real_data / "stellar/lamost/lamost_labelled.npz")
    near = np.abs(spectra.wave - 0.486268) < 0.0035
    x = (spectra.wave[near] / 0.486268 - 1) * LIGHT

    def line(x, level, slope, centre, depth, width):
        return level + slope * x - depth * np.exp(-0.5 * ((x - centre) / width) ** 2)

    off = []
    for flux, velocity in zip(spectra.flux, spectra.labels["radial_velocity"], strict=True):
        fluxes = flux[near] / np.median(flux[near])
        fitted, _ = curve_fit(line, x, fluxes, [1, 0, 0, 0.3, 250], maxfev=5000)
        off.append(fitted[2] - velocity)

    # A tenth of a pixel is 7 km/s; half of the stars agree within another tenth or two.
    assert abs(np.median(off)) < 15


@pytest.mark.parametrize(
    ("name", "n_spectra", "medium", "frame"),
    [
        ("lamost_early_spec-55862-B6212_sp06-003.fits", 1, "vacuum", "heliocentric"),
        ("lamost_spec-57287-KP193637N444141V03_sp10-161.fits.gz", 1, "vacuum", "heliocentric"),
        ("lamost_med-58649-TD193637N444141K01_sp10-159.fits.gz", 10, "vacuum", "heliocentric"),
        ("apStar_apStar-r6-2M03442721+3220288.fits", 16, "vacuum", "rest"),
        ("spec-0266-51602-0031.fits", 1, "vacuum", "heliocentric"),
        ("criresplus_220325_1.fits", 21, "vacuum", "topocentric"),
        ("viper_BETA_GEM.fits", 51, "air", "unknown"),
        ("xsl_spectrum_X0360_uvb.fits", 1, "air", "rest"),
        ("fasma_HARPS.GBOG_Procyon.fits", 1, "air", "unknown"),
        ("MaStarHC_00.fits.gz", 1, "vacuum", "unknown"),
        ("odusseas_FEROS_GJ1061.fits", 1, "vacuum", "unknown"),
    ],
)
def test_every_real_file_is_read(real_data, name, n_spectra, medium, frame):
    reading = read(real_data / "stellar/formats" / name)

    assert len(reading) == n_spectra
    assert (reading[0].medium, reading[0].frame) == (medium, frame)
    assert all(spectrum.usable.any() for spectrum in reading)


def test_a_product_of_eso_is_read_as_such_whatever_the_instrument(tmp_path):
    assert read(made.make_eso(tmp_path, INSTRUME="CRIRES")).layout == "eso-spectrum"
