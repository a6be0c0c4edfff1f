import contextlib
import gzip
import os
import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from astropy.io import fits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from starsieve.errors import DataError, FileError, StarsieveError, UnknownFormatError
from starsieve.readers import read
from starsieve.readers.catalogues import read_catalogue
from starsieve.readers.files import read_bytes
from tests.readers.made_files import MADE, rows_image

FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
STARTS = (
    b"",
    b"SIMPLE  =                    T",
    b"\x89HDF\r\n\x1a\n",
    b"\x1f\x8b\x08",
    b"# %ECSV 1.0\n",
)


@pytest.fixture(scope="module")
def made():
    """The bytes of one file of each layout."""
    with tempfile.TemporaryDirectory() as folder:
        yield {layout: make(Path(folder)).read_bytes() for layout, make in MADE.items()}


def read_or_refuse(path):
    """Read a file whatever it holds; anything but a StarsieveError is a fault."""
    with contextlib.suppress(StarsieveError):
        read(path)


@FUZZ
@given(
    start=st.sampled_from((*STARTS, b"<VOTABLE version='1.4'>", b"BZh9")),
    rest=st.binary(max_size=400),
)
def test_random_bytes_never_end_in_a_traceback(tmp_path, start, rest):
    path = tmp_path / "random"
    path.write_bytes(start + rest)
    read_or_refuse(path)


@FUZZ
@given(text=st.text(alphabet="0123456789.,;|eE+- \t\n#abcnan", max_size=200))
def test_random_texts_never_end_in_a_traceback(tmp_path, text):
    path = tmp_path / "random.txt"
    path.write_text(text)
    try:
        read(path)
    except StarsieveError as error:
        caught = str(error)
        # Text is parsed here, so that every reason is known: none is left to the last resort.
        assert "seems damaged" not in caught


@pytest.mark.parametrize("layout", MADE)
@FUZZ
@given(data=st.data())
def test_damaged_files_never_end_in_a_traceback(layout, made, tmp_path, data):
    content = bytearray(made[layout])
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=5)):
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged"
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    read_or_refuse(path)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "is a folder, not a file"),
        (lambda path: path.touch(), "the file is empty"),
        (lambda path: path.write_bytes(gzip.compress(b"1 2\n" * 99)[:-9]), "truncated or damaged"),
        (lambda path: os.mkfifo(path), "is not a regular file"),
    ],
)
def test_what_is_no_file_is_refused_with_the_reason(tmp_path, make, said):
    path = tmp_path / "star.fits"
    make(path)

    with pytest.raises(FileError) as caught:
        read(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


def test_a_file_without_permission_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "star.fits"
    path.write_bytes(b"x")

    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileError, match=r"star\.fits: can't be read \(permission denied\)"):
        read(path)


def test_what_unpacks_to_too_much_is_refused_early(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(5_000_000)))

    with pytest.raises(FileError, match="more than 1,000,000 bytes"):
        read_bytes(path, limit=1_000_000)


@pytest.mark.parametrize("layout", MADE)
def test_a_reader_says_how_much_it_will_take(layout, tmp_path):
    path = MADE[layout](tmp_path)

    with pytest.raises(FileError, match=r"more than 100 bytes|at most 100"):
        read(path, max_bytes=100)
    read(path)


@pytest.mark.parametrize("between", [" ", ",", "\t"])
def test_a_text_of_millions_of_columns_is_refused_early(tmp_path, between):
    path = tmp_path / "wide.txt"
    path.write_text("\n".join([between.join(["1.5"] * 2_000_000)] * 2))

    with pytest.raises(DataError, match="line 1 has 7,999,999 characters"):
        read(path)
    with pytest.raises(StarsieveError, match=r"has 2,000,000 columns|no comma"):
        read_catalogue(path)


def test_a_zip_archive_is_named_as_such(tmp_path):
    path = tmp_path / "stars.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("star.txt", "1 2\n")

    with pytest.raises(UnknownFormatError, match="is a zip archive"):
        read(path)


def test_a_fits_file_that_declares_more_than_it_holds_is_refused(tmp_path):
    path = tmp_path / "star.fits"
    rows_image().writeto(path)
    content = path.read_bytes().replace(
        b"NAXIS1  =                  120", b"NAXIS1  =         120000000000"
    )
    path.write_bytes(content)

    with pytest.raises(FileError, match="declares 1,440,000,000,000 bytes"):
        read(path)


def test_an_image_of_something_else_is_not_taken_for_a_spectrum(tmp_path):
    path = tmp_path / "field.fits"
    noise = np.random.default_rng(0).normal(size=(3, 100))
    fits.writeto(path, noise)

    with pytest.raises(UnknownFormatError, match="layout is not recognised"):
        read(path)


def test_links_out_of_an_hdf5_file_are_not_followed(tmp_path):
    other = MADE["model-grid"](tmp_path)
    path = tmp_path / "linked.h5"
    with h5py.File(path, "w") as file:
        file["wavelength"] = h5py.ExternalLink(str(other), "wavelength")

    with pytest.raises(UnknownFormatError, match="without an array 'wavelength'"):
        read(path)


def test_an_hdf5_file_that_declares_too_much_is_refused(tmp_path):
    path = tmp_path / "huge.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("wavelength", shape=(2**40,), chunks=(1024,), dtype="f8")

    with pytest.raises(FileError, match="declares 8,796,093,022,208 bytes"):
        read(path)


@pytest.mark.parametrize(
    "part", ['<STREAM href="file:///etc/hostname"/>', '<!DOCTYPE x [<!ENTITY a "b">]>']
)
def test_a_votable_can_not_make_us_fetch_anything(tmp_path, part):
    path = tmp_path / "star.vot"
    path.write_text(f"<?xml version='1.0'?><VOTABLE>{part}</VOTABLE>")

    with pytest.raises(FileError, match="lie outside of the file"):
        read(path)
