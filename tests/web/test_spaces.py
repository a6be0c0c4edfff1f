"""Latent spaces that are opened once, also those that take long."""

import threading

import numpy as np
import pytest

from starsieve.archive import LabelRow
from starsieve.data import Embeddings
from starsieve.errors import DataError, NotInArchiveError
from starsieve.web import spaces
from starsieve.web.cached import Cached
from starsieve.web.problems import Busy
from tests.archive.test_spectra import make_spectrum


@pytest.fixture
def encoded(archive):
    ids = np.array(archive.spectra.add([make_spectrum(5, seed=n) for n in range(4)], "observed"))
    made = Embeddings(np.eye(4), ids, model="toy", collection="observed")
    archive.embeddings.add(made, "a" * 64)
    return archive


def test_a_space_is_opened_once_until_the_archive_changes(encoded, monkeypatch):
    monkeypatch.setattr(spaces, "_stamps", Cached(8, seconds=0.0))
    first = spaces.get_space(encoded, "observed", "toy")

    assert spaces.get_space(encoded, "observed", "toy") is first
    label = LabelRow("teff", 5000.0, unit="K", origin="made", spectrum=int(first.ids[0]))
    encoded.labels.add([label])
    later = spaces.get_space(encoded, "observed", "toy")

    assert later is not first
    assert list(later.labels) == ["teff"]


def test_who_asks_for_a_space_that_takes_long_is_told(encoded, monkeypatch):
    go_on = threading.Event()
    opened = spaces.open_space(encoded, "observed", "toy")

    def open_slowly(*_):
        go_on.wait(10)
        return opened

    monkeypatch.setattr(spaces, "open_space", open_slowly)
    monkeypatch.setattr(spaces, "_spaces", Cached(2))
    monkeypatch.setattr(spaces, "WAIT_SECONDS", 0.05)
    with pytest.raises(Busy, match="still being opened"):
        spaces.get_space(encoded, "observed", "toy")

    go_on.set()
    monkeypatch.setattr(spaces, "WAIT_SECONDS", 10.0)
    assert spaces.get_space(encoded, "observed", "toy") is opened


def test_an_older_space_is_given_while_the_new_one_is_opened(encoded, monkeypatch):
    go_on, open_space = threading.Event(), spaces.open_space

    def open_slowly(*asked):
        go_on.wait(10)
        return open_space(*asked)

    monkeypatch.setattr(spaces, "_stamps", Cached(8, seconds=0.0))
    monkeypatch.setattr(spaces, "PATIENCE_SECONDS", 0.05)
    first = spaces.get_space(encoded, "observed", "toy")
    monkeypatch.setattr(spaces, "open_space", open_slowly)
    number = int(first.ids[0])
    encoded.labels.add([LabelRow("teff", 5000.0, unit="K", origin="made", spectrum=number)])
    meanwhile = spaces.get_space(encoded, "observed", "toy")
    go_on.set()
    monkeypatch.setattr(spaces, "PATIENCE_SECONDS", 10.0)

    assert meanwhile is first
    assert list(spaces.get_space(encoded, "observed", "toy").labels) == ["teff"]


def test_spaces_are_opened_before_anybody_asks(encoded, monkeypatch):
    opened = threading.Event()

    def open_space(*_):
        opened.set()
        raise DataError

    monkeypatch.setattr(spaces, "_spaces", Cached(2))
    monkeypatch.setattr(spaces, "open_space", open_space)
    with spaces.opened_ahead(encoded):
        assert opened.wait(10)


def test_what_is_not_there_is_said(archive):
    with pytest.raises(NotInArchiveError, match="nowhere"):
        spaces.get_space(archive, "nowhere", "toy")
