"""``starsieve infer``: from files, and from collections."""

import os
from pathlib import Path

import numpy as np
import pytest

from tests.cli.terminal import Terminal

pytestmark = pytest.mark.usefixtures("shipped")

FIELDS = {
    *("file", "object", "model", "parameters"),
    *("in_distribution", "ood_score", "chi2_reduced", "warnings"),
}
STATISTICS = {"median", "mean", "std", "q025", "q16", "q84", "q975", "unit"}


def test_json_has_the_promised_fields(terminal: Terminal, observed: list[Path]) -> None:
    outcome = terminal("infer", *observed, "--json", "--draws", "100")
    assert (outcome.code, outcome.err) == (0, "")
    assert [record["file"] for record in outcome.records] == [str(file) for file in observed]
    for record in outcome.records:
        assert set(record) >= FIELDS
        assert set(record["parameters"]) == {"teff", "logg", "mh", "fsed"}
        assert all(set(each) == STATISTICS for each in record["parameters"].values())
        assert record["parameters"]["teff"]["unit"] == "K"
        assert 1000 <= record["parameters"]["teff"]["median"] <= 2000


def test_json_says_what_was_assumed(terminal: Terminal, observed: list[Path]) -> None:
    text = observed[0].read_text().replace("[erg / (s cm2 um)]", "[bananas]")
    observed[0].write_text(text)
    (record,) = terminal("infer", observed[0], "--json", "--draws", "100").records
    assert "Flux unit 'bananas' not understood, flux taken as relative." in record["assumed"]


def test_people_get_a_table_and_warnings_beside_it(
    terminal: Terminal, observed: list[Path]
) -> None:
    outcome = terminal("infer", *observed, "--draws", "100")
    assert outcome.code == 0
    head, *rows = outcome.out.splitlines()
    assert "teff [K]" in head
    assert [row.split()[0] for row in rows] == [file.name for file in observed]
    assert all(line.startswith("starsieve: warning: dwarf") for line in outcome.messages)


def test_the_same_seed_gives_the_same_numbers(terminal: Terminal, observed: list[Path]) -> None:
    words = ("infer", observed[0], "--json", "--draws", "100")
    first, again, other = terminal(*words), terminal(*words), terminal(*words, "--seed", "1")
    assert first.out == again.out
    assert first.out != other.out


def test_files_leave_nothing_behind(terminal: Terminal, observed: list[Path]) -> None:
    terminal("infer", observed[0], "--draws", "100")
    assert not list(terminal.folder.iterdir())
    assert sorted(observed[0].parent.glob("*.csv")) == observed


def test_a_report_has_a_page_per_object_and_figures(
    terminal: Terminal, observed: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    outcome = terminal(
        *("infer", *observed[:2], "--draws", "100"), *("--report", out, "--figures", "pdf,png")
    )
    assert outcome.code == 0
    assert f"starsieve: report: {out / 'index.html'}" in outcome.messages
    assert len(list((out / "objects").glob("*.html"))) == 2
    assert len(list((out / "figures").glob("*.pdf"))) == 4
    assert len(list((out / "figures").glob("*.png"))) == 4


def test_explanations_are_in_the_json_only_where_asked(
    terminal: Terminal, observed: list[Path]
) -> None:
    words = ("infer", observed[0], "--json", "--draws", "50")
    (plain,), (explained,) = terminal(*words).records, terminal(*words, "--explain").records
    assert "explanation" not in plain
    assert explained["parameters"] == plain["parameters"]
    told = explained["explanation"]
    assert set(told["parameters"]) == {"teff", "logg", "mh", "fsed"}
    assert len(told["bands_um"]) == len(told["parameters"]["teff"]["influence"]) == 30


def test_people_read_which_bands_drive_what(terminal: Terminal, observed: list[Path]) -> None:
    out = terminal("infer", observed[0], "--draws", "50", "--explain").out
    _, told = out.split("driven by, dwarf0.csv:\n")
    assert [line.split(":")[0].strip() for line in told.splitlines()] == [
        *("teff", "logg", "mh", "fsed")
    ]


def test_several_spectra_are_explained_in_the_mean_too(
    terminal: Terminal, observed: list[Path], shipped: str
) -> None:
    out = terminal("infer", *observed[:2], "--draws", "50", "--explain").out
    drawn = terminal("plot", "drivers", *observed[:2], "missing.csv", "--out", "drivers.svg")

    assert "driven by, mean of 2 spectra:" in out
    assert drawn.code == 3
    assert "missing.csv" in drawn.err
    assert "2 spectra, by" not in drawn.out
    assert (terminal.folder / "drivers.svg").stat().st_size > 10_000


def test_a_report_of_a_collection_can_hold_explanations(
    terminal: Terminal, observed: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    terminal("ingest", observed[0], "--collection", "night")
    words = ("--draws", "50", "--report", out, "--explain")
    assert terminal("infer", "--collection", "night", *words).code == 0
    (page,) = (out / "objects").glob("*.html")
    assert "What drives the parameters" in page.read_text()


def test_a_collection_is_explained_on_pages_only(terminal: Terminal) -> None:
    outcome = terminal("infer", "--collection", "night", "--explain")
    assert (outcome.code, outcome.out) == (2, "")
    assert "needs --report DIR" in outcome.err


def make_unusable(kind: str, folder: Path) -> Path:
    """Make a file that no parameters can be inferred from."""
    file = folder / "bad.csv"
    wave = np.linspace(0.9, 2.4, 300)
    if kind == "empty":
        file.touch()
    elif kind == "all NaN":
        file.write_text("wave [um],flux\n" + "".join(f"{w:.5f},nan\n" for w in wave))
    elif kind == "misses most of the range":
        file.write_text("wave [um],flux\n" + "".join(f"{w:.5f},1.0\n" for w in wave / 4))
    elif kind == "no flux density":
        file.write_text("wave [um],flux [K]\n" + "".join(f"{w:.5f},1.0\n" for w in wave))
    return file


@pytest.mark.parametrize(
    "kind", ["missing", "empty", "all NaN", "misses most of the range", "no flux density"]
)
def test_a_file_that_cannot_be_used_is_listed_and_the_others_go_on(
    terminal: Terminal, observed: list[Path], tmp_path: Path, kind: str
) -> None:
    bad = make_unusable(kind, tmp_path)
    outcome = terminal("infer", bad, observed[0], "--json", "--draws", "100")
    assert outcome.code == 3
    good, failed = outcome.records
    assert good["file"] == str(observed[0])
    assert set(failed) == {"file", "error"}
    assert failed["file"] == str(bad)
    assert failed["error"]
    assert str(bad) in outcome.err
    alone = terminal("infer", bad)
    assert (alone.code, alone.out, len(alone.messages)) == (1, "", 1)


def test_an_unknown_model_is_one_line(terminal: Terminal, observed: list[Path]) -> None:
    outcome = terminal("infer", observed[0], "--model", "diamondbak")
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "diamondback-spex" in outcome.err


def test_a_damaged_model_is_one_line(
    terminal: Terminal, observed: list[Path], shipped_models: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "damaged"
    folder.mkdir()
    source = shipped_models / "diamondback-spex"
    (folder / "model.json").write_text((source / "model.json").read_text())
    (folder / "weights.safetensors").write_bytes(b"junk")
    outcome = terminal("infer", observed[0], "--model", folder)
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "unexpected" not in outcome.err


def test_results_of_a_collection_are_kept_and_shown(
    terminal: Terminal, observed: list[Path], tmp_path: Path
) -> None:
    terminal("ingest", *observed, "--collection", "night")
    words = ("infer", "--collection", "night", "--draws", "100")
    outcome = terminal(*words, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert [record["file"] for record in outcome.records] == [str(file) for file in observed]
    assert all(set(record) >= FIELDS for record in outcome.records)
    assert "n_inferred" in terminal(*words).out
    assert terminal("archive", "info", "--json").records[0]["n_predictions"] == 3
    (_, run) = terminal("runs", "list", "--json").records
    assert (run["task"], run["status"]) == ("atmospheres.infer", "done")


def test_a_collection_gets_a_report_too(
    terminal: Terminal, observed: list[Path], tmp_path: Path
) -> None:
    terminal("ingest", observed[0], "--collection", "night")
    out = tmp_path / "out"
    outcome = terminal("infer", "--collection", "night", "--draws", "100", "--report", out)
    assert outcome.code == 0
    assert (out / "index.html").is_file()


def test_an_unusable_spectrum_of_a_collection_is_code_3(
    terminal: Terminal, observed: list[Path], tmp_path: Path
) -> None:
    bad = make_unusable("misses most of the range", tmp_path)
    terminal("ingest", observed[0], bad, "--collection", "night")
    outcome = terminal("infer", "--collection", "night", "--draws", "100", "--json")
    assert outcome.code == 3
    assert outcome.records[-1]["file"] == str(bad)
    assert "error" in outcome.records[-1]


def test_a_collection_that_is_not_there_is_one_line(terminal: Terminal) -> None:
    terminal("archive", "create")
    outcome = terminal("infer", "--collection", "nigth")
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "nigth" in outcome.err


def test_inferring_from_a_collection_makes_no_archive(terminal: Terminal) -> None:
    assert terminal("infer", "--collection", "night").code == 1
    assert not list(terminal.folder.iterdir())


@pytest.mark.parametrize("verb", ["infer", "ingest"])
def test_permission_is_asked_by_who_reads_not_by_who_parses(
    terminal: Terminal, observed: list[Path], monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    # the root user may read everything, so that a test can't just lock a file
    may = os.access
    monkeypatch.setattr(
        os, "access", lambda path, *how: str(path) != str(observed[0]) and may(path, *how)
    )
    options = ["--collection", "night"] if verb == "ingest" else ["--draws", "50"]
    assert terminal(verb, *observed, *options).code == 0


FLUX_UNIT = "[erg / (s cm2 um)]"


def test_refined_draws_come_with_their_effective_number(
    terminal: Terminal, observed: list[Path]
) -> None:
    outcome = terminal("infer", observed[0], "--refine", "--json", "--draws", "100")
    (record,) = outcome.records
    assert outcome.code == 0
    assert 1 <= record["refined"]["ess"] <= 100
    assert set(record["predictive"]) == {"p_value", "n_draws"}


def test_a_distance_without_an_absolute_flux_is_that_files_failure(
    terminal: Terminal, observed: list[Path]
) -> None:
    observed[0].write_text(observed[0].read_text().replace(FLUX_UNIT, ""))
    outcome = terminal("infer", observed[0], "--distance", "10", "--draws", "20")
    assert outcome.code == 1
    assert "a radius needs an absolute flux" in outcome.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--distance", "near"), "expected a number of pc"),
        (("--parallax", "10+-4"), "has an error of 40%"),
        (("--distance", "10", "--parallax", "100"), "not both"),
    ],
)
def test_distances_that_are_none_are_usage_errors(
    terminal: Terminal, observed: list[Path], words: tuple[str, ...], message: str
) -> None:
    outcome = terminal("infer", observed[0], *words)
    assert outcome.code == 2
    assert message in " ".join(outcome.err.split())


def test_a_collection_is_not_refined_silently(terminal: Terminal) -> None:
    outcome = terminal("infer", "--collection", "spex", "--refine")
    assert outcome.code == 2
    assert "take files" in outcome.err
