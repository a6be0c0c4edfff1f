"""``starsieve fetch toi|ctoi|koi|planets|tic|light-curves`` against a server on this machine.

Of ExoFOP, TAP and TESS product lists nothing was recorded: see `tests.sources.made_mast`.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from starsieve.archive import Archive
from starsieve.sources import exofop, http, mast, nasa_exoplanet
from tests.cli.terminal import Terminal
from tests.sources.local_server import QUICK, Answer, LocalServer, local_server
from tests.sources.made_mast import (
    DOWNLOAD,
    TOI_CSV,
    MadeMast,
    ctoi_csv,
    light_curve,
    light_curve_name,
    report_name,
)

WASP_62, L_98_59, LONELY = 149603524, 307210830, 5
STARS = {
    WASP_62: {"ID": WASP_62, "ra": 87.14, "dec": -63.99, "Tmag": 9.7, "Teff": 6391, "rad": 1.2},
    L_98_59: {"ID": L_98_59, "ra": 124.5, "dec": -68.3, "Tmag": 9.4, "Teff": 3469, "rad": None},
}


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with local_server() as running:
        running.on("/download_toi.php", Answer(TOI_CSV.encode()))
        running.on("/download_ctoi.php", Answer(ctoi_csv().encode()))
        yield running


@pytest.fixture
def made_mast(server: LocalServer) -> MadeMast:
    files = {
        light_curve_name(WASP_62, 1): light_curve(WASP_62, 1),
        light_curve_name(WASP_62, 2): light_curve(WASP_62, 2),
        report_name(WASP_62, 1, 3): b"<report/>",
        light_curve_name(L_98_59, 2): light_curve(L_98_59, 2),
    }
    made = MadeMast(files, STARS)
    made.serve(server)
    return made


@pytest.fixture
def online(
    terminal: Terminal,
    server: LocalServer,
    made_mast: MadeMast,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Terminal:
    """A terminal for which the archives of the world are that server."""
    monkeypatch.setenv("STARSIEVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(http, "Client", partial(http.Client, QUICK))
    monkeypatch.setattr(exofop, "EXOFOP", server.service("ExoFOP"))
    monkeypatch.setattr(nasa_exoplanet, "NASA", server.service("NASA"))
    monkeypatch.setattr(mast, "MAST", server.service("MAST"))
    return terminal


def open_default(terminal: Terminal) -> Archive:
    return Archive.open(terminal.folder / "starsieve-archive")


def test_the_toi_table_comes_into_the_archive_once(online):
    first, second = online("fetch", "toi", "--json"), online("fetch", "toi", "--json")

    assert (first.code, second.code) == (0, 0)
    assert (first.records[0]["added"], first.records[0]["origin"]) == (2, "remote")
    assert (second.records[0]["unchanged"], second.records[0]["origin"]) == (2, "cache")
    with open_default(online) as store:
        assert {row.name for row in store.candidates.list(origin="TOI")} == {"175.01", "102.01"}


def test_the_age_of_a_table_is_shown(online):
    online("fetch", "toi")

    outcome = online("fetch", "toi")

    assert "TOI table of ExoFOP, fetched just now" in outcome.out


@pytest.mark.parametrize("verb", ["ctoi", "koi", "planets"])
def test_other_tables_come_as_well(online, server, verb):
    bodies = {
        "koi": b"kepid,kepoi_name,koi_disposition,koi_period,koi_time0bk,koi_duration,koi_depth\n"
        b"10797460,K00752.01,CONFIRMED,9.488,170.54,2.96,616\n",
        "planets": b"pl_name,hostname,tic_id,pl_orbper\nWASP-62 b,WASP-62,TIC 149603524,4.41\n",
    }
    server.on("/TAP/sync", Answer(bodies.get(verb, b"")))

    outcome = online("fetch", verb, "--json")

    assert (outcome.code, outcome.records[0]["added"]) == (0, 1)


def test_the_source_of_the_toi_table_can_be_chosen(online, server):
    body = (
        b"toi,tid,tfopwg_disp,pl_orbper,pl_tranmid,pl_trandurh,pl_trandep\n"
        b"102.01,149603524,KP,4.41,2458326.1,3.8,12400\n"
    )
    server.on("/TAP/sync", Answer(body))

    assert online("fetch", "toi", "--source", "nasa").code == 0
    assert online("fetch", "toi", "--source", "simbad").code == 2


def test_offline_and_refresh_do_as_they_say(online, server):
    first = online("fetch", "toi", "--offline")
    online("fetch", "toi")
    n_asked = len(server.asked)
    offline = online("fetch", "toi", "--offline")
    refreshed = online("fetch", "toi", "--refresh")
    both = online("fetch", "toi", "--refresh", "--offline")

    assert (first.code, offline.code, refreshed.code, both.code) == (1, 0, 0, 2)
    assert "not in the cache" in first.err
    assert (n_asked, len(server.asked)) == (1, 2)


def test_an_archive_that_is_down_leaves_the_old_table_with_a_note(online, server):
    online("fetch", "toi")
    server.on("/download_toi.php", Answer(status=503))

    outcome = online("fetch", "toi", "--refresh")

    assert outcome.code == 0
    assert "answers 503" in outcome.err
    assert "Instead: TOI table of ExoFOP" in outcome.err


def test_an_archive_that_is_down_from_the_start_is_one_clear_line(online, server):
    server.on("/download_toi.php", Answer(status=503))

    outcome = online("fetch", "toi")

    assert (outcome.code, len(outcome.messages)) == (1, 1)
    assert "ExoFOP at" in outcome.err


def test_a_file_needs_no_network(online, server, tmp_path):
    file = tmp_path / "toi.csv"
    file.write_text(TOI_CSV)

    outcome = online("fetch", "toi", "--from", file)
    wrong = online("fetch", "koi", "--from", file)

    assert (outcome.code, wrong.code, server.asked) == (0, 1, [])
    assert "is a table of toi" in wrong.err


def test_rows_that_are_refused_end_in_code_3(online, tmp_path):
    file = tmp_path / "toi.csv"
    file.write_text(TOI_CSV.replace("307210830,175.01", "nobody,175.01"))

    outcome = online("fetch", "toi", "--from", file, "--json")

    assert outcome.code == 3
    assert outcome.records[-1]["file"] == "toi.csv, line 2"


def test_stars_come_from_the_tic_and_missing_ones_are_named(online):
    outcome = online("fetch", "tic", WASP_62, f"TIC{L_98_59}", LONELY, "--json")

    assert outcome.code == 3
    assert outcome.records[0]["added"] == 2
    assert outcome.records[-1]["error"] == "TIC 5: the catalogue has no such star."


def test_all_stars_of_the_archive_can_be_asked_for_at_once(online, server):
    online("fetch", "toi")
    n_asked = len(server.asked)

    outcome = online("fetch", "tic", "--all-targets")

    assert outcome.code == 0
    assert len(server.asked) == n_asked + 1


@pytest.mark.parametrize("words", [[], ["5", "--all-targets"]])
def test_stars_are_named_or_all_meant(online, words):
    assert online("fetch", "tic", *words).code == 2


def test_an_empty_archive_has_no_stars_to_ask_for(online):
    outcome = online("fetch", "tic", "--all-targets")

    assert outcome.code == 1
    assert "Begin with: starsieve fetch toi" in outcome.err


def test_light_curves_come_into_a_collection(online):
    words = ("fetch", "light-curves", WASP_62, L_98_59, LONELY, "--json")
    outcome, again = online(*words), online(*words, "--offline")

    files = [record for record in outcome.records if "uri" in record]
    assert (outcome.code, again.code) == (0, 0)
    assert {"tic": LONELY, "products": 0} in outcome.records
    assert [(record["tic"], record["sectors"]) for record in files] == [
        (WASP_62, "1"),
        (WASP_62, "2"),
        (L_98_59, "2"),
    ]
    assert {k: again.records[0][k] for k in ("kept", "already")} == {"kept": 0, "already": 3}
    with open_default(online) as store:
        assert store.collections.get("tess").n_items == 3
        assert {file.tic for file in store.products.list()} == {WASP_62, L_98_59}


def test_validation_files_stay_where_the_table_says(online):
    outcome = online("fetch", "light-curves", WASP_62, "--products", "lc,dvr", "--sectors", "1")

    [line] = [line for line in outcome.out.splitlines() if line.endswith("_dvr.xml")]
    assert outcome.code == 0
    assert Path(line.strip()).read_bytes() == b"<report/>"


def test_files_can_be_listed_without_being_fetched(online, server):
    outcome = online("fetch", "light-curves", WASP_62, "--products", "lc,dvr", "--list", "--json")

    assert [record["sectors"] for record in outcome.records] == ["1", "2", "1-3"]
    assert not [asked for asked in server.asked if asked.path == DOWNLOAD]


def test_a_list_of_files_can_be_given(online, server, tmp_path):
    file = tmp_path / "products.csv"
    file.write_text(f",TIC_ID,dataURL\n0,{L_98_59},mast:TESS/{light_curve_name(L_98_59, 2)}\n")

    outcome = online("fetch", "light-curves", "--from", file)

    assert outcome.code == 0
    assert [asked.path for asked in server.asked] == [DOWNLOAD]


def test_one_bad_file_is_named_and_the_others_stay(online, made_mast):
    name = light_curve_name(WASP_62, 1)
    made_mast.files[name] = made_mast.files[name][:-2880]

    outcome = online("fetch", "light-curves", WASP_62, L_98_59, "--json")

    assert outcome.code == 3
    assert outcome.records[-1]["file"] == name
    assert "truncated" in outcome.records[-1]["error"]
    with open_default(online) as store:
        assert store.collections.get("tess").n_items == 2


@pytest.mark.parametrize(
    "words",
    [
        ["--sectors", "one"],
        ["--sectors", "0"],
        ["--sectors", "1-"],
        ["--products", "tp"],
        ["--products", ""],
        ["--pipelines", "eleanor"],
    ],
)
def test_choices_that_do_not_exist_end_in_one_line(online, words):
    outcome = online("fetch", "light-curves", WASP_62, *words)

    assert outcome.code in (1, 2)
    assert len(outcome.messages) == 1
