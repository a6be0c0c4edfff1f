"""Labelled spectra into an archive, and out again."""

import numpy as np
import pytest

from starsieve.archive import Archive
from starsieve.errors import DataError
from starsieve.ingest import ingest
from starsieve.settings import Settings
from tests.conftest import make_spectra
from tests.readers.made_files import LOGG, TEFF, make_pack

SERIAL = Settings(engine="serial")


@pytest.fixture
def plain_archive(tmp_path):
    with Archive.create(tmp_path / "archive") as made:
        yield made


def test_the_rows_of_a_pack_keep_their_labels_and_whose_they_are(plain_archive, tmp_path):
    report = ingest([make_pack(tmp_path, frame="rest")], "stars", plain_archive, SERIAL)

    assert (report.kept, report.refused) == (1, ())
    table = plain_archive.spectra.table("stars")
    assert [row.object for row in table] == ["HD 1", "HD 2", "HD 2", "HD 3"]
    assert {row.frame for row in table} == {"rest"}
    ids, labels = plain_archive.labels.table("stars", origin="stars")
    assert ids.tolist() == list(report.ids)
    np.testing.assert_allclose(labels["teff"], TEFF)
    np.testing.assert_allclose(labels["logg"], LOGG)
    assert np.isnan(labels["feh"]).tolist() == [False, False, False, True]


def test_names_do_not_weigh_on_every_spectrum(plain_archive, tmp_path):
    report = ingest([make_pack(tmp_path)], "stars", plain_archive, SERIAL)

    [second] = plain_archive.spectra.read(report.ids[1:2])
    assert "objects" not in second.meta
    assert second.meta["object"] == "HD 2"


def test_more_names_than_rows_are_refused(plain_archive):
    spectra = make_spectra(3)
    named = type(spectra)(wave=spectra.wave, flux=spectra.flux, meta={"objects": ["a", "b"]})

    with pytest.raises(DataError, match="2 names for 3 spectra"):
        plain_archive.spectra.add_grid(named, "stars")


def test_miles_comes_into_an_archive_with_its_stars(plain_archive, real_data):
    path = real_data / "stellar/miles/miles_labelled.npz"

    report = ingest([path], "miles", plain_archive, SERIAL)

    assert len(report.ids) == 944
    table = plain_archive.spectra.table("miles")
    assert (table[0].object, table[0].medium, table[0].frame) == ("MILES 0001", "air", "rest")
    _, labels = plain_archive.labels.table("miles")
    assert sorted(labels) == ["feh", "logg", "teff"]
