"""``starsieve encode``: what is kept, what is said, and how it ends."""

import numpy as np
import pytest

from starsieve.archive import Archive
from starsieve.data import Spectrum
from tests.cli.terminal import Terminal
from tests.representations.encoding import keep_model, keep_stars

WORDS = ("encode", "--collection", "observed", "--model", "made")


@pytest.fixture
def _archive(terminal: Terminal) -> None:
    with Archive.create(terminal.folder / "starsieve-archive") as archive:
        keep_model(archive)
        keep_stars(archive, 9)


@pytest.mark.usefixtures("_archive")
def test_a_collection_is_encoded_once(terminal: Terminal) -> None:
    first, second = (terminal(*WORDS, "--json") for _ in range(2))

    assert (first.code, second.code) == (0, 0)
    counts = [outcome.records[0] for outcome in (first, second)]
    assert [(each["n_encoded"], each["n_left_out"]) for each in counts] == [(9, 0), (0, 9)]
    assert terminal(*WORDS, "--again", "--json").records[0]["n_encoded"] == 9
    assert "n_left_out" in terminal(*WORDS).out
    info = terminal("archive", "info", "--json").records[0]
    assert (info["n_embeddings"], info["runs"]) == (9, {"done": 4})


@pytest.mark.usefixtures("_archive")
def test_spectra_that_fail_are_listed_and_the_code_is_3(terminal: Terminal) -> None:
    with Archive.open(terminal.folder / "starsieve-archive") as archive:
        flat = Spectrum(np.linspace(0.49, 0.61, 99), np.ones(99), meta={"object": "HD 1"})
        archive.spectra.add([flat], "observed")

    outcome = terminal(*WORDS)

    assert outcome.code == 3
    assert any("HD 1" in line and "constant" in line for line in outcome.messages)


@pytest.mark.usefixtures("_archive")
def test_what_cannot_work_is_one_line(terminal: Terminal) -> None:
    for words in (
        ("encode", "--collection", "nothing", "--model", "made"),
        ("encode", "--collection", "observed", "--model", "nothing"),
        (*WORDS, "--velocity", "rv"),
    ):
        outcome = terminal(*words)
        assert outcome.code == 1
        assert len(outcome.messages) == 1
