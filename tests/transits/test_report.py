"""A report lists every candidate, what was not found, and where all of it comes from."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from starsieve.errors import Failure
from starsieve.reports import Section, Text
from starsieve.transits.match import KnownSignal, Match
from starsieve.transits.report import ReportWriter, write_csv, write_report
from starsieve.transits.vetting import COLUMNS, Vettings
from starsieve.transits.views import Views
from tests.transits.vetting import EPHEMERIS, make_vetted, make_vetting

LOCAL = Views(local_view=-np.hanning(61).astype(np.float32))


@pytest.fixture
def vettings() -> Vettings:
    found = make_vetting(make_vetted(1, views=LOCAL), make_vetted(2))
    quiet = make_vetting(tic=12, name="TIC 12")
    return Vettings((found, quiet), (Failure("bad.fits", "it is empty."),))


def read_rows(folder):
    text = (folder / "candidates.csv").read_text()
    lines = text.splitlines()
    return [line for line in lines if line.startswith("#")], list(
        csv.DictReader(line for line in lines if not line.startswith("#"))
    )


def test_the_index_leads_to_every_sheet_and_names_the_rest(vettings, tmp_path):
    index = write_report(vettings, tmp_path, pdf=False).read_text()

    sheets = [path.name for path in (tmp_path / "sheets").iterdir()]
    assert len(sheets) == 2
    assert all(f'href="sheets/{name}"' in index for name in sheets)
    assert "2 stars, 2 candidates, 2 more likely a planet than not; 1 failed." in index
    assert "TIC 12." in index
    assert "it is empty." in index


def test_the_table_says_how_it_was_made(vettings, tmp_path):
    write_report(vettings, tmp_path, pdf=False)

    comments, rows = read_rows(tmp_path)
    assert [row["number"] for row in rows] == ["1", "2"]
    assert list(rows[0]) == list(COLUMNS)
    for words in ("starsieve", "model: toy", "min_snr", "column spread:", "failed bad.fits"):
        assert any(words in line for line in comments)


def test_no_cell_is_a_formula(tmp_path):
    rows = make_vetting(make_vetted(), name="=cmd()").rows()

    assert "'=cmd()" in write_csv(list(rows))


def test_the_file_for_exofop_has_stars_with_a_number_alone(vettings, tmp_path):
    write_report(vettings, tmp_path / "with", pdf=False)
    nameless = Vettings((make_vetting(make_vetted(), tic=None),))
    index = write_report(nameless, tmp_path / "without", pdf=False).read_text()

    [upload] = (tmp_path / "with").glob("params_planet_*.txt")
    assert "TIC11.01" in upload.read_text()
    assert not list((tmp_path / "without").glob("params_planet_*"))
    assert "ExoFOP" not in index


def test_known_signals_are_named_in_few_words(tmp_path):
    known = KnownSignal(name="TOI 1.01", kind="toi", ephemeris=EPHEMERIS, disposition="CP")
    same = Match(
        known=known, relation="same period", period_ratio=1.0, epoch_offset_hours=0.0,
        same_star=True,
    )  # fmt: skip
    twice = replace(same, relation="found at twice its period", period_ratio=2.0)
    twice = replace(twice, same_star=False, separation_arcsec=40.0)
    found = make_vetted(matches=(same, twice))

    index = write_report(Vettings((make_vetting(found),)), tmp_path, pdf=False).read_text()

    words = "TOI 1.01 (CP); TOI 1.01 (CP), found at twice its period, on another star"
    assert f">{words}<" in index


def test_remarks_are_sentences(tmp_path):
    found = make_vetted(warnings=("few data", "Only 2 events."))

    index = write_report(Vettings((make_vetting(found),)), tmp_path, pdf=False).read_text()

    assert "Few data. Only 2 events." in index


def test_a_report_of_nothing_is_a_page_too(tmp_path):
    index = write_report(Vettings(()), tmp_path).read_text()

    assert "0 stars, 0 candidates" in index
    assert read_rows(tmp_path)[1] == []


def test_other_sections_may_follow(tmp_path):
    writer = ReportWriter(tmp_path, pdf=False)

    index = writer.finish(sections=[Section("What was put in", [Text("Nothing.")])]).read_text()

    assert "What was put in" in index
