import h5py
import numpy as np
import pytest

import starsieve
from starsieve.atmospheres.emulators.build import build_emulator
from starsieve.atmospheres.emulators.emulate import open_emulator
from starsieve.atmospheres.emulators.stored import save_emulator
from starsieve.errors import DataError, ModelMismatchError
from tests.atmospheres.emulators.planted import WAVE, make_grid

POINT = {"teff": 1050.0, "logg": 4.75, "mh": 0.1}


@pytest.fixture(scope="module")
def emulator():
    return build_emulator(make_grid(), name="planted")


@pytest.fixture(scope="module")
def grid_file(tmp_path_factory):
    """Write the planted grid as published ones are: an HDF5 file, [M/H] called z."""
    path, grid = tmp_path_factory.mktemp("grid") / "planted.h5", make_grid()
    with h5py.File(path, "w") as file:
        file["wavelength"], file["flux"] = grid.wave, grid.flux
        file.attrs.update({"flux_unit": "erg / (um s cm2)", "wavelength_unit": "um"})
        for name, given in (("teff", "teff"), ("logg", "logg"), ("z", "mh")):
            file[f"labels/{name}"] = grid.labels[given]
    return path


def test_a_file_a_set_a_folder_and_an_emulator_give_the_same(emulator, grid_file, tmp_path):
    save_emulator(emulator, tmp_path / "kept")

    found = [
        starsieve.emulate(grid, **POINT)
        for grid in (emulator, make_grid(), tmp_path / "kept", str(grid_file))
    ]

    for each in found[1:]:
        np.testing.assert_allclose(each.flux, found[0].flux, rtol=1e-12)
        np.testing.assert_allclose(each.sigma, found[0].sigma, rtol=1e-9)
    assert len(found[3].emulator.card.training_files["planted.h5"]) == 64


def test_arrays_of_labels_give_as_many_spectra(emulator):
    found = starsieve.emulate(emulator, teff=[900, 1000, 1100], logg=5.0, mh=[0, 0.1, 0.2])

    assert found.flux.shape == found.sigma.shape == (3, len(WAVE))
    assert found.labels["logg"].tolist() == [5, 5, 5]
    assert [s.meta["object"] for s in found][1] == "planted: teff 1000, logg 5, mh 0.1"
    assert len(found.to_set()) == 3


def test_outside_is_refused_or_said(emulator):
    beyond = {**POINT, "teff": 1800.0}

    with pytest.raises(ModelMismatchError, match="teff = 1800 is outside"):
        starsieve.emulate(emulator, **beyond)
    found = starsieve.emulate(emulator, **beyond, extrapolate=True)

    assert found.extrapolated.tolist() == [True]
    assert found.title().endswith("(extrapolated)")
    assert "1 extrapolated" in repr(found)
    assert found.to_record()["extrapolated"] is True


def test_the_spectrum_carries_the_emulators_error(emulator):
    found = starsieve.emulate(emulator, **POINT)
    spectrum = found.spectrum()

    np.testing.assert_array_equal(spectrum.sigma, found.sigma[0])
    assert spectrum.flux_unit == "erg / (um s cm2)"
    assert 0 < found.relative_error() < 0.05
    assert "errors up to" in found._repr_html_()


def test_an_emulator_that_is_built_has_chosen_its_nodes(emulator):
    with pytest.raises(DataError, match="built already"):
        starsieve.emulate(emulator, only={"cld": "NC"}, **POINT)


def test_a_spectrum_is_no_grid(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("wave [um],flux\n1.0,1\n1.1,2\n1.2,3\n")

    with pytest.raises(DataError, match="not a model grid"):
        starsieve.emulate(path, **POINT)


def test_the_figure_shows_the_band(emulator):
    figure = starsieve.emulate(emulator, **POINT).plot()

    main, lower = figure.axes
    labels = [text.get_text() for text in main.get_legend().get_texts()]
    assert labels == ["±2σ of the model", "±1σ of the model", "model"]
    assert lower.get_ylabel() == "Error (%)"


@pytest.mark.real_data
def test_a_published_grid_with_a_label_that_follows_another_can_be_emulated(real_data):
    grid = real_data / "browndwarf" / "grids" / "atmo2020pp_jwst-nirspec-prism.h5"

    found = starsieve.emulate(grid, teff=455, logg=4.6, mh=0.1)

    assert found.labels["log_kzz"][0] == pytest.approx(5.8)
    assert found.relative_error() < 0.2


@pytest.mark.real_data
@pytest.mark.slow
def test_a_published_grid_with_holes_can_be_emulated(real_data):
    bobcat = open_emulator(real_data / "browndwarf" / "grids" / "sonora-bobcat_spex-prism.h5")

    assert starsieve.emulate(bobcat, teff=1234, logg=5, mh=0, c_to_o=1.2).relative_error() < 0.03
    with pytest.raises(ModelMismatchError, match="in a hole of the grid"):
        starsieve.emulate(bobcat, teff=1234, logg=4.9, mh=0, c_to_o=1.2)
