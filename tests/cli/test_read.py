"""``starsieve read``: what a file is, and one line for each that is none."""

import gzip
import os
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from starsieve.cli import hints
from starsieve.data import spectrum
from tests.cli.terminal import Terminal
from tests.readers.made_files import make_dvt, make_light_curve, make_tesscut

FIELDS = {
    *("file", "layout", "kind", "n_pixels", "wave_min_um", "wave_max_um"),
    *("flux_unit", "medium_in_file", "frame", "assumed"),
}


def test_json_has_the_promised_fields(terminal: Terminal, spectrum_file: Path) -> None:
    outcome = terminal("read", spectrum_file, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    (record,) = outcome.records
    assert set(record) >= FIELDS
    assert record["file"] == str(spectrum_file)
    assert record["kind"] == "spectrum"
    assert record["n_pixels"] == 300
    assert (record["wave_min_um"], record["wave_max_um"]) == (0.8, 2.4)


def test_people_get_what_was_assumed(terminal: Terminal, spectrum_file: Path) -> None:
    outcome = terminal("read", spectrum_file)
    assert outcome.code == 0
    assert "300 pixels" in outcome.out
    assert "Medium of the wavelengths not stated" in outcome.out


def test_options_win_over_assumptions(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "bare.txt"
    file.write_text("".join(f"{w} 1.0\n" for w in range(5000, 5100)))
    outcome = terminal("read", file, "--json", "--medium", "air", "--wave-unit", "Angstrom")
    (record,) = outcome.records
    assert record["medium_in_file"] == "air"
    assert record["wave_min_um"] == pytest.approx(0.50014, abs=1e-5)


def test_reading_leaves_nothing_behind(terminal: Terminal, spectrum_file: Path) -> None:
    before = spectrum_file.read_bytes()
    terminal("read", spectrum_file)
    assert not list(terminal.folder.iterdir())
    assert spectrum_file.read_bytes() == before


def test_some_failed_files_are_code_3_and_all_are_code_1(
    terminal: Terminal, spectrum_file: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "empty.fits"
    bad.touch()
    outcome = terminal("read", bad, spectrum_file, "--json")
    assert outcome.code == 3
    good, failed = outcome.records
    assert good["file"] == str(spectrum_file)
    assert set(failed) == {"file", "error"}
    assert failed["file"] == str(bad)
    assert str(bad) in outcome.err
    assert terminal("read", bad).code == 1
    assert terminal("read", bad, bad).code == 1


def make_bad(kind: str, folder: Path) -> Path:
    """Make one of the files that are no spectrum."""
    wave = np.linspace(1.0, 2.0, 50)
    columns = {
        "words.txt": ["these are", "no numbers"],
        "repeats.txt": [f"{w} 1.0" for w in (1.0, 1.1, 1.1, 1.2)],
        "backwards.txt": [f"{w} 1.0" for w in (1.0, 1.2, 1.1, 1.3)],
        "nan.txt": [f"{w} nan" for w in wave],
        "odd-unit.csv": ["wave [um],flux [mag]", *(f"{w},1.0" for w in wave)],
    }
    path = folder / kind
    if kind in columns:
        path.write_text("\n".join(columns[kind]) + "\n")
    elif kind == "truncated.fits.gz":
        path.write_bytes(gzip.compress(b"SIMPLE  =                    T" + os.urandom(5000))[:900])
    elif kind == "empty.fits":
        path.touch()
    elif kind == "junk.fits":
        path.write_bytes(os.urandom(10_000))
    elif kind == "folder":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    "kind",
    [
        *("words.txt", "repeats.txt", "backwards.txt", "nan.txt"),
        *("odd-unit.csv", "truncated.fits.gz", "empty.fits", "junk.fits", "folder", "missing"),
    ],
)
def test_a_bad_file_is_one_line(terminal: Terminal, tmp_path: Path, kind: str) -> None:
    bad = make_bad(kind, tmp_path)
    outcome = terminal("read", bad)
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert outcome.err.startswith(f"starsieve: {bad}: ")
    assert "unexpected" not in outcome.err


def test_zero_errors_are_said(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "zero-errors.txt"
    file.write_text("".join(f"{w} 1.0 0.0\n" for w in np.linspace(1.0, 2.0, 50)))
    outcome = terminal("read", file, "--json")
    assert outcome.code == 0
    assert any("Errors are nowhere" in each for each in outcome.records[0]["assumed"])


def test_an_unknown_unit_is_one_line(terminal: Terminal, spectrum_file: Path) -> None:
    outcome = terminal("read", spectrum_file, "--wave-unit", "furlong/fortnight")
    assert (outcome.code, outcome.out, len(outcome.messages)) == (1, "", 1)
    assert "furlong" in outcome.err


def test_the_choices_are_those_of_the_containers() -> None:
    assert get_args(hints.Medium) == get_args(spectrum.Medium)
    assert get_args(hints.Frame) == get_args(spectrum.Frame)


def test_flux_and_flags_of_a_light_curve_can_be_told(terminal: Terminal, tmp_path: Path) -> None:
    file = make_light_curve(tmp_path)
    outcome = terminal("read", file, "--json", "--flux-column", "sap", "--quality-mask", "2048")
    (record,) = outcome.records
    assert (record["flux_column"], record["quality_mask"]) == ("SAP_FLUX", 2048)
    assert "mask 2048, as was told" in " ".join(record["assumed"])


def test_a_mask_that_is_none_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    outcome = terminal("read", make_light_curve(tmp_path), "--quality-mask", "best")
    assert outcome.code == 1
    assert "one of default, hard, none or flags added up, got 'best'" in outcome.err


def test_the_aperture_of_a_cut_out_is_drawn(terminal: Terminal, tmp_path: Path) -> None:
    outcome = terminal("read", make_tesscut(tmp_path))
    assert "    ..#...\n    ..##..\n" in outcome.out


def test_signals_of_a_validation_are_shown(terminal: Terminal, tmp_path: Path) -> None:
    outcome = terminal("read", make_dvt(tmp_path))
    assert "data validation (dv-series) of TIC 25155310, 2 transit signals (2.5 d, 7 d)" in (
        outcome.out
    )
