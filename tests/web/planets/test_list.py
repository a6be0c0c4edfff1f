"""The table of candidates: what it lists, in which order, and the files that say the same."""

import csv
import io

import pytest
from astropy.io.votable import parse_single_table
from starlette.testclient import TestClient

from starsieve.archive import Archive
from starsieve.archive.candidate_query import NUMBERS, SORTED
from starsieve.web.planets.asked import Asked
from starsieve.web.planets.columns import BY_NAME, COLUMNS, MORE_RANGES, RANGED, SHOWN
from tests.web.planets.made import Planets, keep_planets


@pytest.fixture
def planets(archive: Archive) -> Planets:
    return keep_planets(archive)


def names(client: TestClient, query: str) -> list[str]:
    return [each["name"] for each in client.get(f"/candidates.json?{query}").json()["candidates"]]


def test_every_column_of_the_archive_has_a_title_and_a_meaning() -> None:
    assert {*SORTED, "target", "model"} == set(BY_NAME)
    assert all(column.meaning for column in COLUMNS)
    assert set(SHOWN) <= set(BY_NAME)
    assert {*RANGED, *MORE_RANGES} <= set(NUMBERS)
    assert not set(RANGED) & set(MORE_RANGES)


def test_the_page_has_every_column_of_the_tess_app(browser: TestClient, planets: Planets) -> None:
    page = browser.get("/candidates").text

    for words in (
        *("TOI 101.01", "own pi Toy.01", "CTOI 12.01", "pi Toy", "0.950", "CP", "1170"),
        *("Epoch (BTJD)", "Period (d)", "Duration (h)", "Depth (ppm)", "Radius (R⊕)"),
        *("Insolation", "Teq (K)", "S/N", "Distance (pc)", "log g", "R* (R☉)", "Disposition"),
    ):
        assert words in page.replace("<sub>", "").replace("</sub>", ""), words
    assert f'href="/candidates/{planets.seen}"' in page
    assert f'href="/targets/{planets.bright}"' in page


def test_it_is_narrowed_sorted_and_searched_by_its_address(
    client: TestClient, planets: Planets
) -> None:
    assert names(client, "") == ["101.01", "12.01", "tess/pi Toy.01", "99.02"]
    assert names(client, "sort=snr&order=asc")[0] == "12.01"
    assert names(client, "q=TOI-101") == ["101.01"]
    assert names(client, "origin=TOI&origin=CTOI&disposition=none") == ["99.02"]
    assert names(client, "disposition=CP") == ["101.01"]
    assert names(client, "min_snr=20&max_snr=29") == ["tess/pi Toy.01"]
    assert names(client, "min_teff=5750&sort=id&order=asc") == ["101.01", "99.02", "tess/pi Toy.01"]
    assert names(client, "model=toi-ranker&min_planet_probability=0.05") == ["12.01"]
    assert names(client, "size=2&page=2&sort=id&order=asc") == ["tess/pi Toy.01", "12.01"]


def test_what_is_left_empty_in_the_form_is_not_asked(
    browser: TestClient, client: TestClient, planets: Planets
) -> None:
    empty = "&".join(f"{end}_{name}=" for name in RANGED for end in ("min", "max"))

    assert client.get(f"/candidates.json?q=&model=&{empty}").json()["total"] == 4
    page = browser.get(f"/candidates?q=&{empty}").text
    assert "Show all" not in page


def test_facets_lead_to_what_they_count(browser: TestClient, planets: Planets) -> None:
    page = browser.get("/candidates?origin=TOI&min_snr=1").text

    assert "origin=TOI&amp;origin=CTOI" in page or "origin=CTOI" in page
    assert 'aria-current="true"' in page
    assert '<input type="hidden" name="origin" value="TOI">' in page
    assert 'name="min_snr" inputmode="decimal" maxlength="24" placeholder="from" value="1"' in page


def test_files_have_what_is_narrowed_to_and_the_columns_chosen(
    client: TestClient, planets: Planets
) -> None:
    every = list(csv.DictReader(io.StringIO(client.get("/candidates.csv").text)))
    assert [column.name for column in COLUMNS] == list(every[0])
    assert {row["name"] for row in every} == {"101.01", "99.02", "tess/pi Toy.01", "12.01"}

    query = "origin=TOI&columns=name&columns=snr&columns=snr&sort=snr"
    some = list(csv.DictReader(io.StringIO(client.get(f"/candidates.csv?{query}").text)))
    assert some == [{"name": "101.01", "snr": "30.0"}, {"name": "99.02", "snr": "10.0"}]

    answer = client.get("/candidates.vot?origin=TOI&sort=snr")
    table = parse_single_table(io.BytesIO(answer.content)).to_table()
    assert table["period_days"].unit == "d"
    assert list(table["name"]) == ["101.01", "99.02"]


def test_wrong_questions_are_told_what_is_wrong(client: TestClient, planets: Planets) -> None:
    for query in (
        *("sort=colour", "order=up", "min_snr=many", "min_snr=nan", "max_snr=inf", "size=100000"),
        *("columns=password", f"q={'x' * 201}", "page=0"),
    ):
        answer = client.get(f"/candidates.json?{query}")
        assert (answer.status_code, "error" in answer.json()) == (422, True), query


def test_an_address_says_only_what_is_special() -> None:
    asked = Asked.model_validate({"min_snr": "7.1", "sort": "teff", "columns": ["snr"]})

    assert asked.address("/candidates") == "/candidates?min_snr=7.1&sort=teff&columns=snr"
    assert asked.sorted_by("/candidates", "teff").endswith("sort=teff&columns=snr&order=asc")
    assert Asked().address("/candidates") == "/candidates"
    assert Asked(origin=["TOI"]).toggled("", "origin", "TOI") == ""


def test_an_empty_archive_says_how_candidates_come(browser: TestClient, client: TestClient) -> None:
    assert "starsieve fetch toi" in browser.get("/candidates").text
    assert client.get("/candidates.json").json()["total"] == 0
    assert client.get("/candidates.csv").status_code == 200
    assert client.get("/candidates.vot").status_code == 200
