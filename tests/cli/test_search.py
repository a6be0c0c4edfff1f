"""``starsieve search``: transits in files, and in the light curves of an archive."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from starsieve.archive import Archive
from starsieve.data.light_curve import LightCurve
from tests.cli.terminal import Terminal
from tests.transits.searching import PLANET, make_curve

FIELDS = {"period_days", "period_err_days", "epoch_btjd", "duration_hours", "depth_ppm", "snr"}
FLAT = ("--detrend", "none")


def write_curve(path: Path, curve: LightCurve) -> Path:
    """Write a light curve as SPOC does."""
    n = len(curve)
    columns = [
        fits.Column("TIME", "D", unit="BJD - 2457000, days", array=curve.time),
        fits.Column("PDCSAP_FLUX", "E", unit="e-/s", array=1000 * curve.flux),
        fits.Column("PDCSAP_FLUX_ERR", "E", unit="e-/s", array=np.full(n, 0.5)),
        fits.Column("QUALITY", "J", array=np.zeros(n, dtype=np.int32)),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="LIGHTCURVE")
    table.header["BJDREFI"] = 2457000
    primary = fits.PrimaryHDU()
    primary.header["TELESCOP"] = "TESS"
    fits.HDUList([primary, table]).writeto(path)
    return path


@pytest.fixture
def archive_folder(tmp_path: Path) -> Path:
    """An archive with two sectors of one star with a planet, and one of a quiet star."""
    folder = tmp_path / "archive"
    sectors = [make_curve(PLANET, start=start, seed=7) for start in (1500.0, 1530.0)]
    quiet = make_curve(seed=5)
    curves = [
        LightCurve(c.time, c.flux, meta={"telescope": "TESS", "target": tic})
        for c, tic in ((sectors[0], 11), (sectors[1], 11), (quiet, 12))
    ]
    with Archive.create(folder) as store:
        store.light_curves.add(curves, "sectors")
    return folder


def test_json_has_the_promised_fields(terminal: Terminal, tmp_path: Path):
    file = write_curve(tmp_path / "planet.fits", make_curve(PLANET))
    outcome = terminal("search", file, "--json")

    assert outcome.code == 0
    (record,) = outcome.records
    assert record["file"] == str(file)
    assert {"target", "candidates", "singles", "detrended", "notes", "assumed"} <= set(record)
    (found,) = record["candidates"]
    assert set(found) >= FIELDS
    assert found["period_days"] == pytest.approx(3.7, rel=1e-3)


def test_people_get_a_table_and_notes_beside_it(terminal: Terminal, tmp_path: Path):
    file = write_curve(tmp_path / "planet.fits", make_curve(PLANET))
    outcome = terminal("search", file, *FLAT)

    head, row = outcome.out.splitlines()
    assert "period (d)" in head
    assert "3.7" in row
    assert any("not detrended" in line for line in outcome.messages)


def test_a_quiet_star_is_said_to_have_nothing(terminal: Terminal, tmp_path: Path):
    file = write_curve(tmp_path / "quiet.fits", make_curve())
    outcome = terminal("search", file, *FLAT)

    assert (outcome.code, outcome.out) == (0, "")
    assert any("no transits found" in line for line in outcome.messages)


def test_a_bad_file_does_not_stop_the_others(terminal: Terminal, tmp_path: Path):
    good = write_curve(tmp_path / "good.fits", make_curve(PLANET))
    time = np.array([1500.0, 1501.0])
    short = write_curve(tmp_path / "short.fits", LightCurve(time, np.ones(2)))
    outcome = terminal("search", tmp_path / "none.fits", short, good, "--json", *FLAT)

    assert outcome.code == 3
    assert [("error" in record) for record in outcome.records].count(True) == 2
    assert sum("candidates" in record for record in outcome.records) == 1


def test_options_reach_the_search(terminal: Terminal, tmp_path: Path):
    file = write_curve(tmp_path / "planet.fits", make_curve(PLANET))
    words = ("--period-min", "5", "--period-max", "9", "--n-periods", "2000", "--min-snr", "60")
    outcome = terminal("search", file, "--json", *FLAT, *words, "--max-candidates", "1")

    (record,) = outcome.records
    assert record["candidates"] == []
    assert record["period_min_days"] == pytest.approx(5, rel=0.01)
    assert record["period_max_days"] == pytest.approx(9, rel=0.01)
    assert record["n_periods"] >= 1800


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--min-snr", "-1"), "--min-snr: Input should be greater than 0"),
        (("--period-min", "5", "--period-max", "2"), "must be below"),
        (("--detrend", "magic"), "magic"),
    ],
)
def test_impossible_options_are_explained(
    terminal: Terminal, tmp_path: Path, words: tuple[str, ...], message: str
):
    file = write_curve(tmp_path / "planet.fits", make_curve(PLANET))
    outcome = terminal("search", file, *words)

    assert outcome.code == 1
    assert message in outcome.err
    assert "unexpected" not in outcome.err


def test_either_files_or_a_collection(terminal: Terminal):
    outcome = terminal("search")

    assert outcome.code == 2
    assert "FILE|TIC" in outcome.err


def test_sectors_of_a_collection_are_joined_star_by_star(terminal: Terminal, archive_folder: Path):
    words = ("--collection", "sectors", "--archive", archive_folder, "--json")
    outcome = terminal("search", *words, *FLAT)

    assert outcome.code == 0
    planets = {record["target"]: len(record["candidates"]) for record in outcome.records}
    assert planets["TIC 11"] >= 1
    assert planets["TIC 12"] == 0


def test_a_collection_that_is_not_there_is_named(terminal: Terminal, archive_folder: Path):
    outcome = terminal("search", "--collection", "nothing", "--archive", archive_folder)

    assert outcome.code == 1
    assert "nothing" in outcome.err


def test_a_tic_number_without_light_curves_says_how_to_get_them(
    terminal: Terminal, archive_folder: Path
):
    outcome = terminal("search", "99", "--archive", archive_folder)

    assert outcome.code == 1
    assert "starsieve fetch light-curves 99" in outcome.err
