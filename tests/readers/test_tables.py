import numpy as np
import pytest
from astropy import units as u
from astropy.io import fits
from astropy.table import Table

from starsieve.data import Spectrum
from starsieve.data.tables import to_table
from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers import Hints, read
from tests.readers.made_files import FLUX, MADE, N_PIXELS, SIGMA, WAVE, made_table


@pytest.mark.parametrize("layout", ["ecsv", "votable", "fits-table"])
def test_tables_by_astropy_are_read(tmp_path, layout):
    reading = read(MADE[layout](tmp_path))

    np.testing.assert_allclose(reading.spectrum.wave, WAVE)
    np.testing.assert_allclose(reading.spectrum.flux, FLUX)
    np.testing.assert_allclose(reading.spectrum.sigma, SIGMA)
    assert reading.spectrum.flux_unit in ("erg / (s um cm2)", "W / (um m2)")
    assert reading.assumed == ("Medium of the wavelengths not stated, taken as vacuum.",)


def test_what_a_table_says_of_itself_is_used(tmp_path):
    table = made_table()
    table.meta |= {
        "object": "Gl 229B",
        "resolution": 120.0,
        "medium": "air",
        "frame": "barycentric",
    }
    table.write(tmp_path / "star.ecsv")

    spectrum = read(tmp_path / "star.ecsv").spectrum

    assert (spectrum.medium, spectrum.frame, spectrum.resolution) == ("air", "barycentric", 120)
    assert spectrum.meta["object"] == "Gl 229B"
    assert np.all(spectrum.wave > WAVE)


def test_a_spectrum_that_we_wrote_comes_back_as_it_was(tmp_path):
    spectrum = Spectrum(
        WAVE, FLUX, SIGMA, WAVE > 1, "Jy", "air", "barycentric", 120.0, {"object": "Gl 229B"}
    )
    to_table(spectrum).write(tmp_path / "star.ecsv")

    back = read(tmp_path / "star.ecsv").spectrum

    np.testing.assert_array_equal(back.wave, WAVE)
    np.testing.assert_array_equal(back.usable, WAVE > 1)
    assert (back.medium, back.frame, back.resolution) == ("air", "barycentric", 120)
    assert back.meta["object"] == "Gl 229B"


def test_masked_cells_are_not_valid(tmp_path):
    table = Table(made_table(), masked=True)
    table["flux"].mask[3] = True
    table.write(tmp_path / "star.ecsv")

    assert np.flatnonzero(~read(tmp_path / "star.ecsv").spectrum.usable).tolist() == [3]


def test_columns_are_known_by_their_ucd(tmp_path):
    table = Table({"a": SIGMA, "b": WAVE * 1e3, "c": FLUX})
    for name, ucd, unit in (
        ("a", "stat.error;phot.flux.density;em.wl", "Jy"),
        ("b", "em.wl;obs.atmos", "nm"),
        ("c", "phot.flux.density;em.wl", "Jy"),
    ):
        table[name].unit, table[name].meta["ucd"] = unit, ucd
    table.write(tmp_path / "star.vot", format="votable")

    spectrum = read(tmp_path / "star.vot").spectrum

    np.testing.assert_allclose(spectrum.flux, FLUX)
    np.testing.assert_allclose(spectrum.sigma, SIGMA)
    assert spectrum.medium == "air"


def test_a_row_of_arrays_is_a_spectrum(tmp_path):
    def column(name, unit, values):
        return fits.Column(name, f"{N_PIXELS}D", unit=unit, array=np.stack([values, values]))

    columns = [
        column("WAVE", "nm", WAVE * 1e3),
        column("FLUX", "adu", FLUX),
        column("ERR", "adu", SIGMA),
    ]
    table = fits.BinTableHDU.from_columns(columns)
    table.header["SPECSYS"], table.header["SPEC_RES"] = "BARYCENT", 18_000
    table.writeto(tmp_path / "phase3.fits")

    reading = read(tmp_path / "phase3.fits")

    assert len(reading) == 2
    np.testing.assert_allclose(reading[1].wave, WAVE)
    assert (reading[0].frame, reading[0].resolution) == ("barycentric", 18_000)


def test_logarithmic_wavelengths_and_inverse_variances_are_undone(tmp_path):
    table = Table({"flux": FLUX, "loglam": np.log10(WAVE * 1e4), "ivar": SIGMA**-2.0})
    table["ivar"][5] = 0
    table.write(tmp_path / "sdss.fits")

    spectrum = read(tmp_path / "sdss.fits").spectrum

    np.testing.assert_allclose(spectrum.wave, WAVE)
    np.testing.assert_allclose(spectrum.sigma[:5], SIGMA[:5])
    assert np.flatnonzero(~spectrum.usable).tolist() == [5]


def test_several_fluxes_are_chosen_from_aloud(tmp_path):
    Table({"wave": WAVE, "flux_raw": FLUX, "flux_cal": 2 * FLUX}).write(tmp_path / "two.fits")

    reading = read(tmp_path / "two.fits")
    told = read(tmp_path / "two.fits", Hints(flux_column="FLUX_CAL"))

    assert "Flux could be flux_raw, flux_cal; flux_raw was taken, flux_column tells another." in (
        reading.assumed
    )
    np.testing.assert_allclose(told.spectrum.flux, 2 * FLUX)


def test_a_table_without_wavelengths_is_not_recognised(tmp_path):
    Table({"time": WAVE, "size": FLUX}).write(tmp_path / "other.fits")

    with pytest.raises(UnknownFormatError, match="numeric columns are: time, size"):
        read(tmp_path / "other.fits")


def test_a_unit_that_is_no_wavelength_is_refused(tmp_path):
    Table({"wave": WAVE * u.kg, "flux": FLUX}).write(tmp_path / "heavy.fits")

    with pytest.raises(DataError, match="'kg' is no unit of wavelength"):
        read(tmp_path / "heavy.fits")


@pytest.mark.parametrize("layout", ["tabular-fits", "wcs1d-fits"])
def test_files_by_specutils_are_read(tmp_path, layout):
    specutils = pytest.importorskip("specutils")
    from astropy.nddata import StdDevUncertainty
    from astropy.wcs import WCS

    header = {
        "CTYPE1": "WAVE",
        "CUNIT1": "nm",
        "CRVAL1": 700,
        "CDELT1": 2,
        "CRPIX1": 1,
        "WCSAXES": 1,
    }
    spectrum = specutils.Spectrum(
        flux=FLUX * u.Jy,
        wcs=WCS(header=header),
        uncertainty=StdDevUncertainty(SIGMA),
        mask=np.arange(N_PIXELS) == 3,
    )
    spectrum.write(tmp_path / "spectrum.fits", format=layout)

    ours = read(tmp_path / "spectrum.fits").spectrum

    np.testing.assert_allclose(ours.wave, spectrum.spectral_axis.to_value("um"))
    np.testing.assert_allclose(ours.flux, FLUX)
    np.testing.assert_allclose(ours.sigma, SIGMA)
    assert ours.flux_unit == "Jy"
    assert np.flatnonzero(~ours.usable).tolist() == [3]


def test_a_logarithmic_count_of_pixels_is_undone(tmp_path):
    hdu = fits.PrimaryHDU(FLUX)
    hdu.header.update({"CRVAL1": 3.8, "CD1_1": 1e-4, "DC-FLAG": 1, "CTYPE1": "LINEAR"})
    hdu.writeto(tmp_path / "iraf.fits")

    reading = read(tmp_path / "iraf.fits")

    np.testing.assert_allclose(
        reading.spectrum.wave, 1e-4 * 10 ** (3.8 + 1e-4 * np.arange(N_PIXELS))
    )
    assert any("CRPIX1 not stated" in sentence for sentence in reading.assumed)
