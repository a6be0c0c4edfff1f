"""Requests that no friend would send, and what must never be in an answer."""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.raw import Raw

SECRET = "root:x:0:0"
INNER = re.compile(
    r"Traceback|site-packages|\bFile \"|sqlalchemy|sqlite3?\.|pydantic|psycopg|starlette|uvicorn|"
    r"/(?:tmp|home|root|usr|etc|opt)/"
)
"""What only who runs the server may see: code, libraries, folders."""

EVIL = "https://evil.example"


@dataclass(frozen=True, slots=True)
class Request:
    """A request, and the answers that are right."""

    method: str
    path: str
    expected: tuple[int, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def get(path: str, *expected: int, **headers: str) -> Request:
    """Return a GET whose headers' names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("GET", path, expected, named)


NOWHERE = (400, 404, 422)

TRAVERSALS = [
    get(path, *NOWHERE)
    for path in (
        "/../../../../etc/passwd",
        "/static/../../../../../../etc/passwd",
        "/static/x/../../../../../../etc/passwd",
        "/static/x/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/static/x/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/x/%252e%252e%252f%252e%252e%252fetc%252fpasswd",
        "/static/x/..%5c..%5c..%5cetc%5cpasswd",
        "/static/x/..\\..\\etc\\passwd",
        "/static/x/....//....//etc/passwd",
        "/static/x/%c0%ae%c0%ae%c0%afetc%c0%afpasswd",
        "/static/x/app.css%00.js",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "//etc/passwd",
        "/file:///etc/passwd",
        "/models/..",
        "/models/..%2f..%2f..%2fetc%2fpasswd",
        "/models/%2e%2e.json",
        "/models/../../archive.json",
        "/latents/..%2f../spex-prism",
        "/latents/spex/..%2f..%2f..%2fetc%2fpasswd",
        "/latents/spex/%2fetc%2fpasswd.json",
        "/uploads/..",
        "/uploads/..%2f..%2fcatalogue.sqlite",
        "/uploads/%2e%2e%2f%2e%2e%2farchive.json",
        "/uploads/../../../../etc/passwd",
        "/spectra/..%2f..%2fetc%2fpasswd",
        "/spectra/1/..%2f..%2f..%2fetc%2fpasswd",
        "/runs/..%2f..%2fcatalogue.sqlite",
        "/targets/..%2f..",
        "/candidates/..%2f..",
        "/catalogue.sqlite",
        "/archive.json",
        "/web-token.sha256",
        "/.git/config",
    )
]

WRONG_NUMBERS = (
    "-1", "0", "1.5", "1e3", "1e999", "9" * 19, "9" * 400, "0x1", "NaN", "true", "null", "%00",
    "1%00", "%ff%fe", "%F0%9F%98%80", "%D9%A1", "1%0a", "1%0d%0aX-Evil:%201", "[]", "{}", "%20",
    "1,2",
)  # fmt: skip
"""In the place of the number of something."""

SQL = (
    "' OR '1'='1",
    "1; DROP TABLE spectrum; --",
    "1 UNION SELECT sql FROM sqlite_master --",
    '" OR ""="',
    "%' AND randomblob(1000000000) AND '%'='",
    "name); DELETE FROM label; --",
    "pg_sleep(10)",
    "spectrum.id, (SELECT 1)",
    "\\",
    "%_%",
)

TEMPLATES = ("{{7*7}}", "${7*7}", "{% for x in ().__class__.__mro__ %}{{x}}{% endfor %}", "#{7*7}")

ODD_TEXT = (
    "\x00",
    "\ud800",
    "a" * 10_000,
    "\r\nX-Evil: 1",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "<script>",
)

METHODS = [
    Request(method, path, (400, 404, 405, 501))
    for method in ("PUT", "PATCH", "TRACE", "CONNECT", "PROPFIND", "GETT", "get", "DELETE")
    for path in ("/", "/spectra", "/spectra/1.json", "/candidates", "/models")
] + [
    Request("POST", path, (403, 404, 405))
    for path in ("/", "/spectra", "/spectra/1", "/spectra/1.json", "/targets/1", "/health.json")
]

ORIGINS = (
    {"Origin": EVIL},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": EVIL, "X-Forwarded-Host": "evil.example"},
)
"""Headers that a browser adds to what another site's page sends."""

HOSTS = (
    "evil.example",
    "evil.example:80",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.1@evil.example",
    "",
    "0.0.0.0",
    "[::ffff:127.0.0.1]",
)
"""By which a name of somebody else's that leads to this machine may address the app."""

BROKEN = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    b"GET /\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n"
    b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: a\r\n" * 60_000 + b"\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX : a\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
)
"""What is no HTTP, or more of it than anybody needs."""


def leaks(raw: Raw, *places: Path) -> list[str]:
    """Return what an answer tells that it must not."""
    text = raw.text + "\n".join(f"{name}: {value}" for name, value in raw.headers.items())
    found = [match[0] for match in [INNER.search(text)] if match]
    found += [str(place) for place in places if str(place) in text]
    found += [SECRET] if SECRET in text else []
    return found + (["x-evil"] if "x-evil" in raw.headers else [])


def fingerprint(root: Path) -> str:
    """Return what changes if anything in an archive does: its rows, and its other files."""
    digest = hashlib.sha256()
    for line in _rows(root / "catalogue.sqlite"):
        digest.update(line.encode())
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.name.startswith("catalogue.sqlite"):
            digest.update(f"{path.relative_to(root)} {path.stat().st_size}".encode())
    return digest.hexdigest()


def _rows(path: Path) -> Iterator[str]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        for (table,) in connection.execute(tables).fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid'):
                yield f"{table} {row!r}"
    finally:
        connection.close()


def operations(description: Mapping[str, Any], *methods: str) -> Iterator[tuple[str, str, Any]]:
    """Yield (method, path, operation) of an OpenAPI description."""
    for path, found in description["paths"].items():
        for method, operation in found.items():
            if method.upper() in methods:
                yield method.upper(), path, operation
