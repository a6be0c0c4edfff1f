import json

import numpy as np
import pytest
from astropy import units
from astropy.table import Table

from starsieve.atmospheres.emulators.build import build_emulator
from starsieve.atmospheres.emulators.stored import save_emulator
from starsieve.cli.main import main
from starsieve.readers import read
from tests.atmospheres.emulators.planted import make_grid

AT = ("--at", "teff=1050", "--at", "logg=4.75", "--at", "[M/H]=0.1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("emulators") / "planted"
    save_emulator(build_emulator(make_grid(), name="planted"), folder)
    return str(folder)


def test_a_spectrum_goes_to_standard_output_as_json(folder, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert main(["emulate", folder, *AT, "--json"]) == 0

    record = json.loads(capsys.readouterr().out)
    assert record["labels"] == {"teff": 1050, "logg": 4.75, "mh": 0.1}
    assert len(record["wave_um"]) == len(record["flux"]) == len(record["sigma"]) == 40
    assert list(tmp_path.iterdir()) == []  # it needs no archive, and makes none


@pytest.mark.parametrize("suffix", ["ecsv", "fits", "csv"])
def test_a_written_spectrum_can_be_read(folder, tmp_path, capsys, suffix):
    path = tmp_path / f"model.{suffix}"

    assert main(["emulate", folder, *AT, "--out", str(path)]) == 0

    found = read(path).spectrum
    main(["emulate", folder, *AT, "--json"])
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    np.testing.assert_allclose(found.flux, record["flux"])
    np.testing.assert_allclose(found.sigma, record["sigma"])
    assert units.Unit(found.flux_unit) == units.Unit("erg / (um s cm2)")


def test_ecsv_names_its_units(folder, tmp_path):
    main(["emulate", folder, *AT, "--out", str(tmp_path / "model.ecsv")])

    table = Table.read(tmp_path / "model.ecsv")
    assert str(table["wave"].unit) == "um"


def test_without_a_point_it_says_what_the_grid_covers(folder, capsys):
    assert main(["emulate", folder]) == 0

    out = capsys.readouterr().out
    assert "800 to 1700 K" in out
    assert "relative error of nodes left out" in out


def test_the_card_is_given_as_json(folder, capsys):
    assert main(["emulate", folder, "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["n_nodes"] == 84


def test_an_emulator_can_be_kept(folder, tmp_path, capsys):
    assert main(["emulate", folder, "--save", str(tmp_path / "copy"), *AT]) == 0
    assert main(["emulate", str(tmp_path / "copy"), *AT]) == 0

    assert (tmp_path / "copy" / "model.json").is_file()
    assert "emulator: " in capsys.readouterr().err


def test_a_figure_is_drawn(folder, tmp_path):
    assert main(["emulate", folder, *AT, "--figure", str(tmp_path / "model.png")]) == 0

    assert (tmp_path / "model.png").stat().st_size > 10_000


def test_extrapolation_has_to_be_asked_for_and_is_said(folder, capsys):
    beyond = ["emulate", folder, "--at", "teff=1800", *AT[2:]]

    assert main(beyond) == 1
    assert "teff = 1800 is outside of the grid" in capsys.readouterr().err
    assert main([*beyond, "--extrapolate"]) == 0
    assert "warning: the point is outside of the grid" in capsys.readouterr().err


def test_a_spectrum_is_compared_with_the_model(folder, tmp_path, capsys):
    path = tmp_path / "model.ecsv"
    main(["emulate", folder, *AT, "--out", str(path)])
    words = ["--against", str(path), "--mask", "1.35:1.42", "--fitted", "3", "--json"]
    capsys.readouterr()

    assert main(["emulate", folder, *AT, *words, "--figure", str(tmp_path / "both.png")]) == 0

    against = json.loads(capsys.readouterr().out)["against"]
    assert against["scale"] == pytest.approx(1)
    assert against["freedom"] == against["n_pixels"] - 4
    assert against["chi2"] == pytest.approx(0, abs=1e-6)
    assert (tmp_path / "both.png").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--at", "teff"], "expected NAME=VALUE"),
        (["--at", "teff=hot"], "--at teff=hot: expected a number"),
        (["--out", "model.ecsv"], "need a point"),
        ([*AT, "--mask", "1.4:1.3"], "expected LOW:HIGH in micron"),
        ([*AT, "--out", "model.txt"], "ends in .csv, .ecsv, .fits"),
    ],
)
def test_words_that_make_no_sense_are_usage_errors(folder, capsys, words, message):
    assert main(["emulate", folder, *words]) == 2
    assert message in capsys.readouterr().err
