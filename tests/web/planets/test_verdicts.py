"""Verdicts: with the token only, by programs and by forms, and taken back."""

import pytest
from starlette.testclient import TestClient

from starsieve.archive import Archive
from tests.web.planets.made import Planets, keep_planets


@pytest.fixture
def planets(archive: Archive) -> Planets:
    return keep_planets(archive)


def test_a_verdict_needs_the_token(client: TestClient, archive: Archive, planets: Planets) -> None:
    for path in ("verdict", "verdict/undo"):
        answer = client.post(f"/candidates/{planets.own}/{path}", data={"value": "PC"})
        assert answer.status_code == 401
    assert client.get(f"/candidates/{planets.own}/verdict").status_code in (404, 405)
    assert archive.candidates.dispositions(planets.own) == []


def test_a_program_gives_verdicts_and_takes_them_back(
    writer: TestClient, archive: Archive, planets: Planets
) -> None:
    writer.headers["x-starsieve-name"] = "Ada"
    path = f"/candidates/{planets.own}/verdict"

    told = writer.post(path, data={"value": "EB", "comment": "V-shaped"}).json()
    assert (told["verdict"]["value"], told["verdict"]["who"], told["new"]) == ("EB", "Ada", True)
    assert writer.post(path, data={"value": "PC"}).json()["verdict"]["value"] == "PC"
    assert writer.post(f"{path}/undo").json()["verdict"]["value"] == "EB"
    assert writer.post(f"{path}/undo").json()["verdict"] is None
    refused = writer.post(f"{path}/undo")
    assert (refused.status_code, "nothing" in refused.text or "no verdict" in refused.text) == (
        400,
        True,
    )
    said = [row.value for row in archive.candidates.dispositions(planets.own)]
    assert said == ["EB", "PC", "EB", "withdrawn"]


def test_a_form_works_without_scripts_and_leads_back_to_the_list_one_is_in(
    browser: TestClient, token: str, planets: Planets
) -> None:
    browser.cookies.set("starsieve-token", token)
    address = f"/candidates/{planets.own}/verdict?sort=snr"

    answer = browser.post(address, data={"value": "V"}, follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/candidates/{planets.own}?sort=snr"
    page = browser.get(answer.headers["location"]).text
    assert "<strong>V</strong> by web" in page
    assert 'value="V" data-key="3" aria-keyshortcuts="3" aria-pressed="true"' in page
    assert "disabled" not in page.partition("data-verdicts")[2].partition("</form>")[0]
    listed = browser.get("/candidates.json?verdict=V").json()
    assert [each["id"] for each in listed["candidates"]] == [planets.own]
    browser.post(f"/candidates/{planets.own}/verdict/undo")
    assert "No verdict here yet" in browser.get(f"/candidates/{planets.own}").text


def test_wrong_verdicts_are_refused(writer: TestClient, planets: Planets) -> None:
    path = f"/candidates/{planets.own}/verdict"

    assert writer.post(path, data={"value": "CP"}).status_code == 400
    assert writer.post(path, data={}).status_code == 422
    assert writer.post(path, data={"value": "PC", "comment": "x" * 501}).status_code == 422
    assert writer.post("/candidates/999/verdict", data={"value": "PC"}).status_code == 404
    headers = {"origin": "https://evil.example"}
    assert writer.post(path, data={"value": "PC"}, headers=headers).status_code == 403
    writer.headers["x-starsieve-name"] = "TFOPWG"
    assert writer.post(path, data={"value": "PC"}).status_code == 400


def test_who_has_not_signed_in_is_told_where(browser: TestClient, planets: Planets) -> None:
    page = browser.get(f"/candidates/{planets.own}?sort=snr").text

    form = page.partition("data-verdicts")[2].partition("</form>")[0]
    assert form.count("disabled") == 7
    assert f"/sign-in?next=/candidates/{planets.own}%3Fsort%3Dsnr" in page
