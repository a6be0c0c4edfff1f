import numpy as np
import pytest

from starsieve.archive import Archive, SourceFile
from starsieve.archive.label_join import join_labels, label_by_headers
from starsieve.data import LightCurve, Spectrum
from starsieve.errors import DataError
from starsieve.readers.label_table import read_label_table


@pytest.fixture
def stored(tmp_path):
    """An archive with four spectra of three objects, each of a file."""
    with Archive.create(tmp_path / "archive") as archive:
        wave = np.linspace(1, 2, 20)
        objects = ["HD 1", "HD 1", "MILES 0007", ""]
        spectra = [Spectrum(wave, np.ones(20), meta={"object": name}) for name in objects]
        files = [
            SourceFile(f"/data/night/star_{n}.fits.gz", f"{n:064d}", 9) for n in range(len(objects))
        ]
        archive.spectra.add(spectra, "stars", files)
        yield archive


def join(archive, folder, text, origin="table"):
    path = folder / "labels.csv"
    path.write_text(text)
    return join_labels(archive, "stars", read_label_table(path), origin)


def teff(archive, origin="table"):
    return archive.labels.table("stars", ["teff"], origin)[1]["teff"]


def test_rows_find_spectra_by_the_name_of_their_file(stored, tmp_path):
    found = join(stored, tmp_path, "file,teff\nstar_0.fits.gz,5000\nelse/star_3.fits,6000\nz,1\n")

    np.testing.assert_array_equal(teff(stored), [5000, np.nan, np.nan, 6000])
    assert (found.column, found.joined, found.unmatched, found.unlabelled) == ("file", 2, 1, 2)
    assert found.examples == ("z",)


def test_a_row_of_an_object_is_of_all_its_spectra(stored, tmp_path):
    found = join(stored, tmp_path, "note,star,teff\nx,hd1,5000\ny,HD 9,6000\n")

    np.testing.assert_array_equal(teff(stored), [5000, 5000, np.nan, np.nan])
    assert (found.column, found.n_labels, found.joined) == ("star", 2, 1)


def test_a_number_finds_the_object_called_after_its_heading(stored, tmp_path):
    join(stored, tmp_path, "MILES,teff\n0007,5000.5\n0008,6000.5\n")

    np.testing.assert_array_equal(teff(stored), [np.nan, np.nan, 5000.5, np.nan])
    # The numbers themselves are names here, and no label.
    assert {row.name for row in stored.labels.read("stars")} == {"teff"}


def test_errors_and_units_are_kept(stored, tmp_path):
    join(stored, tmp_path, "file,rv (m/s),rv_err (m/s)\nstar_0,1500.5,10\n")

    [row] = stored.labels.read("stars")
    assert (row.name, row.unit, row.origin) == ("radial_velocity", "km / s", "table")
    assert (row.value, row.error) == (pytest.approx(1.5005), pytest.approx(0.01))


def test_a_mended_table_replaces_what_it_said_before(stored, tmp_path):
    join(stored, tmp_path, "file,teff\nstar_0,5000\n")
    join(stored, tmp_path, "file,teff\nstar_0,5100\n")
    join(stored, tmp_path, "file,teff\nstar_0,5300\n", origin="another")

    assert teff(stored)[0] == 5100
    assert teff(stored, "another")[0] == 5300


def test_the_first_of_two_rows_of_a_spectrum_counts(stored, tmp_path):
    found = join(stored, tmp_path, "file,teff\nstar_0,5000\nstar_0.fits,7000\n")

    assert teff(stored)[0] == 5000
    assert (found.joined, found.repeated) == (1, 1)


def test_a_table_of_other_stars_is_refused(stored, tmp_path):
    with pytest.raises(DataError, match="No row of the table of labels is of a spectrum"):
        join(stored, tmp_path, "file,teff\nother.fits,5000\n")


def test_a_collection_of_something_else_can_not_be_labelled(stored, tmp_path):
    time = np.arange(20.0)
    stored.light_curves.add([LightCurve(time, np.ones(20))], "curves")
    path = tmp_path / "labels.csv"
    path.write_text("file,teff\na,5000\n")

    with pytest.raises(DataError, match="'curves', which holds no spectra"):
        join_labels(stored, "curves", read_label_table(path), "table")


def test_what_headers_say_of_observations_becomes_labels(tmp_path):
    with Archive.create(tmp_path / "archive") as archive:
        wave, flux = np.linspace(1, 2, 20), np.ones(20)
        told = {"airmass": 1.3, "berv_km_s": -12.5, "snr": 80, "date": "2012-03-24"}
        spectra = [Spectrum(wave, flux, meta=told), Spectrum(wave, flux, meta={"airmass": "low"})]
        archive.spectra.add(spectra, "night")

        assert label_by_headers(archive, "night") == 3
        rows = archive.labels.read("night", origin="header")

    assert {(row.name, row.value, row.unit) for row in rows} == {
        ("airmass", 1.3, ""),
        ("berv", -12.5, "km / s"),
        ("snr", 80, ""),
    }
    assert len({row.spectrum for row in rows}) == 1
