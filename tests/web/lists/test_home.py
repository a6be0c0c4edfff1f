"""Home and its twin."""

from html import unescape

from starsieve.archive import PredictionRow
from tests.web.lists.conftest import HOSTILE, MODEL


def test_home_shows_what_is_there_with_examples_to_click(browser, filled):
    page = browser.get("/").text

    for words in (
        "<b>6</b> spectra",
        "<b>2</b> possible planets",
        "<b>3</b> stars",
        'href="/spectra/1"',
        'class="thumbnail"',
        "950 K",
        "TOI 270.01",
        "every 3.36 d",
        "planet: 90 %",
        'href="/spectra?collection=prism"',
        'href="/runs/1"',
    ):
        assert words in page, words
    assert HOSTILE not in page


def test_an_empty_archive_is_told_how_to_fill_it(browser, client, archive):
    page = unescape(browser.get("/").text)

    assert "This archive is empty" in page
    assert "starsieve ingest FILES" in page
    assert client.get("/home.json").json()["spectra"] == 0


def test_home_follows_the_archive(browser, client, filled):
    assert client.get("/home.json").json()["predictions"] == {MODEL: 4}

    filled.predictions.add("other", None, [PredictionRow(1, {})])

    assert client.get("/home.json").json()["predictions"] == {MODEL: 4, "other": 1}
    assert browser.get("/").status_code == 200


def test_programs_get_examples_and_collections(client, filled):
    found = client.get("/home.json").json()

    assert [each["name"] for each in found["collections"]] == ["night", "prism", "survey"]
    assert found["candidates"] == {"TOI": 2}
    assert [each["href"] for each in found["examples"]["candidates"]] == ["/candidates/1"]
    assert found["runs"] == [{"number": 1, "task": "atmospheres.predict", "status": "queued"}]
