"""The ground that all pages stand on: errors in one shape, static files, health, HEAD."""

import gzip

import pytest

from starsieve.errors import ArchiveError, DataError, NotInArchiveError
from starsieve.web import assets
from starsieve.web.dependencies import Writer


def raise_it(app, error):
    @app.get("/broken")
    def broken():
        raise error


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (NotInArchiveError("No spectrum 7 in the archive."), 404, "No spectrum 7"),
        (DataError("k must be at least 1, got 0."), 400, "k must be at least 1"),
        (ArchiveError("/secret/place is damaged"), 503, "can't be read or written"),
    ],
)
def test_errors_have_one_shape(app, client, error, status, words):
    raise_it(app, error)
    answer = client.get("/broken")

    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert words in answer.json()["error"]
    assert "/secret" not in answer.text


def test_people_get_errors_as_a_page(app, browser):
    raise_it(app, DataError("<script>alert(1)</script>"))
    answer = browser.get("/broken")

    assert answer.status_code == 400
    assert "<h1>That can&#39;t be done</h1>" in answer.text
    assert "<script>alert" not in answer.text


def test_a_defect_tells_nothing_of_itself(app, client, caplog):
    raise_it(app, RuntimeError("password=hunter2"))
    answer = client.get("/broken")

    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert answer.json()["error"].split()[-1].rstrip(".") in caplog.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_page_that_is_not_there_says_so(client):
    assert client.get("/nothing").json() == {"error": "There is no such page."}


def test_writing_needs_the_token(app, client, token):
    @app.post("/write")
    def write(who: Writer):
        return {"who": who}

    assert client.post("/write").status_code == 401
    assert client.post("/write", headers={"authorization": "Bearer x"}).status_code == 401
    assert client.post(f"/write?token={token}").status_code == 401
    bearer = {"authorization": f"Bearer {token}"}
    assert client.post("/write", headers=bearer).json() == {"who": "web"}
    named = bearer | {"x-starsieve-name": "Vera"}
    assert client.post("/write", headers=named).json() == {"who": "Vera"}


def test_health_says_that_the_archive_is_reached(client):
    assert client.get("/health.json").json()["status"] == "ok"


def test_health_is_bad_without_the_archive(client, archive, monkeypatch):
    def lost():
        msg = "gone"
        raise ArchiveError(msg)

    monkeypatch.setattr(archive.collections, "names", lost)

    assert client.get("/health.json").status_code == 503


def test_requests_are_counted(client):
    client.get("/health.json")
    client.get("/nothing")
    text = client.get("/metrics").text

    assert 'starsieve_requests_total{route="/health.json",method="GET",status="200"} 1' in text
    assert 'status="404"} 1' in text
    assert "starsieve_uptime_seconds" in text


def test_head_is_answered_as_get_without_a_body(client):
    answer = client.head("/health.json")

    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-type"] == "application/json"


def test_static_files_are_compressed_and_kept_for_ever(client):
    answer = client.get(assets.address("app.css"))

    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    plain = client.get(assets.address("app.css"), headers={"accept-encoding": "identity"})
    assert plain.content == answer.content
    assert "content-encoding" not in plain.headers


def test_bokeh_comes_from_the_installed_package(client):
    with client.stream("GET", assets.address("bokeh.min.js")) as answer:
        sent = b"".join(answer.iter_raw())

    assert answer.status_code == 200
    assert len(sent) < 400_000
    assert b"Bokeh" in gzip.decompress(sent)


def test_an_old_address_of_a_static_file_is_not_kept(client):
    assert client.get("/static/000000000000/app.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["..%2Fapp.py", "app.py", "nothing.css", "%2Fetc%2Fpasswd"])
def test_no_other_file_is_given(client, name):
    assert client.get(f"/static/x/{name}").status_code == 404


def test_the_description_for_programs_is_a_page(browser):
    page = browser.get("/api").text

    assert "GET /health.json" in page
    assert "GET changes nothing" in page


def test_pages_hold_no_inline_script_or_style(browser):
    page = browser.get("/api").text

    assert "style=" not in page
    assert " onclick=" not in page
    assert page.count("<script") == page.count("<script ")
