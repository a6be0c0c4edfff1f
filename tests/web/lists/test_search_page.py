"""The search and its twin."""

from html import unescape

import pytest

from tests.web.lists.conftest import HOSTILE


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("TIC 261136679", "/targets/3"),
        ("TOI-270", "/targets/2"),
        ("TOI 270.01", "/candidates/1"),
        ("LHS 2", "/spectra/3"),
        ("gj 229 b", "/spectra?q=GJ+229+B"),
        ("obs_4.fits", "/spectra/5"),
        ("spectrum 4", "/spectra/4"),
        ("survey", "/spectra?collection=survey"),
        ("night", "/targets?has=light_curves"),
        ("toi-ranker", "/models/toi-ranker"),
        ("run 1", "/runs/1"),
    ],
)
def test_the_only_thing_meant_is_opened_at_once(browser, filled, text, where):
    answer = browser.get("/search", params={"q": text}, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, where)


def test_what_may_be_meant_is_shown_by_kind(browser, filled):
    page = unescape(browser.get("/search?q=o").text)

    for words in ("Stars", "Spectra", "Models", "TOI-270", 'data-href="/models/sonora"'):
        assert words in page, words


def test_places_are_searched(browser, filled):
    page = browser.get("/search", params={"q": "84.29 -80.47"}).text

    assert "pi Men" in page
    assert "60″" in page


def test_who_finds_nothing_is_told_what_to_do(browser, filled):
    assert "starsieve fetch tic 42" in browser.get("/search?q=TIC+42").text
    assert "starsieve fetch toi" in browser.get("/search?q=TOI+42").text
    page = browser.get("/search", params={"q": "<b>" + HOSTILE}).text
    assert "Nothing in this archive" in page
    assert HOSTILE not in page
    assert "What can be asked for" in browser.get("/search").text


def test_programs_get_hits_with_addresses(client, filled):
    found = client.get("/search.json", params={"q": "toi-270"}).json()

    assert found["hits"][0] | {"subtitle": ""} == {
        "kind": "target", "title": "TOI-270", "subtitle": "", "id": 2, "name": "", "rank": 0,
        "distance_arcsec": None, "exact": True, "href": "/targets/2",
    }  # fmt: skip
    assert found["meant"]["toi"] == "270"
    assert client.get("/search.json?q=obs&limit=1").json()["more"] == ["spectrum"]
    assert client.get(f"/search.json?q={'x' * 201}").status_code == 422
