"""The list of spectra and its twins."""

import csv
import io
import re
from html import unescape

import pytest
from astropy.io.votable import parse_single_table

from starsieve.web.lists.facets import describe_range
from tests.web.lists.conftest import HOSTILE, MODEL


def titles(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'<th scope="row"[^>]*><a[^>]*>(.*?)</a>', page)]


def ids(answer) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["spectra"]]


def test_the_page_lists_spectra_with_what_is_known_of_them(browser, filled):
    page = browser.get("/spectra").text

    assert titles(page) == ["GJ 229 B", "LHS 1", "LHS 2", HOSTILE, "obs_4.fits", "GJ 229 B"]
    assert HOSTILE not in page
    assert "/secret" not in page
    for words in (
        "950",
        "± 50",
        "inside",
        "outside",
        "obs_0.fits",
        "1–6 of 6",
        'data-href="/spectra/1"',
    ):
        assert words in page, words


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("q=lhs", [2, 3]),
        ("q=OBS_0", [1]),
        ("q=%25", []),
        ("collection=survey", [6]),
        ("collection=survey&collection=prism&size=2&page=2", [3, 4]),
        ("range=label:teff:950..", [2, 3]),
        ("range=label:mh:..0&range=sonora:teff:..1000", [1]),
        (f"model={MODEL}&in_distribution=false", [2]),
        ("model=", [1, 2, 3, 4, 5, 6]),
        ("in_distribution=&target=", [1, 2, 3, 4, 5, 6]),
        ("target=1", [1]),
        ("sort=-resolution&size=2", [6, 5]),
        ("sort=-label:teff", [3, 2, 1, 4, 5, 6]),
        (f"sort={MODEL}:teff&size=1", [1]),
        ("by=label:teff&min=950&max=1050", [2]),
        ("page=99", []),
    ],
)
def test_lists_are_narrowed_and_sorted_by_their_address(client, filled, query, wanted):
    assert ids(client.get(f"/spectra.json?{query}")) == wanted


@pytest.mark.parametrize(
    "query",
    [
        "page=0", "size=501", "sort=password", "medium=water", "range=teff", "range=label:a:x..y",
        "range=label:teff:nan..", f"q={'x' * 201}", "target=-1", "min=nan", "in_distribution=maybe",
    ],
)  # fmt: skip
def test_wrong_input_is_refused(client, filled, query):
    answer = client.get(f"/spectra.json?{query}")

    assert answer.status_code == 422
    assert list(answer.json()) == ["error"]


def test_what_is_not_there_is_said(client, filled):
    assert client.get("/spectra.json?collection=dust").status_code == 404
    assert client.get("/spectra.json?in_distribution=true").status_code == 400


def test_counts_come_with_the_list(client, filled):
    found = client.get("/spectra.json?q=gj").json()

    assert found["total"] == 2
    assert found["facets"] == {
        "collection": {"prism": 1, "survey": 1},
        "medium": {"vacuum": 2},
        "frame": {"unknown": 2},
        "model": {MODEL: 1},
        "in_distribution": {},
    }
    first = found["spectra"][0]
    assert first["labels"]["mh"] == {
        "value": -0.1, "error": None, "unit": "dex", "origin": "", "of": "star",
    }  # fmt: skip
    assert first["prediction"]["parameters"]["teff"]["q84"] == 1010.0
    assert (first["target"], first["file"]) == ({"id": 1, "name": "GJ 229"}, "obs_0.fits")


def test_facets_sorts_and_pages_are_links_that_keep_the_rest(browser, filled):
    page = unescape(browser.get("/spectra?q=gj&size=1&label=teff").text)

    assert 'href="/spectra?q=gj&collection=prism&label=teff&size=1"' in page
    assert 'href="/spectra?q=gj&sort=object&label=teff&size=1"' in page
    assert 'href="/spectra?q=gj&label=teff&page=2&size=1"' in page
    chosen = unescape(browser.get("/spectra?q=gj&collection=prism").text)
    assert re.search(r'href="/spectra\?q=gj" aria-current="true">prism', chosen)
    assert 'class="chip" href="/spectra?collection=prism">“gj”' in chosen


def test_a_range_that_was_typed_becomes_a_part_of_the_address(browser, filled):
    typed = "q=l&range=label%3Ateff%3A0..9&by=label:teff&min=950&max="
    answer = browser.get(f"/spectra?{typed}", follow_redirects=False)

    assert answer.status_code == 303
    assert unescape(answer.headers["location"]) == "/spectra?q=l&range=label%3Ateff%3A950.."
    nothing = browser.get("/spectra?by=label:teff&min=&max=", follow_redirects=False)
    assert nothing.headers["location"] == "/spectra"


def test_a_range_that_is_empty_is_pointed_out(browser, filled):
    assert "begins above its end" in browser.get("/spectra?range=label:teff:9..1").text


def test_tables_can_be_taken_away_as_they_are_narrowed(client, filled):
    rows = list(csv.DictReader(io.StringIO(client.get("/spectra.csv?q=gj").text)))

    assert [row["id"] for row in rows] == ["1", "6"]
    assert (rows[0]["teff"], rows[0]["teff_error"], rows[0]["mh"]) == ("900.0", "30.0", "-0.1")
    assert (rows[0]["predicted_teff_median"], rows[0]["in_distribution"]) == ("950.0", "True")
    table = parse_single_table(io.BytesIO(client.get("/spectra.vot?q=gj").content))
    assert list(table.array["id"]) == [1, 6]
    assert str(table.get_field_by_id_or_name("teff").unit) == "K"


def test_no_more_rows_are_exported_than_allowed(app, client, filled):
    app.state.options = app.state.options.model_copy(update={"max_rows": 2})

    assert client.get("/spectra.csv").text.count("\n") == 3


def test_a_list_without_spectra_says_what_to_do(browser, archive):
    assert "starsieve ingest" in browser.get("/spectra").text


def test_ranges_are_told_in_words():
    assert describe_range("label:teff:..") == "teff known"
    assert describe_range("sonora:a:b:1..2") == "a:b by sonora 1 to 2"
