"""``starsieve train``, ``evaluate``, ``models``, ``cite`` and ``doctor``."""

import json
import shutil
from pathlib import Path

import h5py
import pytest

from starsieve.cli import doctor
from starsieve.data.synthetic import model_grid
from tests.cli.conftest import TINY
from tests.cli.terminal import Terminal


@pytest.fixture
def grid_file(tmp_path: Path) -> Path:
    """A small model grid in the layout of the published ones."""
    spectra = model_grid()
    path = tmp_path / "toy.h5"
    with h5py.File(path, "w") as file:
        file["wavelength"], file["flux"] = spectra.wave, spectra.flux
        file.attrs.update(flux_unit="erg / (s cm2 um)", wavelength_unit="um", medium="vacuum")
        for name, values in spectra.labels.items():
            file[f"labels/{name}"] = values
    return path


def write_recipe(path: Path) -> Path:
    """Write the tiny recipe as TOML, with a name of its own."""
    recipe = TINY | {"model": "mine"}
    network = recipe.pop("network")
    held_out = recipe.pop("held_out")
    lines = [f"{key} = {json.dumps(value)}" for key, value in recipe.items()]
    for name, table in (("network", network), ("held_out", held_out)):
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_model_is_trained_shown_exported_used_and_evaluated(
    terminal: Terminal, shipped: str, grid_file: Path, observed: list[Path], tmp_path: Path
) -> None:
    recipe = write_recipe(tmp_path / "mine.toml")
    assert terminal("ingest", grid_file, "--collection", "toy-grid").code == 0

    trained = terminal("train", recipe, "--set", "steps=30", "--set", "seed=3", "--json")
    assert trained.code == 0
    assert trained.records[0]["model"] == "mine"

    listed = terminal("models", "list", "--json").records
    assert {each["name"]: each["origin"] for each in listed} == {
        "mine": "archive",
        shipped: "shipped",
    }
    (card,) = terminal("models", "show", "mine", "--json").records
    assert card["recipe"]["steps"] == 30
    assert "toy.h5" in "".join(card["training_files"])

    exported = terminal("models", "export", "mine", "--to", tmp_path / "gift")
    assert exported.out == f"{tmp_path / 'gift' / 'mine'}\n"
    shutil.rmtree("starsieve-archive")
    used = terminal("infer", observed[0], "--model", tmp_path / "gift" / "mine", "--json")
    assert (used.code, used.records[0]["model"]) == (0, "mine")


def test_training_on_a_collection_that_is_not_there_is_one_line(
    terminal: Terminal, tmp_path: Path
) -> None:
    outcome = terminal("train", write_recipe(tmp_path / "mine.toml"))
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "toy-grid" in outcome.err


def test_a_misspelt_option_of_a_recipe_is_asked_back(terminal: Terminal, tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "mine.toml")
    outcome = terminal("train", recipe, "--set", "stepps=3")
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "did you mean 'steps'?" in outcome.err
    unlike = terminal("train", recipe, "--set", "colour=blue")
    assert "unknown option 'colour', there are: seed, collection," in unlike.err


def test_exporting_never_overwrites(terminal: Terminal, shipped: str, tmp_path: Path) -> None:
    assert terminal("models", "export", shipped, "--to", tmp_path).code == 0
    again = terminal("models", "export", shipped, "--to", tmp_path)
    assert (again.code, again.out, len(again.messages)) == (1, "", 1)
    assert "there already" in again.err


def test_an_export_to_a_full_disk_is_one_line_and_leaves_no_half_model(
    terminal: Terminal, shipped: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_some(file: Path, folder: Path) -> None:
        (folder / file.name).write_bytes(b"some")
        raise OSError(28, "No space left on device", file.name)

    monkeypatch.setattr(shutil, "copy2", write_some)
    outcome = terminal("models", "export", shipped, "--to", tmp_path / "gift")
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "No space left on device. Choose another folder with --to DIR." in outcome.err
    assert not (tmp_path / "gift" / shipped).exists()


def test_evaluating_on_labelled_files_has_the_promised_fields(
    terminal: Terminal, shipped: str, observed: list[Path]
) -> None:
    table = observed[0].parent / "labels.csv"
    rows = [f"{file.name},{teff}" for file, teff in zip(observed, (1200, 1700, 2000), strict=True)]
    table.write_text("file,true_teff\n" + "\n".join(rows) + "\n")
    words = ("evaluate", shipped, table, "--column", "teff=true_teff", "--draws", "100")
    outcome = terminal(*words, "--json")
    assert outcome.code == 0
    (record,) = outcome.records
    assert set(record) >= {"model", "n", "metrics", "intervals"}
    assert record["model"] == shipped
    report = terminal(*words, "--report", "out")
    assert report.code == 0
    assert "nearest grid point" in report.out
    assert Path("out/evaluation.html").is_file()
    assert terminal("evaluate", shipped, table, "--column", "teff").code == 2


@pytest.mark.usefixtures("shipped")
def test_what_to_cite_names_the_grid(terminal: Terminal) -> None:
    text, bibtex = terminal("cite"), terminal("cite", "--bibtex")
    assert (text.code, bibtex.code) == (0, 0)
    assert "Morley et al. (2024)" in text.out
    assert "Burgasser" in text.out
    assert bibtex.out.count("@misc{") == len(terminal("cite", "--json").records)
    assert "eprint = {2402.00758}" in bibtex.out
    assert bibtex.out.count("{") == bibtex.out.count("}")


@pytest.mark.usefixtures("shipped")
def test_the_doctor_looks_at_everything_and_makes_nothing(terminal: Terminal) -> None:
    outcome = terminal("doctor", "--json")
    assert outcome.code == 0
    found = {record["what"]: record for record in outcome.records}
    assert {"python", "torch", "devices", "archive", "disk", "SpeX library"} <= set(found)
    assert found["shipped models"]["level"] == "ok"
    assert found["archive"]["level"] == "note"
    assert all(set(record) == {"what", "level", "detail"} for record in outcome.records)
    assert not list(terminal.folder.iterdir())


def test_the_doctor_names_problems_and_ends_with_1(
    terminal: Terminal, shipped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE", 1e12)
    Path("starsieve-archive").mkdir()
    outcome = terminal("doctor")
    assert outcome.code == 1
    assert "make room" in outcome.out
    assert "is no archive" in outcome.out
    assert outcome.messages == ["starsieve: 2 problems found."]
