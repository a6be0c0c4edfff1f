"""``starsieve rank``: one line per row, and codes that scripts can trust."""

import csv
import json

from tests.transits.made_candidates import COLUMNS, make_rows, write_rows


def test_each_row_is_one_json_object_in_the_order_of_the_table(terminal):
    write_rows(terminal.folder / "toi.csv", make_rows(n=5))

    done = terminal("rank", "toi.csv", "--json")

    records = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    assert [each["toi"] for each in records] == [f"{1000 + n}.01" for n in range(5)]
    assert set(records[0]) == {
        "toi",
        "tic",
        "planet_probability",
        "model",
        "spread",
        "reasons",
        "warnings",
    }
    assert all(0 < each["planet_probability"] < 1 for each in records)
    assert [path.name for path in terminal.folder.iterdir()] == ["toi.csv"]


def test_bad_rows_are_named_and_the_others_go_on(terminal):
    rows = make_rows(n=4)
    rows[1][COLUMNS["duration"]] = "5000"
    write_rows(terminal.folder / "toi.csv", rows)

    done = terminal("rank", "toi.csv", "--json")

    assert done.code == 3
    assert "toi.csv line 3" in done.err
    assert len(done.out.splitlines()) == 4
    assert json.loads(done.out.splitlines()[-1])["file"] == "toi.csv line 3"


def test_people_get_a_table(terminal):
    write_rows(terminal.folder / "toi.csv", make_rows(n=3))

    done = terminal("rank", "toi.csv")

    assert done.code == 0
    assert "1002.01" in done.out
    assert "planet" in done.out.splitlines()[0]


def test_a_file_of_results_says_how_they_were_made(terminal):
    write_rows(terminal.folder / "toi.csv", make_rows(n=3))

    done = terminal("rank", "toi.csv", "--output", "ranked.csv")

    lines = (terminal.folder / "ranked.csv").read_text().splitlines()
    comments = [line for line in lines if line.startswith("#")]
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert done.code == 0
    assert "# table: toi.csv" in comments
    assert any("weights_sha256" in line for line in comments)
    assert [row["toi"] for row in rows] == ["1000.01", "1001.01", "1002.01"]
    assert 0 < float(rows[0]["planet_probability"]) < 1


def test_the_table_itself_is_never_written_over(terminal):
    table = write_rows(terminal.folder / "toi.csv", make_rows(n=3))
    before = table.read_bytes()

    done = terminal("rank", "toi.csv", "--output", "./toi.csv")

    assert done.code == 2
    assert table.read_bytes() == before


def test_a_renamed_column_is_one_clear_error(terminal):
    rows = [{n.replace("Depth", "Deep"): v for n, v in row.items()} for row in make_rows(n=3)]
    write_rows(terminal.folder / "toi.csv", rows)

    done = terminal("rank", "toi.csv")

    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert "toi.csv" in done.err
    assert "depth" in done.err.lower()


def test_a_model_for_spectra_is_refused(terminal):
    write_rows(terminal.folder / "toi.csv", make_rows(n=3))

    done = terminal("rank", "toi.csv", "--model", "diamondback-spex")

    assert done.code == 1
    assert "not for transits.rank" in done.err
