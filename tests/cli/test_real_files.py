"""The command line on real files."""

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

pytestmark = pytest.mark.real_data


def test_real_spectra_are_read_from_every_instrument(terminal: Terminal, real_data: Path) -> None:
    folder = real_data / "browndwarf" / "observed"
    files = [*(folder / "other").glob("*.csv"), *(folder / "other").glob("*.fits")]
    files += sorted((folder / "spex").iterdir())[:20]
    outcome = terminal("read", *files, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert {record["kind"] for record in outcome.records} == {"spectrum"}
    assert all(0.3 < record["wave_min_um"] < 1.2 for record in outcome.records)


def test_the_orders_of_a_file_are_spectra_of_their_own(terminal: Terminal, real_data: Path) -> None:
    file = real_data / "browndwarf" / "observed" / "other" / "VHS1256b_V2_accepted.txt"
    outcome = terminal("ingest", file, "--collection", "other", "--json")
    assert outcome.code == 0
    assert len(outcome.records[0]["ids"]) == 15
    assert terminal("archive", "check").out == "clean\n"


@pytest.mark.usefixtures("shipped")
def test_real_spectra_go_from_files_to_parameters(terminal: Terminal, real_data: Path) -> None:
    files = sorted((real_data / "browndwarf" / "observed" / "spex").iterdir())[:5]
    outcome = terminal("infer", *files, "--json", "--draws", "100")
    assert outcome.code == 0
    assert [record["file"] for record in outcome.records] == [str(file) for file in files]
    assert all(record["chi2_reduced"] > 0 for record in outcome.records)
