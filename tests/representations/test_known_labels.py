"""Files of latents and labels are read as they are meant, or refused by name."""

import numpy as np
import pytest

from starsieve.errors import DataError, FileError
from starsieve.representations.known_labels import read_labels, read_latents
from tests.representations.made_latents import make_labels, make_latents, write_files


def test_files_give_what_they_hold(tmp_path):
    known = make_labels(200)
    known.values["feh"][::10] = np.nan
    codes = make_latents(known)
    write_files(tmp_path, known, codes)

    labels, (latents, numbered) = (
        read_labels(tmp_path / "labels.csv"),
        read_latents(tmp_path / "codes.npz"),
    )

    assert numbered
    np.testing.assert_array_equal(latents.latents, codes.latents)
    np.testing.assert_array_equal(labels.ids, known.ids)
    np.testing.assert_allclose(labels.values["feh"], known.values["feh"], atol=1e-4)
    assert (labels.words["class"] == known.words["class"]).all()
    assert labels.stars is None


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", FileError, "got 0 rows under 0 names"),
        ("id,teff\n", FileError, "got 0 rows under 2 names"),
        ("id,teff\n1,2,3\n", FileError, "a row of 3 cells under 2 names"),
        ("id,id\n1,2\n", FileError, "different names"),
        ("id,teff\n1,2\n1,3\n", DataError, "a spectrum comes twice"),
    ],
)
def test_damaged_tables_are_refused(tmp_path, text, error, message):
    path = tmp_path / "labels.csv"
    path.write_text(text)
    with pytest.raises(error, match=message):
        read_labels(path)


def test_files_that_hold_no_latents_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", codes=np.ones((3, 2)))
    (tmp_path / "text.npz").write_text("latents")
    np.savez(tmp_path / "halves.npz", latents=np.ones((2, 2)), ids=np.array([0.5, 1.5]))

    with pytest.raises(FileError, match=r"expected an array 'latents'.* got codes"):
        read_latents(tmp_path / "other.npz")
    with pytest.raises(FileError, match="can't be read as arrays"):
        read_latents(tmp_path / "text.npz")
    with pytest.raises(FileError, match="can't be read as arrays"):
        read_latents(tmp_path / "missing.npz")
    with pytest.raises(DataError, match="ids must be whole numbers or names"):
        read_latents(tmp_path / "halves.npz")
    np.savez(tmp_path / "words.npz", latents=np.array([["a", "b"]]))
    with pytest.raises(DataError, match=r"words.npz: latents and sigma must be real numbers"):
        read_latents(tmp_path / "words.npz")
    np.save(tmp_path / "flat.npy", np.ones(3))
    with pytest.raises(DataError, match=r"flat.npy: latents must have shape"):
        read_latents(tmp_path / "flat.npy")


def test_spectra_may_have_names_instead_of_numbers(tmp_path):
    names = np.array([f"ADP.2014-{n}" for n in range(5)])
    np.savez(tmp_path / "codes.npz", latents=np.ones((5, 2)), ids=names[::-1])
    rows = "\n".join(f"{name},{n}" for n, name in enumerate(names))
    (tmp_path / "labels.csv").write_text(f"dp_id,teff\n{rows}\n")

    codes, numbered = read_latents(tmp_path / "codes.npz")

    assert numbered
    assert codes.ids[::-1].tolist() == read_labels(tmp_path / "labels.csv").ids.tolist()
