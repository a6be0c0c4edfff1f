import h5py
import numpy as np
import pytest

from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers import Hints, read
from tests.readers.made_files import (
    LOGG,
    TEFF,
    WAVE,
    black_bodies,
    make_model_grid,
    make_telescopeml,
)


def test_a_grid_becomes_one_set_with_canonical_labels(tmp_path):
    reading = read(make_model_grid(tmp_path))

    [grid] = reading
    np.testing.assert_allclose(grid.labels["teff"], TEFF)
    np.testing.assert_allclose(grid.labels["logg"], LOGG)
    np.testing.assert_allclose(grid.flux, black_bodies("erg / (s cm2 um)"), rtol=1e-6)
    assert grid.flux_unit == "erg / (s um cm2)"
    assert reading.to_record()["n_spectra"] == 4
    with pytest.raises(DataError, match="holds a model grid of 4 spectra"):
        _ = reading.spectrum


def test_labels_of_words_go_to_meta_and_that_is_said(tmp_path):
    reading = read(make_model_grid(tmp_path))

    assert reading[0].meta["cld"] == ["NC", "NC", "AEE10", "E10"]
    assert "cld" not in reading[0].labels
    assert "Label 'cld' holds no numbers; it was put into meta." in reading.assumed


def test_gaps_in_models_are_not_valid(tmp_path):
    file = make_model_grid(tmp_path)
    with h5py.File(file, "r+") as grid:
        grid["flux"][1, :5] = np.nan

    reading = read(file)

    assert (~reading[0].usable).sum() == 5
    assert "Models with gaps, which are not valid: 1 of 4." in reading.assumed


def test_a_grid_whose_shapes_do_not_fit_is_refused(tmp_path):
    file = make_model_grid(tmp_path)
    with h5py.File(file, "r+") as grid:
        del grid["wavelength"]
        grid["wavelength"] = WAVE[:-1]

    with pytest.raises(DataError, match=r"flux must have shape \(models, 119\)"):
        read(file)


def test_other_hdf5_files_are_not_recognised(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["time"] = WAVE

    with pytest.raises(UnknownFormatError, match=r"without an array 'wavelength'.*there is time"):
        read(tmp_path / "other.h5")


@pytest.mark.parametrize("descending", [True, False])
def test_a_table_of_models_is_read_in_either_order(tmp_path, descending):
    grid = read(make_telescopeml(tmp_path, descending=descending))[0]

    np.testing.assert_allclose(grid.wave, WAVE, rtol=1e-6)
    np.testing.assert_allclose(grid.flux, black_bodies("erg / (Hz s cm2)"), rtol=1e-6)
    np.testing.assert_allclose(grid.labels["teff"], TEFF)


@pytest.mark.parametrize("unit", ["erg / (Hz s cm2)", "erg / (s um cm2)", "W / (um m2)"])
def test_the_unit_of_a_table_of_models_follows_from_its_brightness(tmp_path, unit):
    reading = read(make_telescopeml(tmp_path, unit))

    assert reading[0].flux_unit == unit
    assert any(f"in {unit}: only so do" in sentence for sentence in reading.assumed)


def test_a_brightness_that_fits_no_unit_is_said(tmp_path):
    reading = read(make_telescopeml(tmp_path, "Jy"))

    assert reading[0].flux_unit == ""
    assert any("fits none that is usual" in sentence for sentence in reading.assumed)


def test_the_unit_of_a_table_of_models_can_be_told(tmp_path):
    assert read(make_telescopeml(tmp_path), Hints(flux_unit="Jy"))[0].flux_unit == "Jy"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("\n", ",1\n", "no table of numbers"), ("e+0", "x", "no table of numbers")],
)
def test_a_damaged_table_of_models_is_refused(tmp_path, old, new, said):
    names = "temperature," + ",".join(f"{w:.4f}" for w in WAVE[:10])
    rows = "\n".join(",".join(f"{v:.3e}" for v in np.r_[t, WAVE[:10]]) for t in TEFF)
    file = tmp_path / "grid.csv"
    file.write_text(f"{names}\n{rows.replace(old, new, 1)}\n")

    with pytest.raises(DataError, match=said):
        read(file)


@pytest.mark.parametrize(
    "name", ["{:.4f}um", "{:.4f} [um]", "wl_{:.4f}", "flux_{:.4f}_micron", "{:.4f} (µm)", "{:.4e}"]
)
def test_wavelengths_in_a_heading_are_understood_however_they_are_written(tmp_path, name):
    grid = read(write_table(tmp_path, name))[0]

    np.testing.assert_allclose(grid.wave, WAVE[:10], atol=1e-4)
    np.testing.assert_allclose(grid.labels["teff"], TEFF)


def test_a_unit_in_the_heading_is_used(tmp_path):
    reading = read(write_table(tmp_path, "{:.1f} nm", factor=1000.0))

    np.testing.assert_allclose(reading[0].wave, WAVE[:10], rtol=1e-3)
    assert not any("taken as micron" in sentence for sentence in reading.assumed)


def test_labels_may_have_any_name_stand_behind_and_hold_words(tmp_path):
    waves = [f"{w:.4f}" for w in WAVE[:10]]
    head = ",".join(["", "T_eff", *waves, "log_kzz", "is_augmented"])
    rows = [
        ",".join([str(n), f"{t:g}", *["1.0"] * 10, f"{n}", "no" if n % 2 else "Gauss.02"])
        for n, t in enumerate(TEFF)
    ]
    (tmp_path / "grid.csv").write_text("\n".join([head, *rows]) + "\n")

    reading = read(tmp_path / "grid.csv")

    assert set(reading[0].labels) == {"teff", "log_kzz"}
    assert reading[0].meta["is_augmented"] == ["Gauss.02", "no", "Gauss.02", "no"]
    assert any("column without a name" in sentence for sentence in reading.assumed)


def write_table(folder, name, factor=1.0):
    names = ["temperature", *(name.format(factor * w) for w in WAVE[:10])]
    rows = (",".join(f"{value:.5e}" for value in [t, *WAVE[:10]]) for t in TEFF)
    path = folder / "grid.csv"
    path.write_text("\n".join([",".join(names), *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.real_data
def test_every_real_grid_is_read(real_data):
    files = sorted((real_data / "browndwarf/grids").glob("*.h5"))

    for file in files:
        [grid] = read(file)
        assert {"teff", "logg"} <= set(grid.labels)
        assert grid.flux_unit == "erg / (s um cm2)"
        assert grid.resolution is None
        assert np.all(np.isfinite(grid.labels["teff"]))


@pytest.mark.real_data
def test_a_grid_is_the_same_in_both_layouts(real_data):
    folder = real_data / "browndwarf/grids"
    [table] = read(folder / "sonora-bobcat_table.csv.bz2")
    [grid] = read(folder / "sonora-bobcat_spex-prism.h5")

    np.testing.assert_allclose(table.wave, grid.wave, atol=6e-5)  # four decimals in the heading
    np.testing.assert_allclose(table.flux, grid.flux, rtol=1e-6)
    assert table.flux_unit == grid.flux_unit
    for name in grid.labels:
        np.testing.assert_allclose(table.labels[name], grid.labels[name], atol=1e-6)
