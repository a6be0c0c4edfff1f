"""``starsieve injection-recovery``: a map of what is found, and a report to go on with."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from starsieve.data.star import Star
from starsieve.transits.simulate import simulate_star
from tests.cli.terminal import Terminal
from tests.readers.made_files import make_wcs

GIANTS = ("--trials", "2", "--periods", "1,4", "--radii", "9,12")


@pytest.fixture
def star_file(tmp_path: Path) -> Path:
    """Write a quiet star as the pipeline of TESS does."""
    curve = simulate_star(3, star=Star(tmag=8.0, radius=1.0, teff=5772.0), days=12.0)
    kinds = {
        "TIME": ("D", curve.time),
        "PDCSAP_FLUX": ("E", curve.flux),
        "PDCSAP_FLUX_ERR": ("E", curve.sigma),
        "QUALITY": ("J", curve.quality),
    }
    columns = [
        fits.Column(name, form, unit="e-/s" if "FLUX" in name else None, array=np.asarray(values))
        for name, (form, values) in kinds.items()
    ]
    table = fits.BinTableHDU.from_columns(columns, name="LIGHTCURVE")
    table.header.update({"BJDREFI": 2457000, "BJDREFF": 0.0, "TIMEDEL": 120 / 86400})
    primary = fits.PrimaryHDU()
    primary.header.update({"TELESCOP": "TESS", "TICID": 1, "RADIUS": 1.0, "TEFF": 5772.0})
    file = tmp_path / "quiet_lc.fits"
    fits.HDUList([primary, table]).writeto(file)
    return file


def test_json_holds_the_map(terminal: Terminal, star_file: Path) -> None:
    outcome = terminal("injection-recovery", star_file, *GIANTS, "--json")

    assert outcome.code == 0
    (record,) = outcome.records
    assert record["n_trials"] == 2
    assert record["n_recovered"] == 2
    assert len(record["completeness"]) == len(record["radius_edges_earth"]) - 1
    assert not list(terminal.folder.iterdir())


def test_a_report_is_gone_on_with(terminal: Terminal, star_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"

    first = terminal("injection-recovery", star_file, *GIANTS, "--report", folder)
    again = terminal("injection-recovery", star_file, *GIANTS, "--report", folder)

    assert first.code == again.code == 0
    assert "2 of 2 trials were done before" in again.err
    assert first.out == again.out
    assert "Earth radii" in first.out
    names = {path.name for path in folder.iterdir()}
    assert names == {"injection-recovery.html", "trials.csv", "trials.jsonl"}


def test_a_bad_file_does_not_stop_the_others(
    terminal: Terminal, star_file: Path, tmp_path: Path
) -> None:
    spectrum = make_wcs(tmp_path)

    outcome = terminal("injection-recovery", star_file, spectrum, "none.fits", *GIANTS)
    alone = terminal("injection-recovery", "none.fits")

    assert outcome.code == 3
    assert "has no light curve" in outcome.err
    assert "none.fits" in outcome.err
    assert alone.code == 1


@pytest.mark.parametrize(
    ("option", "text"), [("--periods", "5"), ("--radii", "3,1"), ("--periods", "a,b")]
)
def test_ranges_that_are_none_are_usage_errors(
    terminal: Terminal, star_file: Path, option: str, text: str
) -> None:
    outcome = terminal("injection-recovery", star_file, option, text)

    assert outcome.code == 2
    assert option.removeprefix("--") in outcome.err
