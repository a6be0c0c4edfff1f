"""``starsieve similar``: spectra like this one, for people and for programs."""

import json

import numpy as np
import pytest

from starsieve.archive import Archive, LabelRow
from starsieve.data import Spectrum
from tests.representations.made_stars import make_stars, observe_elsewhere


@pytest.fixture
def stars(terminal):
    """An archive of twelve stars, and a file with one of them by another instrument."""
    spectra, labels = make_stars(12)
    named = [
        Spectrum(s.wave, s.flux, resolution=s.resolution, meta={"object": f"star {number}"})
        for number, s in enumerate(spectra)
    ]
    with Archive.create(terminal.folder / "starsieve-archive") as archive:
        ids = archive.spectra.add(named, "stars")
        archive.labels.add(
            LabelRow("teff", float(row[0]), spectrum=number)
            for number, row in zip(ids, labels, strict=True)
        )
    query = observe_elsewhere(spectra[5], velocity=20.0)
    columns = np.stack([query.wave, query.flux, query.sigma], axis=1)
    rows = "\n".join(",".join(f"{value:.8g}" for value in row) for row in columns)
    (terminal.folder / "query.csv").write_text(f"wave [um],flux,sigma\n{rows}\n")
    return ids


def test_a_file_finds_its_star(terminal, stars):
    done = terminal("similar", "query.csv", "-k", "3", "--resolution", "1500", "--json")

    record = json.loads(done.out)
    assert done.code == 0
    assert record["query"] == "query.csv"
    assert len(record["neighbours"]) == 3
    assert record["neighbours"][0]["object"] == "star 5"
    assert record["neighbours"][0]["labels"]["teff"] > 0


def test_a_number_is_a_spectrum_of_the_archive(terminal, stars):
    done = terminal("similar", str(stars[0]), "--collection", "stars", "--where", "teff>5000")

    assert done.code == 0
    assert "star" in done.out
    assert "distance: root mean square" in done.out


def test_a_page_is_written(terminal, stars):
    done = terminal("similar", "query.csv", "-k", "2", "--report", "out")

    assert done.code == 0
    assert "report: out/similar.html" in done.err
    assert (terminal.folder / "out" / "similar.html").stat().st_size > 10_000


def test_a_range_is_asked_with_alone(terminal, stars):
    done = terminal("similar", "query.csv", "-k", "1", "--range", "0.53,0.56", "--json")

    low, high = json.loads(done.out)["neighbours"][0]["common_um"]
    assert 0.53 <= low < high <= 0.56


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing.csv",), "nothing.csv"),
        (("999",), "No spectrum 999"),
        (("query.csv", "--collection", "planets"), "No collection 'planets'"),
        (("query.csv", "--by", "latent"), "No embeddings"),
        (("query.csv", "--near", "here"), "expected RA,DEC,RADIUS"),
        (("query.csv", "--where", "teff>9999"), "None of 12 spectra is left"),
        (("query.csv", "--range", "blue"), "expected LOW,HIGH"),
        (("query.csv", "--range", "2.0,2.4"), "no usable pixels between 2 and 2.4 um"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(terminal, stars, words, message):
    done = terminal("similar", *words)

    assert done.code in (1, 2)
    assert message.lower() in done.err.lower()
    assert "Traceback" not in done.err
