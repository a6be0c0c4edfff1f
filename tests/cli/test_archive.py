"""``starsieve archive``: make, look at, check, upgrade."""

import os
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal


def test_an_archive_is_made_where_the_options_say(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert terminal("archive", "create").out == f"{terminal.folder / 'starsieve-archive'}\n"
    monkeypatch.setenv("STARSIEVE_ARCHIVE", str(tmp_path / "by-variable"))
    assert terminal("archive", "create").code == 0
    assert terminal("archive", "create", "--archive", tmp_path / "by-option").code == 0
    assert (tmp_path / "by-variable" / "archive.json").is_file()
    assert (tmp_path / "by-option" / "archive.json").is_file()


def test_creating_twice_changes_nothing(terminal: Terminal) -> None:
    assert [terminal("archive", "create").code for _ in range(2)] == [0, 0]


def test_info_says_what_is_there(terminal: Terminal) -> None:
    terminal("archive", "create")
    (record,) = terminal("archive", "info", "--json").records
    assert record["n_spectra"] == 0
    assert record["collections"] == []
    assert "spectra" in terminal("archive", "info").out


def test_a_new_archive_is_clean_and_up_to_date(terminal: Terminal) -> None:
    terminal("archive", "create")
    assert terminal("archive", "check").out == "clean\n"
    assert terminal("archive", "check", "--json").records == [{"clean": True, "problems": []}]
    upgraded = terminal("archive", "upgrade")
    assert (upgraded.code, upgraded.out) == (0, "")
    assert "up to date" in upgraded.err


@pytest.mark.parametrize(
    "words",
    [
        ("archive", "info"),
        ("archive", "check"),
        ("archive", "upgrade"),
        ("runs", "list"),
        ("worker",),
    ],
)
def test_verbs_that_only_look_make_no_archive(terminal: Terminal, words: tuple[str, ...]) -> None:
    outcome = terminal(*words)
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "starsieve archive create" in outcome.err
    assert not list(terminal.folder.iterdir())


@pytest.mark.parametrize("words", [("archive", "info"), ("archive", "create")])
def test_a_folder_that_is_no_archive_stays_as_it_is(
    terminal: Terminal, tmp_path: Path, words: tuple[str, ...]
) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter1.tex").write_text("precious")
    outcome = terminal(*words, "--archive", folder)
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "is no archive" in outcome.err
    assert [path.name for path in folder.iterdir()] == ["chapter1.tex"]


def test_a_damaged_catalogue_is_one_line(terminal: Terminal) -> None:
    terminal("archive", "create")
    os.truncate(terminal.folder / "starsieve-archive" / "catalogue.sqlite", 5000)
    for suffix in ("-wal", "-shm"):
        Path(f"starsieve-archive/catalogue.sqlite{suffix}").unlink(missing_ok=True)
    outcome = terminal("archive", "info")
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "unexpected" not in outcome.err


def test_an_impossible_setting_is_named(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STARSIEVE_WORKERS", "many")
    outcome = terminal("archive", "create")
    assert (outcome.code, len(outcome.messages)) == (1, 1)
    assert "STARSIEVE_WORKERS='many'" in outcome.err
