"""What nobody should send is refused, changes nothing, and learns nothing."""

import gzip
import json
import re
import socket
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import quote

import pytest

from tests.browser.raw import Raw, request_bytes, send
from tests.browser.serving import Served, served_archive
from tests.web import hostile
from tests.web.hostile import Request, fingerprint, leaks, operations

LIMITS = {
    "max_body_bytes": 20_000,
    "max_upload_bytes": 300_000,
    "max_unpacked_bytes": 3_000_000,
    "body_seconds": 1.5,
    "header_seconds": 1.5,
    "upload_seconds": 30.0,
    "concurrency": 8,
    "waiting": 30,
}


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def server(whole, tmp_path_factory) -> Iterator[Served]:
    """A server with so small limits that they are reached in no time."""
    with served_archive(whole, tmp_path_factory.mktemp("hostile"), **LIMITS) as running:
        yield running


@pytest.fixture(scope="module")
def description(server):
    answer, _ = send(server.address, request_bytes("GET", "/openapi.json"))
    return json.loads(answer.body)


@pytest.fixture(autouse=True)
def _unchanged(server):
    """Whatever is sent, the archive stays as it was, and the server answers."""
    before = fingerprint(server.whole.root)
    yield
    assert fingerprint(server.whole.root) == before
    assert ask(server, Request("GET", "/health.json", (200,))).status == 200


def ask(server: Served, request: Request) -> Raw:
    """Send a request; fail if the answer is another than expected, or tells what it must not."""
    written = request_bytes(request.method, request.path, request.headers, request.body)
    answer, _ = send(server.address, written)
    trusted = server.token in request.headers.get("Authorization", "")
    check(server, answer, request.expected, f"{request.method} {request.path[:200]}", trusted)
    return answer


def check(
    server: Served, answer: Raw, expected: tuple[int, ...], asked: str, trusted: bool = False
) -> None:
    """Fail if an answer is another than expected, or tells what only a writer may know."""
    assert answer.status in expected, f"{asked}: {answer.status} {answer.text[:300]}"
    assert trusted or leaks(answer, server.whole.root, server.spool) == [], (
        f"{asked}: {answer.text[:500]}"
    )
    if answer.status >= 400 and answer.body.startswith(b"{"):
        assert list(json.loads(answer.body)) == ["error"], asked


def as_writer(server: Served, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.token}", **more}


def fill(server: Served, path: str) -> str:
    """Put what is in the archive into the place of a path's parameters."""
    whole = server.whole
    known = {
        "collection": "spex",
        "model": "spex-prism",
        "name": "made-components",
        "tic": str(whole.stars[0]),
        "run": str(whole.done_run),
    }
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: known.get(match[1], "1"), path)


@pytest.mark.parametrize("request_", hostile.TRAVERSALS, ids=lambda each: each.path)
def test_no_path_leads_out_of_the_app(server, request_):
    ask(server, request_)


@pytest.mark.parametrize("number", hostile.WRONG_NUMBERS, ids=lambda each: each[:12])
def test_what_is_no_number_of_anything_is_refused(server, description, number):
    for method, path, _ in operations(description, "GET"):
        if re.search(r"\{(id|number|tic|run|target|candidate|spectrum)\w*\}", path):
            wrong = re.sub(r"\{(id|number|tic|run|target|candidate|spectrum)\w*\}", number, path)
            ask(server, Request(method, fill(server, wrong), (400, 404, 422)))


TEXTS = [*hostile.ODD_TEXT, *hostile.SQL, *hostile.TEMPLATES]
SHARE = 4
"""Each text goes to one in so many parameters, the first ones to all."""


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_no_parameter_is_more_than_a_text(server, description, text):
    sent = quote(text, safe="", errors="surrogatepass")
    turn = TEXTS.index(text)
    for number, (path, name) in enumerate(texts_of(description)):
        if turn < 2 or (number + turn) % SHARE == 0:
            where = f"{fill(server, path)}?{quote(name)}={sent}"
            # 503: as much as waits already is enough
            ask(server, Request("GET", where, (200, 202, 303, 400, 404, 422, 503)))


def texts_of(description) -> list[tuple[str, str]]:
    """Return every path, with every parameter of it that is no number."""
    return [
        (path, parameter["name"])
        for _, path, operation in operations(description, "GET")
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and "string" in json.dumps(parameter["schema"])
    ]


@pytest.mark.parametrize("path", ["/search?q=", "/spectra?q=", "/candidates?q=", "/sign-in?next="])
@pytest.mark.parametrize("text", [*hostile.TEMPLATES, "<script>alert(1)</script>", "'\"><b x=y>"])
def test_what_is_searched_for_is_shown_as_it_is(server, path, text):
    answer = ask(
        server, Request("GET", path + quote(text), (200, 400, 404, 422), {"Accept": "text/html"})
    )

    assert "<script>alert" not in answer.text
    assert "<b x=y>" not in answer.text
    assert "49" not in re.findall(r'value="([^"]*)"', answer.text)


def test_names_in_the_archive_are_shown_and_not_run(server):
    for number in server.whole.odd:
        page = ask(server, Request("GET", f"/spectra/{number}", (200,), {"Accept": "text/html"}))
        assert "<script>window.broken" not in page.text
        assert "<img src=x" not in page.text
        assert "${49}" not in page.text
        for twin in (".json", ".fits"):
            ask(server, Request("GET", f"/spectra/{number}{twin}", (200,)))


@pytest.mark.parametrize("request_", hostile.METHODS, ids=lambda each: f"{each.method} {each.path}")
def test_no_other_method_does_anything(server, request_):
    headers = as_writer(server) if request_.method != "POST" else {}
    ask(server, Request(request_.method, request_.path, request_.expected, headers))


def test_looking_where_is_written_changes_nothing(server, description):
    for _, path, _ in operations(description, "POST", "PUT", "PATCH", "DELETE"):
        for method in ("GET", "HEAD"):
            where = fill(server, path)
            ask(server, Request(method, where, (200, 202, 404, 405, 422), as_writer(server)))


def is_open(path: str) -> bool:
    """Return whether something is kept apart from the archive, and so needs no token."""
    return path.startswith(("/uploads", "/similar"))


WRONG_TOKENS = (
    {},
    {"Authorization": "Bearer wrong"},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer \xff\xfe"},
    {"Authorization": "Basic YWRtaW46YWRtaW4="},
    {"Cookie": "starsieve-token=wrong"},
    {"Cookie": "starsieve-token=; starsieve-name=root"},
    {"X-Forwarded-For": "127.0.0.1", "X-Starsieve-Name": "root"},
)


@pytest.mark.parametrize("headers", WRONG_TOKENS, ids=str)
def test_nothing_is_written_without_the_token(server, description, headers):
    for method, path, _ in operations(description, "POST", "PUT", "PATCH", "DELETE"):
        if not is_open(path):
            sent = {"Content-Type": "application/json", **headers}
            ask(server, Request(method, fill(server, path), (401,), sent, b"{}"))


def test_a_token_in_the_address_is_none(server, description):
    for method, path, _ in operations(description, "POST", "DELETE"):
        if not is_open(path):
            for name in ("token", "access_token", "starsieve-token"):
                where = f"{fill(server, path)}?{name}={server.token}"
                ask(server, Request(method, where, (401,)))


@pytest.mark.parametrize("headers", hostile.ORIGINS, ids=str)
def test_pages_of_others_write_nothing(server, description, headers):
    sent = {**FORM, **as_writer(server), **headers}
    for method, path, _ in operations(description, "POST", "PUT", "PATCH", "DELETE"):
        ask(server, Request(method, fill(server, path), (403,), sent, b"a=b"))
    for path in ("/sign-in", "/sign-out"):
        ask(server, Request("POST", path, (403,), sent, b"token=x"))


def test_an_address_to_go_on_to_after_signing_in_is_our_own(server):
    for leads in ("https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nX-Evil: 1"):
        body = f"token={server.token}&next={quote(leads)}".encode()
        answer = ask(server, Request("POST", "/sign-in", (303,), FORM, body))
        assert answer.headers["location"] == "/"


@pytest.mark.parametrize("host", hostile.HOSTS)
def test_only_the_names_of_this_machine_are_answered(server, host):
    for path in ("/", "/health.json", "/spectra/1.json"):
        written = request_bytes("GET", path, host=host)
        answer, _ = send(server.address, written)
        check(server, answer, (400, 421), f"{host}{path}")


@pytest.mark.parametrize("sent", hostile.BROKEN, ids=lambda each: ascii(each[:60]))
def test_what_is_no_proper_request_is_refused(server, sent):
    answer, seconds = send(server.address, sent)

    check(server, answer, (0, 400, 404, 405, 408, 413, 414, 421, 431), ascii(sent[:60]))
    assert seconds < 10


def test_a_long_body_is_refused_before_it_has_come(server):
    n_bytes = LIMITS["max_body_bytes"] + 1
    stated = request_bytes("POST", "/sign-in", {**FORM, "Content-Length": str(n_bytes)})
    chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    chunked = request_bytes("POST", "/sign-in", {**FORM, "Transfer-Encoding": "chunked"})

    for parts in ([stated], [chunked, *[chunk] * 40]):
        answer, _ = send(server.address, parts)
        check(server, answer, (413,), "a long body")


def test_a_slow_body_is_cut_off(server):
    head = request_bytes("POST", "/sign-in", {**FORM, "Content-Length": "1000"})

    answer, seconds = send(server.address, [head, *[b"a"] * 100], pause=0.25)

    check(server, answer, (408,), "a slow body")
    assert seconds < 6


def test_slow_headers_are_cut_off(server):
    answer, seconds = send(
        server.address, [b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", *[b"X: a\r\n"] * 100], pause=0.25
    )

    assert answer.status in (0, 408)
    assert seconds < 6


def test_too_many_slow_ones_do_not_keep_others_out(server):
    head = request_bytes("POST", "/sign-in", {**FORM, "Content-Length": "9"})
    waiting = [socket.create_connection(server.address) for _ in range(25)]
    try:
        for connection in waiting:
            connection.sendall(head)
        time.sleep(0.2)
        refused = ask(server, Request("GET", "/health.json", (200, 503)))
        assert refused.status == 200 or "retry-after" in refused.headers
        time.sleep(LIMITS["body_seconds"] + 1)
        ask(server, Request("GET", "/health.json", (200,)))
    finally:
        for connection in waiting:
            connection.close()


def test_more_rows_than_are_given_out_are_refused(server, description):
    for method, path, operation in operations(description, "GET"):
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in ("page", "size", "k", "limit", "count"):
                for number in ("0", "-1", "5" * 10, "9" * 30):
                    where = f"{fill(server, path)}?{parameter['name']}={number}"
                    ask(server, Request(method, where, (422,)))


@pytest.mark.parametrize(
    "ranges", ["bytes=0-10", "bytes=-1", "bytes=5-2", "bytes=" + ",".join(["0-0"] * 2000), "x=y"]
)
def test_parts_of_files_are_no_way_in(server, ranges):
    for path in ("/spectra/1.fits", "/static/x/app.css", "/spectra.csv"):
        ask(server, Request("GET", path, (200, 206, 400, 416), {"Range": ranges}))


def make_zip(n_bytes: int, name: str = "spectrum.csv") -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, b"0" * n_bytes)
    return packed.getvalue()


def make_fits_bomb() -> bytes:
    cards = [
        "SIMPLE  = T",
        "BITPIX  = 8",
        "NAXIS   = 2",
        "NAXIS1  = 999999999",
        "NAXIS2  = 999999999",
        "END",
    ]
    return "".join(card.ljust(80) for card in cards).encode().ljust(2880)


BAD_FILES = {
    "bomb.csv.gz": gzip.compress(b"1.0,1.0\n" * 10_000_000, 9),
    "bomb.fits.gz": gzip.compress(b"\0" * 80_000_000, 9),
    "bomb.zip": make_zip(80_000_000),
    "slip.zip": make_zip(100, "../../../../evil.csv"),
    "giant.fits": make_fits_bomb(),
    "binary.fits": bytes(range(256)) * 100,
    "empty.csv": b"",
    "pickle.npz": b"\x80\x04cposix\nsystem\n(S'touch evil'\ntR.",
    "entities.xml": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><VOTABLE>&x;</VOTABLE>',
    "page.csv": b"<script>alert(1)</script>,{{7*7}}\n1,2\n",
    "nul.csv": b"wave,flux\n" + b"\x00,\x00\n" * 500,
    "long.csv": b"1" * 250_000,
}


def upload(server: Served, name: str, content: bytes, **headers: str) -> Raw:
    lines = [
        b"--frontier",
        b'Content-Disposition: form-data; name="file"; filename="' + name.encode() + b'"',
        b"Content-Type: application/octet-stream",
        b"",
        content,
        b"--frontier--",
        b"",
    ]
    sent = {"Content-Type": "multipart/form-data; boundary=frontier", **headers}
    expected = (200, 201, 202, 400, 413, 422)
    return ask(server, Request("POST", "/uploads", expected, sent, b"\r\n".join(lines)))


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_in_words(server, name):
    answer = upload(server, name, BAD_FILES[name])
    if answer.status >= 400:
        return

    number = json.loads(answer.body)["id"]
    until = time.monotonic() + 45
    while (told := _told(server, number))["status"] in ("queued", "running"):
        assert time.monotonic() < until, told
        time.sleep(0.1)

    assert told["status"] == "failed"
    assert told["error"]
    page = ask(server, Request("GET", f"/uploads/{number}", (200,), {"Accept": "text/html"}))
    assert "<script>alert" not in page.text


def _told(server: Served, number: str) -> dict:
    return json.loads(ask(server, Request("GET", f"/uploads/{number}.json", (200, 202))).body)


@pytest.mark.parametrize(
    "name",
    [
        "../../../evil.csv", "..\\..\\evil.csv", "/etc/evil.csv", "a%0d%0aX-Evil: 1.csv",
        "\u202ecsv.exe", "evil.csv\0.fits", "con", ".", "..", "", "a" * 5000, "a;rm -rf *;.csv",
        "<img src=x>.csv",
    ],
    ids=lambda each: ascii(each[:30]),
)  # fmt: skip
def test_a_file_s_name_is_only_a_name(server, name):
    before = set(server.spool.parent.rglob("*evil*"))

    answer = upload(server, name, b"wave,flux\n1.0,1.0\n1.1,1.0\n")

    if answer.status < 400:
        number = json.loads(answer.body)["id"]
        page = ask(server, Request("GET", f"/uploads/{number}", (200,), {"Accept": "text/html"}))
        assert "<img src=x>" not in page.text
    outside = set(server.spool.parent.rglob("*evil*")) - before
    assert all(server.spool in path.parents for path in outside)


def test_a_link_in_the_spool_is_not_followed(server):
    name = "A" * 24
    link = server.spool / "errands" / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(server.whole.root)
    try:
        for path in (f"/uploads/{name}", f"/uploads/{name}.json", f"/uploads/{name}/archive.json"):
            ask(server, Request("GET", path, (404,)))
    finally:
        link.unlink()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"a"', b"{}" * 100, b"[" * 9000, b'{"a":' * 3000, b"NaN",
        b"\xff\xfe", b"1e999", b'{"__proto__": {}}', b'{"value": {"$ne": null}}',
        b'{"value": "\\u0000"}',
    ],
    ids=lambda each: ascii(each[:20]),
)  # fmt: skip
def test_what_is_not_asked_for_is_refused_from_writers_too(server, description, body):
    for method, path, operation in operations(description, "POST", "PUT", "PATCH"):
        if "requestBody" not in operation:
            continue
        for kind in (
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
        ):
            headers = as_writer(server, **{"Content-Type": kind})
            ask(server, Request(method, fill(server, path), (400, 404, 409, 422), headers, body))


PATH_RECIPES = [
    ("representations.disentangle", {"collection": "spex", "model": "/etc"}),
    ("representations.encode", {"collection": "../../etc", "model": "spex-prism"}),
    ("representations.encode", {"collection": "spex", "model": "../../etc"}),
    ("representations.disentangle", {"collection": "spex", "report": "/tmp/evil"}),
    ("representations.separate", {"collection": "spex", "report": "/tmp/evil"}),
    ("representations.train", {"collections": ["spex"], "model": "../evil"}),
    ("atmospheres.evaluate", {"model": "/etc/passwd", "collection": "spex"}),
    ("transits.vet", {"collection": "tess", "model": "/etc"}),
    ("transits.train-ranker", {"model": "x", "tables": ["/etc/passwd"]}),
    ("transits.make-examples", {"file": "/tmp/evil"}),
    ("no.such-task", {}),
    ("os.system", {"command": "true"}),
]


@pytest.mark.parametrize(("task", "recipe"), PATH_RECIPES, ids=lambda each: str(each)[:60])
def test_no_run_reads_or_writes_where_a_recipe_says(server, task, recipe):
    body = json.dumps({"task": task, "recipe": recipe}).encode()
    headers = as_writer(server, **{"Content-Type": "application/json"})
    answer = ask(server, Request("POST", "/runs", (400, 403, 404, 422), headers, body))

    assert "root:" not in answer.text
