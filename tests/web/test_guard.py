"""What must not go further, does not; what is answered carries the headers of safety."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from starsieve.web.guard import Guard
from starsieve.web.options import WebOptions
from tests.web.conftest import ADDRESS


@pytest.fixture
def small(tmp_path):
    return WebOptions(
        spool=tmp_path,
        max_body_bytes=100,
        body_seconds=0.2,
        request_seconds=0.3,
        concurrency=1,
        hosts=("archive.example",),
    )


async def echo(scope, receive, send):
    """Answer with what was sent."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    if body == b"slow":
        await asyncio.sleep(5)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def guarded(small):
    return TestClient(Guard(echo, small), base_url=ADDRESS)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("[::1]:8000", 200),
        ("archive.example:80", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_only_the_apps_own_names_are_answered(guarded, host, status):
    assert guarded.get("/", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # a program
        ({"origin": ADDRESS}, 200),
        ({"origin": ADDRESS, "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9000"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_other_sites_may_not_change_anything(guarded, headers, status):
    answer = guarded.post("/", content=b"x", headers=headers)

    assert answer.status_code == status


def test_other_sites_may_look(guarded):
    assert guarded.get("/", headers={"origin": "http://evil.example"}).status_code == 200


def test_a_long_body_is_refused_before_it_is_read(guarded):
    answer = guarded.post("/", content=b"x" * 101)

    assert answer.status_code == 413
    assert "100 bytes" in answer.json()["error"]


def test_a_long_body_of_no_stated_length_is_refused(guarded):
    answer = guarded.post("/", content=(b"x" * 60 for _ in range(3)))

    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["-1", "many", "1e3"])
def test_an_impossible_length_is_refused(guarded, length):
    answer = guarded.post("/", headers={"content-length": length})

    assert answer.status_code == 413


def test_an_answer_that_takes_too_long_is_given_up(guarded):
    answer = guarded.post("/", content=b"slow")

    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def run(coroutine):
    """Run in a thread of its own: this one may have a loop, of the tests that drive a browser."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def call(app, receive):
    """Return the messages of one answer to a POST whose body comes from `receive`."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(b"host", b"localhost")],
    }
    run(app(scope, receive, send))
    return sent


def test_a_body_that_does_not_come_is_not_waited_for(small):
    async def never():
        await asyncio.sleep(60)

    start, body = call(Guard(echo, small), never)

    assert start["status"] == 408
    assert "within 0.2 s" in json.loads(body["body"])["error"]


def test_more_requests_than_are_answered_at_once_are_sent_away(small):
    guard = Guard(echo, small)
    statuses = []

    async def receive():
        return {"type": "http.request", "body": b"slow"}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"localhost")]}

    async def both():
        first = asyncio.create_task(guard(dict(scope), receive, send))
        await asyncio.sleep(0.05)
        await guard(dict(scope), receive, send)
        assert statuses == [503]
        await first

    run(both())
    assert guard._active == 0


def test_every_answer_carries_the_headers_of_safety(guarded):
    for answer in (guarded.get("/"), guarded.get("/", headers={"host": "evil.example"})):
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe-inline" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
