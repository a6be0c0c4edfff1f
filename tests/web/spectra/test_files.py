"""A spectrum as files that other programs open."""

import io

import numpy as np
import pytest
from astropy.io import fits, votable

from starsieve.archive import SpectrumInfo
from starsieve.data import Spectrum
from starsieve.readers import read
from starsieve.web.spectra.files import file_stem, to_csv, to_fits, to_votable


def made(unit="erg / (Angstrom s cm2)", sigma=True) -> Spectrum:
    rng = np.random.default_rng(0)
    wave = np.linspace(1.0, 2.5, 300)
    flux = rng.normal(1e-15, 1e-16, 300)
    valid = rng.random(300) > 0.1
    return Spectrum(
        wave, flux, np.full(300, 1e-16) if sigma else None, valid, flux_unit=unit,
        medium="air", frame="barycentric", resolution=120.0,
        meta={"object": "Gl 229 B", "instrument": "SpeX", "date": "2004-01-09"},
    )  # fmt: skip


def known(spectrum: Spectrum) -> SpectrumInfo:
    return SpectrumInfo(
        id=7, collection="spex", object="Gl 229 B", target=None, n_pixels=len(spectrum),
        flux_unit=spectrum.flux_unit, medium=spectrum.medium, frame=spectrum.frame,
        resolution=spectrum.resolution, has_sigma=True, parent=None,
        file="/secret/folder/gl229b.fits", file_hash="ab" * 32, meta=spectrum.meta,
    )  # fmt: skip


def test_a_fits_file_tells_units_medium_frame_and_origin():
    spectrum = made()
    with fits.open(io.BytesIO(to_fits(spectrum, known(spectrum)))) as hdus:
        hdus.verify("exception")
        table, header = hdus["SPECTRUM"], hdus[0].header
        assert table.columns.names == ["wave", "flux", "sigma", "valid"]
        assert table.columns["wave"].unit == "um"
        assert table.header["TUCD1"] == "em.wl"
        np.testing.assert_array_equal(table.data["wave"], spectrum.wave)
        np.testing.assert_array_equal(table.data["valid"], spectrum.usable)
    assert header["OBJECT"] == "Gl 229 B"
    assert header["VACUUM"] is True
    assert header["ORIGMED"] == "air"
    assert header["SPECSYS"] == "BARYCENT"
    assert header["SPEC_RES"] == 120.0
    assert header["SRCFILE"] == "gl229b.fits"
    assert header["SRCHASH"] == "ab" * 32
    assert "secret" not in repr(header)


@pytest.mark.parametrize("unit", ["erg / (Angstrom s cm2)", "Jy", "W / (um m2)", "", "ct"])
@pytest.mark.parametrize("sigma", [True, False])
def test_our_own_reader_gets_back_what_was_written(tmp_path, unit, sigma):
    spectrum = made(unit, sigma)
    path = tmp_path / "spectrum.fits"
    path.write_bytes(to_fits(spectrum, known(spectrum)))
    (found,) = read(path)
    np.testing.assert_array_equal(found.wave, spectrum.wave)
    np.testing.assert_array_equal(found.flux, spectrum.flux)
    np.testing.assert_array_equal(found.usable, spectrum.usable)
    assert (found.sigma is None) == (not sigma)
    assert found.flux_unit == unit
    assert (found.medium, found.frame, found.resolution) == ("vacuum", "barycentric", 120.0)
    assert found.meta["object"] == "Gl 229 B"


@pytest.mark.filterwarnings("ignore:'datfix' made the change")
def test_specutils_opens_the_fits_file(tmp_path):
    specutils = pytest.importorskip("specutils")
    spectrum = made()
    path = tmp_path / "spectrum.fits"
    path.write_bytes(to_fits(spectrum, known(spectrum)))
    found = specutils.Spectrum.read(path, format="tabular-fits")
    np.testing.assert_allclose(found.spectral_axis.to_value("um"), spectrum.wave)
    np.testing.assert_allclose(found.flux.to_value("erg / (Angstrom s cm2)"), spectrum.flux)
    assert found.uncertainty is not None


def test_a_csv_file_loses_no_digit_and_leaves_unknown_cells_empty(tmp_path):
    spectrum = made()
    flux = spectrum.flux.copy()
    flux[3] = np.nan
    odd = Spectrum(spectrum.wave, flux, spectrum.sigma)
    lines = to_csv(odd).decode().splitlines()
    assert lines[0] == "wave_um,flux,sigma,valid"
    assert lines[4].split(",")[1] == ""
    assert float(lines[1].split(",")[1]) == flux[0]
    assert lines[4].endswith(",0")
    path = tmp_path / "spectrum.csv"
    path.write_bytes(to_csv(odd))
    (found,) = read(path)
    np.testing.assert_array_equal(found.wave, spectrum.wave)


def test_a_votable_has_units_and_ucds():
    spectrum = made()
    content = to_votable(spectrum, known(spectrum))
    table = votable.parse_single_table(io.BytesIO(content))
    assert table.fields[0].ucd == "em.wl"
    assert str(table.fields[0].unit) == "um"
    np.testing.assert_array_equal(table.array["flux"], spectrum.flux)
    np.testing.assert_array_equal(table.array["valid"], spectrum.usable)


@pytest.mark.parametrize("unit", ["erg / (Angstrom s cm2)", "", "ct"])
def test_our_own_reader_gets_back_the_votable(tmp_path, unit):
    spectrum = made(unit)
    path = tmp_path / "spectrum.vot"
    path.write_bytes(to_votable(spectrum, known(spectrum)))
    (found,) = read(path)
    np.testing.assert_array_equal(found.flux, spectrum.flux)
    np.testing.assert_array_equal(found.usable, spectrum.usable)
    assert found.flux_unit == unit


def test_names_of_files_are_plain():
    info = known(made())
    assert file_stem(info) == "spectrum-7-Gl-229-B"
