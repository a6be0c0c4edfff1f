"""``starsieve demo``: on the library where it is there, on simulated spectra where it is not."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from starsieve import demo
from starsieve.errors import SourceError
from starsieve.sources import spex
from tests.cli.terminal import Terminal

pytestmark = pytest.mark.usefixtures("shipped")


def make_entries(files: list[Path]) -> list[spex.SpexEntry]:
    """Return what the library would say about some files."""
    first = spex.SpexEntry(
        path=files[0],
        sha256="",
        name="",
        source_key="",
        ra=None,
        dec=None,
        spectral_type="L5",
        subtype=15.0,
        literature_type="L5",
        spex_type="",
        snr=100.0,
        resolution=120.0,
        binary=False,
        date="",
        reference="2024ApJ...975...59M",
    )
    return [
        replace(
            first,
            path=file,
            sha256=sha256(file.read_bytes()).hexdigest(),
            name=f"Dwarf {number}",
            source_key=str(number),
            subtype=15.0 + number,
        )
        for number, file in enumerate(files)
    ]


@pytest.fixture
def library(observed: list[Path], monkeypatch: pytest.MonkeyPatch) -> list[spex.SpexEntry]:
    """A library of three objects."""
    entries = make_entries(observed)
    monkeypatch.setattr(spex, "find_library", lambda: None)
    monkeypatch.setattr(spex, "list_spectra", lambda kinds="MLT": entries)
    monkeypatch.setattr(spex, "verify", lambda entries: None)
    return entries


def test_the_demo_ends_with_where_to_look_and_can_be_repeated(
    terminal: Terminal, library: list[spex.SpexEntry]
) -> None:
    first, again = terminal("demo"), terminal("demo")
    report = terminal.folder / "starsieve-archive" / "report"
    assert (first.code, again.code) == (0, 0)
    assert first.out == again.out
    assert first.out.endswith(f"Look at: {report / 'index.html'}\n")
    assert len(list((report / "objects").glob("*.html"))) == 3
    index = (report / "index.html").read_text()
    assert all(f"{entry.name} (L5)" in index for entry in library)
    (info,) = terminal("archive", "info", "--json").records
    assert (info["n_spectra"], info["n_predictions"]) == (3, 3)


def test_a_limited_demo_brings_no_more(
    terminal: Terminal, library: list[spex.SpexEntry], tmp_path: Path
) -> None:
    outcome = terminal("demo", "--limit", "2", "--report", tmp_path / "pages")
    assert outcome.code == 0
    assert len(list((tmp_path / "pages" / "objects").glob("*.html"))) == 2
    assert terminal("archive", "info", "--json").records[0]["n_spectra"] == 2


def test_the_index_of_the_demo_lists_objects_that_have_no_page(
    terminal: Terminal, library: list[spex.SpexEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "N_PAGES", 2)
    assert "Pages for 2 of them" in terminal("demo").out
    report = terminal.folder / "starsieve-archive" / "report"
    assert len(list((report / "objects").glob("*.html"))) == 2
    index = (report / "index.html").read_text()
    assert all(f"{entry.name} (L5)" in index for entry in library)
    assert index.count('href="objects/') == 2


def test_without_the_library_the_demo_simulates_and_says_so(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> None:
        msg = f"The SpeX Prism Library is not installed. Get it with: {spex.INSTALL}"
        raise SourceError(msg)

    monkeypatch.setattr(spex, "find_library", absent)
    outcome = terminal("demo", "--limit", "2")
    assert outcome.code == 0
    assert "pip install --no-deps splat" in outcome.err
    assert "simulated" in outcome.err
    index = Path("starsieve-archive/report/index.html").read_text()
    assert "Simulated brown dwarfs" in index
    assert index.count("simulated 00") >= 2


def test_of_each_object_the_best_single_spectrum_is_chosen(observed: list[Path]) -> None:
    plain, binary, faint = make_entries(observed)
    copy = replace(plain, snr=200.0, name="better")
    entries = [plain, replace(binary, binary=True), replace(faint, snr=None), copy]
    assert [entry.name for entry in demo.choose(entries, None)] == ["better", "Dwarf 2"]


def test_a_limit_takes_the_best_of_each_type_first(observed: list[Path]) -> None:
    first = make_entries(observed[:1])[0]
    entries = [
        replace(first, source_key=str(key), subtype=subtype, snr=snr)
        for key, (subtype, snr) in enumerate([(10, 50), (10, 90), (10, 80), (21, 20), (15, 30)])
    ]
    chosen = demo.choose(entries, 4)
    assert [(entry.subtype, entry.snr) for entry in chosen] == [
        (10, 90),
        (10, 80),
        (15, 30),
        (21, 20),
    ]
