"""Questions to services that break off, stall, send something else, or are down."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from starsieve.errors import SourceError
from starsieve.sources.http import Client
from starsieve.sources.service import Request, Service
from tests.sources.local_server import HASTY, QUICK, Answer, LocalServer

BODY = os.urandom(300_000)
ETAG = {"ETag": '"first"'}


def anything(path: Path) -> None:
    """Accept every content."""


def asking(server: LocalServer, max_bytes: int = 10_000_000) -> Request:
    return Request(server.service(), "thing", max_bytes=max_bytes)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "part"


def test_an_answer_arrives_byte_by_byte(server, client, part):
    server.on("/thing", Answer(BODY))

    client.download(asking(server), part, anything)

    assert part.read_bytes() == BODY == client.read(asking(server))


def test_a_service_that_is_down_for_a_moment_is_asked_again(server, client):
    server.on("/thing", Answer(status=503), Answer(status=502), Answer(b"here"))

    assert client.read(asking(server)) == b"here"


def test_pauses_between_attempts_grow(server):
    pauses: list[float] = []
    timing = replace(QUICK, pause=1.0, longest_pause=3.0)
    server.on("/thing", Answer(status=500))

    with Client(timing, pauses.append) as client, pytest.raises(SourceError, match="Tried 4 times"):
        client.read(asking(server))

    assert pauses == [1.0, 2.0, 3.0]


def test_a_service_that_asks_to_wait_is_left_alone_for_as_long(server):
    pauses: list[float] = []
    server.on("/thing", Answer(status=429, headers={"Retry-After": "4"}), Answer(b"here"))

    with Client(QUICK, pauses.append) as client:
        assert client.read(asking(server)) == b"here"

    assert pauses == [4.0]


def test_a_date_until_which_to_wait_is_understood(server):
    pauses: list[float] = []
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=4), usegmt=True)
    server.on("/thing", Answer(status=503, headers={"Retry-After": until}), Answer(b"here"))

    with Client(QUICK, pauses.append) as client:
        assert client.read(asking(server)) == b"here"

    assert 0 < pauses[0] <= 4.0


def test_nobody_waits_for_an_hour(server, client):
    server.on("/thing", Answer(status=503, headers={"Retry-After": "3600"}))

    with pytest.raises(SourceError, match="asks to wait 3600 s"):
        client.read(asking(server))

    assert len(server.asked) == 1


def test_what_is_refused_is_not_asked_for_again(server, client):
    server.on("/thing", Answer(b"no such file", status=404))

    with pytest.raises(SourceError, match=r"answers 404 .*no such file"):
        client.read(asking(server))

    assert len(server.asked) == 1


def test_an_error_names_the_service_the_address_and_its_status_page(server, client):
    server.on("/thing", Answer(status=400))

    with pytest.raises(SourceError) as caught:
        client.read(asking(server))

    message = str(caught.value)
    assert message.startswith(f"The archive at {server.url}thing: ")
    assert message.endswith("https://status.example")


def test_a_service_that_falls_silent_is_given_up(server):
    server.on("/thing", Answer(BODY, stall_after=0))

    with Client(HASTY) as client, pytest.raises(SourceError, match=r"nothing came for 0\.5 s"):
        client.read(asking(server))


def test_nobody_at_home_is_said(client):
    service = Service("Nobody", "http://127.0.0.1:9/", ("127.0.0.1",), "")

    with pytest.raises(SourceError, match="refused or broken"):
        client.read(Request(service, "thing"))


@pytest.mark.parametrize("failing", ["break_after", "stall_after"])
def test_a_download_that_breaks_off_goes_on_where_it_was(server, part, failing):
    half = Answer(BODY, headers=ETAG, **{failing: 100_000})
    server.on("/thing", half, Answer(BODY, headers=ETAG, ranges=True))

    with Client(HASTY) as client:
        client.download(asking(server), part, anything)

    ranges = [asked.headers.get("Range") for asked in server.asked]
    assert part.read_bytes() == BODY
    assert ranges[0] is None
    assert int(str(ranges[1]).removeprefix("bytes=").removesuffix("-")) > 0


def test_an_interrupted_download_goes_on_in_another_process(server, part):
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    server.on("/thing", Answer(BODY, headers=ETAG, break_after=100_000))
    with Client(QUICK, interrupt) as client, pytest.raises(KeyboardInterrupt):
        client.download(asking(server), part, anything)
    n_bytes = part.stat().st_size
    server.on("/thing", Answer(BODY, headers=ETAG, ranges=True))
    with Client(QUICK) as client:
        client.download(asking(server), part, anything)

    assert 0 < n_bytes < len(BODY)
    assert server.asked[-1].headers["Range"] == f"bytes={n_bytes}-"
    assert part.read_bytes() == BODY


@pytest.mark.parametrize(
    ("before", "then"),
    [
        (ETAG, Answer(BODY[::-1], headers={"ETag": '"second"'}, ranges=True)),
        (ETAG, Answer(BODY[::-1])),
        (ETAG, Answer(BODY[:-1], headers=ETAG, ranges=True)),
        ({}, Answer(BODY[::-1], ranges=True)),
        ({"ETag": 'W/"weak"'}, Answer(BODY[::-1], headers={"ETag": 'W/"weak"'}, ranges=True)),
    ],
    ids=["another file", "no ranges", "another length", "no sign of which file", "a weak sign"],
)
def test_a_file_that_may_be_another_one_is_fetched_from_its_beginning(
    server, client, part, before, then
):
    server.on("/thing", Answer(BODY, headers=before, break_after=100_000), then)

    client.download(asking(server), part, anything)

    assert part.read_bytes() == then.body


def test_wrong_content_is_put_aside_and_fetched_once_more(server, client, part):
    def check(path: Path) -> None:
        if path.read_bytes() != BODY:
            msg = "wrong content"
            raise SourceError(msg)

    server.on("/thing", Answer(b"<html>Sorry</html>", headers=ETAG), Answer(BODY))

    client.download(asking(server), part, check)

    assert part.read_bytes() == BODY
    assert part.with_name("part.bad").read_bytes() == b"<html>Sorry</html>"


def test_content_that_stays_wrong_is_left_nowhere_as_if_it_were_good(server, client, part):
    def check(path: Path) -> None:
        msg = "it is no FITS"
        raise SourceError(msg)

    server.on("/thing", Answer(b"<html>Sorry</html>"))

    with pytest.raises(SourceError, match="it is no FITS"):
        client.download(asking(server), part, check)

    assert not part.exists()


@pytest.mark.parametrize("with_length", [True, False])
def test_an_answer_that_is_too_large_is_refused(server, client, part, with_length):
    server.on("/thing", Answer(BODY, with_length=with_length))

    with pytest.raises(SourceError, match="more than 200,000 bytes"):
        client.download(asking(server, max_bytes=200_000), part, anything)


def test_redirects_on_a_listed_host_are_followed(server, client):
    server.on("/thing", Answer(status=302, headers={"Location": "/elsewhere"}))
    server.on("/elsewhere", Answer(b"here"))

    assert client.read(asking(server)) == b"here"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("http://evil.example/", "none of its hosts"),
        ("https://evil.example/", "none of its hosts"),
        ("ftp://127.0.0.1/thing", "not https"),
        ("file:///etc/passwd", "none of its hosts"),
    ],
)
def test_redirects_elsewhere_are_refused(server, client, place, reason):
    server.on("/thing", Answer(status=302, headers={"Location": place}))

    with pytest.raises(SourceError, match=reason):
        client.read(asking(server))


def test_redirects_in_a_circle_end(server, client):
    server.on("/thing", Answer(status=302, headers={"Location": "/thing"}))

    with pytest.raises(SourceError, match="more than 5 times"):
        client.read(asking(server))


def test_a_form_is_not_turned_into_a_question_by_a_redirect(server, client):
    server.on("/thing", Answer(status=302, headers={"Location": "/elsewhere"}))

    with pytest.raises(SourceError, match="redirects a form"):
        client.read(Request(server.service(), "thing", form={"request": "{}"}))


def test_plain_http_reaches_no_other_machine(client):
    service = Service("Old", "http://archive.example/", ("archive.example",), "")

    with pytest.raises(SourceError, match="not https"):
        client.read(Request(service, "thing"))
