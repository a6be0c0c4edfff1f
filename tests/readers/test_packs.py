import pickle
import zipfile

import numpy as np
import pytest

from starsieve.data.grids import air_to_vacuum
from starsieve.errors import DataError, FileError, UnknownFormatError
from starsieve.readers import Hints, read
from tests.readers.made_files import LOGG, TEFF, WAVE, make_pack


def test_a_pack_is_one_set_with_labels_and_a_name_for_each_row(tmp_path):
    reading = read(make_pack(tmp_path))

    [spectra] = reading
    np.testing.assert_allclose(spectra.wave, WAVE, rtol=1e-12)
    np.testing.assert_allclose(spectra.sigma, 0.1)
    np.testing.assert_allclose(spectra.labels["teff"], TEFF)
    np.testing.assert_allclose(spectra.labels["logg"], LOGG)
    assert spectra.meta["objects"] == ["HD 1", "HD 2", "HD 2", "HD 3"]
    assert spectra.meta["frame"] == "unknown"
    assert "Objects named by 'name': 3 different ones." in reading.assumed


def test_numbers_that_stand_for_unknown_are_no_labels(tmp_path):
    [spectra] = (reading := read(make_pack(tmp_path)))

    np.testing.assert_array_equal(np.isnan(spectra.labels["feh"]), [False, False, False, True])
    assert "Values of 'feh' that stand for unknown, left out: 1." in reading.assumed


def test_labels_may_be_arrays_of_their_own(tmp_path):
    [spectra] = read(make_pack(tmp_path, vsini=np.array([1.0, 2.0, 3.0, 4.0])))

    np.testing.assert_array_equal(spectra.labels["vsini"], [1, 2, 3, 4])


def test_labels_are_brought_into_their_units(tmp_path):
    columns = {"label_names": np.array(["teff", "rv", "kind"]), "labels": np.ones((4, 3))}
    [spectra] = read(make_pack(tmp_path, label_units=np.array(["K", "m / s", ""]), **columns))

    np.testing.assert_allclose(spectra.labels["radial_velocity"], 1e-3)
    np.testing.assert_allclose(spectra.labels["teff"], 1)
    assert spectra.meta["label_units"]["radial_velocity"] == "km / s"


def test_pixels_without_weight_are_not_valid(tmp_path):
    ivar = np.full((4, len(WAVE)), 100.0)
    ivar[2, 5] = 0

    [spectra] = read(make_pack(tmp_path, ivar=ivar))

    assert np.argwhere(~spectra.usable).tolist() == [[2, 5]]


def test_a_pack_says_its_medium_and_frame_itself(tmp_path):
    [spectra] = read(make_pack(tmp_path, medium="air", frame="rest", resolution=1800.0))

    np.testing.assert_allclose(spectra.wave, air_to_vacuum(WAVE), rtol=1e-12)
    assert (spectra.meta["medium"], spectra.meta["frame"]) == ("air", "rest")
    assert spectra.resolution == 1800


def test_the_caller_knows_better_than_a_pack(tmp_path):
    [spectra] = read(make_pack(tmp_path), Hints(medium="air", frame="rest", resolution=500))

    np.testing.assert_allclose(spectra.wave, air_to_vacuum(WAVE), rtol=1e-12)
    assert (spectra.meta["frame"], spectra.resolution) == ("rest", 500)


def test_numbers_of_stars_get_the_name_of_their_catalogue(tmp_path):
    path = tmp_path / "stars.npz"
    numbers = np.array(["0001", "0002"])
    np.savez(path, wave=WAVE, flux=np.ones((2, len(WAVE))), hip_id=numbers)

    [spectra] = read(path)

    assert spectra.meta["objects"] == ["HIP 0001", "HIP 0002"]


def test_a_pack_without_names_says_that_every_row_is_a_star(tmp_path):
    path = tmp_path / "stars.npz"
    np.savez(path, wave=WAVE, flux=np.ones((2, len(WAVE))))

    reading = read(path)

    assert "objects" not in reading[0].meta
    assert "No array names the objects: every row counts as a star of its own." in reading.assumed


class Trap:
    """Something that would be noticed if it were ever unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


def test_python_objects_are_never_brought_to_life(tmp_path):
    path = make_pack(tmp_path, name=np.array([Trap(), Trap(), Trap(), Trap()], dtype=object))

    with pytest.raises(DataError, match="'name' holds Python objects, which are not read"):
        read(path)


def test_a_pickle_in_place_of_an_array_is_refused(tmp_path):
    path = tmp_path / "stars.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("wave.npy", pickle.dumps(Trap()))

    with pytest.raises(FileError, match="truncated or damaged"):
        read(path)


def test_an_array_that_declares_more_than_it_holds_is_refused(tmp_path):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (9000000000000,), }"
    start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    path = tmp_path / "stars.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("wave.npy", start)

    with pytest.raises(FileError, match="declares 72,000,000,000,000 bytes"):
        read(path)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"labels": np.ones((4, 2))}, r"numbers of shape \(4, 3\)"),
        ({"labels": np.ones((3, 3))}, r"numbers of shape \(4, 3\)"),
        ({"temperature": TEFF}, "two of its labels mean 'teff'"),
    ],
)
def test_labels_that_do_not_fit_are_refused(tmp_path, arrays, said):
    with pytest.raises(DataError, match=said):
        read(make_pack(tmp_path, **arrays))


def test_arrays_of_something_else_are_refused_by_what_they_are(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, w_array_0=np.ones((3, 2)))

    with pytest.raises(UnknownFormatError, match=r"without 'wave'.*w_array_0 \(3, 2\)"):
        read(path)


def test_miles_is_known_to_be_in_air_and_at_rest(real_data):
    [spectra] = read(real_data / "stellar/miles/miles_labelled.npz")

    assert len(spectra) == 944
    assert sorted(spectra.labels) == ["feh", "logg", "teff"]
    assert spectra.meta["objects"][0] == "MILES 0001"
    assert (spectra.meta["medium"], spectra.meta["frame"]) == ("air", "rest")
    # The deepest point near H-beta of all A stars together: 4862.69 Angstrom in vacuum.
    hot = (spectra.labels["teff"] > 8000) & (spectra.labels["teff"] < 10000)
    mean = np.mean(spectra.flux[hot] / np.median(spectra.flux[hot], axis=1)[:, None], axis=0)
    near = np.flatnonzero(np.abs(spectra.wave - 0.486269) < 0.001)
    assert abs(spectra.wave[near[np.argmin(mean[near])]] - 0.486269) < 0.9e-4


def test_the_pack_of_miles_is_the_files_of_miles(real_data):
    [spectra] = read(real_data / "stellar/miles/miles_labelled.npz")
    star = read(real_data / "stellar/miles/MILES_res2.50_star_m0026V.fits").spectrum

    row = spectra.meta["objects"].index(star.meta["object"])
    np.testing.assert_allclose(star.wave, spectra.wave, rtol=1e-9)
    ratio = spectra.flux[row] / star.flux
    np.testing.assert_allclose(ratio, np.median(ratio), rtol=1e-4)
