import numpy as np
import pytest
from astropy.io import fits

from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers import Hints, read
from tests.readers.made_files import FLUX, N_PIXELS, SIGMA, WAVE, rows_image

ROWS = np.stack([WAVE, FLUX, SIGMA])


def write(folder, hdu, name="spex.fits"):
    hdu.writeto(folder / name)
    return folder / name


@pytest.mark.parametrize("rows", [ROWS, ROWS.T, ROWS[:2], np.vstack([ROWS, np.zeros(N_PIXELS)])])
@pytest.mark.parametrize("name", ["spex.fits", "spex.fits.gz"])
def test_every_row_layout_is_read(tmp_path, rows, name):
    spectrum = read(write(tmp_path, rows_image(rows), name)).spectrum

    np.testing.assert_allclose(spectrum.wave, WAVE, rtol=1e-6)
    np.testing.assert_allclose(spectrum.flux, FLUX, rtol=1e-6)
    assert (spectrum.sigma is None) == (2 in rows.shape)
    assert spectrum.usable.all()


def test_the_header_is_used_and_what_it_leaves_open_is_said(tmp_path):
    cards = {"XUNITS": "Microns", "YUNITS": "W m-2 um-1", "WAVETYPE": "Vacuum", "RP": 82}
    reading = read(write(tmp_path, rows_image(**cards, OBJECT="Gl 229B", DATE_OBS="2001-01-01")))

    spectrum = reading.spectrum
    assert (spectrum.flux_unit, spectrum.medium, spectrum.resolution) == (
        "W / (um m2)",
        "vacuum",
        82,
    )
    assert (spectrum.meta["object"], spectrum.meta["date"]) == ("Gl 229B", "2001-01-01")
    assert reading.assumed == ("Resolving power 82 from header RP, a nominal value of the slit.",)


def test_a_bare_file_is_read_with_every_assumption_said(tmp_path):
    reading = read(write(tmp_path, rows_image()))

    said = " ".join(reading.assumed)
    for words in ("taken as micron", "taken as vacuum", "taken as relative", "Resolving power not"):
        assert words in said


def test_a_spectrum_in_air_is_converted(tmp_path):
    spectrum = read(write(tmp_path, rows_image(WAVETYPE="Air"))).spectrum

    assert spectrum.medium == "air"
    np.testing.assert_allclose(spectrum.wave / WAVE, 1.000274, atol=3e-6)


def test_apertures_and_orders_are_spectra_of_their_own(tmp_path):
    reading = read(
        write(tmp_path, rows_image(np.stack([ROWS, ROWS * [[1], [2], [1]]]), ORDERS="3,4"))
    )

    assert len(reading) == 2
    assert [spectrum.meta["order"] for spectrum in reading] == [3, 4]
    np.testing.assert_allclose(reading[1].flux, 2 * FLUX, rtol=1e-6)
    with pytest.raises(DataError, match="holds 2 spectra, not one"):
        _ = reading.spectrum


def test_flagged_pixels_are_not_valid(tmp_path):
    flags = np.zeros(N_PIXELS)
    flags[4] = 1

    spectrum = read(write(tmp_path, rows_image(np.vstack([ROWS, flags])))).spectrum

    assert np.flatnonzero(~spectrum.usable).tolist() == [4]


@pytest.mark.parametrize("bad", [0.0, np.nan, -1.0])
def test_errors_that_are_none_are_taken_as_not_given(tmp_path, bad):
    reading = read(write(tmp_path, rows_image(np.stack([WAVE, FLUX, np.full(N_PIXELS, bad)]))))

    assert reading.spectrum.sigma is None
    assert "Errors are nowhere finite and positive, taken as not given." in reading.assumed


def test_pixels_without_a_number_are_not_valid(tmp_path):
    rows = ROWS.copy()
    rows[1, 0], rows[2, 1] = np.nan, 0.0

    assert read(write(tmp_path, rows_image(rows))).spectrum.usable.sum() == N_PIXELS - 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[1].fill(np.nan), "flux is nowhere a finite number"),
        (lambda rows: rows[0].__setitem__(9, rows[0, 8]), "pixel 10: the wavelength .* repeats"),
        (lambda rows: rows[0].__setitem__(9, 0.8), "pixel 10: the wavelength turns back"),
        (lambda rows: rows[0].__imul__(10_000), "can't be micron. Tell the unit"),
    ],
)
def test_rows_that_make_no_spectrum_are_refused_with_the_reason(tmp_path, change, said):
    rows = ROWS.copy()
    change(rows)

    with pytest.raises(DataError, match=said):
        read(write(tmp_path, rows_image(rows)))


def test_a_unit_that_the_file_leaves_open_can_be_told(tmp_path):
    file = write(tmp_path, rows_image(ROWS * [[10_000], [1], [1]]))

    spectrum = read(file, Hints(wave_unit="Angstrom", resolution=75)).spectrum

    np.testing.assert_allclose(spectrum.wave, WAVE, rtol=1e-6)
    assert spectrum.resolution == 75


def test_a_card_that_can_not_be_parsed_does_no_harm(tmp_path):
    file = write(tmp_path, rows_image(GRAT="Prism"))
    file.write_bytes(file.read_bytes().replace(b"GRAT    = 'Prism   '", b"GRAT    = Pri'sm  /x"))

    assert len(read(file).spectrum) == N_PIXELS


@pytest.mark.real_data
def test_the_whole_spex_sample_is_read(real_data):
    files = sorted((real_data / "browndwarf/observed/spex").glob("*.fits.gz"))

    readings = [read(file) for file in files]

    assert {reading.layout for reading in readings} == {"spex"}
    assert sum(len(reading) == 2 for reading in readings) == 3
    for spectrum in (spectrum for reading in readings for spectrum in reading):
        assert 0.63 < spectrum.wave[0] < 1.2
        assert 2.3 < spectrum.wave[-1] < 2.6
        assert spectrum.usable.mean() > 0.5
        assert spectrum.flux_unit in ("", "erg / (Angstrom s cm2)", "W / (um m2)")


@pytest.mark.real_data
def test_the_four_orders_of_nires_are_read(real_data):
    reading = read(real_data / "browndwarf/observed/other/T8_J0415-0935_NIRES.fits")

    assert [spectrum.meta["order"] for spectrum in reading] == [3, 4, 5, 6]
    assert {spectrum.resolution for spectrum in reading} == {2699}


def test_an_image_without_rows_is_not_recognised(tmp_path):
    fits.writeto(tmp_path / "image.fits", np.zeros((50, 50)))

    with pytest.raises(UnknownFormatError, match="this FITS file is of no layout that is known"):
        read(tmp_path / "image.fits")
