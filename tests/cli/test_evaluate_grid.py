"""``starsieve evaluate --grid``: a model grid is checked before anything is trained on it."""

import bz2

import numpy as np
import pytest

from starsieve.archive import Archive
from tests.atmospheres.grids.made_grids import make_grid, make_planted
from tests.cli.conftest import write_spectrum


def write_table(path, spectra):
    """Write a grid in the layout of TelescopeML's training table."""
    names = [f"{w:.6f}" for w in spectra.wave[::-1]]
    labels = ("logg", "teff", "c_to_o", "mh")
    table = np.column_stack([*(spectra.labels[n] for n in labels), spectra.flux[:, ::-1]])
    heading = ",".join(("gravity", "temperature", "c_o_ratio", "metallicity", *names))
    rows = "\n".join(",".join(f"{value:.6e}" for value in row) for row in table)
    path.write_bytes(bz2.compress(f"{heading}\n{rows}\n".encode()))
    return path


@pytest.fixture
def planted(tmp_path):
    return write_table(tmp_path / "planted.csv.bz2", make_planted())


def test_the_fault_of_a_published_table_is_found(terminal, planted):
    outcome = terminal("evaluate", "--grid", planted, "--report", "out")

    assert outcome.code == 0
    assert "432 spectra are 180 different ones" in outcome.out
    assert "[M/H] -1, -0.7, -0.5, -0.3, 0 share one spectrum" in outcome.out
    assert "R2 of C/O 0.992 (Huber 0.0041), [M/H] 0.935 (Huber 0.0325)" in outcome.out
    assert "assumed: Label 'gravity' is called 'logg' here." in outcome.out
    assert (terminal.folder / "out" / "grid.html").is_file()
    assert not (terminal.folder / "starsieve-archive").exists()


def test_the_record_holds_the_ceilings(terminal, planted):
    outcome = terminal("evaluate", "--grid", planted, "--snr", "20", "--absolute", "--json")

    [record] = outcome.records
    assert record["grid"] == "planted.csv.bz2"
    assert record["compared"]["snr"] == 20
    assert record["compared"]["scale_free"] is False
    assert record["ceilings"]["mh"]["copies"]["r2"] == pytest.approx(0.935, abs=5e-4)
    assert record["ceilings"]["c_to_o"]["copies"]["huber"] == pytest.approx(0.0041, abs=5e-5)


def test_a_collection_can_be_checked_and_anything_else_is_refused(terminal, tmp_path):
    with Archive.create(terminal.folder / "starsieve-archive") as archive:
        archive.spectra.add_grid(make_grid(), "sound")
        archive.spectra.add(list(make_grid().take(slice(0, 2))), "observed")

    found = terminal("evaluate", "--grid", "sound", "--json")
    ragged = terminal("evaluate", "--grid", "observed")
    nothing = terminal("evaluate", "--grid", "nothing")
    spectrum = terminal("evaluate", "--grid", write_spectrum(tmp_path / "one.csv"))

    assert found.records[0]["findings"] == []
    assert (ragged.code, len(ragged.messages)) == (2, 1)
    assert "expected a model grid" in ragged.err
    assert (nothing.code, len(nothing.messages)) == (1, 1)
    assert "no such file, and no collection" in nothing.err
    assert (spectrum.code, len(spectrum.messages)) == (1, 1)
    assert "expected a model grid" in spectrum.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no MODEL is named"),
        (("some-model", "--grid", "x.h5"), "MODEL is for models"),
        (("--grid", "x.h5", "--draws", "5"), "--draws is for models"),
        (("--grid", "x.h5", "--where", "a>1"), "--where is for models"),
        (("--grid", "x.h5", "--collection", "c"), "--collection is for models"),
        (("some-model", "--snr", "5"), "--snr is for model grids"),
        (("some-model", "--absolute"), "--absolute is for model grids"),
        (("--grid", "x.h5", "--snr", "0"), "--snr"),
    ],
)
def test_what_makes_no_sense_together_is_one_clear_line(terminal, words, said):
    outcome = terminal("evaluate", *words)

    assert (outcome.code, outcome.out, len(outcome.messages)) == (2, "", 1)
    assert said in outcome.err
