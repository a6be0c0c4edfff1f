"""The page of a candidate: what is known of it, what its star's light shows, and who is beside."""

import re

import pytest
from starlette.testclient import TestClient

from starsieve.archive import Archive
from starsieve.web.planets.numbers import with_error
from tests.plots.interactive.reading import columns
from tests.web.planets.made import Planets, keep_planets


@pytest.fixture
def planets(archive: Archive) -> Planets:
    return keep_planets(archive)


def settle(client: TestClient, url: str) -> dict:
    """Ask until the light curves are looked at; return the answer then."""
    first = client.get(url)
    if first.status_code == 202 or first.json().get("status") in ("queued", "running"):
        ended = client.app.state.errands.wait(first.json()["id"], 120)
        assert ended.status == "done", ended.error
    return client.get(url).json()


def test_a_page_tells_what_is_known_and_by_whom(browser: TestClient, planets: Planets) -> None:
    page = browser.get(f"/candidates/{planets.seen}")

    assert page.status_code == 200
    for words in (
        *("TOI 101.01", "pi Toy", "TFOPWG: CP", "3.70000 ± 0.00010", "1170", "transit-vetter"),
        *("0.95", "± 0.02", "eclipsing binary", "local view", "+2.71", "5772 ± 90", "TIC"),
        *("exofop.ipac.caltech.edu/tess/target.php?id=11", "mast.stsci.edu", "As TOI lists it"),
        f'href="/targets/{planets.bright}"',
        f"/candidates/{planets.seen}/figures/odd-even.json",
    ):
        assert words in page.text, words
    assert "<script>alert" not in page.text
    assert "/at/home" not in page.text


def test_next_and_previous_follow_the_list_one_came_from(
    browser: TestClient, planets: Planets
) -> None:
    query = "sort=snr&order=asc&origin=TOI&origin=search"
    page = browser.get(f"/candidates/{planets.own}?{query}").text

    links = {
        k: v.replace("&amp;", "&") for k, v in re.findall(r'rel="(prev|next)" href="([^"]+)"', page)
    }
    carried = "origin=TOI&origin=search&sort=snr&order=asc"
    assert links == {
        "prev": f"/candidates/{planets.unseen}?{carried}",
        "next": f"/candidates/{planets.seen}?{carried}",
    }
    assert "2 of 3" in page
    assert f'action="/candidates/{planets.own}/verdict?{carried}"'.replace("&", "&amp;") in page


def test_figures_come_when_the_light_is_looked_at(
    client: TestClient, browser: TestClient, planets: Planets
) -> None:
    base = f"/candidates/{planets.seen}"
    assert client.get(f"{base}.json").json()["seen"] is None
    assert "being looked at" in browser.get(base).text

    transit = settle(client, f"{base}/figures/transit.json")

    assert min(columns(transit, "bins")["y"]) == pytest.approx(-1500, rel=0.2)
    assert len(columns(transit, "rest_bins")["x"])
    for view in ("orbit", "odd-even", "secondary", "reasons"):
        answer = client.get(f"{base}/figures/{view}.json?theme=dark")
        assert (answer.status_code, "root_id" in answer.json()) == (200, True), view
    seen = client.get(f"{base}.json").json()["seen"]
    assert seen["measured"]["n_transits"] >= 5
    assert client.get(f"{base}/view.json").json()["seen"] == seen
    page = browser.get(base).text
    assert "being looked at" not in page
    assert "Measured" in page
    assert "Odd and even depths differ by" in page
    table = client.get(f"{base}/views/transit.csv").text.splitlines()
    assert table[0] == "days,flux,error,model"
    assert len(table) > 20


def test_what_can_not_be_drawn_is_said(client: TestClient, planets: Planets) -> None:
    base = f"/candidates/{planets.unseen}"
    assert settle(client, f"{base}/view.json")["seen"]["why"].startswith("Its epoch")

    answer = client.get(f"{base}/figures/transit.json")
    assert answer.status_code == 404
    assert "duration is not known" in answer.json()["error"]
    assert client.get(f"{base}/figures/reasons.json").status_code == 404
    assert client.get(f"{base}/figures/nonsense.json").status_code == 404
    assert client.get(f"{base}/views/nonsense.csv").status_code == 404


def test_a_star_without_light_says_how_it_comes(browser: TestClient, planets: Planets) -> None:
    page = browser.get(f"/candidates/{planets.listed}").text

    assert "starsieve fetch light-curves 12" in page
    assert "data-figure" not in page


def test_the_twin_tells_the_same(client: TestClient, planets: Planets) -> None:
    found = client.get(f"/candidates/{planets.seen}.json").json()

    assert found["candidate"]["name"] == "101.01"
    assert found["star"]["tic"] == 11
    assert found["disposition"]["value"] == "CP"
    assert found["verdict"] is None
    assert found["scores"][0]["class_probabilities"]["eclipsing binary"] == 0.05
    assert found["neighbours"]["total"] == 4
    assert client.get("/candidates/999.json").status_code == 404


def test_a_sheet_is_drawn_apart(client: TestClient, browser: TestClient, planets: Planets) -> None:
    base = f"/candidates/{planets.seen}/sheet"
    assert "Drawing the sheet" in browser.get(base).text

    result = settle(client, f"{base}.json")["result"]

    assert 0 <= result["planet_probability"] <= 1
    assert client.get(f"{base}.pdf").content.startswith(b"%PDF")
    page = client.get(f"{base}.html")
    assert "TOI 101.01" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "Open the sheet" in browser.get(base).text


def test_numbers_are_rounded_by_their_errors() -> None:
    assert with_error(1.23456, [0.0123, 0.0456], 3) == "1.235 +0.012 −0.046"
    assert with_error(5.0, [float("nan")], 1) == "5.0"
    assert with_error(float("nan"), [0.1], 1) == ""
