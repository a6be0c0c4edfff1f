"""Models computed with PICASO are read, netCDF 3 and 4.

The files are made after the documentation of `picaso.justdoit.output_xarray`, since PICASO needs
opacities of many gigabytes to run; one published file, of Sonora Elf Owl, is of that layout too.
"""

import bz2
import json

import numpy as np
import pytest

from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers import Hints, read
from starsieve.transforms import Resample
from tests.readers.made_files import (
    PLANET,
    WAVE,
    black_bodies,
    make_picaso,
    make_picaso_hdf5,
)


@pytest.mark.parametrize("make", [make_picaso, make_picaso_hdf5])
def test_a_model_becomes_a_grid_of_one_spectrum(tmp_path, make):
    reading = read(make(tmp_path))

    [model] = reading
    assert (reading.layout, reading.kind) == ("picaso", "model grid")
    np.testing.assert_allclose(model.wave, WAVE)
    np.testing.assert_allclose(model.flux, black_bodies("erg / (s cm3)")[1:2])
    assert model.flux_unit == "erg / (s cm3)"
    labels = {name: values.tolist() for name, values in model.labels.items()}
    assert labels == {"teff": [900.0], "logg": [4.0], "mh": [-0.5], "c_to_o": [0.55]}
    assert any("does not say whether the Sun's is 1" in line for line in reading.assumed)
    assert model.resolution == pytest.approx(np.median((WAVE[1:] + WAVE[:-1]) / 2 / np.diff(WAVE)))


def test_compressed_models_are_read(tmp_path):
    for make in (make_picaso, make_picaso_hdf5):
        path = make(tmp_path)
        packed = path.with_suffix(".nc.bz2")
        packed.write_bytes(bz2.compress(path.read_bytes()))

        assert read(packed).layout == "picaso"


@pytest.mark.parametrize(
    ("planet", "logg"),
    [
        ({"gravity": {"value": 31.6227766, "unit": "m / s2"}}, 3.5),
        ({"logg": {"value": 1000.0, "unit": "m / s2"}}, 5.0),
        ({"logg": 4.25}, 4.25),
        ({"gravity": 100.0}, 4.0),
        ({"mp": {"value": 1, "unit": "M_jup"}, "rp": {"value": 1, "unit": "R_jup"}}, 3.394),
    ],
)
def test_gravity_is_understood_in_every_way_that_it_is_written(tmp_path, planet, logg):
    [model] = read(make_picaso(tmp_path, {"teff": 900} | planet))

    assert model.labels["logg"][0] == pytest.approx(logg, abs=1e-3)


def test_the_temperature_asked_for_comes_before_the_one_that_came_out(tmp_path):
    [asked] = read(make_picaso(tmp_path, {"effective_temp": 897.3, "tint": 900}))
    reading = read(make_picaso(tmp_path, {"effective_temp": 897.3}))

    assert asked.labels["teff"].tolist() == [900.0]
    assert reading[0].labels["teff"].tolist() == [897.3]
    assert "Effective temperature taken from 'effective_temp'." in reading.assumed


def test_clouds_and_mixing_are_labels_and_words_are_kept(tmp_path):
    path = make_picaso(
        tmp_path, PLANET | {"logkzz": 4.0, "PH3": "chemeq"}, cloud_params=json.dumps({"fsed": 3})
    )

    [model] = read(path)

    assert model.labels["log_kzz"].tolist() == [4.0]
    assert model.labels["fsed"].tolist() == [3.0]
    assert model.meta["ph3"] == ["chemeq"]
    assert "p_reference" not in model.labels


@pytest.mark.parametrize(
    ("planet", "said"),
    [
        ({"mh": 0.0}, "states no temperature"),
        ({}, "states no parameters of the model"),
        ([1], "must be a JSON object, got list"),
        ({"teff": {"value": 900, "unit": "m"}}, "expected a number in K"),
        ({"teff": 900, "gravity": {"value": -1, "unit": "m / s2"}}, "expected a positive one"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(tmp_path, planet, said):
    path = make_picaso(tmp_path, planet)

    with pytest.raises(DataError, match=said):
        read(path)


def test_json_that_is_damaged_is_refused(tmp_path):
    path = make_picaso(tmp_path, planet_params="{'teff': 900}")

    with pytest.raises(DataError, match="'planet_params' is no JSON"):
        read(path)


def test_a_spectrum_in_transit_is_refused_with_what_to_run(tmp_path):
    path = make_picaso(tmp_path, flux_name="transit_depth")

    with pytest.raises(DataError, match=r"but transit_depth\. Run PICASO with"):
        read(path)


def test_other_netcdf_files_are_refused(tmp_path):
    (tmp_path / "new.nc").write_bytes(b"CDF\x05" + bytes(60))

    with pytest.raises(UnknownFormatError, match="netCDF 3 with 64-bit data"):
        read(tmp_path / "new.nc")


def test_the_resolving_power_can_be_told(tmp_path):
    reading = read(make_picaso(tmp_path), Hints(resolution=77.0))

    assert reading[0].resolution == 77.0
    assert not any("Resolving power" in line for line in reading.assumed)


@pytest.mark.real_data
def test_a_published_model_has_the_energy_of_its_temperature(real_data):
    path = real_data / (
        "browndwarf/native_models/spectra_logzz_4.0_teff_1200.0_grav_1000.0_mh_0.0_co_0.5.nc"
    )

    [model] = read(path)

    labels = {name: values.tolist() for name, values in model.labels.items()}
    assert labels == {
        "teff": [1200.0], "logg": [5.0], "mh": [0.0], "c_to_o": [0.5], "log_kzz": [4.0]
    }  # fmt: skip
    energy = np.trapezoid(model.flux[0], model.wave * 1e-4) / (5.670374e-5 * 1200.0**4)
    assert energy == pytest.approx(0.9556, abs=1e-4)  # 0.6 to 15 micron of all
    coarse = Resample(wave=tuple(np.linspace(0.9, 2.4, 200)), resolution=100.0)(model)
    inside = (model.wave > 0.9) & (model.wave < 2.4)
    whole = np.trapezoid(model.flux[0, inside], model.wave[inside])
    assert np.trapezoid(coarse.flux[0], coarse.wave) == pytest.approx(whole, rel=0.005)
