"""A table is the same in every form, and every form is read back by the tools it is for."""

import csv
import io
import json
import math
from datetime import UTC, datetime

import numpy as np
import pytest
from astropy.table import Table

from starsieve.web.answers import csv_answer, json_answer, votable_answer
from starsieve.web.tables import Column, WebTable

COLUMNS = (
    Column("id", "Number"),
    Column("object", "Object", meaning="name", ucd="meta.id"),
    Column("teff", "Teff", unit="K", digits=0, meaning="effective temperature"),
    Column("known", "Known"),
    Column("when", "When"),
)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TABLE = WebTable(
    "spectra",
    COLUMNS,
    [
        {"id": 1, "object": "é <b>&", "teff": 1234.5, "known": True, "when": NOON},
        {"id": 2, "object": "=SUM(A1)", "teff": None, "known": None},
        {"id": None, "object": "a\x00b", "teff": math.nan, "known": False, "when": None},
    ],
    title="Spectra",
)


def test_csv_comes_back():
    answer = csv_answer(TABLE)
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))

    assert answer.headers["content-disposition"] == 'attachment; filename="spectra.csv"'
    assert [row["teff"] for row in rows] == ["1234.5", "", ""]
    assert rows[0]["object"] == "é <b>&"


def test_a_spreadsheet_runs_nothing():
    assert "'=SUM(A1)" in csv_answer(TABLE).body.decode()


def test_a_votable_comes_back_with_units_and_meanings():
    table = Table.read(io.BytesIO(votable_answer(TABLE).body), format="votable")

    assert table["teff"].unit == "K"
    assert table["teff"].description == "effective temperature"
    assert table["teff"][0] == 1234.5
    assert np.ma.is_masked(table["teff"][1]) or np.isnan(table["teff"][1])
    assert table["object"][0] == "é <b>&"
    assert table["id"].mask.tolist() == [False, False, True]


@pytest.mark.parametrize("rows", [[], [{"id": None}]])
def test_an_empty_votable_is_one(rows):
    table = WebTable("none", COLUMNS, rows)

    assert len(Table.read(io.BytesIO(votable_answer(table).body), format="votable")) == len(rows)


def test_json_has_null_for_what_is_not_a_number():
    data = {"a": math.nan, "b": np.array([1.0, np.inf]), "c": np.int64(3), "d": NOON, "e": (1,)}

    assert json.loads(json_answer(data).body) == {
        "a": None,
        "b": [1.0, None],
        "c": 3,
        "d": "2026-01-01T12:00:00+00:00",
        "e": [1],
    }


def test_cells_are_shown_as_people_read_them():
    number, _, teff, known, when = COLUMNS

    assert teff.show(1234.5) == "1234"
    assert teff.show(math.nan) == ""
    assert known.show(True) == "yes"
    assert when.show(NOON) == "2026-01-01 12:00"
    assert number.show(7) == "7"
    assert teff.heading == "Teff (K)"
    assert Column("logg", unit="dex(cm / s2)").heading == "logg (dex)"


def test_a_large_votable_is_what_astropy_reads():
    rng = np.random.default_rng(0)
    values = rng.normal(size=3000) * 10.0 ** rng.integers(-300, 300, 3000)
    values[:3] = [np.inf, -np.inf, np.nan]
    rows = [{"teff": value, "object": f"<{n}> & co"} for n, value in enumerate(values.tolist())]

    made = votable_answer(WebTable("many", COLUMNS[1:3], rows)).body

    table = Table.read(io.BytesIO(made), format="votable")
    np.testing.assert_array_equal(np.ma.filled(table["teff"], np.nan), values)
    assert table["object"][2999] == "<2999> & co"
