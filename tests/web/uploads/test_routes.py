"""Uploads by way of the app: sent, examined, shown, kept, deleted."""

import gzip
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from starlette.testclient import TestClient

from starsieve.readers import read
from tests.browser.made_archive import SPECTRA, Whole, draw_brown_dwarf
from tests.readers.made_files import MADE
from tests.web.served import PAGES, asking, wait_for
from tests.web.uploads.test_work import write_csv, write_light_curve

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    limits = {"max_upload_bytes": 2_000_000, "max_unpacked_bytes": 4_000_000}
    with asking(whole.root, tmp_path_factory.mktemp("spool"), **limits) as client:
        yield client


def send(client: TestClient, name: str, content: bytes, **asked: Any) -> dict[str, Any]:
    """Send a file as a program does; return what came of it, with its id."""
    answer = client.post("/uploads", files={"file": (name, content)}, data=asked)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == answer.json()["url"]
    return wait_for(client, answer.json()["url"])


@pytest.fixture(scope="module")
def dwarf(client: TestClient, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("sent") / "dwarf.csv"
    write_csv(draw_brown_dwarf(), path)
    return send(client, "../../dwarf 1.csv", path.read_bytes(), k="3")


@pytest.fixture(scope="module")
def curve(client: TestClient, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    time = np.arange(0, 20, 1 / 72)
    phase = (time - 1.2 + 1.55) % 3.1 - 1.55
    flux = 1 - 0.01 * (np.abs(phase) < 0.06) + rng.normal(0, 5e-4, len(time))
    path = tmp_path_factory.mktemp("sent") / "curve.fits"
    write_light_curve(time + 1500, flux, path)
    return send(client, "curve.fits", path.read_bytes())


def test_a_spectrum_is_examined(dwarf: dict[str, Any]) -> None:
    assert dwarf["status"] == "done"
    assert dwarf["result"]["reading"]["file"] == "dwarf_1.csv"
    assert dwarf["result"]["parameters"]["model"] == "ultracool-spex"
    assert len(dwarf["result"]["similar"]["neighbours"]) == 3


def test_its_page_shows_what_was_found(client: TestClient, dwarf: dict[str, Any]) -> None:
    page = client.get(f"/uploads/{dwarf['id']}", headers=PAGES)

    assert page.status_code == 200
    for words in (
        "effective temperature",
        "Similar spectra",
        "Assumed",
        "deleted in 24 h",
        "Which grid",
        dwarf["result"]["verdict"],
        f'href="/models/{dwarf["result"]["parameters"]["model"]}"',
    ):
        assert words in page.text
    driven = page.text.partition("what drives them")[2]
    assert re.search(r"\d\.\d\d to \d\.\d\d µm \(\d\.\d\d σ\)", driven)
    assert "style-src 'self' 'unsafe-inline'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "figure",
    ["figure.json", "figure.json?unit=nm&theme=dark", "corner.json", "explanation.json?theme=dark"],
)
def test_its_figures_are_drawn(client: TestClient, dwarf: dict[str, Any], figure: str) -> None:
    answer = client.get(f"/uploads/{dwarf['id']}/{figure}")

    assert answer.status_code == 200
    assert answer.json()["doc"]["roots"]


def test_json_is_that_of_the_command_line(client: TestClient, dwarf: dict[str, Any]) -> None:
    infer = client.get(f"/uploads/{dwarf['id']}/infer.json").json()
    similar = client.get(f"/uploads/{dwarf['id']}/similar.json").json()

    assert {"file", "object", "model", "parameters", "in_distribution", "warnings"} <= set(infer)
    assert set(similar["neighbours"][0]) >= {"id", "file", "object", "distance"}


def test_the_spectrum_comes_back_in_canonical_units(
    client: TestClient, dwarf: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "back.fits").write_bytes(client.get(f"/uploads/{dwarf['id']}.fits").content)
    lines = client.get(f"/uploads/{dwarf['id']}.csv").text.splitlines()

    spectrum = draw_brown_dwarf()
    assert read(tmp_path / "back.fits").spectrum.wave == pytest.approx(spectrum.wave, rel=1e-7)
    assert lines[0] == "wave_um,flux,sigma,valid"
    assert len(lines) == len(spectrum) + 1


def test_draws_come_as_tables(client: TestClient, dwarf: dict[str, Any]) -> None:
    csv = client.get(f"/uploads/{dwarf['id']}/draws.csv").text
    votable = client.get(f"/uploads/{dwarf['id']}/draws.vot").text

    assert len(csv.splitlines()) == 1001
    assert "VOTABLE" in votable


def test_report_pages_can_run_nothing(client: TestClient, dwarf: dict[str, Any]) -> None:
    for each in dwarf["result"]["files"]:
        page = client.get(f"/uploads/{dwarf['id']}/report/{each['path']}")
        assert page.status_code == 200
        assert page.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize(
    "path",
    ["..%2ferrand.json", "%2e%2e/errand.json", "..%2f..%2f..%2f..%2fetc%2fpasswd", "none.html", ""],
)
def test_a_report_leads_nowhere_else(client: TestClient, dwarf: dict[str, Any], path: str) -> None:
    assert client.get(f"/uploads/{dwarf['id']}/report/{path}").status_code == 404


def test_a_browser_is_sent_to_a_page_that_waits(client: TestClient) -> None:
    files = {"file": ("a.txt", b"1 2\n3 4\n")}
    answer = client.post("/uploads", files=files, headers=PAGES, follow_redirects=False)

    assert answer.status_code == 303
    page = client.get(answer.headers["location"], headers=PAGES)
    assert page.status_code == 200
    wait_for(client, f"{answer.headers['location']}.json")


def test_a_light_curve_shows_its_signals(client: TestClient, curve: dict[str, Any]) -> None:
    here = f"/uploads/{curve['id']}"
    page = client.get(here, headers=PAGES)

    (first, *_) = client.get(f"{here}/vet.json").json()["candidates"]
    assert first["period_days"] == pytest.approx(3.1, rel=1e-3)
    assert "P(planet)" in page.text
    for figure in ("light-curve.json", "signals/1/transit.json", "signals/1/full.json"):
        assert client.get(f"{here}/{figure}").status_code == 200
    assert client.get(f"{here}/signals/99/full.json").status_code == 404
    assert client.get(f"{here}/infer.json").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.fits", b"", "empty.fits: the file is empty"),
        ("bomb.fits.gz", gzip.compress(bytes(5_000_000)), "of no layout that is known"),
        ("bomb.txt.gz", gzip.compress(b"1.5 2.5\n" * 10**6), "more than 4,000,000 bytes"),
        ("wide.txt", b"1 " * 900_000 + b"\n", "line 1 has 1,800,000 characters"),
        ("noise.fits", b"SIMPLE  =                    T" + bytes(range(256)) * 99, "noise.fits: "),
        ("words.txt", b"this is no spectrum\n" * 9, "words.txt: "),
    ],
)
def test_what_is_no_spectrum_ends_in_one_sentence(
    client: TestClient, name: str, content: bytes, words: str
) -> None:
    found = send(client, name, content)

    assert found["status"] == "failed"
    assert words in found["error"]
    assert "Traceback" not in found["error"]
    assert "/" not in found["error"].replace("um/", "")
    page = client.get(f"/uploads/{found['id']}", headers=PAGES)
    assert "Do you know better than the file?" in page.text


def test_a_truncated_file_is_told(client: TestClient) -> None:
    buffer = io.BytesIO()
    fits.PrimaryHDU(np.ones((3, 500), np.float32)).writeto(buffer)

    found = send(client, "half.fits", buffer.getvalue()[:4000])

    assert found["error"].startswith("half.fits: is truncated")


def test_what_is_too_large_is_refused_while_it_is_sent(client: TestClient) -> None:
    answer = client.post("/uploads", files={"file": ("big.txt", bytes(3_000_000))})

    assert answer.status_code == 413
    assert "2,065,536 bytes" in answer.json()["error"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"k": "1000"}, "k: Input should be less than or equal to 30"),
        ({"medium": "water"}, "medium: Input should be 'vacuum' or 'air'"),
        ({"model": "../../etc"}, "model: "),
        ({"colour": "blue"}, "colour: Extra inputs are not permitted"),
        ({"wave_unit": "a\nb"}, "wave_unit: "),
    ],
)
def test_impossible_wishes_are_refused(
    client: TestClient, asked: dict[str, str], words: str
) -> None:
    answer = client.post("/uploads", files={"file": ("a.txt", b"1 2\n")}, data=asked)

    assert answer.status_code == 422
    assert words in answer.json()["error"]


@pytest.mark.parametrize(
    "given", [{}, {"files": {"other": ("a.txt", b"1")}}, {"data": {"file": "x"}}]
)
def test_a_request_without_a_file_is_told_what_is_missing(
    client: TestClient, given: dict[str, Any]
) -> None:
    answer = client.post("/uploads", **given)

    assert answer.status_code == 400
    assert "field 'file'" in answer.json()["error"]


def test_another_spectrum_of_a_file_is_asked_for(client: TestClient, tmp_path: Path) -> None:
    first = send(client, "orders.fits", MADE["iraf-multispec"](tmp_path).read_bytes())
    answer = client.post(f"/uploads/{first['id']}/again", data={"number": "2", "k": "2"})
    second = wait_for(client, answer.json()["url"])

    assert first["result"]["number"] == 1
    assert second["result"]["number"] == 2
    assert second["id"] != first["id"]
    assert "This file holds" in client.get(f"/uploads/{second['id']}", headers=PAGES).text


def test_hints_make_a_second_try(client: TestClient, tmp_path: Path) -> None:
    spectrum = draw_brown_dwarf()
    rows = zip(1e3 * spectrum.wave, 1e20 * spectrum.flux, strict=True)
    text = "\n".join(f"{w:.4f} {f:.5g}" for w, f in rows).encode()
    first = send(client, "bare.txt", text)

    answer = client.post(f"/uploads/{first['id']}/again", data={"wave_unit": "nm", "frame": ""})
    second = wait_for(client, answer.json()["url"])

    assert second["result"]["reading"]["wave_max_um"] == pytest.approx(spectrum.wave[-1], rel=1e-3)


def test_what_is_deleted_is_gone(client: TestClient) -> None:
    found = send(client, "a.txt", b"1 2\n3 4\n")

    assert client.post(f"/uploads/{found['id']}/delete").json() == {"deleted": found["id"]}

    for address in ("", ".json", "/figure.json", ".fits"):
        assert client.get(f"/uploads/{found['id']}{address}").status_code == 404
    assert client.post(f"/uploads/{found['id']}/delete").status_code == 404


@pytest.mark.parametrize("number", ["x" * 24, "short", "..%2f..%2fetc", "k" + "0" * 39])
def test_unknown_uploads_are_not_found(client: TestClient, number: str) -> None:
    assert client.get(f"/uploads/{number}.json").status_code in (404, 422)


def test_an_errand_of_another_kind_is_no_upload(client: TestClient, whole: Whole) -> None:
    started = client.get(f"/similar.json?query={whole.spectra[0]}&by=spectrum&k=1").json()
    found = client.get(f"/similar.json?query={whole.spectra[0]}&by=spectrum&k=1")
    number = started.get("id") or found.json().get("id")

    if number:  # it may be done already
        assert client.get(f"/uploads/{number}.json").status_code == 404


def test_keeping_needs_the_token_and_makes_a_spectrum_of_the_archive(
    client: TestClient, dwarf: dict[str, Any], whole: Whole
) -> None:
    address = f"/uploads/{dwarf['id']}/keep"
    refused = client.post(address, data={"collection": "kept"})
    token = {"authorization": f"Bearer {whole.token}"}
    kept = client.post(address, data={"collection": "kept"}, headers=token).json()
    again = client.post(address, data={"collection": "kept"}, headers=token).json()
    impossible = client.post(address, data={"collection": "../up"}, headers=token)

    assert refused.status_code == 401
    assert kept["kept"] == 1
    assert client.get(f"/spectra/{kept['ids'][0]}.json").status_code == 200
    assert (again["kept"], again["already"]) == (0, 1)
    assert impossible.status_code == 422


def test_looking_changes_nothing_in_the_archive(
    client: TestClient, dwarf: dict[str, Any], whole: Whole
) -> None:
    before = client.get("/uploads.json").json()["collections"]
    client.get(f"/uploads/{dwarf['id']}", headers=PAGES)

    assert client.get("/uploads.json").json()["collections"] == before
    assert SPECTRA in before


def test_where_others_can_reach_the_app_sending_needs_the_token(
    whole: Whole, tmp_path: Path
) -> None:
    with asking(whole.root, tmp_path, hosts=("archive.example.org",)) as client:
        answer = client.post("/uploads", files={"file": ("a.txt", b"1 2\n")})
        page = client.get("/uploads", headers=PAGES)

    assert answer.status_code == 401
    assert "sending files needs the token" in page.text


def test_another_sites_page_can_not_send(client: TestClient) -> None:
    headers = {"origin": "https://evil.example"}
    answer = client.post("/uploads", files={"file": ("a.txt", b"1 2\n")}, headers=headers)

    assert answer.status_code == 403
