"""``starsieve ingest`` and ``starsieve fetch``: what was kept, and what was refused and why."""

from pathlib import Path

import pytest

from starsieve.archive import open_archive
from starsieve.errors import ArchiveError, SourceError
from starsieve.readers.files import content_hash
from starsieve.sources import spex
from tests.cli.conftest import write_spectrum
from tests.cli.terminal import Terminal
from tests.readers.made_files import make_harps_s1d


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """A folder of three spectra."""
    folder = tmp_path / "night"
    folder.mkdir()
    for seed in range(3):
        write_spectrum(folder / f"{seed}.csv", seed)
    return folder


def test_files_are_kept_once(terminal: Terminal, night: Path) -> None:
    first = terminal("ingest", night, "--collection", "night", "--json")
    again = terminal("ingest", night, "--collection", "night", "--json")
    assert (first.code, again.code) == (0, 0)
    assert (first.err, again.err) == ("", "")
    assert first.records[0] | {"ids": []} == {
        "collection": "night",
        "kept": 3,
        "already": 0,
        "refused": 0,
        "ids": [],
    }
    assert (again.records[0]["kept"], again.records[0]["already"]) == (0, 3)
    assert terminal("archive", "check").out == "clean\n"


def test_a_refused_file_is_listed_and_the_others_go_on(terminal: Terminal, night: Path) -> None:
    (night / "words.txt").write_text("no numbers here\n")
    (night / "empty.fits").touch()
    outcome = terminal("ingest", night, "--collection", "night", "--json")
    assert outcome.code == 3
    *refused, counts = outcome.records
    assert {Path(each["file"]).name for each in refused} == {"words.txt", "empty.fits"}
    assert all(each["error"] for each in refused)
    assert (counts["kept"], counts["refused"]) == (3, 2)
    table = terminal("ingest", night, "--collection", "night")
    assert table.code == 3
    assert "words.txt" in table.out
    assert table.messages == ["starsieve: refused 2 of 5 files."]


def test_if_all_are_refused_it_is_an_error(terminal: Terminal, tmp_path: Path) -> None:
    outcome = terminal("ingest", tmp_path / "missing.fits", "--collection", "night")
    assert outcome.code == 1
    assert "missing.fits" in outcome.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--collection", "empty"), "no spectra"),
        (("--collection", "../escape"), "is no name"),
        (("--collection", "night", "--resolution", "-5"), "resolution must be positive"),
    ],
)
def test_bad_input_is_one_line(
    terminal: Terminal, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    folder = tmp_path / "nothing"
    folder.mkdir()
    outcome = terminal("ingest", folder, *words)
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert said in outcome.err


def test_hints_reach_the_readers(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "bare.txt"
    file.write_text("".join(f"{w} 1.0\n" for w in range(5000, 5100)))
    words = ("--collection", "odd", "--flux-unit", "furlong")
    refused = terminal("ingest", file, *words, "--json").records[0]
    assert "furlong" in refused["error"]


def test_a_full_disk_is_one_line_and_harms_nothing(
    terminal: Terminal, night: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal("ingest", night / "0.csv", "--collection", "night")

    def full(*_: object, **__: object) -> None:
        msg = "The disk is full."
        raise ArchiveError(msg)

    with monkeypatch.context() as patch:
        patch.setattr("starsieve.ingest.ingest", full)
        outcome = terminal("ingest", night, "--collection", "night")
    assert (outcome.code, outcome.messages) == (1, ["starsieve: The disk is full."])
    assert terminal("archive", "check").out == "clean\n"


def test_the_library_is_fetched_and_verified(
    terminal: Terminal, night: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[object] = []
    entries = [Entry(path) for path in sorted(night.iterdir())]
    monkeypatch.setattr(spex, "list_spectra", lambda kinds: entries)
    monkeypatch.setattr(spex, "verify", verified.extend)
    monkeypatch.setattr(spex, "version", lambda: "1.14")
    outcome = terminal("fetch", "spex", "--json")
    assert outcome.code == 0
    assert outcome.records[0]["kept"] == 3
    assert verified == entries
    with open_archive(terminal.folder / "starsieve-archive") as archive:
        assert {info.object for info in archive.spectra.table("spex")} >= {"object 0"}
        assert {row.value for row in archive.labels.read("spex")} == {28.0}
    assert "splat 1.14" in outcome.err


class Entry:
    """As much of a library's entry as is needed to ingest it."""

    def __init__(self, path: Path) -> None:
        self.path, self.sha256 = path, content_hash(path)
        self.name, self.ra, self.dec = f"object {path.stem}", 63.8, -9.6
        self.spectral_type, self.subtype, self.snr = "T8", 28.0, None
        self.reference, self.date = "2004PASP..116..362C", "2000-11-06"


def test_without_the_library_the_way_to_get_it_is_said(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*_: object) -> None:
        msg = f"not installed: {spex.INSTALL}"
        raise SourceError(msg)

    monkeypatch.setattr(spex, "list_spectra", absent)
    outcome = terminal("fetch", "spex")
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "pip install --no-deps splat" in outcome.err
    assert not list(terminal.folder.iterdir())


def test_labels_of_a_table_are_joined_to_the_spectra(
    terminal: Terminal, night: Path, tmp_path: Path
) -> None:
    table = tmp_path / "known.csv"
    table.write_text("file,teff\n0.csv,1000\n2,1500\nelsewhere.csv,99999\n")
    options = ("--collection", "night", "--labels", str(table))
    shown = terminal("ingest", night, *options)
    assert shown.code == 0
    assert "rows of no spectrum: elsewhere.csv" in shown.err
    labels, counts = terminal("ingest", night, *options, "--json").records
    assert counts["already"] == 3
    found = labels["labels"]
    assert (found["column"], found["joined"], found["unmatched"]) == ("file", 2, 1)
    assert (found["n_labels"], found["unlabelled"]) == (2, 1)
    assert "stand for unknown" in found["assumed"][0]


def test_a_wrong_table_of_labels_is_refused_before_anything_is_stored(
    terminal: Terminal, night: Path, tmp_path: Path
) -> None:
    table = tmp_path / "known.csv"
    table.write_text("no,labels\n")
    outcome = terminal("ingest", night, "--collection", "night", "--labels", str(table))
    assert outcome.code != 0
    assert "known.csv" in outcome.err
    assert terminal("ingest", night, "--collection", "night", "--json").records[0]["kept"] == 3


def test_an_origin_without_labels_is_a_mistake(terminal: Terminal, night: Path) -> None:
    outcome = terminal("ingest", night, "--collection", "night", "--label-origin", "me")
    assert outcome.code != 0
    assert "--labels, which is missing" in outcome.err


def test_headers_can_label_their_spectra(terminal: Terminal, tmp_path: Path) -> None:
    make_harps_s1d(tmp_path)
    options = ("--collection", "harps", "--header-labels", "--json")
    first, counts = terminal("ingest", tmp_path / "HARPS_s1d_A.fits", *options).records
    # Airmass, BERV, exposure, MJD, radial velocity, humidity and signal-to-noise.
    assert first == {"header_labels": 7}
    assert counts["kept"] == 1
