"""The list of stars and its twins."""

import csv
import io

import pytest
from astropy.io.votable import parse_single_table


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["GJ 229", "TOI-270", "pi Men"]),
        ("q=toi", ["TOI-270"]),
        ("q=TIC+261136679", ["pi Men"]),
        ("has=light_curves", ["TOI-270"]),
        ("has=candidates&has=light_curves", ["TOI-270"]),
        ("near=84.29+-80.47", ["pi Men"]),
        ("near=84.29+-80.47&radius=0.5", []),
        ("near=05:37:10+-80:28:09&radius=", ["pi Men"]),
        ("sort=-candidates", ["TOI-270", "pi Men", "GJ 229"]),
        ("sort=-dec&size=1", ["GJ 229"]),
        ("page=5", []),
    ],
)
def test_stars_are_found_by_their_address(client, filled, query, wanted):
    answer = client.get(f"/targets.json?{query}")

    assert [each["name"] for each in answer.json()["targets"]] == wanted


def test_the_page_shows_stars_and_what_there_is_of_them(browser, filled):
    page = browser.get("/targets").text

    for words in ("TOI-270", "259377017", 'href="/targets/2"', "1–3 of 3", ">candidates<"):
        assert words in page, words
    assert 'aria-current="true">light curves' in browser.get("/targets?has=light_curves").text


def test_counts_and_distances_come_along(client, filled):
    found = client.get("/targets.json?near=84.29+-80.47").json()

    assert found["facets"] == {"has": {"light_curves": 0, "candidates": 1, "spectra": 0}}
    assert found["targets"][0]["distance_arcsec"] == pytest.approx(3.6, abs=0.2)
    assert (found["total"], found["exact"]) == (1, True)


def test_stars_can_be_taken_away_as_tables(client, filled):
    rows = list(csv.DictReader(io.StringIO(client.get("/targets.csv?has=candidates").text)))

    assert [row["tic"] for row in rows] == ["259377017", "261136679"]
    table = parse_single_table(io.BytesIO(client.get("/targets.vot").content))
    assert table.get_field_by_id_or_name("ra").ucd == "pos.eq.ra;meta.main"
    assert len(table.array) == 3


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("near=nowhere", 400),
        ("radius=-1", 422),
        ("sort=x", 422),
        ("has=cats", 422),
        ("size=0", 422),
    ],
)
def test_what_makes_no_sense_is_refused(client, filled, query, status):
    assert client.get(f"/targets.json?{query}").status_code == status


def test_a_list_without_stars_says_what_to_do(browser, archive):
    assert "starsieve fetch" in browser.get("/targets").text
    assert "No star fits" in browser.get("/targets?q=x").text
